"""The daily digest exists once, covers the local day before, and says what the raw rows say."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from seeding import Clock
from sqlalchemy import insert, select

from engine import digest, policy
from engine.context import Context, Who
from engine.errors import Refused
from storage import campaigns, contacts, workspaces
from storage.tables import cards, digests, engagements, messages, replies


async def tick(ctx: Context) -> None:
    async with ctx.db.begin() as conn:
        for workspace in await workspaces.every(conn):
            await digest.daily(conn, workspace, now=ctx.now())


async def drain(ctx: Context) -> None:
    while claimed := await digest.claim(ctx):
        await digest.work(ctx, claimed)


async def rows(ctx: Context, table: Any = digests) -> list[Any]:
    async with ctx.db.read() as conn:
        return list(await conn.execute(select(table).order_by(table.c.id)))


async def settle(ctx: Context, olivia: Who, **settings: Any) -> None:
    await policy.change(ctx, olivia, {"digest_channel": "C9NUMBERS", **settings})


async def test_two_ticks_and_two_clocks_make_one_digest(ctx: Context, olivia: Who) -> None:
    await settle(ctx, olivia)
    await asyncio.gather(tick(ctx), tick(ctx))
    await tick(ctx)
    await drain(ctx)
    await tick(ctx)
    found = await rows(ctx)
    assert [row.key for row in found] == ["digest:2026-11-24"]
    drawn = [(card.kind, card.channel, card.parent_id) for card in await rows(ctx, cards)]
    assert drawn == [("digest", "C9NUMBERS", None), ("chart", "C9NUMBERS", None)]


@pytest.mark.parametrize(
    ("now", "exists"),
    [
        (datetime(2026, 11, 24, 8, 59, tzinfo=UTC), []),
        (datetime(2026, 11, 24, 9, 0, tzinfo=UTC), ["2026-11-24"]),
        (datetime(2026, 11, 25, 4, 59, tzinfo=UTC), ["2026-11-24"]),
        (datetime(2026, 11, 25, 5, 0, tzinfo=UTC), []),
    ],
)
async def test_it_exists_from_its_hour_on_and_is_looked_back_for_twenty_hours(
    ctx: Context, olivia: Who, clock: Clock, now: datetime, exists: list[str]
) -> None:
    await settle(ctx, olivia)
    clock.now = now
    await tick(ctx)
    assert [row.key.rpartition(":")[2] for row in await rows(ctx)] == exists


async def test_a_week_of_ticks_makes_a_digest_a_day(ctx: Context, olivia: Who, clock: Clock) -> None:
    await settle(ctx, olivia)
    for _ in range(7 * 24):
        clock.forward(hours=1)
        await tick(ctx)
    assert len(await rows(ctx)) == 8  # today's and one on each day after


@pytest.mark.parametrize(
    ("zone", "today", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 30), 23),
        ("Europe/Berlin", date(2026, 10, 26), 25),
        ("America/Santiago", date(2026, 9, 7), 23),  # midnight itself is missing there
        ("Asia/Kolkata", date(2026, 11, 24), 24),
    ],
)
async def test_yesterday_is_a_local_day_however_long_it_was(
    ctx: Context, olivia: Who, clock: Clock, zone: str, today: date, hours: int
) -> None:
    async with ctx.db.begin() as conn:
        await conn.execute(workspaces.workspaces.update().values(created_at=datetime(2026, 1, 1, tzinfo=UTC)))
    await settle(ctx, olivia, zone=zone)
    clock.now = datetime.combine(today, time(12), UTC)
    await tick(ctx)
    (row,) = await rows(ctx)
    assert row.ends_at - row.starts_at == timedelta(hours=hours)
    await drain(ctx)
    assert (await rows(ctx))[0].chart.startswith(b"\x89PNG")


async def test_without_a_channel_there_is_none_until_a_campaign_has_one(
    ctx: Context, workspace: str, clock: Clock
) -> None:
    await tick(ctx)
    assert await rows(ctx) == []
    await _campaign(ctx)
    await tick(ctx)
    assert await rows(ctx) == []  # the campaign is younger than this morning
    clock.forward(days=1)
    await tick(ctx)
    assert [row.channel for row in await rows(ctx)] == ["C1GROWTH"]


async def test_a_workspace_has_none_for_days_before_it_existed(
    ctx: Context, olivia: Who, clock: Clock
) -> None:
    await settle(ctx, olivia)
    clock.now = datetime(2026, 11, 1, 10, 0, tzinfo=UTC)  # installed at midnight of this day
    await tick(ctx)
    assert await rows(ctx) == []


async def test_an_extra_digest_leaves_the_daily_one_alone(ctx: Context, olivia: Who, clock: Clock) -> None:
    await settle(ctx, olivia)
    await digest.ask(ctx, olivia)
    clock.forward(seconds=1)
    await digest.ask(ctx, olivia)
    await tick(ctx)
    found = await rows(ctx)
    assert [row.asked_by for row in found] == ["U1OLIVIA", "U1OLIVIA", None]
    assert [row.channel for row in found] == ["C1GROWTH", "C1GROWTH", "C9NUMBERS"]
    assert found[0].starts_at == datetime(2026, 11, 23, tzinfo=UTC)
    assert found[0].ends_at == datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


async def test_asking_from_nowhere_without_a_channel_is_refused(ctx: Context) -> None:
    with pytest.raises(Refused, match="channel"):
        await digest.ask(ctx, Who("T1", "U1OLIVIA"))


async def test_its_numbers_its_picture_and_its_words_agree(ctx: Context, olivia: Who, clock: Clock) -> None:
    await settle(ctx, olivia)
    await _yesterday(ctx)
    await tick(ctx)
    await drain(ctx)
    figures = (await rows(ctx))[0].figures
    email = figures["outreach"]
    assert (email["sent"], email["delivered"], email["bounced"]) == (4, 3, 1)
    assert (email["opened"], email["opened_by_machines"], email["clicked"]) == (1, 1, 0)
    assert (email["replied"], email["positive"], email["reply_rate"]) == (1, 1, "25 %")
    assert email["median_reply"] == "1 h 30 min"
    assert figures["change"]["sent"] == 3
    assert [(row["name"], row["sent"]) for row in figures["campaigns"]] == [("Launch", 4)]
    assert [row["channel"] for row in figures["channels"]] == ["email"]
    assert figures["posts"]["impressions"] == "not available"
    last = figures["days"][-1]
    assert (last["day"], last["sent"], last["opened"], last["replied"]) == ("2026-11-23", 4, 1, 1)
    assert "Mon 23 Nov: 4 sent, 1 opened, 1 replied." in figures["alt"]
    assert any(note.startswith("Small sample") for note in figures["notes"])


async def test_a_day_without_anything_has_zeros_and_no_small_sample(ctx: Context, olivia: Who) -> None:
    await settle(ctx, olivia)
    await tick(ctx)
    await drain(ctx)
    figures = (await rows(ctx))[0].figures
    assert (figures["outreach"]["sent"], figures["outreach"]["reply_rate"], figures["notes"]) == (
        0,
        "0 %",
        [],
    )


async def _campaign(ctx: Context) -> int:
    async with ctx.db.begin() as conn:
        brand = await workspaces.default_brand(conn, "T1")
        assert brand is not None
        values = {
            "workspace_id": "T1", "brand_id": brand.id, "name": "Launch", "channels": ("email",),
            "autonomy": "review", "status": "active", "owner_id": "U1", "channel_id": "C1GROWTH",
            "created_at": ctx.now(),
        }  # fmt: skip
        return (await campaigns.add(conn, values)).id


async def _yesterday(ctx: Context) -> None:
    """Four sends, a bounce, a person's and a machine's open, an answer and an out-of-office note; one send before."""
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    campaign_id = await _campaign(ctx)
    async with ctx.db.begin() as conn:
        brand = await workspaces.default_brand(conn, "T1")
        assert brand is not None
        people = [
            {"email": f"p{n}@x.example", "email_key": f"p{n}@x.example", "facts": {}, "zones": ()}
            for n in range(5)
        ]
        ids = list((await contacts.add(conn, "T1", people, now=noon)).values())
        common = {
            "workspace_id": "T1", "brand_id": brand.id, "campaign_id": campaign_id, "channel": "email",
            "fallbacks": (), "options": {}, "state": "sent", "created_at": noon,
        }  # fmt: skip
        sent = [
            {
                **common,
                "contact_id": id_,
                "dedupe_key": f"m{id_}",
                "sent_at": noon - timedelta(days=int(n == 4)),
            }
            for n, id_ in enumerate(ids)
        ]
        found = list(await conn.scalars(insert(messages).returning(messages.c.id), sent))
        seen = {"workspace_id": "T1", "at": noon, "detail": {}}
        await conn.execute(insert(engagements), [
            {**seen, "message_id": found[0], "kind": "hard_bounced", "human": True, "dedupe_key": "1"},
            {**seen, "message_id": found[1], "kind": "opened", "human": True, "dedupe_key": "2"},
            {**seen, "message_id": found[1], "kind": "opened", "human": True, "dedupe_key": "3"},
            {**seen, "message_id": found[2], "kind": "opened", "human": False, "dedupe_key": "4"},
        ])  # fmt: skip
        answer = {"workspace_id": "T1", "text": "Yes", "recorded_by": "U1"}
        at = noon + timedelta(minutes=90)
        await conn.execute(insert(replies), [
            {**answer, "contact_id": ids[1], "message_id": found[1], "klass": "interested", "created_at": at},
            {**answer, "contact_id": ids[2], "message_id": found[2], "klass": "out_of_office", "created_at": at},
        ])  # fmt: skip
