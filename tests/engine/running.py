"""A running campaign whose people have their first touch, and the loops that move it on, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import seeding
from sqlalchemy import select, update

from engine import draft
from engine.context import Context
from engine.plan import sequence
from storage import campaigns as campaign_rows
from storage import messages
from storage.lifecycle import Event, State
from storage.messages import Change
from storage.model import Step
from storage.tables import enrolments
from storage.tables import messages as rows

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36"
THREE = (Step(1, "email", 0, "call"), Step(2, "email", 2, "sample"), Step(3, "email", 3, "close"))


async def begun(
    ctx: Context, count: int = 1, steps: Sequence[Step] = THREE, **values: Any
) -> tuple[int, list[int]]:
    """A running campaign whose people all have their first touch; returns it and the touches."""
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", ctx.now())
        await campaign_rows.add_strategy(
            conn,
            {
                "workspace_id": "T1", "campaign_id": campaign, "asked_by": "U1OLIVIA", "created_at": ctx.now(),
                "written_at": ctx.now(), "angle": "Time.", "state": "approved", "source": "rules",
                "steps": [asdict(step) for step in steps],
            },
        )  # fmt: skip
        people = await seeding.people(conn, "T1", count, ctx.now())
        return campaign, await seeding.touches(conn, "T1", campaign, people, ctx.now(), **values)


async def sent(ctx: Context, ids: Sequence[int], *, at: datetime | None = None) -> None:
    when = at or ctx.now()
    async with ctx.db.begin() as conn:
        await conn.execute(update(rows).where(rows.c.id.in_(ids)).values(state=State.SENDING))
        await messages.move(
            conn, Event.SENT, [Change(id_) for id_ in ids], actor="deliver", now=when,
            values={"sent_at": when, "due_at": None},
        )  # fmt: skip


async def moved_on(ctx: Context) -> None:
    while await sequence.turn(ctx):
        pass


async def drafted(ctx: Context) -> None:
    claimed = await draft.claim(ctx)
    if claimed:
        await draft.work(ctx, claimed)


async def every(ctx: Context, *conditions: Any) -> list[Any]:
    async with ctx.db.read() as conn:
        return list(await conn.execute(select(rows).where(*conditions).order_by(rows.c.id)))


async def newest(ctx: Context) -> Any:
    return (await every(ctx))[-1]


async def enrolment(ctx: Context) -> Any:
    async with ctx.db.read() as conn:
        return (await conn.execute(select(enrolments))).one()
