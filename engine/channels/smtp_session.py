"""One SMTP connection: opens it, carries mails over it one after the other, and knows what may have left.

Never decides about retries and never reads a mail's content.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
import time
from dataclasses import dataclass

import aiosmtplib

from engine import errors, faults
from engine.channels import mime, smtp_replies, smtp_server

_LOST = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError)
_QUIT_SECONDS = 2.0
_MISREAD = frozenset({334, 500, 501, 502, 503, 504})
"""Answers of a server that did not expect a name beside AUTH LOGIN."""


class Lost(Exception):
    """The connection broke, or the server closed it, before any content of this mail was written."""


@dataclass(slots=True)
class Progress:
    """`on_wire` turns true just before the first octet of content is written and stays so."""

    on_wire: bool = False


class Session:
    """Not safe for two mails at once. Has no time limits: the caller cancels, then throws it away."""

    def __init__(self, server: smtp_server.Server, helo: str, context: ssl.SSLContext | None) -> None:
        self.carried = 0
        self.kept = False
        self.idle_since = time.monotonic()
        self._dirty = False
        self._name = base64.b64encode(server.username.encode())
        self._password = base64.b64encode(server.password.encode())
        self._client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username or None,
            password=server.password or None,
            local_hostname=helo,
            use_tls=server.tls is smtp_server.Tls.IMPLICIT,
            start_tls={smtp_server.Tls.OFFERED: None, smtp_server.Tls.REQUIRED: True}.get(server.tls, False),
            tls_context=context,
            timeout=None,
        )

    @property
    def usable(self) -> bool:
        return self._client.is_connected

    async def open(self) -> None:
        """Greeting, EHLO, TLS and login. Raises Transient or Misconfigured; leaves no connection behind then."""
        try:
            await self._connect()
            if self._client.is_ehlo_or_helo_needed:
                await self._greet()
        except BaseException as error:
            self.close()
            raise _not_opened(error) from None

    async def carry(self, mail: mime.Mail, progress: Progress) -> None:
        """Returns once the server took responsibility. Raises Lost, what a refusal stands for, or Unknown."""
        size = (b"SIZE=%d" % len(mail.content),) if self._client.supports_extension("size") else ()
        if self._dirty:
            await self._ask(b"RSET")
        self._dirty = True
        await self._ask(b"MAIL", b"FROM:<" + mail.sender.encode() + b">", *size)
        await self._ask(b"RCPT", b"TO:<" + mail.recipient.encode() + b">")
        await self._ask(b"DATA")
        await self._content(mail.content, progress)
        self._dirty = False
        self.carried += 1

    def keep(self) -> None:
        """Marks that it waited between mails, so that the server may have left unnoticed."""
        self.kept = True
        self.idle_since = time.monotonic()

    async def quit(self) -> None:
        """Says goodbye within two seconds and closes. Raises nothing."""
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await asyncio.wait_for(self._client.quit(), _QUIT_SECONDS)
        self.close()

    def close(self) -> None:
        self._client.close()

    async def _connect(self) -> None:
        """Some servers take LOGIN word by word alone, and refuse or overlook a name that comes with the command."""
        try:
            await self._client.connect()
        except aiosmtplib.SMTPAuthenticationError as refusal:
            if refusal.code not in _MISREAD:
                raise
            await self._client.connect(username=None, password=None)
            if self._client.is_ehlo_or_helo_needed:
                await self._greet()
            if "login" not in self._client.supported_auth_methods:
                raise
            await self._log_in_by_words()

    async def _greet(self) -> None:
        """EHLO, or HELO where a server knows no other (RFC 5321 3.2)."""
        try:
            await self._client.ehlo()
        except aiosmtplib.SMTPHeloError as refusal:
            if refusal.code // 100 != 5 or not self.usable:
                raise
            await self._client.helo()

    async def _log_in_by_words(self) -> None:
        for words, wanted in (((b"AUTH", b"LOGIN"), 334), ((self._name,), 334), ((self._password,), 235)):
            code, text = await self._client.execute_command(*words)
            if code != wanted:
                raise aiosmtplib.SMTPAuthenticationError(code, text)

    async def _ask(self, verb: bytes, *arguments: bytes) -> None:
        try:
            code, text = await self._client.execute_command(verb, *arguments)
        except _LOST:
            raise Lost from None
        except aiosmtplib.SMTPResponseException:
            self.close()
            raise errors.Transient(
                "The mail server's answer makes no sense. It is tried again later."
            ) from None
        if code in _WANTED[verb]:
            return
        if code == 421 or verb == b"RSET":
            self.close()
            raise Lost
        error = _CLASSIFY.get(verb, smtp_replies.classify)(code, text)
        raise errors.Transient(error.reason) if isinstance(error, errors.Unknown) else error

    async def _content(self, content: bytes, progress: Progress) -> None:
        protocol = self._client.protocol
        if protocol is None or not protocol.is_connected:
            raise Lost
        stuffed = content.replace(b"\r\n.", b"\r\n..")
        progress.on_wire = True
        protocol.write(stuffed + b".\r\n")
        await faults.point(faults.Point.ON_THE_WIRE)
        try:
            code, text = await protocol.read_response()
        except (*_LOST, aiosmtplib.SMTPException):
            self.close()
            raise errors.Unknown(
                "The mail server went away before it said whether it took the mail."
            ) from None
        if code // 100 == 2:
            return
        if code == 421 or code // 100 not in {4, 5}:
            self.close()
        raise smtp_replies.classify(code, text)


def _not_opened(error: BaseException) -> BaseException:
    """A failed handshake is a matter of settings, a lost connection one of time; whatever else stays what it is."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return smtp_replies.classify_greeting(error.code, error.message)
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return errors.Misconfigured("The mail server's TLS or certificate cannot be trusted. Check SMTP_URL.")
    if isinstance(error, _LOST):
        return errors.Transient("The mail server cannot be reached. It is tried again later.")
    if isinstance(error, aiosmtplib.SMTPException | ValueError):
        return errors.Misconfigured(
            "The mail server offers no TLS or no login as SMTP_URL demands. Check SMTP_URL."
        )
    return error


_CLASSIFY = {b"MAIL": smtp_replies.classify_sender, b"RCPT": smtp_replies.classify_recipient}
_WANTED = {b"RSET": range(200, 300), b"MAIL": range(200, 300), b"RCPT": (250, 251), b"DATA": (354,)}
