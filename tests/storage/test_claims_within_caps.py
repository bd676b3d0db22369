"""Daily caps in the database: slots within them, claims that never pass them, days that begin in the sender's zone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import seeding
from capped import WARMING, Wire, by_day, deliver, every, only_sender, scheduled, seeded
from seeding import Clock
from sqlalchemy import select, update

from engine import schedule
from engine.context import Context, Who
from storage import caps as cap_rows
from storage import senders as sender_rows
from storage.lifecycle import State
from storage.tables import campaigns as campaign_table
from storage.tables import messages as rows


async def test_workers_together_never_pass_the_warm_up_and_it_grows_by_days_that_sent(
    ctx: Context, clock: Clock
) -> None:
    await seeded(ctx, 60, WARMING, state=State.SCHEDULED)
    wire = Wire()
    assert await deliver(ctx, wire, lanes=3) == 5
    clock.forward(days=1)
    assert await deliver(ctx, wire, lanes=3) == 10
    clock.forward(days=4)  # three days on which nothing left
    assert await deliver(ctx, wire, lanes=3) == 15
    clock.forward(days=1)
    assert await deliver(ctx, wire, lanes=3) == 20
    clock.forward(days=1)
    assert await deliver(ctx, wire, lanes=3) == 10


@pytest.mark.parametrize(
    ("zone", "first", "before", "after"),
    [
        (
            "America/Los_Angeles",
            datetime(2026, 11, 24, 20, 0, tzinfo=UTC),
            datetime(2026, 11, 25, 7, 59, tzinfo=UTC),
            datetime(2026, 11, 25, 8, 0, tzinfo=UTC),
        ),
        (  # the day of 25 hours
            "Europe/Berlin",
            datetime(2026, 10, 24, 22, 30, tzinfo=UTC),
            datetime(2026, 10, 25, 22, 59, tzinfo=UTC),
            datetime(2026, 10, 25, 23, 0, tzinfo=UTC),
        ),
        (  # the day of 23 hours
            "Europe/Berlin",
            datetime(2026, 3, 28, 23, 30, tzinfo=UTC),
            datetime(2026, 3, 29, 21, 59, tzinfo=UTC),
            datetime(2026, 3, 29, 22, 0, tzinfo=UTC),
        ),
    ],
)
async def test_a_day_begins_at_midnight_in_the_zone_of_the_sender(
    ctx: Context, clock: Clock, zone: str, first: datetime, before: datetime, after: datetime
) -> None:
    clock.now = first
    await seeded(ctx, 5, {"cap": 2, "zone": zone}, state=State.SCHEDULED)
    wire = Wire()
    assert await deliver(ctx, wire) == 2
    clock.now = before
    assert await deliver(ctx, wire) == 0
    clock.now = after
    assert await deliver(ctx, wire) == 2


async def test_what_did_not_leave_uses_up_no_place_and_warms_nothing_up(ctx: Context, clock: Clock) -> None:
    await seeded(ctx, 4, WARMING, state=State.SCHEDULED)  # fewer than open the circuit breaker
    assert await deliver(ctx, Wire(failures=4)) == 0
    assert (await only_sender(ctx)).used == 0
    clock.forward(days=1)
    assert await deliver(ctx, Wire()) == 4
    assert (await only_sender(ctx)).warm_days == 0


async def test_yesterdays_failure_gives_nothing_back_today(ctx: Context, clock: Clock) -> None:
    await seeded(ctx, 1, WARMING)
    async with ctx.db.begin() as conn:
        claimed = sender_rows.today(sender_of(await only_sender(ctx)), ctx.now())
        await sender_rows.reserve(conn, claimed, 5, now=ctx.now(), machine_now=ctx.now())
        clock.forward(days=1)
        current = await sender_rows.get(conn, "T1", claimed.id)
        assert current is not None
        await sender_rows.reserve(conn, current, 3, now=ctx.now(), machine_now=ctx.now())
        await sender_rows.give_back(conn, claimed, 1)
        current = await sender_rows.get(conn, "T1", claimed.id)
        assert current is not None
        assert (current.used, current.warm_days, sender_rows.room(current, ctx.now())) == (3, 1, 7)
        await sender_rows.give_back(conn, current, 1)
        again = await sender_rows.get(conn, "T1", claimed.id)
        assert again is not None
        assert again.used == 2


# --- slots


async def test_slots_are_given_out_within_the_caps_day_by_day(ctx: Context) -> None:
    await seeded(ctx, 40, WARMING)
    await scheduled(ctx)
    assert await by_day(ctx) == {24: 5, 25: 10, 26: 15, 27: 10}
    notes = Counter(row.note for row in await every(ctx))
    assert notes == {
        "": 5,
        "Waits until tomorrow, Wed 25 Nov: 5 of 5 today are taken (warm-up, day 1).": 10,
        "Waits until Thu 26 Nov: 5 of 5 today are taken (warm-up, day 1).": 15,
        "Waits until Fri 27 Nov: 5 of 5 today are taken (warm-up, day 1).": 10,
    }


async def test_two_workers_never_give_one_place_twice(ctx: Context) -> None:
    await seeded(ctx, 900, {"cap": 100})
    await scheduled(ctx, workers=3)
    assert await by_day(ctx) == {
        24: 100,
        25: 100,
        26: 100,
        27: 100,
        28: 100,
        29: 100,
        30: 100,
        1: 100,
        2: 100,
    }


async def test_without_a_limit_everything_leaves_today(ctx: Context) -> None:
    await seeded(ctx, 30, {"cap": None, "warm_from": 5, "warm_by": 5})
    await scheduled(ctx)
    assert await by_day(ctx) == {24: 30}
    assert await deliver(ctx, Wire()) == 30


async def test_the_older_approval_gets_the_place(ctx: Context) -> None:
    _, ids = await seeded(ctx, 6, {"cap": 2})
    async with ctx.db.begin() as conn:
        for hours, id_ in enumerate(ids):
            earlier = ctx.now() - timedelta(hours=hours)
            await conn.execute(update(rows).where(rows.c.id == id_).values(approved_at=earlier))
        await conn.execute(update(rows).where(rows.c.id == ids[0]).values(options={"answers": 7}))
    await scheduled(ctx)
    today = [row.id for row in await every(ctx) if row.due_at == ctx.now()]
    assert today == [ids[0], ids[5]], "an answer to a reply, then the oldest approval"


async def test_a_place_that_was_given_up_is_given_out_again(ctx: Context, olivia: Who) -> None:
    from engine import approve
    from handlers.actions import Ref

    _, ids = await seeded(ctx, 7, {"cap": 2})
    await scheduled(ctx)
    assert await by_day(ctx) == {24: 2, 25: 2, 26: 2, 27: 1}
    await approve.skip(ctx, olivia, Ref(ids[0], 1))
    async with ctx.db.begin() as conn:
        newcomer = await seeding.people(conn, "T1", 1, ctx.now(), first=7)
        campaign = (await conn.execute(select(campaign_table.c.id))).scalar_one()
        await seeding.touches(
            conn,
            "T1",
            campaign,
            newcomer,
            ctx.now(),
            state=State.APPROVED,
            slot_at=None,
            approved_at=ctx.now(),
        )
    await scheduled(ctx)
    assert await by_day(ctx) == {24: 2, 25: 2, 26: 2, 27: 1}


async def test_what_a_full_sender_left_over_moves_to_the_next_day_once_and_says_why(
    ctx: Context, clock: Clock
) -> None:
    await seeded(ctx, 8, {"cap": 5}, state=State.SCHEDULED)  # three too many for today, as after a hold
    wire = Wire()
    assert await deliver(ctx, wire) == 5
    assert await schedule.turn(ctx)
    assert not await schedule.turn(ctx), "nothing is looked at twice"
    left = [row for row in await every(ctx) if row.state == State.SCHEDULED]
    assert {row.note for row in left} == {
        "Waits until tomorrow, Wed 25 Nov: 5 of 5 today are taken (daily cap)."
    }
    assert {row.slot_at for row in left} == {datetime(2026, 11, 25, tzinfo=UTC)}
    clock.forward(days=1)
    assert await deliver(ctx, wire) == 3


def sender_of(row: Any) -> Any:
    return cap_rows.Sender(*[getattr(row, column.name) for column in sender_rows.COLUMNS])
