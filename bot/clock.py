"""The clock: one call a minute that says which rows should exist by now. It only inserts rows.

Twice, late, from two processes or after a restart, nothing changes and nothing is lost.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import advice, digest, remind, retain
from engine.context import Context
from engine.plan import pausing
from storage import measurements, troubles, upcoming, workspaces
from storage.db import Database
from storage.tables import clock

log = structlog.get_logger(__name__)

EVERY, AGAIN = 60.0, 20.0
"""Seconds between two ticks, and after one that failed."""
LOOKED_BACK = timedelta(days=8)
"""Posts that went out longer ago are not counted any more."""
LATE = timedelta(hours=1)
"""While stepping, no stretch of time is passed in one go that is longer than this."""


async def tick(ctx: Context) -> None:
    """Insert what should exist by now, each kind in a transaction of its own: one that fails keeps no other from it.

    Raises the first failure when all were tried.
    """
    failures: list[Exception] = []
    for kind in (_by_workspace, _reminders, _companies, _counts):
        try:
            async with ctx.db.begin() as conn:
                await kind(ctx, conn)
        except Exception as error:
            failures.append(error)
    if failures:
        raise failures[0]


async def _by_workspace(ctx: Context, conn: AsyncConnection) -> None:
    for workspace in await workspaces.every(conn):
        await digest.daily(conn, workspace, now=ctx.now())
        await digest.weekly(conn, workspace, now=ctx.now())
        await retain.daily(conn, workspace, now=ctx.now())
        await advice.due(conn, workspace.id, ctx.now())


async def _reminders(ctx: Context, conn: AsyncConnection) -> None:
    await remind.due(conn, ctx.now())


async def _companies(ctx: Context, conn: AsyncConnection) -> None:
    await pausing.sweep(conn, ctx.now())


async def _counts(ctx: Context, conn: AsyncConnection) -> None:
    await measurements.ensure(conn, since=ctx.now() - LOOKED_BACK)


class Ticking:
    """Ticks at once and every minute, by a clock that nobody sets; what was missed is caught up in one tick."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._stopping = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="clock")

    async def stop(self) -> None:
        """A tick that has begun is finished."""
        self._stopping.set()
        await self._task

    async def _run(self) -> None:
        while not self._stopping.is_set():
            wait = EVERY if await self._ticked() else AGAIN
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._stopping.wait()

    async def _ticked(self) -> bool:
        try:
            await tick(self._ctx)
        except Exception as error:
            if cause := troubles.cause(error):
                log.warning("tick_waits", database=cause)
            else:
                log.error("tick_failed", exc_info=error)
            return False
        return True


class BusinessClock:
    """Business time of the demo: the real clock plus an offset that only ever grows, kept as a row."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    async def load(self, db: Database) -> None:
        self.offset = await stepped_by(db)

    async def step(self, db: Database, to: datetime) -> None:
        """Move to `to`, unless it is past already."""
        self.offset = max(self.offset, to - datetime.now(UTC))
        seconds = int(self.offset.total_seconds())
        async with db.begin() as conn:
            found = await conn.execute(update(clock).values(offset_seconds=seconds))
            if found.rowcount == 0:
                await conn.execute(insert(clock).values(id=1, offset_seconds=seconds, stepped_by="demo"))


async def stepped_by(db: Database) -> timedelta:
    """How far this database's clock was stepped. A process that does not read it must not start on it."""
    async with db.read() as conn:
        seconds = (await conn.execute(select(clock.c.offset_seconds))).scalar_one_or_none()
    return timedelta(seconds=seconds or 0)


async def advance(
    ctx: Context, business: BusinessClock, by: timedelta, drain: Callable[[], Awaitable[None]]
) -> None:
    """Step through every due instant up to `by` from now: step, tick, drain, repeat."""
    target = ctx.now() + by
    while True:
        to = min(await next_due(ctx) or target, ctx.now() + LATE, target)
        await business.step(ctx.db, to)
        await tick(ctx)
        await drain()
        if to >= target:
            return


async def next_due(ctx: Context) -> datetime | None:
    """The next moment at which any row must be looked at."""
    async with ctx.db.read() as conn:
        return await upcoming.first(conn, ctx.now())
