"""Engines and transactions, and what the two dialects do differently there. Holds no queries.

SQLite: one writer connection with BEGIN IMMEDIATE and a small pool of read-only ones. PostgreSQL: one pool.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from storage import one_hop, troubles, wire

WAIT = 1.8
"""Seconds until a transaction has begun, pool, connect and first answer together: Slack waits three in all."""
CONNECT = 2
"""Seconds for one try to reach the server: libpq takes no less."""
LONGEST = 20.0
"""Seconds a transaction may take on PostgreSQL; then its connection is cut. Less than half of any lease."""
KEEPALIVE = {
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}
"""libpq's: an idle connection whose other end vanished is closed within 40 s, before anybody needs it."""

FEW_ROWS = "-c random_page_cost=1.1"
"""PostgreSQL's own 4 is for disks that turn: it then reads a whole table of cards where a few hundred are named."""


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction, begun within WAIT. It is never cancelled inside: on PostgreSQL its connection is cut instead."""
    conn, watch = await _watched(engine)
    try:
        await conn.begin()
        if watch:
            watch.allow(LONGEST)
        yield conn
    except BaseException:
        await _finish(_ended(conn, conn.rollback))
        raise
    else:
        await _finish(_ended(conn, conn.commit))
    finally:
        if watch:
            watch.end()


ALONE = {"alone": True}
"""An engine's option: what runs on it is one statement, and no transaction begins before it."""


@asynccontextmanager
async def statement(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """For one statement that only reads, on an engine that is ALONE: it sees a snapshot by itself. Ended within WAIT."""
    conn, watch = await _watched(engine)
    try:
        yield conn
    finally:
        await _finish(conn.close())
        if watch:
            watch.end()


async def _watched(engine: AsyncEngine) -> tuple[AsyncConnection, wire.Watch | None]:
    """A connection, and on PostgreSQL what cuts it when the first answer is not there within WAIT in all."""
    started = time.monotonic()
    conn = await _connect(engine)
    watch = wire.Watch(conn) if engine.dialect.name == "postgresql" else None
    if watch:
        watch.allow(max(WAIT / 10, started + WAIT - time.monotonic()))
    return conn, watch


async def _connect(engine: AsyncEngine) -> AsyncConnection:
    """Waiting for the pool and for the server together take no longer than WAIT."""
    try:
        async with asyncio.timeout(WAIT + 0.1):  # the pool's own limit says more about why
            return await engine.connect()
    except TimeoutError:
        raise troubles.Away from None


async def _ended(conn: AsyncConnection, how: Callable[[], Awaitable[None]]) -> None:
    """Committed or rolled back, and given back to the pool."""
    try:
        await how()
    except BaseException:
        await conn.rollback()
        raise
    finally:
        await conn.close()


async def _finish(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end whatever happens to the caller, then let its cancellation through."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _loads(text: str | bytes) -> Any:
    """Most JSON columns are empty most of the time. psycopg hands over bytes, sqlite3 text."""
    return {} if len(text) == 2 and text in ("{}", b"{}") else json.loads(text)


def postgres(url: URL) -> AsyncEngine:
    """BEGIN is sent at once and by itself, so that a server that is away is noticed before anything is done."""
    engine = create_async_engine(
        url,
        json_deserializer=_loads,
        hide_parameters=True,
        pool_size=10,
        max_overflow=5,
        pool_timeout=WAIT,
        pool_recycle=1800,
        connect_args={
            "connect_timeout": CONNECT,
            "autocommit": True,
            "options": f"-c timezone=UTC -c lock_timeout=2000 -c idle_in_transaction_session_timeout=60000 {FEW_ROWS}",
            **KEEPALIVE,
        },
    )
    event.listen(engine.sync_engine, "begin", wire.begin)
    event.listen(engine.sync_engine, "checkout", wire.refuse_dead)
    event.listen(engine.sync_engine, "handle_error", _forget_the_dead)
    return engine


def _forget_the_dead(context: ExceptionContext) -> None:
    if troubles.ends_connections(context.original_exception):
        context.is_disconnect = True


STATEMENTS = 512
"""Prepared ones that a connection to SQLite keeps; all loops together run about 300, and sqlite3 would keep 128."""


def memory(url: URL, connect: Callable[..., Any]) -> AsyncEngine:
    """One connection that is never given back, so that what it holds lasts as long as the engine."""
    engine = create_async_engine(
        url,
        json_deserializer=_loads,
        hide_parameters=True,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=LONGEST,
        pool_reset_on_return=None,  # transaction() ends each one itself
        connect_args={"cached_statements": STATEMENTS, "async_creator_fn": connect},
    )

    def on_connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None

    event.listen(engine.sync_engine, "connect", on_connect)
    event.listen(engine.sync_engine, "begin", partial(one_hop.begin, "BEGIN"))
    return engine


SYNCHRONOUS = "FULL"
"""A commit is on the disk when it returns: a claim that a power cut undoes would let a message leave twice."""

WRITERS_CACHE, READERS_CACHE = 2_000, 1_000
"""KiB of pages that each connection keeps, the system's own cache behind them: more made no loop measurably faster."""


ANALYSED = 4_000
"""Rows of an index that its statistics rest on (https://sqlite.org/pragma.html#pragma_analysis_limit), which takes
milliseconds. The few hundred proposed there mistake which index serves a thread (tests/storage/test_plans.py)."""


def sqlite(url: URL, *, pool_size: int, begin: str, query_only: bool = False) -> AsyncEngine:
    engine = create_async_engine(
        url,
        json_deserializer=_loads,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=WAIT,
        pool_reset_on_return=None,  # transaction() ends each one itself
        connect_args={
            "timeout": WAIT,
            "cached_statements": STATEMENTS,
            "async_creator_fn": one_hop.connect,
        },
    )

    def on_connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None
        cursor = dbapi.cursor()
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={SYNCHRONOUS}",
            "foreign_keys=ON",
            f"cache_size=-{READERS_CACHE if query_only else WRITERS_CACHE}",
            "temp_store=MEMORY",
            f"analysis_limit={ANALYSED}",
            *(("query_only=ON",) if query_only else ()),
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", on_connect)
    event.listen(engine.sync_engine, "begin", partial(one_hop.begin, begin))
    return engine
