"""A real SMTP server (aiosmtpd) that answers as it is told and keeps a log of its own."""

from __future__ import annotations

import asyncio
from types import TracebackType

from aiosmtpd.smtp import SMTP, Envelope, Session


class MailServer:
    """`down` turns everybody away. `refuse` and `refuse_once` are answers to RCPT by address.

    `hang_up` closes after the mail was handed over.
    """

    def __init__(self) -> None:
        self.refuse: dict[str, str] = {}
        self.refuse_once: dict[str, str] = {}
        self.hang_up: set[str] = set()
        self.taken: list[str] = []
        self.refused: list[str] = []
        self.connections = 0
        self.down = False
        self.url = ""

    async def __aenter__(self) -> MailServer:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, "127.0.0.1", 0)
        self.url = f"smtp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}?tls=off"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str, responses: list[str]
    ) -> list[str]:
        session.host_name = name
        return ["421 4.3.2 going down"] if self.down else responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.down:
            return "421 4.3.2 going down"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 fine"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.refuse_once.pop(address, "") or self.refuse.get(address, "")
        if answer:
            self.refused.append(address)
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        (address,) = envelope.rcpt_tos
        self.taken.append(address)
        if address in self.hang_up and server.transport is not None:
            self.hang_up.discard(address)
            server.transport.abort()
        return "250 2.0.0 taken"

    def _session(self) -> SMTP:
        self.connections += 1
        return SMTP(self, enable_SMTPUTF8=True)
