"""Signed slash commands against `overture web` in a process of its own: how long a person waits for the answer."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
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

Ask = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Round:
    """Milliseconds each answer took, and the server's processor time for one answer."""

    times: list[float]
    cpu: float

    def percentile(self, percent: int) -> float:
        return quantiles(self.times, n=100)[percent - 1]


def measure(quick: bool) -> report.Part:
    figures = []
    for kind in filter(databases.exists, databases.KINDS):
        with databases.fresh(kind) as url:
            figures += uvloop.run(_measure(kind, url, *((1, 400) if quick else (5, 1_000))))
    return report.Part(
        "A signed slash command answered",
        "python -m benchmarks.slash",
        tuple(figures),
        (
            f"{IN_FLIGHT} in flight, each asks again at once; `overture web` as it is; Slack's API is a stub on loopback",
        ),
    )


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
        with processes.running("-m", "bot", "web", folder=Path(folder), environment=environment) as server:
            await _until_up(port)
            found = await _alternating(port, server.pid, rounds, count)
    await slack.cleanup()
    return _figures(kind, found)


async def _alternating(port: int, pid: int, rounds: int, count: int) -> dict[str, list[Round]]:
    """The questions take turns; a first round of each warms up and is not counted."""
    found: dict[str, list[Round]] = {"/healthz": [], **{text: [] for text in ANSWERS}}
    for turn in range(rounds + 1):
        for text, rounds_so_far in found.items():
            used = processes.cpu_seconds(pid)
            times = await _round(port, text, count if turn else count // 4)
            if turn:
                rounds_so_far.append(Round(times, (processes.cpu_seconds(pid) - used) / count * 1000))
    return found


async def _round(port: int, text: str, count: int) -> list[float]:
    left = iter(range(count))
    ask = (lambda: _get(text)) if text == "/healthz" else (lambda: _command(text))
    parts = await asyncio.gather(
        *(_person(port, left, ask, ANSWERS.get(text, b"ok")) for _ in range(IN_FLIGHT))
    )
    return [took for part in parts for took in part]


async def _person(port: int, left: Iterator[int], ask: Ask, wanted: bytes) -> list[float]:
    """One connection that asks again as soon as it is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times = []
    for _ in left:
        question = ask()
        began = time.perf_counter()
        writer.write(question)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_length(head))
        times.append((time.perf_counter() - began) * 1000)
        assert head.startswith(b"HTTP/1.1 200"), head
        assert wanted in body, body[:200]
    writer.close()
    await writer.wait_closed()
    return times


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: overture\r\n\r\n".encode()


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


def _figures(kind: str, found: dict[str, list[Round]]) -> list[report.Figure]:
    floor = median(one.percentile(50) for one in found["/healthz"])
    figures = []
    for text, rounds in found.items():
        p50, p99 = ([one.percentile(percent) for one in rounds] for percent in (50, 99))
        command = text in ANSWERS
        ratio = f"{median(p50) / floor:.1f} × /healthz" if command else ""
        figures += [
            report.against(f"{text}, {kind}, p50", p50, "ms", ratio=ratio),
            report.against(f"{text}, {kind}, p99", p99, "ms", below=TARGET if command else 0),
            report.against("    processor time an answer", [one.cpu for one in rounds], "ms"),
        ]
    return figures


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
