"""Queries about calendars of posts: what is planned for which day, and the messages it became. Decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import leases
from storage.db import columns
from storage.lifecycle import NOT_ALIVE
from storage.model import Message
from storage.tables import calendar_posts, calendars, feeds, messages

CHUNK = 1_000
_MESSAGE = columns(messages, Message)


class CalendarState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Calendar:
    """`starts_on` is an ISO day in the brand's zone; `week` the page that its card shows, from 1."""

    id: int
    workspace_id: str
    brand_id: int
    state: str
    starts_on: str
    days: int
    networks: tuple[str, ...]
    week: int
    source: str
    note: str
    channel: str
    asked_by: str
    decided_by: str | None
    reason: str
    written_at: datetime | None
    decided_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PlannedPost:
    """One day's post on one network as it was planned; `message_id` once the calendar was approved.

    `day` stays as planned; `slot_at`, and the `week` whose page shows it, follow a person who moves it.
    """

    id: int
    calendar_id: int
    week: int
    day: str
    network: str
    slot_at: datetime
    pillar: str
    angle: str
    hook: str
    call: str
    format: str
    topic: str
    key_message: str
    message_id: int | None


COLUMNS = columns(calendars, Calendar)
POST = columns(calendar_posts, PlannedPost)


async def add(conn: AsyncConnection, values: Mapping[str, Any]) -> int:
    result = await conn.execute(
        insert(calendars).values(**values, state=CalendarState.DRAFT).returning(calendars.c.id)
    )
    return int(result.scalar_one())


async def get(
    conn: AsyncConnection, workspace_id: str, calendar_id: int, *, lock: bool = False
) -> Calendar | None:
    statement = select(*COLUMNS).where(
        calendars.c.workspace_id == workspace_id, calendars.c.id == calendar_id
    )
    row = (await conn.execute(statement.with_for_update() if lock else statement)).first()
    return Calendar(*row) if row else None


async def of_brand(conn: AsyncConnection, workspace_id: str, brand_id: int) -> list[Calendar]:
    """The newest first."""
    c = calendars.c
    result = await conn.execute(
        select(*COLUMNS).where(c.workspace_id == workspace_id, c.brand_id == brand_id).order_by(c.id.desc())
    )
    return [Calendar(*row) for row in result]


async def change(
    conn: AsyncConnection, workspace_id: str, calendar_id: int, *, leased_by: str | None = None, **values: Any
) -> bool:
    """Write columns; False when it was changed by who took its lease. Every write ends the lease."""
    mine = (calendars.c.leased_by == leased_by,) if leased_by else ()
    found = await conn.execute(
        update(calendars)
        .where(calendars.c.workspace_id == workspace_id, calendars.c.id == calendar_id, *mine)
        .values(leased_by=None, lease_until=None, **values)
    )
    return bool(found.rowcount)


async def lease_unwritten(
    conn: AsyncConnection, *, me: str, machine_now: datetime, until: datetime, limit: int
) -> list[Calendar]:
    found = await leases.take(
        conn, calendars, COLUMNS, calendars.c.written_at.is_(None),
        me=me, machine_now=machine_now, until=until, limit=limit,
    )  # fmt: skip
    return [Calendar(*row) for row in found]


