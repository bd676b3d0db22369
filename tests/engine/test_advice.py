"""A weak campaign is flagged once, with its numbers; nothing changes before somebody presses Apply."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import seeding
from seeding import Clock
from sqlalchemy import insert, select

from bot import clock as ticking
from engine import advice
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import advice as rules
from storage import campaigns, recommendations, views
from storage.lifecycle import State
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
    assert (campaign_id, numbers) == (weak, {"sent": 50, "people": 50, "answered": 4})
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
