"""A database that lives in this process alone and is gone with it: one connection, no file, no thread of its own.

Whoever uses it waits for every statement, so it belongs in a thread beside the one that serves people.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import engines, one_hop
from storage.db import Database
from storage.server_clock import ServerClock, wall
from storage.tables import metadata


class InMemory(Database):
    """Every table, empty; foreign keys are not checked: it may hold a part of another database's rows.

    Transactions take turns on the one connection: one inside another would wait for itself for ever.
    """

    def __init__(self) -> None:
        self.url = make_url("sqlite+aiosqlite:///:memory:")
        self._wall, self._server = wall, ServerClock(wall)
        self._unwritable = ("", 0.0)
        self.is_sqlite = True
        self._writer = self._reader = engines.memory(self.url, _connect)
        self._woken = asyncio.Event()
        self._turn = asyncio.Lock()
        self._conn: AsyncConnection | None = None

    async def make(self) -> None:
        self._conn = await self._writer.connect()
        await self._conn.run_sync(metadata.create_all)
        await self._conn.commit()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """As storage.db has it, but that nothing can cut it off and nothing of it outlives the process."""
        assert self._conn is not None, "make() comes first"
        async with self._turn:
            try:
                yield self._conn
                await self._conn.commit()
            except BaseException:
                await self._conn.rollback()
                raise

    read = begin

    async def close(self) -> None:
        if self._conn is not None:
            await self._conn.close()
        await self._writer.dispose()


class _AtOnce:
    """Stands for aiosqlite's queue: what is put in is done before `put_nowait` returns."""

    def put_nowait(self, asked: tuple[asyncio.Future[Any] | None, Callable[[], Any]]) -> None:
        future, work = asked
        try:
            result = work()
        except BaseException as error:
            if future is None:
                raise
            future.set_exception(error)
            return
        if future is not None:
            future.set_result(result)


class _Here(one_hop.Connection):
    """aiosqlite's connection without its thread."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._tx: Any = _AtOnce()

    def __await__(self) -> Generator[Any, None, Any]:
        return self._connect().__await__()


def _connect(database: str, **options: Any) -> _Here:
    return _Here(lambda: sqlite3.connect(database, **options))
