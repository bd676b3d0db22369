"""Retain: events older than a workspace keeps them are removed once a day, and counted (K6).

Opens, clicks, deliveries and the like, and posts' pictures; the timeline, the suppression list and the messages stay.
Then the database counts its tables anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context
from engine.rules import timing
from storage import marks, pictures, retentions
from storage.model import Workspace
from storage.retentions import Retention

LEASE = timedelta(seconds=120)
BATCH = 5
CHUNKS = 200
"""At most so many at a turn, well within the lease; the rest is the next turn's."""
BREATH = 0.005
"""Seconds between two chunks, in which people's clicks are written."""


async def daily(conn: AsyncConnection, workspace: Workspace, *, now: datetime) -> None:
    """Insert today's clearing, by the workspace's calendar."""
    zone = policy.read(workspace.settings).zone
    await retentions.due(conn, workspace.id, timing.local_date(now, zone).isoformat())


async def claim(ctx: Context) -> list[Retention]:
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        return await retentions.lease(
            conn, me=ctx.me, machine_now=machine_now, until=machine_now + LEASE, limit=BATCH
        )


async def work(ctx: Context, claimed: Sequence[Retention]) -> None:
    """A chunk at a time, each in a transaction of its own; a kill leaves the rest to the next turn."""
    for row in claimed:
        async with ctx.db.read() as conn:
            rules = await policy.of(conn, row.workspace_id)
        before = ctx.now() - timedelta(days=rules.retention_days)
        for _ in range(CHUNKS // len(claimed)):
            async with ctx.db.begin() as conn:
                gone = await retentions.clear(conn, row, me=ctx.me, before=before)
            if not gone:
                break
            await asyncio.sleep(BREATH)
        if gone == 0:
            async with ctx.db.begin() as conn:
                await pictures.clear(conn, row.workspace_id, before)
        if gone is not None:
            await _done(ctx, row, rules.retention_days, finished=gone == 0)
    await ctx.db.count_anew()


async def _done(ctx: Context, row: Retention, days: int, *, finished: bool) -> None:
    async with ctx.db.begin() as conn:
        removed = await retentions.done(conn, row, now=ctx.now() if finished else None)
        if finished and removed:
            await marks.note(
                conn, row.workspace_id, "workspace", 0, "retention", actor="retain", now=ctx.now(),
                detail=f"{removed} events older than {days} days were removed",
            )  # fmt: skip
