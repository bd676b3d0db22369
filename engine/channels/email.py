"""The channel `email` over SMTP: an envelope becomes a mail, or an error that says whether it may have left.

SMTP has no idempotency key; the stable Message-ID is all a receiver can recognise a second copy by.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from engine import errors
from engine.channels import Envelope, Limits, Receipt, headers, mime, smtp_pool, smtp_server, smtp_session

NAME = "email"
TIMEOUT = 15.0
CONNECTIONS = 8


class Email:
    """Sends over pooled connections. `smtp_url` is read by `smtp_server.read`, which raises Misconfigured.

    `timeout`, seconds, limits one send in all: waiting for a connection, opening it, and the mail itself.
    """

    def __init__(self, smtp_url: str, *, timeout: float = TIMEOUT, connections: int = CONNECTIONS) -> None:
        self._timeout = timeout
        self._limits = Limits(concurrency=connections, subject=headers.SUBJECT_MAX)
        self._pool = smtp_pool.Pool(smtp_server.read(smtp_url), connections)

    @property
    def name(self) -> str:
        return NAME

    @property
    def provider(self) -> str:
        return "smtp"

    @property
    def limits(self) -> Limits:
        return self._limits

    @property
    def idempotent_for(self) -> timedelta:
        return timedelta(0)

    async def send(self, envelope: Envelope) -> Receipt:
        """The receipt's `provider_id` is the Message-ID as given: SMTP has no other name for a mail.

        Raises Unknown once content was being written and no answer came; Transient if it broke before that.
        A send that is cancelled from outside may have left, too.
        """
        mail = mime.assemble(envelope)
        progress = smtp_session.Progress()
        try:
            async with asyncio.timeout(self._timeout):
                await self._deliver(mail, progress)
        except TimeoutError:
            if progress.on_wire:
                raise errors.Unknown(
                    "The mail server did not say in time whether it took the mail."
                ) from None
            raise errors.Transient("The mail server is too slow. It is tried again later.") from None
        return Receipt(envelope.message_id)

    async def close(self) -> None:
        """QUITs. Nothing may be sent afterwards."""
        await self._pool.close()

    async def _deliver(self, mail: mime.Mail, progress: smtp_session.Progress) -> None:
        """A kept connection that turns out to be gone is replaced once: surely nothing left over it."""
        session = await self._pool.take()
        try:
            try:
                await session.carry(mail, progress)
            except smtp_session.Lost:
                if not session.kept:
                    raise
                session.close()
                session = await self._pool.open()
                await session.carry(mail, progress)
        except smtp_session.Lost:
            raise errors.Transient(
                "The mail server closed the connection. It is tried again later."
            ) from None
        except errors.ChannelError:
            raise
        except BaseException:
            session.close()
            raise
        finally:
            self._pool.give(session)
