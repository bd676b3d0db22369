"""The database: its transactions, its clock, and the types that the two dialects keep differently. Holds no queries."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields, make_dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    String,
    Table,
    bindparam,
    literal_column,
)
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, Text, TypeDecorator, UserDefinedType

from storage import engines, server_clock, troubles
from storage.server_clock import ServerClock, Wall

REMEMBERED = 30.0
"""Seconds for which a database that could not store anything is told of."""

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


class Ids(UserDefinedType[Sequence[int | None]]):
    """Whole numbers as one array in PostgreSQL's text form: psycopg writes a list element by element, in Python."""

    cache_ok = True

    def get_col_spec(self, **_kw: Any) -> str:
        return "BIGINT[]"

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        return lambda ids: "{" + str(list(ids))[1:-1].replace("None", "NULL") + "}"


class _Json(UserDefinedType[Sequence[int | str]]):
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        return lambda values: json.dumps(list(values), ensure_ascii=False)


@compiles(_Among, "postgresql")
def _any(element: _Among, compiler: Any, **kw: Any) -> str:
    column, name = element.clauses
    if isinstance(column.type, BigInteger):
        values = f"CAST({compiler.process(bindparam(name.name, type_=Ids()), **kw)} AS BIGINT[])"
    else:
        values = compiler.process(bindparam(name.name, type_=ARRAY(column.type)), **kw)
    return f"{compiler.process(column, **kw)} = ANY ({values})"


@compiles(_Among, "sqlite")
def _in(element: _Among, compiler: Any, **kw: Any) -> str:
    column, name = element.clauses
    values = compiler.process(bindparam(name.name, type_=_Json()), **kw)
    return f"{compiler.process(column, **kw)} IN (SELECT value FROM json_each({values}))"


def among(column: Column[Any], name: str) -> ColumnElement[bool]:
    """`column` is one of the values of the list parameter `name`: one array, or on SQLite one JSON list.

    A parameter for each value would cost SQLAlchemy and the driver more than the database (python -m benchmarks.deliver).
    """
    return _Among(column, literal_column(name))


class Database:
    """Transactions over one database. `begin` writes, `read` only reads.

    `machine_now` is the clock of leases and back-off: never stepped, the same for all processes of one database.
    `now` is business time where nobody steps it. `wall` is this machine's own clock.
    """

    def __init__(self, url: str, *, wall: Wall = server_clock.wall) -> None:
        self.url = normalise(url)
        self._wall, self._server = wall, ServerClock(wall)
        self._unwritable = ("", 0.0)
        self.writes = 0
        """How many writing transactions of this process have ended: what was read before the last one may be old."""
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._writer = engines.sqlite(self.url, pool_size=1, begin="BEGIN IMMEDIATE")
            self._reader = engines.sqlite(self.url, pool_size=3, begin="BEGIN", query_only=True)
        else:
            self._writer = self._reader = engines.postgres(self.url)
        self._alone = self._reader.execution_options(**engines.ALONE)
        self._woken = asyncio.Event()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """One writing transaction: committed at the end, rolled back on any error.

        A commit or rollback that has begun is finished even when the task is cancelled.
        """
        try:
            async with engines.transaction(self._writer) as conn:
                await self._look_at_the_clock(conn)
                yield conn
        except Exception as error:
            if (cause := troubles.cause(error)) in troubles.UNWRITABLE:
                self._unwritable = (cause, time.monotonic())
            raise
        finally:
            self.writes += 1

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One reading transaction on a snapshot; on SQLite a write in it raises."""
        async with engines.transaction(self._reader) as conn:
            await self._look_at_the_clock(conn)
            yield conn

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[AsyncConnection]:
        """For one reading statement: one trip to the database, where a transaction around it makes it three.

        Each statement sees what is there at that moment; two that must agree belong into `read`.
        """
        async with engines.statement(self._alone) as conn:
            await self._look_at_the_clock(conn)
            yield conn

    @property
    def unwritable(self) -> str:
        """Why the last write could not be stored (storage.troubles), if that was a moment ago; else empty."""
        cause, at = self._unwritable
        return cause if time.monotonic() - at < REMEMBERED else ""

    async def count_anew(self) -> None:
        """Let the planner know which tables grew or shrank much; PostgreSQL's autovacuum does so by itself.

        Now and then is enough: https://sqlite.org/pragma.html#pragma_optimize.
        """
        if self.is_sqlite:
            async with self.begin() as conn:
                await conn.exec_driver_sql("PRAGMA optimize")

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
        """The server's clock on PostgreSQL, asked at most once a second; the process's on SQLite (one host)."""
        if self.is_sqlite:
            return self._wall()
        if self._server.is_fresh:
            return self._server()
        asked = server_clock.steady()
        row = await conn.exec_driver_sql("SELECT clock_timestamp()")
        value: datetime = row.scalar_one()
        self._server.set(value, asked=asked)
        return value

    def now(self) -> datetime:
        """The real time, as the server knows it on PostgreSQL: exact after `machine_now`, a minute old at most."""
        return self._wall() if self.is_sqlite else self._server()

    async def _look_at_the_clock(self, conn: AsyncConnection) -> None:
        if not self.is_sqlite and self._server.is_old:
            await self.machine_now(conn)

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


def columns(table: Table, noun: type[Any]) -> list[Column[Any]]:
    """The table's columns in the order of the noun's fields, so that a row builds it by position."""
    return [table.c[field.name] for field in fields(noun)]


def maker(noun: type[_T]) -> Callable[[Sequence[Any]], _T]:
    """Makes frozen nouns of rows whose values stand in the order of `columns`.

    A frozen dataclass guards every field with a call, which for a wide row costs more than reading it. So a twin with
    the same slots is filled in, and then becomes the noun.
    """
    twin = make_dataclass(f"{noun.__name__}Row", [field.name for field in fields(noun)], slots=True)  # type: ignore[arg-type]

    def make(row: Sequence[Any]) -> _T:
        made = twin(*row)
        made.__class__ = noun
        return cast(_T, made)

    return make
