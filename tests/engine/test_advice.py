"""A weak campaign is flagged once, with its numbers; nothing changes before somebody presses Apply."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import seeding
from seeding import Clock
from sqlalchemy import insert, select, update

from bot import clock as ticking
from engine import advice
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import advice as rules
from storage import campaigns, engagements, recommendations, views
from storage.lifecycle import State
from storage.model import Engagement, EngagementKind
from storage.tables import cards, messages, replies
from storage.tables import recommendations as table


async def campaign(
    ctx: Context, *, people: int, answered: int = 0, touches: int = 1, klass: str = "neutral", **values: Any
) -> int:
    """Its messages left just now; `answered` of the people wrote back."""
    now = ctx.now()
    async with ctx.db.begin() as conn:
        made = await seeding.campaign(conn, "T1", now, **values)
        who = await seeding.people(conn, "T1", people, now)
        sent: list[int] = []
        for step in range(1, touches + 1):
            sent += await seeding.touches(
                conn, "T1", made, who, now, state=State.SENT, sent_at=now, step=step
            )
        rows = [
            {"workspace_id": "T1", "contact_id": contact, "message_id": message, "text": "Hello", "klass": klass,
             "recorded_by": "U1OLIVIA", "created_at": now}
            for contact, message in zip(who[:answered], sent, strict=False)
        ]  # fmt: skip
        if rows:
            await conn.execute(insert(replies), rows)
    return made


async def flagged(ctx: Context) -> list[Any]:
    async with ctx.db.read() as conn:
        return list(await conn.execute(select(table.c.campaign_id, table.c.numbers)))


@pytest.mark.parametrize(
    ("sent", "people", "answered", "weak"),
    [(49, 49, 0, False), (50, 50, 0, True), (50, 50, 4, True), (50, 50, 5, False),
        (60, 30, 3, False), (60, 30, 2, True), (0, 0, 0, False)],
)  # fmt: skip
def test_fifty_messages_and_under_one_answer_in_ten_people(
    sent: int, people: int, answered: int, weak: bool
) -> None:
    assert rules.is_weak(rules.Tally(sent, people, answered)) is weak


def test_the_hours_are_those_not_tried_yet() -> None:
    assert rules.timing("email", "09:00-18:00").window == "08:00-10:00"
    assert rules.timing("email", "08:00 – 10:00").window == "15:00-17:00"
    assert rules.timing("linkedin_dm", "always").window == "09:00-11:00"
    assert rules.timing("sms", "").window == "09:00-11:00"


async def test_it_is_flagged_a_day_later_and_once(ctx: Context, clock: Clock) -> None:
    weak = await campaign(ctx, people=50, answered=4)
    await ticking.tick(ctx)
    assert await flagged(ctx) == [], "nobody can have answered yet"
    clock.forward(days=1)
    for _ in range(3):
        await ticking.tick(ctx)
        clock.forward(hours=2)
    ((campaign_id, numbers),) = await flagged(ctx)
    assert (campaign_id, numbers) == (weak, {"sent": 50, "people": 50, "answered": 4, "negative": 0})
    async with ctx.db.read() as conn:
        posted = list(await conn.execute(select(cards.c.channel).where(cards.c.kind == "advice")))
        assert await views.load(conn, "T2", "advice", 1) is None
        running = await campaigns.get(conn, "T1", weak)
        home = await views.home(conn, "T1")
    assert [row.channel for row in posted] == ["C1GROWTH"]
    assert home.weak == {weak}
    assert running is not None
    assert running.window == "always", "nothing changes by itself"


@pytest.mark.parametrize(
    "made",
    [
        {"people": 49}, {"people": 50, "answered": 5}, {"people": 50, "status": "cancelled"},
        {"people": 30, "touches": 2, "answered": 3},
    ],
)  # fmt: skip
async def test_who_does_well_enough_is_left_alone(ctx: Context, clock: Clock, made: dict[str, Any]) -> None:
    await campaign(ctx, **made)
    clock.forward(days=1)
    await ticking.tick(ctx)
    assert await flagged(ctx) == []


async def test_automatic_answers_are_no_answers(ctx: Context, clock: Clock) -> None:
    await campaign(ctx, people=50, answered=50, klass="out_of_office")
    clock.forward(days=1)
    await ticking.tick(ctx)
    assert len(await flagged(ctx)) == 1


async def test_apply_changes_the_window_and_what_waits_gets_a_new_slot(
    ctx: Context, clock: Clock, olivia: Who, amara: Who
) -> None:
    weak = await campaign(ctx, people=50)
    async with ctx.db.begin() as conn:
        (waits,) = await seeding.touches(
            conn, "T1", weak, [1], ctx.now(), step=2, due_at=ctx.now() + timedelta(days=3)
        )
    clock.forward(days=1)
    await ticking.tick(ctx)
    assert "08:00 and 10:00" in await advice.apply(ctx, amara, 1)
    async with ctx.db.read() as conn:
        changed = await campaigns.get(conn, "T1", weak)
        found = await recommendations.get(conn, "T1", 1)
        row = (await conn.execute(select(messages.c.state).where(messages.c.id == waits))).scalar_one()
    assert changed is not None
    assert found is not None
    assert (changed.window, found.decision, found.decided_by) == ("08:00-10:00", "applied", "U2AMARA")
    assert row == State.APPROVED, "it is given a slot in the new hours"
    with pytest.raises(Refused, match="<@U2AMARA> already decided"):
        await advice.dismiss(ctx, olivia, 1)


@pytest.mark.parametrize(
    ("sent", "answered", "negative", "resented"),
    [(50, 10, 3, True), (50, 10, 2, False), (49, 10, 9, False), (50, 9, 9, False), (90, 30, 9, True), (90, 31, 9, False)],
)  # fmt: skip
def test_ten_answers_of_which_three_in_ten_are_a_no(
    sent: int, answered: int, negative: int, resented: bool
) -> None:
    tally = rules.Tally(sent, sent, answered, negative)
    assert rules.triggers(rules.NEGATIVE_REPLIES, tally) is resented


async def test_many_a_no_recommends_a_tone_that_apply_sets_and_waiting_drafts_follow(
    ctx: Context, clock: Clock, amara: Who
) -> None:
    """Once, also when the noes come weeks after the messages; approved words and other rules are left alone."""
    made = await campaign(ctx, people=60, answered=9, klass="negative")
    async with ctx.db.begin() as conn:
        drafted, parked, approved = [
            (await seeding.touches(conn, "T1", made, [id_], ctx.now(), step=2, state=state, **values))[0]
            for id_, state, values in (
                (1, State.DRAFTED, {"due_at": ctx.now() + timedelta(days=40)}),
                (2, State.DRAFTED, {}),
                (3, State.APPROVED, {"due_at": ctx.now() + timedelta(days=40)}),
            )
        ]
        await conn.execute(update(messages).where(messages.c.id == parked).values(due_at=None))
    clock.forward(days=20)
    await ticking.tick(ctx)
    assert await flagged(ctx) == [], "nine people are not enough, and the day for few answers has passed"
    async with ctx.db.begin() as conn:
        ((contact, message),) = await conn.execute(
            select(messages.c.contact_id, messages.c.id).where(messages.c.step == 1).offset(10).limit(1)
        )
        values = {"workspace_id": "T1", "contact_id": contact, "message_id": message, "created_at": ctx.now()}
        await conn.execute(
            insert(replies).values(**values, text="No", klass="negative", recorded_by="U1OLIVIA")
        )
        fact = Engagement(message, EngagementKind.REPLIED, ctx.now(), f"replied:{message}")
        await engagements.record(conn, "T1", [fact])
    for _ in range(2):
        await ticking.tick(ctx)
        clock.forward(hours=1)
    ((_, numbers),) = await flagged(ctx)
    assert numbers == {"sent": 60, "people": 60, "answered": 10, "negative": 10}
    async with ctx.db.read() as conn:
        assert (await campaigns.get(conn, "T1", made)).tone == ""  # type: ignore[union-attr]
    assert "another tone from now on: respectful, factual and brief" in await advice.apply(ctx, amara, 1)
    async with ctx.db.read() as conn:
        assert (await campaigns.get(conn, "T1", made)).tone == "respectful, factual and brief"  # type: ignore[union-attr]
        c = messages.c
        found = {row.id: tuple(row)[1:] for row in await conn.execute(select(c.id, c.state, c.due_at))}
    assert found[drafted] == (State.PLANNED, ctx.now())
    assert found[parked] == (State.PLANNED, None), "what waits for a person waits on"
    assert found[approved][0] == State.APPROVED


def test_the_tone_is_another_than_the_one_they_met() -> None:
    assert rules.tone("").tone == rules.tone("bold").tone == "respectful, factual and brief"
    assert rules.tone("Formal").tone == "plain and friendly, without pressure"


async def test_dismissed_it_changes_nothing_and_is_not_told_again(
    ctx: Context, clock: Clock, olivia: Who
) -> None:
    weak = await campaign(ctx, people=50)
    clock.forward(days=1)
    await ticking.tick(ctx)
    assert "keeps its send window" in await advice.dismiss(ctx, olivia, 1)
    clock.forward(days=1)
    await ticking.tick(ctx)
    async with ctx.db.read() as conn:
        kept = await campaigns.get(conn, "T1", weak)
        home = await views.home(conn, "T1")
    assert kept is not None
    assert (kept.window, len(await flagged(ctx)), home.weak) == ("always", 1, frozenset())
