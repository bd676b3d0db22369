"""Mail over SMTP to a sink on loopback: our channel against the same client library, and against nodemailer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import TypeVar

import aiosmtplib
import uvloop

from benchmarks import ROOT, processes, report
from engine.channels import Envelope, mime, smtp_server, smtp_session
from engine.channels.email import CONNECTIONS, Email

T = TypeVar("T")
Send = Callable[[T], Awaitable[object]]
BODY = """Hello Ada{n},

Your team at Brightlane opened a second distribution centre in Baltimore. Teams in logistics that grow this way
usually lose a morning a week to late carrier updates; ours got that morning back, as the short note here shows:
https://acme.example/customers/brightlane?utm_source=note

Would fifteen minutes next Tuesday suit you?

Kind regards
Olivia"""


NODEMAILER = ROOT / ".bench" / "nodemailer"
PROGRAM = ROOT / "benchmarks" / "peers" / "nodemailer" / "pooled.cjs"


def measure(quick: bool) -> report.Part:
    return uvloop.run(_measure(*((3, 300) if quick else (9, 1_500))))


async def _measure(rounds: int, count: int) -> report.Part:
    with processes.running("-m", "benchmarks.sink") as sink:
        assert sink.stdout is not None
        port = int(await asyncio.to_thread(sink.stdout.readline))
        began, used = time.perf_counter(), processes.cpu_seconds(sink.pid)
        rates = await _alternating(port, rounds, [envelope(n) for n in range(count)])
        busy = (processes.cpu_seconds(sink.pid) - used) / (time.perf_counter() - began)
    return report.Part(
        "Email over SMTP, loopback sink", "python -m benchmarks.smtp", tuple(_figures(rates)),
        (
            f"{CONNECTIONS} connections each; {rounds} rounds of {count} in alternation; sink busy {busy:.0%} of a core",
            "nodemailer composes the same text, HTML and header lines; its HTML is given to it, ours is made at the send.",
        ),
    )  # fmt: skip


def _figures(rates: dict[str, list[float]]) -> Iterator[report.Figure]:
    yield report.against("Email.send, assembly included", rates["ours"], "mails/s")
    for name, what in PEERS.items():
        if name in rates:
            yield report.against(what, rates[name], "mails/s")
    yield report.against("assembly alone", rates["assembly"], "mails/s")
    yield _ratio("ours / aiosmtplib", rates["ours"], rates["library"], at_least=0.6)
    yield _ratio("ours / our connection", rates["ours"], rates["session"])
    if "written" not in rates:
        yield report.Figure("ours / nodemailer", "nodemailer is not installed here; `make bench` installs it")
        return
    yield _ratio("ours / nodemailer", rates["ours"], rates["written"], at_least=1)
    yield _ratio("our connection / nodemailer, ready bytes", rates["session"], rates["raw"])


PEERS = {
    "library": "aiosmtplib sendmail, ready bytes",
    "session": "our connection, ready bytes",
    "written": "nodemailer pooled, composing included",
    "raw": "nodemailer pooled, ready bytes",
}


def _ratio(what: str, ours: Sequence[float], theirs: Sequence[float], at_least: float = 0) -> report.Figure:
    found = [o / p for o, p in zip(ours, theirs, strict=True)]
    return report.against(what, found, "", at_least=at_least, ratio=f"{median(found):.2f}")


async def _alternating(port: int, rounds: int, envelopes: Sequence[Envelope]) -> dict[str, list[float]]:
    """Mails per second of each round. The turns alternate, so that a slow moment hits all."""
    mails = [mime.assemble(envelope) for envelope in envelopes]
    ours = Email(f"smtp://127.0.0.1:{port}?tls=off")
    clients = [aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) for _ in range(CONNECTIONS)]
    server = smtp_server.read(f"smtp://127.0.0.1:{port}?tls=off")
    sessions = [smtp_session.Session(server, "localhost", None) for _ in range(CONNECTIONS)]
    await asyncio.gather(*(client.connect() for client in clients), *(one.open() for one in sessions))
    found: dict[str, list[float]] = {}
    async with _nodemailer(port, envelopes, mails) as peer:
        for turn in range(rounds + 1):
            rates = {
                "ours": await _rate(envelopes, [ours.send] * CONNECTIONS),
                "library": await _rate(mails, [_by_library(client) for client in clients]),
                "session": await _rate(mails, [_by_session(one) for one in sessions]),
                "assembly": _assembled(envelopes),
                **(await _by_nodemailer(peer, len(mails)) if peer else {}),
            }
            for name, rate in rates.items() if turn else ():
                found.setdefault(name, []).append(rate)
    await asyncio.gather(
        ours.close(), *(client.quit() for client in clients), *(one.quit() for one in sessions)
    )
    return found


@contextlib.asynccontextmanager
async def _nodemailer(
    port: int, envelopes: Sequence[Envelope], mails: Sequence[mime.Mail]
) -> AsyncIterator[subprocess.Popen[str] | None]:
    """A process of its own that knows the mails and waits for rounds; None where it is not installed."""
    node = shutil.which("node")
    if node is None or not (NODEMAILER / "node_modules").exists():
        yield None
        return
    command = (str(PROGRAM), str(NODEMAILER), str(port), str(CONNECTIONS))
    with processes.running(*command, program=node) as peer:
        known = [_for_nodemailer(one, mail) for one, mail in zip(envelopes, mails, strict=True)]
        await asyncio.to_thread(processes.tell, peer, json.dumps(known))
        assert await asyncio.to_thread(processes.said, peer) == "taken"
        yield peer


async def _by_nodemailer(peer: subprocess.Popen[str], count: int) -> dict[str, float]:
    found = {}
    for name, way in (("written", "write"), ("raw", "ready")):
        processes.tell(peer, way)
        found[name] = count / float(await asyncio.to_thread(processes.said, peer))
    return found


def _for_nodemailer(one: Envelope, mail: mime.Mail) -> dict[str, object]:
    """The same parts and header lines, in the words of its documentation."""
    read = mime.words(one)
    written = {
        "from": {"name": one.from_name, "address": one.from_address},
        "to": {"name": one.to_name, "address": one.to},
        "subject": one.subject, "text": read.text, "html": read.html, "messageId": one.message_id,
        "date": one.at.isoformat(),
        "headers": {
            "List-Unsubscribe": f"<{one.unsubscribe_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    }  # fmt: skip
    envelope = {"from": mail.sender, "to": [mail.recipient]}
    return {"written": written, "envelope": envelope, "raw": mail.content.decode("ascii")}


async def _rate(work: Sequence[T], senders: Sequence[Send[T]]) -> float:
    left = iter(work)
    began = time.perf_counter()
    await asyncio.gather(*(_until_empty(left, send) for send in senders))
    return len(work) / (time.perf_counter() - began)


async def _until_empty(left: Iterator[T], send: Send[T]) -> None:
    for one in left:
        await send(one)


def _by_library(client: aiosmtplib.SMTP) -> Send[mime.Mail]:
    async def send(mail: mime.Mail) -> None:
        await client.sendmail(mail.sender, [mail.recipient], mail.content)

    return send


def _by_session(session: smtp_session.Session) -> Send[mime.Mail]:
    async def send(mail: mime.Mail) -> None:
        await session.carry(mail, smtp_session.Progress())

    return send


def _assembled(envelopes: Sequence[Envelope]) -> float:
    began = time.perf_counter()
    for one in envelopes:
        mime.assemble(one)
    return len(envelopes) / (time.perf_counter() - began)


def envelope(n: int) -> Envelope:
    """What deliver hands to the channel: footer, tracked link, pixel and unsubscribe link included."""
    link = "https://acme.example/customers/brightlane?utm_source=note"
    return Envelope(
        key=f"{n}.1.0", channel="email", to=f"ada{n}@lovelace.example", to_name=f"Ada{n} Lovelace",
        from_address="olivia@acme.example", from_name="Olivia", reply_to="", subject="A morning a week at Brightlane",
        body=BODY.format(n=n), message_id=f"<{n:032x}@acme.example>", at=datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
        footer="Olivia\nAcme\n1 Main St, Springfield", unsubscribe_url=f"https://o.example/u/{n:032x}",
        pixel_url=f"https://o.example/o/{n:032x}", tracked={link: f"https://o.example/c/{n:032x}"},
    )  # fmt: skip


if __name__ == "__main__":
    report.alone(measure)
