"""Drafts of a sequence and time: what expires, what moves to a later slot, what people are reminded of, and their thread."""

from __future__ import annotations

from datetime import timedelta

import seeding
from running import BROWSER, begun, drafted, every, moved_on, newest, sent
from seeding import Clock
from sqlalchemy import event, select, update

from engine import approve, measure, remind
from engine.context import Context, Who
from engine.deliver import envelopes
from handlers.actions import Ref
from storage import facts, messages
from storage.lifecycle import Event, State
from storage.messages import Change
from storage.model import Step
from storage.tables import cards, enrolments
from storage.tables import messages as rows


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
