"""Signed slash commands: `overture web` beside a bare Bolt app with the same answer, each in a process of its own."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

import seeding
import uvloop
from aiohttp import web

from benchmarks import databases, processes, report
from benchmarks.deliver import NOW
from storage.db import Database

IN_FLIGHT = 16
CAMPAIGNS = 20
SECRET = "s" * 32
TARGET = 100.0
"""Milliseconds, 99 of 100 answers."""
ANSWERS = {"/outreach list": b"20 campaigns", "/outreach help": b"/outreach new"}
TIMES = 2.0
"""As slow as this beside the bare app is the most that is wanted."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens, and its process."""

    port: int
    pid: int


@dataclass(frozen=True, slots=True)
class Round:
    """Milliseconds each answer took, answers a second, and the server's processor time (ms) for one answer."""

    times: list[float]
    rate: float
    cpu: float

    def percentile(self, percent: int) -> float:
        return quantiles(self.times, n=100)[percent - 1]


def measure(quick: bool) -> report.Part:
    figures = []
    for kind in filter(databases.exists, databases.KINDS):
        with databases.fresh(kind) as url:
            figures += uvloop.run(_measure(kind, url, *((1, 400) if quick else (5, 1_000))))
    return report.Part(
        "A signed slash command answered", "python -m benchmarks.slash", tuple(figures),
        (
            f"{IN_FLIGHT} in flight, each asks again at once; `overture web` as it is; Slack's API is a stub on loopback",
            "bare: a Bolt app with one listener that answers the same bytes from memory, on the same HTTP server",
        ),
    )  # fmt: skip


async def _measure(kind: str, url: str, rounds: int, count: int) -> list[report.Figure]:
    await _seeded(url)
    slack, slack_url = await _stub()
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
        probe.close()
        environment = {
            "DATABASE_URL": url, "PORT": str(port), "SLACK_BOT_TOKEN": "xoxb-benchmark", "LOG_LEVEL": "ERROR",
            "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": slack_url, "SECRET_KEY": "k" * 32,
        }  # fmt: skip
        with (
            processes.running("-m", "bot", "web", folder=Path(folder), environment=environment) as ours,
            processes.running("-m", "benchmarks.bare", SECRET) as bare,
        ):
            await _until_up(port)
            processes.tell(bare, json.dumps({_rest(text): await _answer(port, text) for text in ANSWERS}))
            bare_port = int(await asyncio.to_thread(processes.said, bare))
            servers = {"ours": Server(port, ours.pid), "bare": Server(bare_port, bare.pid)}
            found = await _alternating(servers, rounds, count)
    await slack.cleanup()
    return [figure for text in ANSWERS for figure in _figures(kind, text, found)]


async def _answer(port: int, text: str) -> object:
    """What `overture web` says, so that the other can say it too."""
    body: list[bytes] = []
    await _person(port, iter(range(1)), text, body)
    return json.loads(body[0])


