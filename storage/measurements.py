"""What networks count about posts: the latest numbers of each, and when they are asked again. Unknown stays unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import leases
from storage.db import columns
from storage.tables import calendar_posts, measurements, messages
from storage.workspaces import insert_new

COUNTS = ("impressions", "engagements", "clicks", "shares", "comments", "likes")
FIRST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Measurement:
    """`pulls` have been made, the next is due at `due_at`; a count is None where the network gives none."""

    id: int
    workspace_id: str
    message_id: int
    pulls: int
    due_at: datetime | None
    at: datetime | None
    impressions: int | None
    engagements: int | None
    clicks: int | None
    shares: int | None
    comments: int | None
    likes: int | None


COLUMNS = columns(measurements, Measurement)


async def ensure(conn: AsyncConnection, *, since: datetime) -> int:
    """A row for every post that was published since then and has none; how many that were."""
    c, m = messages.c, measurements.c
    missing = (
        select(c.workspace_id, c.id, c.sent_at)
        .where(
            c.sent_at >= since, c.feed_id.is_not(None), c.state == "sent", c.provider_id != "",
            ~select(m.id).where(m.message_id == c.id).exists(),
        )
        .limit(1_000)
    )  # fmt: skip
    rows = [
        {"workspace_id": row[0], "message_id": row[1], "due_at": row[2] + FIRST}
        for row in await conn.execute(missing)
    ]
    if rows:
        await conn.execute(insert_new(conn, measurements), rows)
    return len(rows)


async def lease(
    conn: AsyncConnection, *, me: str, now: datetime, machine_now: datetime, until: datetime, limit: int
) -> list[Measurement]:
    due = measurements.c.due_at <= literal(now, measurements.c.due_at.type)
    found = await leases.take(
        conn, measurements, COLUMNS, due, me=me, machine_now=machine_now, until=until, limit=limit
    )
    return [Measurement(*row) for row in found]


async def write(
    conn: AsyncConnection,
    found: Measurement,
    counts: Mapping[str, int | None],
    *,
    pulls: int,
    due_at: datetime | None,
    at: datetime | None,
) -> None:
    """The latest counts; those that are not given stay as they were."""
    values = {name: value for name, value in counts.items() if name in COUNTS}
    await conn.execute(
        update(measurements)
        .where(measurements.c.id == found.id)
        .values(
            **values, pulls=pulls, due_at=due_at, at=at or measurements.c.at, leased_by=None, lease_until=None
        )
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sum:
    """Of the posts of a time: how many there were, how many a network told anything about, and what, each None where
    nobody told."""

    posts: int
    told: int
    impressions: int | None
    engagements: int | None
    clicks: int | None
    shares: int | None
    comments: int | None
    likes: int | None


async def sums(
    conn: AsyncConnection,
    workspace_id: str,
    start: datetime,
    end: datetime,
    *,
    by: ColumnElement[Any] = messages.c.channel,
    where: Sequence[ColumnElement[bool]] = (),
) -> dict[Any, Sum]:
    """The latest counts of the posts that went out in [start, end), by network unless told otherwise."""
    c, m = messages.c, measurements.c
    result = await conn.execute(
        select(by.label("key"), func.count(), func.count(m.at), *(func.sum(m[name]) for name in COUNTS))
        .select_from(messages.outerjoin(measurements, m.message_id == c.id))
        .where(
            c.workspace_id == workspace_id, c.feed_id.is_not(None), c.state == "sent",
            c.sent_at >= start, c.sent_at < end, *where,
        )
        .group_by("key")
    )  # fmt: skip
    return {row[0]: Sum(*(int(value) if value is not None else None for value in row[1:])) for row in result}  # type: ignore[arg-type]


async def of_message(conn: AsyncConnection, workspace_id: str, message_id: int) -> Measurement | None:
    m = measurements.c
    row = (
        await conn.execute(
            select(*COLUMNS).where(
                m.workspace_id == workspace_id, m.message_id == message_id, m.at.is_not(None)
            )
        )
    ).first()
    return Measurement(*row) if row else None


async def strong(conn: AsyncConnection, feed_id: int, slot: datetime) -> tuple[int, int, str, str] | None:
    """(engagements, impressions, topic, key message) of the feed's last post of a calendar before a slot, of the two
    days before it; None if unknown."""
    c, m, p = messages.c, measurements.c, calendar_posts.c
    row = (
        await conn.execute(
            select(m.engagements, m.impressions, p.topic, p.key_message)
            .join(messages, c.id == m.message_id)
            .join(calendar_posts, p.message_id == c.id)
            .where(
                c.feed_id == feed_id, c.sent_at < slot, c.sent_at >= slot - timedelta(days=2),
                m.engagements.is_not(None), m.impressions.is_not(None),
            )
            .order_by(c.sent_at.desc())
            .limit(1)
        )
    ).first()  # fmt: skip
    return (row[0], row[1], row[2], row[3]) if row else None
