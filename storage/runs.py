"""Runs that people asked for: the next contacts of a campaign, or a day's posts, now; or only what would happen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import leases
from storage import messages as message_rows
from storage.db import columns
from storage.lifecycle import PENDING, State
from storage.model import Json, Message
from storage.tables import messages, runs


@dataclass(frozen=True, slots=True)
class Run:
    """`report` holds the counts so far; `state` is open until every message of the run is over.

    Of a campaign, or of the posts of one `day` (ISO, in each brand's zone), of one brand or of all.
    """

    id: int
    workspace_id: str
    campaign_id: int | None
    brand_id: int | None
    day: str | None
    batch: int
    dry: bool
    asked_by: str
    channel: str
    state: str
    report: Json | None
    created_at: datetime


COLUMNS = columns(runs, Run)


async def add(conn: AsyncConnection, values: Mapping[str, Any]) -> int:
    result = await conn.execute(insert(runs).values(**values, state="open").returning(runs.c.id))
    return int(result.scalar_one())


async def get(conn: AsyncConnection, workspace_id: str, run_id: int) -> Run | None:
    result = await conn.execute(
        select(*COLUMNS).where(runs.c.workspace_id == workspace_id, runs.c.id == run_id)
    )
    row = result.first()
    return Run(*row) if row else None


async def lease(
    conn: AsyncConnection, *, me: str, machine_now: datetime, until: datetime, limit: int = 4
) -> list[Run]:
    """Take open runs to look at; a run is looked at until it is done."""
    found = await leases.take(
        conn, runs, COLUMNS, runs.c.state == "open", me=me, machine_now=machine_now, until=until, limit=limit
    )
    return [Run(*row) for row in found]


async def pending(conn: AsyncConnection, run: Run, now: datetime) -> list[Message]:
    """What of the run's campaign waits, by when it is due; what has no due time comes last. At most a batch.

    Later touches whose words are not to be written yet are left out.
    """
    c, at = messages.c, literal(now, messages.c.due_at.type)
    later = and_(c.state == State.PLANNED, c.step > 1, func.coalesce(c.due_at, at) > at)
    result = await conn.execute(
        select(*message_rows.COLUMNS)
        .where(
            c.workspace_id == run.workspace_id, c.campaign_id == run.campaign_id, c.state.in_(PENDING), ~later
        )
        .order_by(c.due_at.is_(None), c.due_at, c.id)
        .limit(run.batch)
    )
    return [Message(*row) for row in result]


async def write(
    conn: AsyncConnection, run: Run, *, report: Mapping[str, Any], state: str, look_again: datetime | None
) -> None:
    """Record where a run stands; `look_again` (machine time) keeps it out of the way until then."""
    await conn.execute(
        update(runs)
        .where(runs.c.workspace_id == run.workspace_id, runs.c.id == run.id)
        .values(report=dict(report), state=state, leased_by=None, lease_until=look_again)
    )