async def _alternating(
    servers: dict[str, Server], rounds: int, count: int
) -> dict[tuple[str, str], list[Round]]:
    """By text and server, which take turns; a first round of each warms up and is not counted."""
    found: dict[tuple[str, str], list[Round]] = defaultdict(list)
    for turn in range(rounds + 1):
        for text in ANSWERS:
            for name, server in servers.items():
                one = await _round(server, text, count if turn else count // 4)
                if turn:
                    found[text, name].append(one)
    return found


async def _round(server: Server, text: str, count: int) -> Round:
    left = iter(range(count))
    used, began = processes.cpu_seconds(server.pid), time.perf_counter()
    parts = await asyncio.gather(*(_person(server.port, left, text) for _ in range(IN_FLIGHT)))
    taken = time.perf_counter() - began
    cpu = (processes.cpu_seconds(server.pid) - used) / count * 1000
    return Round([took for part in parts for took in part], count / taken, cpu)


async def _person(
    port: int, left: Iterator[int], text: str, bodies: list[bytes] | None = None
) -> list[float]:
    """One connection that asks again as soon as it is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times = []
    for _ in left:
        question = _command(text)
        began = time.perf_counter()
        writer.write(question)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_length(head))
        times.append((time.perf_counter() - began) * 1000)
        assert head.startswith(b"HTTP/1.1 200"), head
        assert ANSWERS[text] in body, body[:200]
        if bodies is not None:
            bodies.append(body)
    writer.close()
    await writer.wait_closed()
    return times


def _command(text: str) -> bytes:
    """As Slack sends it, signed now."""
    name, _, rest = text.partition(" ")
    body = urlencode(
        {
            "token": "old", "team_id": "T1", "team_domain": "acme", "channel_id": "C1GROWTH", "channel_name": "growth",
            "user_id": "U1OLIVIA", "user_name": "olivia", "command": name, "text": rest, "api_app_id": "A1",
            "is_enterprise_install": "false", "response_url": "https://hooks.slack.example/commands/T1/1/x",
            "trigger_id": "1.2.3",
        }
    ).encode()  # fmt: skip
    at = str(int(time.time()))
    signature = hmac.new(SECRET.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    head = (
        "POST /slack/events HTTP/1.1\r\nHost: overture\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {at}\r\nX-Slack-Signature: v0={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise AssertionError(f"an answer without a length: {head!r}")


def _figures(kind: str, text: str, found: dict[tuple[str, str], list[Round]]) -> Iterator[report.Figure]:
    """Ours, judged by the ratio to the bare app in the same round; then the bare app itself."""
    ours, bare = found[text, "ours"], found[text, "bare"]
    for percent in (50, 99):
        name = f"{text}, {kind}, p{percent}"
        mine, theirs = ([one.percentile(percent) for one in rounds] for rounds in (ours, bare))
        yield _beside(name, mine, theirs, "ms")
        if percent == 99:
            yield report.against(f"    {text}, {kind}, p99 in itself", mine, "ms", below=TARGET)
        yield report.against("    bare", theirs, "ms")
    yield _beside(
        f"{text}, {kind}, answered", [one.rate for one in ours], [one.rate for one in bare], "/s", more=True
    )
    yield report.against("    bare", [one.rate for one in bare], "/s")
    yield _beside(
        f"    {text}, {kind}, processor time", [one.cpu for one in ours], [one.cpu for one in bare], "ms"
    )
    yield report.against("    bare", [one.cpu for one in bare], "ms")


def _beside(
    what: str, ours: Sequence[float], bare: Sequence[float], unit: str, *, more: bool = False
) -> report.Figure:
    """`more`: the larger the better."""
    times = median(o / b for o, b in zip(ours, bare, strict=True))
    target, holds = (
        (f"≥ {1 / TIMES:g} × bare", times >= 1 / TIMES) if more else (f"≤ {TIMES:g} × bare", times <= TIMES)
    )
    return report.Figure(what, f"{report.spread(ours)} {unit}", f"{times:.2f} × bare", target, holds)


def _rest(text: str) -> str:
    return text.partition(" ")[2]


async def _seeded(url: str) -> None:
    db = Database(url)
    await seeding.add_workspace(db, "T1")
    async with db.begin() as conn:
        for n in range(CAMPAIGNS):
            await seeding.campaign(conn, "T1", NOW, name=f"Spring launch {n}")
    await db.close()


async def _stub() -> tuple[web.AppRunner, str]:
    """What `overture web` asks Slack: who it is itself, at the start, and who the person is, once an hour."""
    user = {"id": "U1OLIVIA", "team_id": "T1", "tz": "UTC", "is_admin": True}

    async def hello(_: web.Request) -> web.Response:
        bot = {
            "ok": True,
            "team_id": "T1",
            "team": "Acme",
            "user_id": "UBOT",
            "url": "https://acme.slack.example/",
        }
        return web.json_response(bot)

    async def info(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "user": user})

    app = web.Application()
    app.add_routes([web.post("/api/auth.test", hello), web.route("*", "/api/users.info", info)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    return runner, f"http://{host}:{port}/api"


async def _until_up(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return


if __name__ == "__main__":
    report.alone(measure)
