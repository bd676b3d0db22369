"""aiosqlite with one visit to its thread per statement instead of four: cursor, execute, fetch and close together.

A transaction begins in the visit of its first statement, and one that had none needs no end. A visit costs more than
most of our statements (python -m benchmarks.deliver). All rows are fetched at once, which SQLAlchemy's adapter does
anyway.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import aiosqlite
import sqlalchemy


class Cursor:
    """What SQLAlchemy's adapter asks of an aiosqlite cursor, and nothing more."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, statement: str, parameters: Any = ()) -> Cursor:
        return await self._run("execute", statement, parameters)

    async def executemany(self, statement: str, parameters: Sequence[Any]) -> Cursor:
        return await self._run("executemany", statement, parameters)

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """It was closed in the visit that ran the statement."""

    async def _run(self, method: str, statement: str, parameters: Any) -> Cursor:
        def visit() -> tuple[Any, list[Any], int, int | None]:
            self._connection.open_transaction()
            cursor = getattr(self._connection.sqlite, method)(statement, parameters)
            try:
                rows = cursor.fetchall() if cursor.description else []
                return cursor.description, rows, cursor.rowcount, cursor.lastrowid
            finally:
                cursor.close()

        self.description, self._rows, self.rowcount, self.lastrowid = await self._connection.visit(visit)
        return self


class Connection(aiosqlite.Connection):
    """aiosqlite's connection, handing out the cursors above."""

    to_begin = ""
    """The BEGIN that waits for its first statement."""

    @property
    def sqlite(self) -> sqlite3.Connection:
        return self._conn

    def open_transaction(self) -> None:
        """In the connection's thread."""
        if self.to_begin:
            self._conn.execute(self.to_begin)
            self.to_begin = ""

    async def commit(self) -> None:
        await self._end(self._conn.commit)

    async def rollback(self) -> None:
        await self._end(self._conn.rollback)

    async def _end(self, how: Callable[[], None]) -> None:
        if self.to_begin:
            self.to_begin = ""
        elif self._conn.in_transaction:
            await self.visit(how)

    async def visit(self, work: Any) -> Any:
        """Run `work` in the connection's thread."""
        return await self._execute(work)  # type: ignore[no-untyped-call]

    def cursor(self) -> Any:
        return Cursor(self)


def begin(statement: str, conn: sqlalchemy.Connection) -> None:
    """For SQLAlchemy's event: `statement` runs before the first one of the transaction, but for one that is alone."""
    if not conn.get_execution_options().get("alone"):
        conn.connection.driver_connection.to_begin = statement  # type: ignore[union-attr]


def connect(database: str, **options: Any) -> Connection:
    """Like aiosqlite.connect; its thread never keeps the process alive."""
    connection = Connection(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
    connection._thread.daemon = True
    return connection
