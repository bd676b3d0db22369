"""Sequences go on when a touch is over, wait when a person must decide, go back when one opens again, and end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import pytest
import seeding
from seeding import Clock
from sqlalchemy import event, select, update

from engine import approve, campaigns, draft, measure, remind, replies
from engine.context import Context, Who
from engine.deliver import envelopes
from engine.plan import sequence, settle
from handlers.actions import Ref
from storage import campaigns as campaign_rows
from storage import facts, messages
from storage.lifecycle import Event, State
from storage.messages import Change
from storage.model import ReplyClass, Step
from storage.tables import campaigns as campaign_table
from storage.tables import cards, enrolments
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


async def test_drafting_again_what_expired_does_not_repeat_what_left_meanwhile(
    ctx: Context, olivia: Who, clock: Clock
) -> None:
    _, (first,) = await begun(ctx, state=State.CANCELLED)
    async with ctx.db.begin() as conn:
        await conn.execute(update(enrolments).values(next_at=clock()))
    await moved_on(ctx)
    second = await newest(ctx)
    await sent(ctx, [second.id])
    await approve.rewrite(ctx, olivia, Ref(first, 1))
    await moved_on(ctx)
    assert [row.state for row in await every(ctx)] == [State.PLANNED, State.SENT]
    await sent(ctx, [first])
    await moved_on(ctx)
    assert [row.step for row in await every(ctx)] == [1, 2, 3]


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


async def test_nobody_decides_so_a_later_touch_moves_once_and_then_expires_and_the_next_is_planned(
    ctx: Context, clock: Clock
) -> None:
    _, (first,) = await begun(ctx)
    await sent(ctx, [first])
    await moved_on(ctx)
    await drafted(ctx)
    second = await newest(ctx)
    slot = clock() + timedelta(days=2)
    assert (second.state, second.due_at, second.slot_at) == (State.DRAFTED, slot, slot)
    clock.now = slot
    assert await approve.expire(ctx)
    second = await newest(ctx)
    assert (second.state, second.slot_at) == (State.DRAFTED, slot + timedelta(days=1))
    assert second.due_at == second.slot_at
    assert not await approve.expire(ctx)
    clock.now = second.slot_at
    assert await approve.expire(ctx)
    second = await newest(ctx)
    assert (second.state, second.note) == (State.CANCELLED, "expired")
    await moved_on(ctx)
    assert ((await newest(ctx)).step, (await newest(ctx)).slot_at) == (3, clock() + timedelta(days=3))


async def test_a_first_touch_expires_after_seven_days_without_moving(ctx: Context, clock: Clock) -> None:
    await begun(ctx, state=State.DRAFTED, slot_at=None, due_at=clock() + timedelta(days=7))
    clock.forward(days=7)
    assert await approve.expire(ctx)
    assert [(row.state, row.note) for row in await every(ctx)] == [(State.CANCELLED, "expired")]


async def test_a_draft_that_comes_too_late_for_its_slot_gets_the_next_one(ctx: Context, clock: Clock) -> None:
    _, (first,) = await begun(ctx)
    await sent(ctx, [first])
    await moved_on(ctx)
    clock.forward(days=4)
    await drafted(ctx)
    second = await newest(ctx)
    assert second.state == State.DRAFTED
    assert second.slot_at == second.due_at == clock() + timedelta(days=1)


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


async def test_a_follow_up_names_the_mails_before_it_and_keeps_their_subject(
    ctx: Context, clock: Clock
) -> None:
    _, (first,) = await begun(ctx)
    await sent(ctx, [first])
    await moved_on(ctx)
    await drafted(ctx)
    clock.forward(days=2)
    second = await newest(ctx)
    assert second.subject == f"Re: {seeding.SUBJECT}"
    await sent(ctx, [second.id])
    await moved_on(ctx)
    clock.forward(days=1)
    await drafted(ctx)
    async with ctx.db.read() as conn:
        found = await facts.gather(conn, await messages.find(conn, "T1", rows.c.campaign_id.is_not(None)))
    one, two, three = (envelopes.compose(ctx, case, clock()) for case in found)
    assert (one.in_reply_to, one.references) == ("", ())
    assert three.in_reply_to == two.message_id
    assert three.references == (one.message_id, two.message_id)
    assert three.subject == f"Re: {seeding.SUBJECT}"


async def test_first_touches_are_gathered_without_asking_for_a_thread(ctx: Context) -> None:
    await begun(ctx, 5)
    statements: list[str] = []
    async with ctx.db.read() as conn:
        found = await messages.find(conn, "T1")
        event.listen(ctx.db._reader.sync_engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
        await facts.gather(conn, found)
    assert not any("enrolment_id" in statement for statement in statements)


async def test_many_drafts_are_reminded_of_in_one_line_a_day_and_two_hours_before_and_never_again(
    ctx: Context, clock: Clock
) -> None:
    deadline = clock() + timedelta(days=3)
    _, ids = await begun(ctx, 30, state=State.DRAFTED, due_at=deadline)
    async with ctx.db.begin() as conn:
        for n, id_ in enumerate(ids):
            values = {"due_at": deadline + timedelta(minutes=n)}
            await conn.execute(update(rows).where(rows.c.id == id_).values(**values))
    told = []
    while clock() < deadline + timedelta(hours=1):
        async with ctx.db.begin() as conn:
            await remind.due(conn, ctx.now())
            found = (await conn.execute(select(cards).where(cards.c.kind == "reminder"))).all()
            if found and found[0].ts is None:
                told.append(deadline - clock())
                await conn.execute(update(cards).where(cards.c.id == found[0].id).values(ts=f"1.{len(told)}"))
        clock.forward(minutes=20)
    assert told == [timedelta(hours=24), timedelta(hours=2)]


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


async def test_a_draft_that_waits_for_a_decision_keeps_its_time_after_a_click(
    ctx: Context, clock: Clock
) -> None:
    _, (first,) = await begun(ctx, steps=(Step(1, "email", 0, "call"), Step(2, "email", 5, "close")))
    await sent(ctx, [first])
    await moved_on(ctx)
    second = await newest(ctx)
    async with ctx.db.begin() as conn:
        await messages.move(conn, Event.DRAFT, [Change(second.id)], actor="draft", now=clock())
    clock.forward(hours=6)
    await measure.clicked(ctx, ctx.signer.sign("click", first, 0), BROWSER)
    assert (await newest(ctx)).slot_at == second.slot_at
