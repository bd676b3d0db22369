"""Queries about digests: which exist, which still have to be counted, the names in them, and what waits beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import leases
from storage.db import columns
from storage.model import ReplyClass
from storage.tables import brands, campaigns, digests, feeds, messages, replies, senders
from storage.workspaces import insert_new

AUTOMATIC = (ReplyClass.OUT_OF_OFFICE, ReplyClass.BOUNCE)
"""Replies that wait for nobody."""


@dataclass(frozen=True, slots=True)
class Digest:
    """Figures of [starts_at, ends_at) for one channel. `asked_by` is None for those that come by themselves."""

    id: int
    workspace_id: str
    key: str
    channel: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    asked_by: str | None
    created_at: datetime

    @property
    def is_week(self) -> bool:
        return is_week(self.starts_at, self.ends_at)


COLUMNS = columns(digests, Digest)


def is_week(start: datetime, end: datetime) -> bool:
    """A summary of a week; a digest covers at most two days, one of them unfinished."""
    return end - start > timedelta(days=3)


async def add(conn: AsyncConnection, values: Mapping[str, Any]) -> int | None:
    """Insert a digest unless the workspace has one of that key; returns its id when it is new."""
    statement = insert_new(conn, digests).values(**values).returning(digests.c.id)
    found = (await conn.execute(statement)).scalar_one_or_none()
    return None if found is None else int(found)


async def lease(
    conn: AsyncConnection, *, me: str, machine_now: datetime, until: datetime, limit: int
) -> list[Digest]:
    """Take digests that are not counted yet, the oldest first. Spans workspaces."""
    found = await leases.take(
        conn, digests, COLUMNS, _UNCOUNTED, me=me, machine_now=machine_now, until=until, limit=limit
    )
    return [Digest(*row) for row in found]


async def record(
    conn: AsyncConnection, digest_id: int, *, me: str, figures: Mapping[str, Any], chart: bytes
) -> bool:
    """Write what was counted and end the lease; False when somebody else holds it by now."""
    result = await conn.execute(
        update(digests)
        .where(digests.c.id == digest_id, digests.c.leased_by == me)
        .values(figures=dict(figures), chart=chart, leased_by=None, lease_until=None)
    )
    return result.rowcount == 1


async def channel_of_newest_campaign(conn: AsyncConnection, workspace_id: str, before: datetime) -> str:
    """The Slack channel of the newest campaign that stood in one at `before`; empty when there is none."""
    result = await conn.execute(
        select(campaigns.c.channel_id)
        .where(
            campaigns.c.workspace_id == workspace_id,
            campaigns.c.channel_id != "",
            campaigns.c.created_at <= before,
        )
        .order_by(campaigns.c.created_at.desc(), campaigns.c.id.desc())
        .limit(1)
    )
    return result.scalar_one_or_none() or ""


async def campaign_names(conn: AsyncConnection, workspace_id: str) -> dict[int, str]:
    result = await conn.execute(
        select(campaigns.c.id, campaigns.c.name).where(campaigns.c.workspace_id == workspace_id)
    )
    return {row.id: row.name for row in result}


async def feed_names(conn: AsyncConnection, workspace_id: str) -> dict[int, tuple[str, str]]:
    """feed → (name, network)."""
    result = await conn.execute(
        select(feeds.c.id, feeds.c.name, feeds.c.network).where(feeds.c.workspace_id == workspace_id)
    )
    return {row.id: (row.name, row.network) for row in result}


async def brand_names(conn: AsyncConnection, workspace_id: str) -> dict[int, str]:
    result = await conn.execute(
        select(brands.c.id, brands.c.name).where(brands.c.workspace_id == workspace_id)
    )
    return {row.id: row.name for row in result}


async def waiting(conn: AsyncConnection, workspace_id: str) -> Mapping[str, int]:
    """How much waits for a person now: drafted messages and replies for a decision, unsure messages for an answer."""
    m, c, mine = messages.c, replies.c, messages.c.workspace_id == workspace_id
    undecided = (c.workspace_id == workspace_id, c.decided_by.is_(None), c.klass.not_in(AUTOMATIC))
    counts = {
        # were the workspace a condition, SQLite would read all that it ever sent
        "drafted": select(func.count().filter(mine)).where(m.state == literal_column("'drafted'")),
        "unsure": select(func.count()).where(mine, m.state == literal_column("'unsure'")),
        "replies": select(func.count()).where(*undecided),
    }
    all_at_once = select(*(count.scalar_subquery().label(name) for name, count in counts.items()))
    return dict((await conn.execute(all_at_once)).mappings().one())


async def stopped_senders(conn: AsyncConnection, workspace_id: str) -> list[tuple[str, str]]:
    """(channel, reason) of senders that a fault of the set-up keeps from sending."""
    result = await conn.execute(
        select(senders.c.channel, senders.c.stopped)
        .where(senders.c.workspace_id == workspace_id, senders.c.stopped != "")
        .order_by(senders.c.id)
    )
    return [(row[0], row[1]) for row in result]


_UNCOUNTED = digests.c.chart.is_(None)
