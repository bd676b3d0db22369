"""A post whose page was stopped or at rest at its time says that it was missed; it neither waits for ever nor moves."""

from __future__ import annotations

from typing import Any

import pytest
import seeding
from seeding import Clock
from sqlalchemy import select, update

from engine.context import Context
from engine.deliver import missed
from storage.lifecycle import State
from storage.tables import messages as rows
from storage.tables import senders


@pytest.mark.parametrize("rests", ["stopped", "not_before"])
async def test_it_is_missed_half_an_hour_after_its_time_and_not_before(
    ctx: Context, clock: Clock, rests: str
) -> None:
    async with ctx.db.begin() as conn:
        now = ctx.now()
        (late,) = await seeding.posts(conn, "x", "@acme", now, "First words")
        (doubted,) = await seeding.posts(conn, "linkedin", "urn:li:organization:9", now, "Other words")
        await seeding.posts(conn, "facebook", "12345", now, "Words of a page that works")
        found = {row.id: row for row in await conn.execute(select(rows))}
        key = f"{doubted}.{found[doubted].revision}.{found[doubted].resend}"
        noted = {"doubt": {"key": key, "at": now.isoformat(), "to": "linkedin"}}
        await conn.execute(update(rows).where(rows.c.id == doubted).values(options=noted))
        machine_now = await ctx.db.machine_now(conn)
        values: dict[str, Any] = {"stopped": "No longer accepted (401)."}
        if rests == "not_before":
            values = {"not_before": machine_now.replace(year=machine_now.year + 1)}
        await conn.execute(update(senders).where(senders.c.channel != "facebook").values(**values))
    clock.forward(minutes=29)
    assert not await missed.turn(ctx)
    clock.forward(minutes=2)
    while await missed.turn(ctx):
        pass
    async with ctx.db.read() as conn:
        after = {row.channel: (row.state, row.note) for row in await conn.execute(select(rows))}
    assert after["x"] == (State.CANCELLED, "missed")
    assert after["linkedin"][0] == State.UNSURE
    assert after["facebook"][0] == State.SCHEDULED, "the claim judges it"
    assert late
