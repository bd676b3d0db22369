"""The database engine, its transactions, and what the two dialects do differently. Holds no queries.

SQLite: one writer connection with BEGIN IMMEDIATE and a small pool of read-only ones. PostgreSQL: one pool.
SQLite syncs at every commit: a claim that a power cut undoes would let a message leave twice.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Column,
    ColumnElement,
    DateTime,
    String,
    Table,
    bindparam,
    event,
    literal_column,
)
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, Text, TypeDecorator

from storage import one_hop

WAIT = 2.0
"""Seconds any pool, lock or connect may take: a handler must answer within Slack's three."""

_T = TypeVar("_T")


class _Aware(TypeDecorator[datetime]):
    """timestamptz; naive times are refused, since both PostgreSQL drivers would take them silently."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone reached the database")
        return value


class _Iso(TypeDecorator[datetime]):
    """ISO 8601 in UTC with a fixed width, so that text order is time order."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone reached the database")
        return value.astimezone(UTC).isoformat(sep=" ", timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


Utc = _Aware().with_variant(_Iso(), "sqlite")


class Names(TypeDecorator[tuple[str, ...]]):
    """A short tuple of words, kept as a JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str:
        return json.dumps(list(value or ()), ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        return () if not value or value == "[]" else tuple(json.loads(value))


class _Among(FunctionElement[Any]):
    """Compiled where the dialect is known; its second part is the parameter's name."""

    type = NullType()  # a Boolean would be compared with 1 on SQLite, which no index can serve
    inherit_cache = True


@compiles(_Among, "postgresql")
def _any(element: _Among, compiler: Any, **kw: Any) -> str:
    column, name = element.clauses
    values = bindparam(name.name, type_=ARRAY(column.type))
    return f"{compiler.process(column, **kw)} = ANY ({compiler.process(values, **kw)})"


@compiles(_Among, "sqlite")
def _in(element: _Among, compiler: Any, **kw: Any) -> str:
    column, name = element.clauses
    values: BindParameter[Any] = bindparam(name.name, expanding=True)
    return str(compiler.process(column.in_(values), **kw))


def among(column: Column[Any], name: str) -> ColumnElement[bool]:
    """`column` is one of the values of the list parameter `name`.

    On PostgreSQL one array: expanding a hundred parameters costs SQLAlchemy and psycopg more than the database.
    On SQLite parameters one by one, which there is faster than unpacking JSON (python -m benchmarks.deliver).
    """
    return _Among(column, literal_column(name))


class Database:
    """Transactions over one database. `begin` writes, `read` only reads.

    `machine_now` is the clock of leases and back-off: never stepped, the same for all processes of one database.
    """

    def __init__(self, url: str) -> None:
        self.url = normalise(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._writer = _sqlite_engine(self.url, pool_size=1, begin="BEGIN IMMEDIATE")
            self._reader = _sqlite_engine(self.url, pool_size=3, begin="BEGIN", query_only=True)
        else:
            self._writer = self._reader = _postgres_engine(self.url)
        self._woken = asyncio.Event()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """One writing transaction: committed at the end, rolled back on any error.

        A commit or rollback that has begun is finished even when the task is cancelled.
        """
        async with _transaction(self._writer) as conn:
            yield conn

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One reading transaction on a snapshot; on SQLite a write in it raises."""
        async with _transaction(self._reader) as conn:
            yield conn

    def wake(self) -> None:
        """Something was committed that the loops of this process may act on. Correctness never depends on it."""
        self._woken.set()

    async def idle(self, within: float) -> None:
        """Return when `wake` was called, or after `within` seconds."""
        try:
            async with asyncio.timeout(within):
                await self._woken.wait()
        except TimeoutError:
            return
        finally:
            self._woken.clear()

    async def machine_now(self, conn: AsyncConnection) -> datetime:
        """The server's clock on PostgreSQL, the process's on SQLite (one host)."""
        if self.is_sqlite:
            return datetime.now(UTC)
        row = await conn.exec_driver_sql("SELECT clock_timestamp()")
        value: datetime = row.scalar_one()
        return value

    async def close(self) -> None:
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()


def normalise(url: str) -> URL:
    """The async driver for what people paste: postgres://, postgresql://, sqlite://. Raises ValueError."""
    try:
        parsed = make_url(url)
    except Exception as error:
        raise ValueError("DATABASE_URL is not a database address") from error
    backend = parsed.drivername.split("+")[0]
    if backend in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        return parsed.set(drivername="sqlite+aiosqlite")
    raise ValueError("DATABASE_URL must begin with postgresql:// or sqlite://")


def is_collision(error: BaseException) -> bool:
    """True when this transaction lost against another one and was rolled back whole: at once it may go through."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    lost = getattr(cause, "sqlstate", None) in ("40P01", "40001")
    return lost or (isinstance(cause, sqlite3.OperationalError) and "is locked" in str(cause))


def columns(table: Table, noun: type[Any]) -> list[Column[Any]]:
    """The table's columns in the order of the noun's fields, so that a row builds it by position."""
    return [table.c[field.name] for field in fields(noun)]


def is_unavailable(error: BaseException) -> bool:
    """True for errors that mean the database is away, full or busy: the work may be tried again later."""
    return isinstance(error, OSError | TimeoutError) or (
        isinstance(error, DBAPIError) and type(error).__name__ == "OperationalError"
    )


@asynccontextmanager
async def _transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    conn = await engine.connect()
    try:
        await conn.begin()
        yield conn
        await _finish(conn.commit())
    except BaseException:
        await _finish(conn.rollback())
        raise
    finally:
        await _finish(conn.close())


async def _finish(work: Any) -> None:
    """Run to the end whatever happens to the caller, then let its cancellation through."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _loads(text: str) -> Any:
    """Most JSON columns are empty most of the time."""
    return {} if text == "{}" else json.loads(text)


def _postgres_engine(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        json_deserializer=_loads,
        hide_parameters=True,
        pool_size=10,
        max_overflow=5,
        pool_timeout=WAIT,
        pool_recycle=1800,
        connect_args={
            "connect_timeout": int(WAIT),
            "options": "-c timezone=UTC -c lock_timeout=2000 -c idle_in_transaction_session_timeout=60000",
        },
    )


def _sqlite_engine(url: URL, *, pool_size: int, begin: str, query_only: bool = False) -> AsyncEngine:
    engine = create_async_engine(
        url,
        json_deserializer=_loads,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=WAIT,
        pool_reset_on_return=None,  # _transaction ends each one itself
        connect_args={"timeout": WAIT, "async_creator_fn": one_hop.connect},
    )

    def on_connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None
        cursor = dbapi.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-16000",
            "temp_store=MEMORY",
            *(("query_only=ON",) if query_only else ()),
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", on_connect)
    event.listen(engine.sync_engine, "begin", lambda conn: conn.exec_driver_sql(begin))
    return engine
