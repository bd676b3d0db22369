"""Who opts out while their mail is being recorded waits for the record, and the record for nobody."""

from __future__ import annotations

import asyncio

import pytest
import seeding
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import measure
from engine.context import Context
from storage import facts, marks
from storage.lifecycle import State
from storage.tables import messages, suppressions

WAITING = text(
    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE NOT granted AND datname = current_database()"
)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_an_opt_out_takes_the_contact_before_any_card(ctx: Context) -> None:
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", ctx.now())
        people = await seeding.people(conn, "T1", 1, ctx.now())
        ids = await seeding.touches(conn, "T1", campaign, people, ctx.now(), with_cards=True)
    async with asyncio.TaskGroup() as group, ctx.db.begin() as conn:  # as engine.deliver.record does
        await facts.lock_contacts(conn, people)
        group.create_task(measure.unsubscribed(ctx, ctx.signer.sign("unsubscribe", ids[0])))
        await somebody_waits(conn)
        await marks.stale(conn, "message", ids)
        await marks.stale(conn, "campaign", [campaign])
    async with ctx.db.read() as conn:
        assert (await conn.execute(select(suppressions.c.cause))).scalars().all() == ["unsubscribed"]
        assert (await conn.execute(select(messages.c.state))).scalars().all() == [State.CANCELLED]


async def somebody_waits(conn: AsyncConnection) -> None:
    async with asyncio.timeout(10):
        while not (await conn.execute(WAITING)).scalar_one():
            await asyncio.sleep(0.02)
