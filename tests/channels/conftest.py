"""What the channel tests share: an envelope to vary, and SMTP and HTTP servers whose answers a test decides."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from engine.channels import Envelope

ENVELOPE = Envelope(
    key="42.1.1",
    channel="email",
    to="ana@lead.example",
    to_name="Ana",
    from_address="sales@acme.example",
    from_name="Acme",
    reply_to="",
    subject="A short call?",
    body="Hello Ana,\n\nmay I show you something?",
    message_id="<42@acme.example>",
    at=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    footer="Acme, 1 Main Street, Springfield",
    unsubscribe_url="https://acme.example/u/TOKEN",
)


@pytest.fixture(scope="session")
def envelope() -> Callable[..., Envelope]:
    return lambda **changes: dataclasses.replace(ENVELOPE, **changes)


class Mailhost:
    """An aiosmtpd server. A test sets `rcpt`, `mail` or `data` to a reply, or to something to do instead.

    `options` are aiosmtpd's own, for connections opened from then on.
    """

    def __init__(self) -> None:
        self.port = 0
        self.options: dict[str, Any] = {}
        self.received: list[bytes] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.connections = 0
        self.commands: list[str] = []
        self.mail: Any = None
        self.rcpt: Any = None
        self.data: Any = None

    @staticmethod
    def drop(server: Any, address: str) -> None:
        """Go away instead of answering: `mailhost.rcpt = mailhost.drop`."""
        server.transport.abort()

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: Any
    ) -> Any:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RSET(self, server: Any, session: Any, envelope: Any) -> str:
        self.commands.append("RSET")
        return "250 OK"

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:
        self.commands.append("QUIT")
        return "221 Bye"

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.commands.append("MAIL")
        reply = await _reply(self.mail, server, address)
        envelope.mail_from = address
        return reply or "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        reply = await _reply(self.rcpt, server, address)
        if not reply:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        reply = await _reply(self.data, server, envelope.mail_from)
        if not reply:
            self.received.append(envelope.original_content)
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return reply or "250 queued as 1A2B"


class Wire:
    """A raw HTTP server that reads one request per connection; a test answers by hand, or lets it say octets."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[bytes] = []
        self.over = asyncio.Event()
        self.answer: Callable[[asyncio.StreamWriter], Awaitable[Any]] = lambda writer: self.over.wait()

    def says(self, octets: bytes) -> None:
        async def write(writer: asyncio.StreamWriter) -> None:
            writer.write(octets)
            await writer.drain()
            writer.write_eof()
            await asyncio.sleep(0.05)

        self.answer = write

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        self.requests.append(head + await reader.readexactly(length))
        await self.answer(writer)
        writer.transport.abort()


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    """Listens on loopback; says nothing until told what."""
    state, tasks = Wire(), []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.current_task())
        await state.serve(reader, writer)

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        state.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield state
        state.over.set()
        await asyncio.gather(*tasks)
        await asyncio.sleep(0.01)


async def _reply(scripted: Any, server: Any, address: str) -> str:
    answer = scripted(server, address) if callable(scripted) else scripted
    return await answer if asyncio.iscoroutine(answer) else answer or ""


@pytest.fixture
async def mailhost() -> AsyncIterator[Mailhost]:
    """Listens on loopback; connections still open at the end are cut."""
    host, open_servers = Mailhost(), []

    def factory() -> SMTP:
        open_servers.append(SMTP(host, hostname="mailhost", loop=asyncio.get_running_loop(), **host.options))
        return open_servers[-1]

    listener = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0)
    host.port = listener.sockets[0].getsockname()[1]
    yield host
    listener.close()
    for server in open_servers:
        if server.transport is not None:
            server.transport.abort()
    await asyncio.sleep(0.01)
