"""Two campaigns that want the same person on the same day: the older approval goes first, the other says who won."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import seeding
from seeding import Clock
from sqlalchemy import select

from engine import schedule
from engine.context import Context
from engine.rules import rivals
from storage.lifecycle import State
from storage.tables import messages as rows

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
BEFORE, AFTER = 1, 2  # the turns of an older and a newer approval; the message in question has 1.5


@pytest.mark.parametrize(
    ("turn", "other_at", "hours_later"),
    [
        (BEFORE, timedelta(hours=3), 51),  # 48 hours after its hour
        (BEFORE, -timedelta(hours=3), 45),
        (BEFORE, timedelta(hours=48), 0),  # far enough apart, this one goes first
        (BEFORE, -timedelta(hours=48), 0),
        (AFTER, timedelta(hours=3), 0),
        (AFTER, -timedelta(hours=3), 0),
    ],
)
def test_whose_turn_it_is(turn: int, other_at: timedelta, hours_later: int) -> None:
    other = rivals.Promise(1, turn, MONDAY + other_at, "Spring")
    at, why = rivals.earliest(1.5, MONDAY, [other], "UTC", 48)
    assert at == MONDAY + timedelta(hours=hours_later)
    assert bool(why) == bool(hours_later)


async def test_the_one_approved_later_is_placed_behind_and_says_who_won(ctx: Context, clock: Clock) -> None:
    ids = await two_campaigns(ctx, first=State.SCHEDULED, second=State.APPROVED, due=timedelta(hours=4))
    await scheduled(ctx)
    older, newer = await both(ctx, ids)
    assert newer.due_at >= older.due_at + timedelta(hours=48)
    assert newer.note == "“Spring” writes to them first: it was approved before."


async def test_the_one_approved_later_gives_up_its_hour(ctx: Context, clock: Clock) -> None:
    ids = await two_campaigns(ctx, first=State.APPROVED, second=State.SCHEDULED, due=timedelta(hours=4))
    await scheduled(ctx)
    older, newer = await both(ctx, ids)
    assert older.due_at == clock()
    assert newer.due_at >= older.due_at + timedelta(hours=48)
    assert newer.note == "“Spring” writes to them first: it was approved before."


async def test_both_in_one_batch_are_placed_in_the_order_of_their_approvals(ctx: Context) -> None:
    ids = await two_campaigns(ctx, first=State.APPROVED, second=State.APPROVED, due=timedelta())
    await scheduled(ctx)
    older, newer = await both(ctx, ids)
    assert newer.due_at >= older.due_at + timedelta(hours=48)
    assert "Spring" in newer.note
    assert not older.note


async def two_campaigns(ctx: Context, *, first: State, second: State, due: timedelta) -> list[int]:
    """One contact in both; what the first campaign says was approved an hour earlier but has the higher id."""
    now = ctx.now()
    async with ctx.db.begin() as conn:
        spring = await seeding.campaign(conn, "T1", now)
        autumn = await seeding.campaign(conn, "T1", now, name="Autumn")
        (person,) = await seeding.people(conn, "T1", 1, now)

        async def touch(campaign: int, state: State, ago: int) -> int:
            at = now + due if state is State.SCHEDULED else now
            (id_,) = await seeding.touches(
                conn, "T1", campaign, [person], now, state=state, due_at=at,
                approved_at=now - timedelta(hours=ago),
            )  # fmt: skip
            return id_

        later = await touch(autumn, second, 1)
        earlier = await touch(spring, first, 2)
    return [earlier, later]


async def scheduled(ctx: Context) -> None:
    while await schedule.turn(ctx):
        pass


async def both(ctx: Context, ids: list[int]) -> list[Any]:
    async with ctx.db.read() as conn:
        found = (await conn.execute(select(rows).where(rows.c.id.in_(ids)))).all()
    assert {row.state for row in found} == {State.SCHEDULED}
    return sorted(found, key=lambda row: ids.index(row.id))
