"""Sequences go on when a touch is over, wait when a person must decide, go back when one opens again, and end."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest
import seeding
from running import BROWSER, THREE, begun, drafted, enrolment, every, moved_on, newest, sent
from seeding import Clock
from sqlalchemy import event, select, update

from engine import approve, campaigns, measure, replies
from engine.context import Context, Who
from engine.plan import sequence, settle
from handlers.actions import Ref
from storage import campaigns as campaign_rows
from storage.lifecycle import State
from storage.model import ReplyClass, Step
from storage.tables import campaigns as campaign_table
from storage.tables import enrolments
from storage.tables import messages as rows


async def test_the_next_touch_counts_from_the_real_send_and_is_drafted_two_days_before(
    ctx: Context, clock: Clock
) -> None:
    _, (first,) = await begun(ctx)
    clock.forward(hours=5)
    await sent(ctx, [first])
    await moved_on(ctx)
    second = await newest(ctx)
    assert (second.step, second.state) == (2, State.PLANNED)
    assert (second.slot_at, second.due_at) == (clock() + timedelta(days=2), clock())
    clock.forward(days=2)
    await sent(ctx, [second.id])
    await moved_on(ctx)
    third = await newest(ctx)
    assert (third.slot_at, third.due_at) == (clock() + timedelta(days=3), clock() + timedelta(days=1))
    await sent(ctx, [third.id], at=clock())
    await moved_on(ctx)
    assert len(await every(ctx)) == 3
    assert (await enrolment(ctx)).state == "completed"
    async with ctx.db.read() as conn:
        assert (await conn.execute(select(campaign_table.c.status))).scalar_one() == "completed"


@pytest.mark.parametrize("state", [State.SKIPPED, State.REJECTED, State.FAILED, State.CANCELLED])
async def test_after_a_touch_that_did_not_leave_the_sequence_counts_from_when_it_would_have(
    ctx: Context, clock: Clock, state: State
) -> None:
    slot = clock() + timedelta(hours=30)
    _, (first,) = await begun(ctx, state=state, slot_at=slot)
    async with ctx.db.begin() as conn:
        await conn.execute(update(enrolments).values(next_at=clock()))
    await moved_on(ctx)
    second = await newest(ctx)
    assert second.id != first
    assert second.slot_at == slot + timedelta(days=2)


@pytest.mark.parametrize("state", [State.BLOCKED, State.UNSURE, State.SENDING, State.DRAFTED])
async def test_nothing_follows_a_touch_that_is_open_or_waits_for_a_person(
    ctx: Context, clock: Clock, state: State
) -> None:
    await begun(ctx, state=state)
    async with ctx.db.begin() as conn:
        await conn.execute(update(enrolments).values(next_at=clock()))
    await moved_on(ctx)
    assert len(await every(ctx)) == 1
    assert (await enrolment(ctx)).state == "active"


async def test_nine_hundred_sequences_move_on_in_as_many_statements_as_ten(
    ctx: Context, clock: Clock
) -> None:
    counted = []
    for count, offset in ((10, 0), (900, 10)):
        async with ctx.db.begin() as conn:
            name = f"Campaign of {count}"
            campaign = await seeding.campaign(conn, "T1", ctx.now(), name=name)
            await campaign_rows.add_strategy(
                conn,
                {
                    "workspace_id": "T1", "campaign_id": campaign, "asked_by": "U1OLIVIA",
                    "created_at": ctx.now(), "written_at": ctx.now(), "state": "approved",
                    "steps": [asdict(step) for step in THREE],
                },
            )  # fmt: skip
            people = await seeding.people(conn, "T1", count, ctx.now(), first=offset)
            ids = await seeding.touches(conn, "T1", campaign, people, ctx.now())
        await sent(ctx, ids)
        statements: list[str] = []
        engine = ctx.db._writer.sync_engine
        event.listen(engine, "before_cursor_execute", lambda *a, s=statements: s.append(a[2]))
        assert await sequence.turn(ctx)
        counted.append(sum(not statement.startswith("INSERT INTO messages") for statement in statements))
    assert len(await every(ctx, rows.c.step == 2)) == 910
    assert counted[1] == counted[0]


async def test_a_touch_whose_channel_does_not_reach_them_goes_by_one_that_does(
    ctx: Context, clock: Clock
) -> None:
    steps = (THREE[0], Step(2, "sms", 2, "sample"), Step(3, "email", 3, "close"))
    _, (first,) = await begun(ctx, steps=steps)
    await sent(ctx, [first])
    await moved_on(ctx)
    found = await newest(ctx)
    assert (found.step, found.channel, found.slot_at) == (2, "email", clock() + timedelta(days=2))
    assert found.options["why_channel"] == "the only channel of the campaign"


async def test_a_sequence_ends_with_its_campaign(ctx: Context, clock: Clock) -> None:
    campaign, (first,) = await begun(ctx)
    async with ctx.db.begin() as conn:
        await campaign_rows.change(conn, "T1", campaign, ends_at=clock() + timedelta(days=1))
    await sent(ctx, [first])
    await moved_on(ctx)
    assert len(await every(ctx)) == 1
    assert (await enrolment(ctx)).state == "completed"


async def test_undoing_a_skip_takes_back_what_was_planned_after_it(
    ctx: Context, olivia: Who, clock: Clock
) -> None:
    _, (first,) = await begun(ctx, state=State.DRAFTED, due_at=clock() + timedelta(days=7))
    await approve.skip(ctx, olivia, Ref(first, 1))
    await moved_on(ctx)
    assert [row.state for row in await every(ctx)] == [State.SKIPPED, State.PLANNED]
    await approve.undo(ctx, olivia, Ref(first, 1))
    await moved_on(ctx)
    assert [row.state for row in await every(ctx)] == [State.DRAFTED, State.CANCELLED]
    assert (await enrolment(ctx)).step == 1
    await sent(ctx, [first])
    await moved_on(ctx)
    last = await newest(ctx)
    assert (last.step, last.state) == (2, State.PLANNED)


async def test_what_is_planned_for_somebody_who_replied_waits_and_comes_back_at_its_time(
    ctx: Context, olivia: Who, clock: Clock
) -> None:
    _, (first,) = await begun(ctx, steps=(THREE[0], Step(2, "email", 5, "sample")))
    await sent(ctx, [first])
    reply = await replies.record(
        ctx, olivia, contact="ada0@lovelace.example", klass=ReplyClass.QUESTION, text="How long does it take?"
    )
    await moved_on(ctx)
    second = await newest(ctx)
    assert (second.step, second.due_at) == (2, None)
    assert "They replied" in second.note
    clock.forward(days=1)
    await replies.decide(ctx, olivia, reply.id, "continue")
    second = await newest(ctx)
    assert second.due_at == second.slot_at - timedelta(days=2) == clock() + timedelta(days=2)


async def test_ten_days_of_pause_move_every_later_touch_by_ten_days_each_to_its_own_hour(
    ctx: Context, olivia: Who, clock: Clock
) -> None:
    campaign, ids = await begun(ctx, 40)
    for hour in range(4):
        clock.forward(hours=1)
        await sent(ctx, ids[hour * 10 : hour * 10 + 10])
    await moved_on(ctx)
    before = {row.id: row.slot_at for row in await every(ctx, rows.c.step == 2)}
    await campaigns.pause(ctx, olivia, campaign)
    while await settle.turn(ctx):
        pass
    assert {row.due_at for row in await every(ctx, rows.c.step == 2)} == {None}
    clock.forward(days=10)
    await campaigns.resume(ctx, olivia, campaign)
    while await settle.turn(ctx):
        pass
    after = await every(ctx, rows.c.step == 2)
    assert {row.id: row.slot_at - timedelta(days=10) for row in after} == before
    assert len({row.slot_at for row in after}) == 4
    assert all(row.due_at == max(clock(), row.slot_at - timedelta(days=2)) for row in after)


@pytest.mark.parametrize(("opened", "state"), [(True, State.CANCELLED), (False, State.DRAFTED)])
async def test_a_step_whose_condition_does_not_hold_is_left_out(
    ctx: Context, clock: Clock, opened: bool, state: State
) -> None:
    steps = (THREE[0], Step(2, "email", 2, "sample", "not_opened"), THREE[2])
    _, (first,) = await begun(ctx, steps=steps)
    await sent(ctx, [first])
    if opened:
        await measure.opened(ctx, ctx.signer.sign("open", first), "Mozilla/5.0 (X11; rv:140.0) Firefox/140.0")
        clock.forward(minutes=5)
        await measure.opened(ctx, ctx.signer.sign("open", first), "Mozilla/5.0 (X11; rv:140.0) Firefox/140.0")
    await moved_on(ctx)
    await drafted(ctx)
    second = (await every(ctx))[1]
    assert second.state == state
    assert ("if they did not open" in second.note) is opened


async def test_what_became_of_a_campaign_between_planning_and_drafting_counts(
    ctx: Context, clock: Clock
) -> None:
    campaign, (first,) = await begun(ctx)
    await sent(ctx, [first])
    await moved_on(ctx)
    async with ctx.db.begin() as conn:
        await campaign_rows.change(conn, "T1", campaign, status="paused")
    await drafted(ctx)
    waiting = await newest(ctx)
    assert (waiting.state, waiting.due_at) == (State.PLANNED, None)


@pytest.mark.parametrize(
    ("agent", "after", "days"),
    [
        (BROWSER, timedelta(hours=6), 2.0),  # never under two days after the touch
        (BROWSER, timedelta(days=2), 3.0),  # nor under a day after the click
        (BROWSER, timedelta(days=4, hours=6), 5.0),  # that would be later than planned
        ("Barracuda Link Protection", timedelta(hours=6), 5.0),  # machines click too
    ],
)
async def test_a_click_brings_the_next_touch_forward(
    ctx: Context, clock: Clock, agent: str, after: timedelta, days: float
) -> None:
    steps = (Step(1, "email", 0, "call"), Step(2, "email", 5, "close"))
    _, (first,) = await begun(ctx, steps=steps)
    await sent(ctx, [first])
    await moved_on(ctx)
    left = clock()
    clock.forward(seconds=after.total_seconds())
    for _ in range(2):
        await measure.clicked(ctx, ctx.signer.sign("click", first, 0), agent)
    second = await newest(ctx)
    assert second.slot_at == left + timedelta(days=days)
    assert second.due_at == max(second.slot_at - timedelta(hours=48), min(clock(), second.due_at))
