"""Events that are older than they may be kept: which days still have to be cleared, and the clearing itself.

Messages, the timeline and the suppression list are never touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import leases
from storage.db import columns
from storage.tables import engagements, retentions, slack_events
from storage.workspaces import insert_new

CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Retention:
    """One day's clearing of a workspace. `removed`: how many events are gone so far."""

    id: int
    workspace_id: str
    day: str
    removed: int


async def due(conn: AsyncConnection, workspace_id: str, day: str) -> None:
    """One clearing for each local day, however often it is asked for."""
    await conn.execute(insert_new(conn, retentions).values(workspace_id=workspace_id, day=day))


async def lease(
    conn: AsyncConnection, *, me: str, machine_now: datetime, until: datetime, limit: int
) -> list[Retention]:
    """Take clearings that are not done, the oldest first. Spans workspaces."""
    waiting, found = retentions.c.done_at.is_(None), columns(retentions, Retention)
    rows = await leases.take(
        conn, retentions, found, waiting, me=me, machine_now=machine_now, until=until, limit=limit
    )
    return [Retention(*row) for row in rows]


async def clear(conn: AsyncConnection, row: Retention, *, me: str, before: datetime) -> int | None:
    """Remove at most CHUNK events and as many answers to Slack; how many events. None when the lease was lost."""
    held = (retentions.c.id == row.id) & (retentions.c.leased_by == me)
    if (await conn.execute(select(retentions.c.id).where(held).with_for_update())).first() is None:
        return None
    old = (
        select(engagements.c.id)
        .where(engagements.c.workspace_id == row.workspace_id, engagements.c.at < before)
        .limit(CHUNK)
    )
    gone = (await conn.execute(delete(engagements).where(engagements.c.id.in_(old)))).rowcount
    mine = slack_events.c.workspace_id == row.workspace_id
    told = select(slack_events.c.event_id).where(mine, slack_events.c.at < before).limit(CHUNK)
    await conn.execute(delete(slack_events).where(mine, slack_events.c.event_id.in_(told)))
    await conn.execute(update(retentions).where(held).values(removed=retentions.c.removed + gone))
    return gone


async def done(conn: AsyncConnection, row: Retention, *, now: datetime | None) -> int:
    """End the lease, for good if `now` is given; returns how many events this clearing removed."""
    result = await conn.execute(
        update(retentions)
        .where(retentions.c.id == row.id)
        .values(done_at=now, leased_by=None, lease_until=None)
        .returning(retentions.c.removed)
    )
    return int(result.scalar_one())


async def removed(conn: AsyncConnection, workspace_id: str, start: datetime, end: datetime) -> int:
    """How many events the clearings of [start, end) removed."""
    c = retentions.c
    mine = (c.workspace_id == workspace_id) & (c.done_at >= start) & (c.done_at < end)
    return int((await conn.execute(select(func.coalesce(func.sum(c.removed), 0)).where(mine))).scalar_one())
