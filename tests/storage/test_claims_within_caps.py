"""Daily caps in the database: slots within them, claims that never pass them, days that begin in the sender's zone."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import seeding
from alembic import command
from seeding import Clock
from sqlalchemy import func, insert, select, update

from engine import campaigns, errors, policy, schedule
from engine.channels import Envelope, Limits, Receipt
from engine.context import Context, Who
from engine.deliver import Lane
from engine.plan import settle
from engine.rules import caps, timing
from storage import caps as cap_rows
from storage import migrate
from storage import senders as sender_rows
from storage.db import Database
from storage.lifecycle import State
from storage.tables import campaigns as campaign_table
from storage.tables import messages as rows
from storage.tables import senders, timeline

WARMING = {"cap": 20, "warm_from": 5, "warm_by": 5}


class Wire:
    """A channel that keeps what it was given, and fails as often as it was told to."""

    name = "email"
    provider = "wire"
    limits = Limits(concurrency=50)
    idempotent_for = timedelta()

    def __init__(self, failures: int = 0) -> None:
        self.sent: list[Envelope] = []
        self.failures = failures

    async def send(self, envelope: Envelope) -> Receipt:
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise errors.Transient("greylisted")
        self.sent.append(envelope)
        return Receipt(f"<{envelope.key}>")

    async def close(self) -> None: ...


async def deliver(ctx: Context, wire: Wire, lanes: int = 2) -> int:
    """How many left while `lanes` workers did all there was to do."""
    before = len(wire.sent)

    async def until_idle(n: int) -> None:
        lane, mine = Lane(wire), replace(ctx, me=f"worker-{n}")
        while await lane.turn(mine):
            pass

    await asyncio.gather(*(until_idle(n) for n in range(lanes)))
    return len(wire.sent) - before


async def scheduled(ctx: Context, workers: int = 1) -> None:
    async def until_idle(n: int) -> None:
        while await schedule.turn(replace(ctx, me=f"worker-{n}")):
            pass

    await asyncio.gather(*(until_idle(n) for n in range(workers)))


async def seeded(ctx: Context, count: int, limits: dict[str, Any], **values: Any) -> tuple[int, list[int]]:
    """A campaign with `count` messages, by default approved ones, whose sender has these limits."""
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", ctx.now())
        await conn.execute(update(senders).values(**limits))
        found = await seeding.people(conn, "T1", count, ctx.now())
        given = {"state": State.APPROVED, "slot_at": None, "approved_at": ctx.now(), **values}
        return campaign, await seeding.touches(conn, "T1", campaign, found, ctx.now(), **given)


async def every(ctx: Context) -> list[Any]:
    async with ctx.db.read() as conn:
        return list((await conn.execute(select(rows).order_by(rows.c.id))).all())


async def by_day(ctx: Context, zone: str = "UTC") -> dict[int, int]:
    """Day of the month → how many are scheduled for it."""
    found = [row for row in await every(ctx) if row.state == State.SCHEDULED]
    return dict(sorted(Counter(timing.local_date(row.due_at, zone).day for row in found).items()))


async def only_sender(ctx: Context) -> Any:
    async with ctx.db.read() as conn:
        return (await conn.execute(select(senders))).one()


# --- the claim


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


# --- changes


async def test_a_changed_cap_gives_what_waits_a_new_day(ctx: Context, olivia: Who) -> None:
    await seeded(ctx, 30, WARMING)
    await scheduled(ctx)
    await policy.change(ctx, olivia, {"email_cap": 8})
    await scheduled(ctx)
    assert await by_day(ctx) == {24: 5, 25: 8, 26: 8, 27: 8, 28: 1}
    await policy.change(ctx, olivia, {"email_warm_up": "none", "email_cap": 12})
    await scheduled(ctx)
    assert await by_day(ctx) == {24: 12, 25: 12, 26: 6}
    await policy.change(ctx, olivia, {"email_cap": "none"})
    await scheduled(ctx)
    assert await by_day(ctx) == {24: 30}
    assert {row.note for row in await every(ctx)} == {""}


async def test_another_setting_changes_no_cap(ctx: Context, olivia: Who) -> None:
    await seeded(ctx, 1, {"cap": 7, "warm_from": 2, "warm_by": 1})
    await policy.change(ctx, olivia, {"zone": "Europe/Berlin"})
    found = await only_sender(ctx)
    assert (found.cap, found.warm_from, found.warm_by) == (7, 2, 1)
    await policy.change(ctx, olivia, {"email_cap": 9})
    found = await only_sender(ctx)
    assert (found.cap, found.warm_from, found.warm_by) == (9, 2, 1)
    async with ctx.db.read() as conn:
        assert (await policy.of(conn, "T1")).cap_of("email") == caps.Cap(9, caps.WarmUp(5, 5))


async def test_a_cap_of_a_campaign_replaces_cap_and_warm_up_and_counts_by_itself(
    ctx: Context, olivia: Who, clock: Clock
) -> None:
    campaign, _ = await seeded(ctx, 12, WARMING)
    async with ctx.db.begin() as conn:
        other = await seeding.campaign(conn, "T1", ctx.now(), name="Autumn")
        found = await seeding.people(conn, "T1", 12, ctx.now(), first=12)
        await seeding.touches(
            conn, "T1", other, found, ctx.now(), state=State.APPROVED, slot_at=None, approved_at=ctx.now()
        )
    await scheduled(ctx)
    assert await by_day(ctx) == {24: 5, 25: 10, 26: 9}
    said = await campaigns.set_cap(ctx, olivia, campaign, 9)
    assert "9 a day" in said
    while await settle.turn(ctx):
        pass
    await scheduled(ctx)
    mine = [row for row in await every(ctx) if row.campaign_id == campaign]
    days = Counter(timing.local_date(row.due_at, "UTC").day for row in mine)
    assert days == {24: 9, 25: 3}
    wire = Wire()
    assert await deliver(ctx, wire) >= 9
    async with ctx.db.read() as conn:
        own = (await conn.execute(select(senders).where(senders.c.campaign_id == campaign))).one()
        shared = await sender_rows.of_channel(conn, "T1", "email")
        named = (
            await conn.execute(
                select(campaign_table.c.cap, campaign_table.c.cap_by).where(campaign_table.c.id == campaign)
            )
        ).first()
        audit = (
            await conn.execute(select(timeline.c.actor, timeline.c.detail).where(timeline.c.event == "cap"))
        ).all()
    assert shared is not None
    assert (own.address, own.cap, own.warm_from, own.used) == (shared.address, 9, None, 9)
    assert shared.id != own.id
    assert tuple(named or ()) == (9, "U1OLIVIA")
    assert [tuple(row) for row in audit] == [("U1OLIVIA", "9 a day")]
    await campaigns.set_cap(ctx, olivia, campaign, None)
    while await settle.turn(ctx):
        pass
    await scheduled(ctx)
    left = {row.sender_id for row in await every(ctx) if row.state == State.SCHEDULED}
    assert left == {shared.id}


async def test_two_workers_give_a_campaign_one_sender_of_its_own(ctx: Context) -> None:
    campaign, _ = await seeded(ctx, 450, WARMING)
    async with ctx.db.begin() as conn:
        await conn.execute(update(campaign_table).values(cap=300, cap_by="U1OLIVIA"))
    await scheduled(ctx, workers=3)
    assert await by_day(ctx) == {24: 300, 25: 150}
    async with ctx.db.read() as conn:
        own = await conn.execute(
            select(func.count()).select_from(senders).where(senders.c.campaign_id == campaign)
        )
        assert own.scalar_one() == 1


async def test_an_installation_that_sends_already_is_not_slowed_down(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'older.db'}"
    engine = migrate._engine(migrate.normalise(url))
    with engine.begin() as connection:
        command.upgrade(migrate._config(connection), "0002")
        created = "2026-11-01 00:00:00.000000+00:00"
        for id_, settings in (("T1", '{"zone": "Europe/Berlin"}'), ("T2", '{"email_cap": 50}'), ("T3", "{}")):
            connection.exec_driver_sql(
                "INSERT INTO workspaces (id, name, settings, created_at) VALUES (?, ?, ?, ?)",
                (id_, "Acme", settings, created),
            )
        for id_, cap in (("T1", None), ("T2", 50)):
            connection.exec_driver_sql(
                "INSERT INTO senders (workspace_id, channel, address, cap) VALUES (?, 'email', 'a@b.example', ?)",
                (id_, cap),
            )
    engine.dispose()
    migrate.upgrade(url)
    db = Database(url)
    async with db.read() as conn:
        found = (await conn.execute(select(senders.c.cap, senders.c.warm_from))).all()
        read = {id_: await policy.of(conn, id_) for id_ in ("T1", "T2", "T3")}
    await db.close()
    assert [tuple(row) for row in found] == [(None, None), (50, None)]
    assert {id_: rules.email_cap for id_, rules in read.items()} == {"T1": None, "T2": 50, "T3": 20}
    assert read["T1"].zone == "Europe/Berlin"


async def test_a_shared_address_exists_once(ctx: Context) -> None:
    from sqlalchemy.exc import IntegrityError

    await seeded(ctx, 1, {"cap": None})
    with pytest.raises(IntegrityError):
        async with ctx.db.begin() as conn:
            same = {"workspace_id": "T1", "channel": "email", "address": "olivia@acme.example"}
            await conn.execute(insert(senders).values(**same))


def sender_of(row: Any) -> Any:
    return cap_rows.Sender(*[getattr(row, column.name) for column in sender_rows.COLUMNS])
