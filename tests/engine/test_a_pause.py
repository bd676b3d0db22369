"""A pause stops what is due at once; ten days later no hour carries more than it would have."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import seeding
from seeding import Clock
from sqlalchemy import select

from engine import campaigns, schedule
from engine.context import Context, Who
from engine.plan import settle
from storage import views
from storage.lifecycle import State
from storage.tables import messages

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""09:00 in Berlin."""


async def slots(ctx: Context, campaign_id: int) -> list[datetime]:
    async with ctx.db.read() as conn:
        found = await conn.execute(
            select(messages.c.due_at).where(
                messages.c.campaign_id == campaign_id, messages.c.state == State.SCHEDULED
            )
        )
        return sorted(row.due_at for row in found if row.due_at is not None)


async def drain(ctx: Context) -> None:
    while await settle.turn(ctx) or await schedule.turn(ctx):
        pass


def by_hour(found: list[datetime]) -> Counter[datetime]:
    return Counter(slot.replace(minute=0, second=0, microsecond=0) for slot in found)


@pytest.mark.parametrize("window", ["09:00-18:00", "always"])
async def test_after_ten_days_no_hour_carries_more_than_its_share(
    ctx: Context, olivia: Who, clock: Clock, window: str
) -> None:
    """Four mails an hour for two weeks of working days: three weekends lie in the way."""
    clock.now = MONDAY - timedelta(hours=1)
    days = [0, 1, 2, 3, 4, 7, 8, 9, 10, 11]
    planned = [
        MONDAY + timedelta(days=day, hours=hour, minutes=15 * n)
        for day in days
        for hour in range(9)
        for n in range(4)
    ]
    async with ctx.db.begin() as conn:
        spring = await seeding.campaign(conn, "T1", clock.now, window=window, zone="Europe/Berlin")
        people = await seeding.people(conn, "T1", len(planned), clock.now)
        for contact, slot in zip(people, planned, strict=True):
            await seeding.touches(conn, "T1", spring, [contact], clock.now, due_at=slot)
    before = by_hour(await slots(ctx, spring))
    clock.now = MONDAY - timedelta(minutes=30)
    await campaigns.pause(ctx, olivia, spring)
    await drain(ctx)
    assert await slots(ctx, spring) == []
    clock.forward(days=10)
    await campaigns.resume(ctx, olivia, spring)
    await drain(ctx)
    found = await slots(ctx, spring)
    assert len(found) == len(planned)
    assert found[0] >= clock.now
    assert max(by_hour(found).values()) == max(before.values()) == 4
    if window == "always":
        assert found == [slot + timedelta(days=10) for slot in planned]


async def test_the_card_says_how_many_were_already_leaving_and_who_paused(ctx: Context, olivia: Who) -> None:
    async with ctx.db.begin() as conn:
        spring = await seeding.campaign(conn, "T1", ctx.now())
        people = await seeding.people(conn, "T1", 2, ctx.now())
        await seeding.touches(
            conn, "T1", spring, people, ctx.now(), state=State.SENDING, lease_until=ctx.now()
        )
    assert "2 were already leaving" in await campaigns.pause(ctx, olivia, spring)
    async with ctx.db.read() as conn:
        view = await views.load(conn, "T1", "campaign", spring)
    assert (view.last.event, view.last.actor, view.last.detail) == (
        "pause",
        "U1OLIVIA",
        "2 were already leaving",
    )
