"""Mail over SMTP to a sink on loopback: our channel against the same client library sending ready bytes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import TypeVar

import aiosmtplib
import uvloop

from benchmarks import processes, report
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


def measure(quick: bool) -> report.Part:
    return uvloop.run(_measure(*((3, 300) if quick else (9, 1_500))))


async def _measure(rounds: int, count: int) -> report.Part:
    with processes.running("-m", "benchmarks.sink") as sink:
        assert sink.stdout is not None
        port = int(await asyncio.to_thread(sink.stdout.readline))
        began, used = time.perf_counter(), processes.cpu_seconds(sink.pid)
        rates = await _alternating(port, rounds, [envelope(n) for n in range(count)])
        busy = (processes.cpu_seconds(sink.pid) - used) / (time.perf_counter() - began)
    library, session = (
        [o / p for o, p in zip(rates["ours"], rates[name], strict=True)] for name in ("library", "session")
    )
    return report.Part(
        "Email over SMTP, loopback sink",
        "python -m benchmarks.smtp",
        (
            report.against("Email.send, assembly included", rates["ours"], "mails/s"),
            report.against("aiosmtplib sendmail, ready bytes", rates["library"], "mails/s"),
            report.against("our connection, ready bytes", rates["session"], "mails/s"),
            report.against("assembly alone", rates["assembly"], "mails/s"),
            report.against("ours / aiosmtplib", library, "", at_least=0.6, ratio=f"{median(library):.2f}"),
            report.against("ours / our connection", session, "", ratio=f"{median(session):.2f}"),
        ),
        (
            f"{CONNECTIONS} connections each; {rounds} rounds of {count} in alternation; sink busy {busy:.0%} of a core",
        ),
    )


async def _alternating(port: int, rounds: int, envelopes: Sequence[Envelope]) -> dict[str, list[float]]:
    """Mails per second of each round. The turns alternate, so that a slow moment hits all."""
    mails = [mime.assemble(envelope) for envelope in envelopes]
    ours = Email(f"smtp://127.0.0.1:{port}?tls=off")
    clients = [aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) for _ in range(CONNECTIONS)]
    server = smtp_server.read(f"smtp://127.0.0.1:{port}?tls=off")
    sessions = [smtp_session.Session(server, "localhost", None) for _ in range(CONNECTIONS)]
    await asyncio.gather(*(client.connect() for client in clients), *(one.open() for one in sessions))
    found: dict[str, list[float]] = {"ours": [], "library": [], "session": [], "assembly": []}
    for turn in range(rounds + 1):
        rates = {
            "ours": await _rate(envelopes, [ours.send] * CONNECTIONS),
            "library": await _rate(mails, [_by_library(client) for client in clients]),
            "session": await _rate(mails, [_by_session(one) for one in sessions]),
            "assembly": _assembled(envelopes),
        }
        for name, rate in rates.items() if turn else ():
            found[name].append(rate)
    await asyncio.gather(
        ours.close(), *(client.quit() for client in clients), *(one.quit() for one in sessions)
    )
    return found


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
