"""What people do twice, late, or against each other: nothing sleeps for ever, nothing comes back unasked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import seeding
from seeding import Clock
from sqlalchemy import func, select, update
from wires import row_of

from engine import approve, campaigns, plan, policy, replies, schedule
from engine.context import Context, Who
from engine.deliver import people
from engine.errors import Refused
from engine.plan import sequence, settle
from handlers.actions import Ref
from storage import campaigns as campaign_rows
from storage import contacts as contact_rows
from storage import workspaces
from storage.lifecycle import State
from storage.model import ReplyClass
from storage.tables import campaigns as campaign_table
from storage.tables import contacts, senders
from storage.tables import messages as rows


async def seeded(ctx: Context, count: int, **values: Any) -> tuple[int, list[int]]:
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", ctx.now())
        found = await seeding.people(conn, "T1", count, ctx.now())
        return campaign, await seeding.touches(conn, "T1", campaign, found, ctx.now(), **values)


async def strategy(ctx: Context, campaign: int, state: str, angle: str) -> int:
    async with ctx.db.begin() as conn:
        return await campaign_rows.add_strategy(
            conn,
            {
                "workspace_id": "T1", "campaign_id": campaign, "asked_by": "U1OLIVIA", "created_at": ctx.now(),
                "written_at": ctx.now(), "angle": angle, "state": state, "source": "rules",
                "steps": [{"number": 1, "channel": "email", "wait_days": 0, "purpose": "short call asked"}],
            },
        )  # fmt: skip


async def settled(ctx: Context) -> None:
    while await settle.turn(ctx):
        pass


async def test_after_a_pause_everything_wakes_but_what_waits_for_an_answer(
    ctx: Context, olivia: Who, clock: Clock
) -> None:
    campaign, _ = await seeded(ctx, 1_500, state=State.APPROVED)
    async with ctx.db.begin() as conn:
        first = (await conn.execute(select(func.min(contacts.c.id)))).scalar_one()
        await contact_rows.hold(conn, "T1", first, ctx.now())
    await campaigns.pause(ctx, olivia, campaign)
    await settled(ctx)
    clock.forward(days=10)
    await campaigns.resume(ctx, olivia, campaign)
    await settled(ctx)
    async with ctx.db.read() as conn:
        asleep = (
            (await conn.execute(select(rows.c.contact_id).where(rows.c.due_at.is_(None)))).scalars().all()
        )
        slots = (await conn.execute(select(func.min(rows.c.slot_at)))).scalar_one()
    assert asleep == [first]
    assert slots is not None


async def test_approving_a_strategy_does_not_resume_a_paused_campaign(ctx: Context, olivia: Who) -> None:
    campaign, _ = await seeded(ctx, 1)
    waiting = await strategy(ctx, campaign, "draft", "A new angle")
    await campaigns.pause(ctx, olivia, campaign)
    with pytest.raises(Refused, match="Resume it first"):
        await plan.approve(ctx, olivia, waiting)


async def test_a_new_strategy_reaches_what_was_planned_and_what_nobody_decided(
    ctx: Context, olivia: Who
) -> None:
    from engine import draft

    campaign, (planned, drafted, approved) = await seeded(ctx, 3, state=State.DRAFTED)
    await strategy(ctx, campaign, "approved", "The old angle")
    await approve.approve(ctx, olivia, Ref(approved, 1))
    async with ctx.db.begin() as conn:
        await conn.execute(update(rows).where(rows.c.id == planned).values(state="planned", strategy_id=None))
    new = await strategy(ctx, campaign, "draft", "An angle nobody thought of")
    await plan.approve(ctx, olivia, new)
    await settled(ctx)
    await draft.work(ctx, await draft.claim(ctx))
    assert [(await row_of(ctx, id_)).strategy_id for id_ in (planned, drafted)] == [new, new]
    assert (await row_of(ctx, approved)).state == State.APPROVED


async def test_words_that_were_to_be_written_again_cannot_be_sent(ctx: Context, olivia: Who) -> None:
    _, (id_,) = await seeded(ctx, 1, state=State.BLOCKED, approved_revision=1, approved_by="U1OLIVIA")
    await approve.rewrite(ctx, olivia, Ref(id_, 1))
    async with ctx.db.begin() as conn:
        await conn.execute(update(rows).values(state="blocked"))
    with pytest.raises(Refused):
        await people.check_again(ctx, olivia, id_)


async def test_check_again_finds_the_sender_that_was_missing(ctx: Context, olivia: Who) -> None:
    _, (id_,) = await seeded(ctx, 1, state=State.APPROVED, sender_id=None)
    async with ctx.db.begin() as conn:
        address = (await conn.execute(select(senders.c.address))).scalar_one()
        await conn.execute(update(senders).values(channel="sms"))
    await schedule.turn(ctx)
    assert (await row_of(ctx, id_)).state == State.BLOCKED
    async with ctx.db.begin() as conn:
        await conn.execute(update(senders).where(senders.c.address == address).values(channel="email"))
    await people.check_again(ctx, olivia, id_)
    await schedule.turn(ctx)
    row = await row_of(ctx, id_)
    assert (row.state, row.sender_id is not None) == (State.SCHEDULED, True)


async def test_a_decision_taken_back_opens_a_completed_campaign_again(ctx: Context, olivia: Who) -> None:
    campaign, (id_,) = await seeded(ctx, 1, state=State.DRAFTED, due_at=ctx.now() + timedelta(days=7))
    await approve.skip(ctx, olivia, Ref(id_, 1))
    while await sequence.turn(ctx):
        pass
    assert await status(ctx, campaign) == "completed"
    await approve.undo(ctx, olivia, Ref(id_, 1))
    assert await status(ctx, campaign) == "active"
    await campaigns.cancel(ctx, olivia, campaign)
    await settled(ctx)
    assert (await row_of(ctx, id_)).state == State.CANCELLED


async def test_a_reply_holds_everything_until_a_person_decides(ctx: Context, olivia: Who) -> None:
    _, (id_,) = await seeded(ctx, 1, state=State.SCHEDULED)
    reply = await replies.record(
        ctx, olivia, contact="ada0@lovelace.example", klass=ReplyClass.QUESTION, text="What does it cost?"
    )
    row = await row_of(ctx, id_)
    assert (row.state, row.due_at) == (State.APPROVED, None)
    await replies.decide(ctx, olivia, reply.id, "continue")
    assert (await row_of(ctx, id_)).due_at == ctx.now()
    with pytest.raises(Refused, match="already decided"):
        await replies.decide(ctx, olivia, reply.id, "stop")


async def test_a_cap_that_an_admin_sets_binds_the_sender(ctx: Context, olivia: Who) -> None:
    await seeded(ctx, 1)
    await policy.change(ctx, olivia, {"email_cap": 2})
    async with ctx.db.read() as conn:
        assert (await conn.execute(select(senders.c.cap))).scalars().all() == [2]
    await policy.change(ctx, olivia, {"email_cap": None})
    async with ctx.db.read() as conn:
        assert (await conn.execute(select(senders.c.cap))).scalars().all() == [None]


async def test_undo_is_refused_once_the_deadline_has_passed(ctx: Context, olivia: Who, clock: Clock) -> None:
    _, (id_,) = await seeded(ctx, 1, state=State.DRAFTED, due_at=ctx.now() + timedelta(days=1))
    await approve.reject(ctx, olivia, Ref(id_, 1), "too long")
    clock.forward(days=2)
    with pytest.raises(Refused, match="too late"):
        await approve.undo(ctx, olivia, Ref(id_, 1))


async def status(ctx: Context, campaign: int) -> str:
    async with ctx.db.read() as conn:
        found = await conn.execute(select(campaign_table.c.status).where(campaign_table.c.id == campaign))
        return str(found.scalar_one())


async def test_a_stored_setting_that_is_valid_no_more_stops_no_other_change(
    ctx: Context, olivia: Who
) -> None:
    async with ctx.db.begin() as conn:
        await workspaces.set_settings(conn, "T1", {"gap_hours": 12, "zone": "Europe/Paris"})
    changed = await policy.change(ctx, olivia, {"touches": 3})
    assert (changed.touches, changed.zone, changed.gap_hours) == (3, "Europe/Paris", 48)
