"""Queries about rehearsals: what was asked for, how far each is, what it found, and what really left since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, insert, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import leases
from storage.db import columns
from storage.model import Json, Sender
from storage.tables import enrolments, members, messages, rehearsals, senders, timeline


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`days` are rehearsed from `begun_at` on; `reached` of them are through. `state` is open, done or failed."""

    id: int
    workspace_id: str
    campaign_id: int
    days: int
    asked_by: str
    channel: str
    state: str
    begun_at: datetime | None
    zone: str
    reached: int
    report: Json | None
    compared: Json | None
    error: str
    created_at: datetime


COLUMNS = columns(rehearsals, Rehearsal)


async def add(conn: AsyncConnection, values: Mapping[str, Any]) -> int:
    result = await conn.execute(insert(rehearsals).values(**values, state="open").returning(rehearsals.c.id))
    return int(result.scalar_one())


async def get(conn: AsyncConnection, workspace_id: str, rehearsal_id: int) -> Rehearsal | None:
    mine = (rehearsals.c.workspace_id == workspace_id, rehearsals.c.id == rehearsal_id)
    row = (await conn.execute(select(*COLUMNS).where(*mine))).first()
    return Rehearsal(*row) if row else None


async def is_open(conn: AsyncConnection, workspace_id: str, campaign_id: int) -> bool:
    """Whether one of this campaign is being worked out."""
    c = rehearsals.c
    mine = (c.workspace_id == workspace_id, c.campaign_id == campaign_id, c.state == "open")
    return (await conn.execute(select(c.id).where(*mine).limit(1))).first() is not None


async def lease(
    conn: AsyncConnection, *, me: str, machine_now: datetime, until: datetime
) -> Rehearsal | None:
    """Take one that nobody works out."""
    waiting = rehearsals.c.state == literal_column("'open'")  # in the words of its index
    found = await leases.take(
        conn, rehearsals, COLUMNS, waiting, me=me, machine_now=machine_now, until=until, limit=1
    )
    return Rehearsal(*found[0][: len(COLUMNS)]) if found else None


async def write(conn: AsyncConnection, found: Rehearsal, *, me: str, **values: Any) -> bool:
    """Record how far it is or what it found; False when somebody else holds it by now."""
    c = rehearsals.c
    result = await conn.execute(
        update(rehearsals)
        .where(c.workspace_id == found.workspace_id, c.id == found.id, c.leased_by == me)
        .values(**values)
    )
    return result.rowcount == 1


async def keep_comparison(
    conn: AsyncConnection, workspace_id: str, rehearsal_id: int, compared: Mapping[str, Any]
) -> None:
    c = rehearsals.c
    await conn.execute(
        update(rehearsals)
        .where(c.workspace_id == workspace_id, c.id == rehearsal_id)
        .values(compared=dict(compared))
    )


async def touches(conn: AsyncConnection, workspace_id: str, rehearsal_id: int) -> list[Json]:
    """Its rows, in the order in which they came."""
    c = rehearsals.c
    found = await conn.execute(select(c.touches).where(c.workspace_id == workspace_id, c.id == rehearsal_id))
    return list(found.scalar_one_or_none() or ())


async def left(
    conn: AsyncConnection, workspace_id: str, campaign_id: int, start: datetime, end: datetime
) -> list[tuple[int, int, str, datetime]]:
    """(contact, step, channel, moment) of what really left, or may have, in [start, end), in that order."""
    c = messages.c
    found = await conn.execute(
        select(c.contact_id, c.step, c.channel, c.sent_at)
        .where(c.workspace_id == workspace_id, c.campaign_id == campaign_id)
        .where(c.state.in_(("sent", "unsure")), c.sent_at >= start, c.sent_at < end)
        .order_by(c.sent_at, c.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in found]


# --- what a rehearsal asks of its own database


async def limited(conn: AsyncConnection, workspace_id: str) -> list[Sender]:
    """The senders that may only send so many a day."""
    c = senders.c
    found = await conn.execute(
        select(*columns(senders, Sender)).where(c.workspace_id == workspace_id, c.cap.is_not(None))
    )
    return [Sender(*row) for row in found]


async def orders(conn: AsyncConnection, workspace_id: str) -> list[tuple[int, int]]:
    """(enrolment, revision) of the companies whose order of people nobody approved yet."""
    e = enrolments.c
    decided = exists().where(members.c.enrolment_id == e.id, members.c.approved_by.is_not(None))
    found = await conn.execute(
        select(e.id, e.revision)
        .where(e.workspace_id == workspace_id, e.account_id.is_not(None), e.state.in_(("waiting", "active")))
        .where(~decided)
        .order_by(e.id)
    )
    return [(row[0], row[1]) for row in found]


async def notes(conn: AsyncConnection, workspace_id: str, events: Sequence[str]) -> dict[int, list[str]]:
    """message → what its timeline says of these events, in order; without those that say nothing."""
    c = timeline.c
    told: dict[int, list[str]] = defaultdict(list)
    for row in await conn.execute(
        select(c.entity_id, c.detail)
        .where(c.workspace_id == workspace_id, c.entity == "message", c.event.in_(events), c.detail != "")
        .order_by(c.id)
    ):
        told[row.entity_id].append(row.detail)
    return told


async def left_of_others(
    conn: AsyncConnection, workspace_id: str, campaign_id: int, start: datetime
) -> list[tuple[str, datetime]]:
    """(channel, moment) of what other campaigns sent from `start` on."""
    c = messages.c
    others = (c.workspace_id == workspace_id, c.campaign_id.is_distinct_from(campaign_id))
    found = await conn.execute(
        select(c.channel, c.sent_at).where(*others, c.sent_at >= start).order_by(c.sent_at, c.id)
    )
    return [(row[0], row[1]) for row in found]


async def ended(conn: AsyncConnection, workspace_id: str, campaign_id: int) -> list[tuple[int, str]]:
    """(contact, reason) of the campaign's people whose sequence was stopped."""
    c = enrolments.c
    mine = (c.workspace_id == workspace_id, c.campaign_id == campaign_id, c.contact_id.is_not(None))
    found = await conn.execute(
        select(c.contact_id, c.reason).where(*mine, c.state == "stopped", c.reason != "").order_by(c.id)
    )
    return [(row[0], row[1]) for row in found]
