"""Open SMTP connections kept for the next mail. Never looks at mails or replies."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Coroutine
from typing import Any

from engine import errors
from engine.channels import smtp_server, smtp_session

_MAILS_PER_CONNECTION = 100
_IDLE_SECONDS = 60.0
_NARROW_SECONDS = 60.0
"""For so long no more connections are tried than the server let in."""


class Pool:
    """At most `size` connections. The one used last is handed out first, so that spare ones grow old and go.

    A connection is retired after 100 mails (servers count them) or 60 idle seconds (they hang up silently). A server
    that takes fewer at a time (421) gets fewer: who is turned away while others are let in waits for one of theirs.
    """

    def __init__(self, server: smtp_server.Server, size: int) -> None:
        self._server = server
        self._room = asyncio.Semaphore(size)
        self._idle: list[smtp_session.Session] = []
        self._farewells: set[asyncio.Task[None]] = set()
        self._helo = "localhost" if server.loopback else ""
        self._context: ssl.SSLContext | None = None
        self._closed = False
        self._out = self._missing = 0
        self._narrow_until = 0.0
        self._door = asyncio.Lock()

    async def take(self) -> smtp_session.Session:
        """An open connection, kept or brand new; `give` it back whatever happens. Raises as `Session.open`."""
        while True:
            if self._missing and time.monotonic() > self._narrow_until:
                self._widen()
            await self._room.acquire()
            try:
                session = self._kept() or await self._opened()
            except errors.Transient:
                if self._out:
                    self._missing += 1  # its place stays empty
                    self._narrow_until = time.monotonic() + _NARROW_SECONDS
                    continue
                self._room.release()
                if self._idle:
                    continue
                self._widen()
                raise
            except BaseException:
                self._room.release()
                raise
            self._out += 1
            return session

    async def open(self) -> smtp_session.Session:
        """A brand-new connection in the place of one that was taken."""
        if self._server.tls is not smtp_server.Tls.OFF and self._context is None:
            self._context = await asyncio.to_thread(ssl.create_default_context)
        if not self._helo:
            self._helo = await asyncio.to_thread(_own_name)
        session = smtp_session.Session(self._server, self._helo, self._context)
        await session.open()
        return session

    def give(self, session: smtp_session.Session) -> None:
        """Takes back what `take` handed out, or its replacement."""
        self._out -= 1
        self._room.release()
        if self._closed or session.carried >= _MAILS_PER_CONNECTION or not session.usable:
            self._part(session)
        else:
            session.keep()
            self._idle.append(session)

    async def close(self) -> None:
        """QUIT on every idle connection; those in use follow when they are given back."""
        self._closed = True
        while self._idle:
            self._part(self._idle.pop())
        await asyncio.gather(*self._farewells)

    def _kept(self) -> smtp_session.Session | None:
        while self._idle:
            session = self._idle.pop()
            if session.usable and time.monotonic() - session.idle_since < _IDLE_SECONDS:
                return session
            self._part(session)
        return None

    async def _opened(self) -> smtp_session.Session:
        """One goes ahead of all others: only once it is let in can a refusal mean that there are too many."""
        if not self._out:
            async with self._door:
                if not self._out:
                    return self._kept() or await self.open()
        return await self.open()

    def _widen(self) -> None:
        while self._missing:
            self._missing -= 1
            self._room.release()

    def _part(self, session: smtp_session.Session) -> None:
        if session.usable:
            self._background(session.quit())
        else:
            session.close()

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)


def _own_name() -> str:
    """The name for EHLO; `localhost` where the machine has none that may stand there."""
    name = socket.getfqdn()
    return name if name.isascii() and name.replace("-", "").replace(".", "").isalnum() else "localhost"