async def add_posts(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    for at in range(0, len(rows), CHUNK):
        await conn.execute(insert(calendar_posts), list(rows[at : at + CHUNK]))


async def posts(
    conn: AsyncConnection, workspace_id: str, *conditions: ColumnElement[bool]
) -> list[PlannedPost]:
    """By day, then by the hour at which they stand."""
    c = calendar_posts.c
    result = await conn.execute(
        select(*POST).where(c.workspace_id == workspace_id, *conditions).order_by(c.slot_at, c.id)
    )
    return [PlannedPost(*row) for row in result]


async def post_of(conn: AsyncConnection, message_id: int) -> PlannedPost | None:
    """What a message that a claim handed out was planned as."""
    row = (await conn.execute(select(*POST).where(calendar_posts.c.message_id == message_id))).first()
    return PlannedPost(*row) if row else None


async def posts_of(conn: AsyncConnection, message_ids: Sequence[int]) -> dict[int, PlannedPost]:
    """Message → what it was planned as."""
    if not message_ids:
        return {}
    result = await conn.execute(select(*POST).where(calendar_posts.c.message_id.in_(list(message_ids))))
    return {post.message_id or 0: post for post in (PlannedPost(*row) for row in result)}


async def link(conn: AsyncConnection, pairs: Sequence[tuple[int, int]]) -> None:
    """(post, message): what was planned has become rows."""
    statement = (
        update(calendar_posts)
        .where(calendar_posts.c.id == bindparam("post"))
        .values(message_id=bindparam("message"))
    )
    rows = [{"post": post_id, "message": message_id} for post_id, message_id in pairs]
    if rows:
        await conn.execute(statement, rows)


async def place(conn: AsyncConnection, post: PlannedPost, slot_at: datetime, week: int) -> None:
    """A person gave it another time."""
    mine = calendar_posts.c.id == post.id
    await conn.execute(update(calendar_posts).where(mine).values(slot_at=slot_at, week=week))


async def last_week(conn: AsyncConnection, workspace_id: str, calendar_id: int) -> int:
    c = calendar_posts.c
    mine = (c.workspace_id == workspace_id, c.calendar_id == calendar_id)
    return (await conn.execute(select(func.max(c.week)).where(*mine))).scalar_one_or_none() or 1


async def messages_of(
    conn: AsyncConnection, workspace_id: str, *conditions: ColumnElement[bool]
) -> dict[int, Message]:
    """The messages that planned posts have become, by planned post."""
    c = calendar_posts.c
    result = await conn.execute(
        select(c.id, *_MESSAGE)
        .join(messages, messages.c.id == c.message_id)
        .where(c.workspace_id == workspace_id, *conditions)
    )
    return {row[0]: Message(*row[1:]) for row in result}


async def counts(conn: AsyncConnection, workspace_id: str, calendar_id: int) -> dict[tuple[int, str], int]:
    """(week, state) → posts; the state is "" for what has not become a message."""
    c = calendar_posts.c
    state = func.coalesce(messages.c.state, "")
    result = await conn.execute(
        select(c.week, state, func.count())
        .select_from(calendar_posts.outerjoin(messages, messages.c.id == c.message_id))
        .where(c.workspace_id == workspace_id, c.calendar_id == calendar_id)
        .group_by(c.week, state)
    )
    return {(row[0], row[1]): row[2] for row in result}


def of(calendar_id: int) -> ColumnElement[bool]:
    """For conditions on planned posts: those of one calendar."""
    return calendar_posts.c.calendar_id == calendar_id


def of_calendar(calendar_id: int) -> ColumnElement[bool]:
    """For conditions on messages: they belong to this calendar."""
    mine = select(calendar_posts.c.message_id).where(calendar_posts.c.calendar_id == calendar_id)
    return messages.c.id.in_(mine)


async def places(conn: AsyncConnection, feed_ids: Collection[int]) -> list[tuple[str, int, str]]:
    """(workspace, brand, channel of its newest calendar in force) of feeds; those of brands without one are left out."""
    if not feed_ids:
        return []
    result = await conn.execute(
        select(calendars.c.workspace_id, calendars.c.brand_id, calendars.c.channel)
        .join(feeds, feeds.c.brand_id == calendars.c.brand_id)
        .where(feeds.c.id.in_(sorted(feed_ids)), calendars.c.state == CalendarState.APPROVED)
        .order_by(calendars.c.id)
    )
    newest = {row[1]: (row[0], row[1], row[2]) for row in result}
    return [newest[brand] for brand in sorted(newest)]


async def history(
    conn: AsyncConnection, workspace_id: str, brand_id: int
) -> list[tuple[str, str, str, str, datetime]]:
    """(network, topic, angle, hook, slot) of all that calendars in force ever planned and did not give up, by time."""
    c = calendar_posts.c
    result = await conn.execute(
        select(c.network, c.topic, c.angle, c.hook, c.slot_at)
        .select_from(calendar_posts.join(messages, messages.c.id == c.message_id))
        .where(
            c.workspace_id == workspace_id,
            messages.c.brand_id == brand_id,
            (messages.c.sent_at.is_not(None)) | messages.c.state.not_in(NOT_ALIVE),
        )
        .order_by(c.slot_at, c.id)
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in result]


async def occupied(
    conn: AsyncConnection, workspace_id: str, brand_id: int, start: datetime, end: datetime
) -> list[tuple[str, datetime]]:
    """(network, slot) of the brand's posts in a time that keep their place: sent, going out, or made by hand."""
    c = messages.c
    result = await conn.execute(
        select(c.channel, c.slot_at).where(
            c.workspace_id == workspace_id, c.brand_id == brand_id, c.feed_id.is_not(None),
            c.slot_at >= start, c.slot_at < end, c.state.not_in([*NOT_ALIVE]),
        )
    )  # fmt: skip
    return [(row[0], row[1]) for row in result]
