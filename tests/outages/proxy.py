"""A TCP proxy between Overture and PostgreSQL that can cut, refuse, or fall silent."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy.engine import make_url


@dataclass
class Proxy:
    """`url` leads through it. What it does to new connections and to those that exist is set by the methods."""

    url: str
    target: tuple[str, int]
    silent: asyncio.Event = field(default_factory=asyncio.Event)
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    lose: bytes = b""
    """Once: pass a request that contains this on, and reset the connection instead of passing on the answer."""
    accepted: int = 0
    serving: set[asyncio.Task[Any]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def listen(self, port: int = 0) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def cut(self) -> None:
        """Reset every connection; new ones are accepted."""
        before = list(self.serving)
        for writer in list(self.open):
            writer.transport.abort()
        if before:
            await asyncio.wait(before)

    async def refuse(self) -> None:
        """Reset every connection; new ones are refused."""
        assert self._server is not None
        for listening in self._server.sockets:
            asyncio.get_running_loop().remove_reader(listening.fileno())
        for _ in range(5):  # what was just accepted needs a server that is open, or its socket is left behind
            await asyncio.sleep(0)
        self._server.close()
        await self.cut()
        await self._server.wait_closed()

    async def accept_again(self) -> None:
        await self.listen(int(make_url(self.url).port or 0))

    async def fall_silent(self) -> None:
        """Accept, keep open, and pass nothing on in either direction, as a firewall that drops packets."""
        self.silent.set()

    async def speak_again(self) -> None:
        """What was silent stays lost: the other end would have forgotten it."""
        self.silent.clear()
        await self.cut()

    async def close(self) -> None:
        await self.refuse()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)
        self.open.add(writer)
        tasks: list[asyncio.Task[None]] = []
        try:
            behind, ahead = await self._behind()
            lost = asyncio.Event()
            tasks = [
                asyncio.create_task(self._pass(reader, ahead, lost)),
                asyncio.create_task(self._pass(behind, writer, lost)),
            ]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            ahead.transport.abort()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.open.discard(writer)
            writer.transport.abort()

    async def _behind(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = self.target
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event
    ) -> None:
        """Until one side ends, or an answer of the server was lost."""
        towards_us = writer in self.open
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if self.silent.is_set():
                    continue
                if towards_us and lost.is_set():
                    return
                if not towards_us and self.lose and self.lose in data:
                    self.lose = b""
                    lost.set()
                writer.write(data)
                await writer.drain()


@contextlib.asynccontextmanager
async def before(url: str) -> AsyncIterator[Proxy]:
    """A proxy before the PostgreSQL that `url` leads to."""
    given = make_url(url)
    with psycopg.connect(given.render_as_string(hide_password=False)) as direct:
        host, number, user, name = direct.info.host, direct.info.port, direct.info.user, direct.info.dbname
    proxy = Proxy("", (host, number))
    port = await proxy.listen()
    beside: dict[str, Any] = {
        "username": user,
        "host": "127.0.0.1",
        "port": port,
        "database": name,
        "query": {},
    }
    proxy.url = given.set(**beside).render_as_string(hide_password=False)
    try:
        yield proxy
    finally:
        await proxy.close()
