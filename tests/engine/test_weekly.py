"""The summary of a week exists once, covers Monday to Sunday, and says of every channel and brand what the raw rows say."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from seeding import Clock
from sqlalchemy import insert, select

from engine import digest, policy
from engine.context import Context, Who
from storage import workspaces
from storage.tables import brands, contacts, digests, engagements, feeds, measurements, messages, replies

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
NEXT = MONDAY + timedelta(days=7)
CHANNELS = ("email", "email", "sms", "call", "linkedin_dm")


async def tick(ctx: Context) -> None:
    async with ctx.db.begin() as conn:
        for workspace in await workspaces.every(conn):
            await digest.weekly(conn, workspace, now=ctx.now())


async def rows(ctx: Context, table: Any = digests) -> list[Any]:
    async with ctx.db.read() as conn:
        return list(await conn.execute(select(table).order_by(table.c.id)))


async def settle(ctx: Context, olivia: Who, **settings: Any) -> None:
    await policy.change(ctx, olivia, {"digest_channel": "C9NUMBERS", **settings})


@pytest.mark.parametrize(
    ("settings", "now", "exists"),
    [
        ({}, datetime(2026, 11, 23, 8, 59, tzinfo=UTC), []),
        ({}, datetime(2026, 11, 23, 9, 0, tzinfo=UTC), ["week:2026-11-16"]),
        ({}, datetime(2026, 11, 26, 8, 59, tzinfo=UTC), ["week:2026-11-16"]),
        ({}, datetime(2026, 11, 26, 9, 0, tzinfo=UTC), []),
        ({"weekly_on": "off"}, datetime(2026, 11, 23, 9, 0, tzinfo=UTC), []),
        ({"weekly_on": "friday"}, datetime(2026, 11, 26, 23, 0, tzinfo=UTC), []),
        ({"weekly_on": "friday"}, datetime(2026, 11, 27, 9, 0, tzinfo=UTC), ["week:2026-11-16"]),
        ({"weekly_on": "Sunday"}, datetime(2026, 12, 1, 9, 0, tzinfo=UTC), ["week:2026-11-16"]),
        ({"zone": "Asia/Tokyo"}, datetime(2026, 11, 23, 0, 1, tzinfo=UTC), ["week:2026-11-16"]),
        ({}, datetime(2026, 11, 2, 9, 0, tzinfo=UTC), ["week:2026-10-26"]),  # installed on that week's Sunday
        ({}, datetime(2026, 10, 28, 9, 0, tzinfo=UTC), []),
    ],
)
async def test_it_exists_from_its_hour_on_and_is_looked_back_for_three_days(
    ctx: Context, olivia: Who, clock: Clock, settings: dict[str, str], now: datetime, exists: list[str]
) -> None:
    await settle(ctx, olivia, **settings)
    clock.now = now
    await asyncio.gather(tick(ctx), tick(ctx))
    await tick(ctx)
    assert [row.key for row in await rows(ctx)] == exists


async def test_another_day_in_the_settings_brings_no_week_twice(
    ctx: Context, olivia: Who, clock: Clock
) -> None:
    await settle(ctx, olivia)
    clock.now = NEXT + timedelta(hours=9)
    await tick(ctx)
    await settle(ctx, olivia, weekly_on="wednesday")
    for _ in range(9):
        clock.forward(days=1)
        await tick(ctx)
    assert [row.key for row in await rows(ctx)] == ["week:2026-11-16", "week:2026-11-23"]


@pytest.mark.parametrize(("today", "hours"), [(datetime(2026, 3, 30), 167), (datetime(2026, 10, 26), 169)])
async def test_a_week_is_seven_local_days_however_long_they_were(
    ctx: Context, olivia: Who, clock: Clock, today: datetime, hours: int
) -> None:
    async with ctx.db.begin() as conn:
        await conn.execute(workspaces.workspaces.update().values(created_at=datetime(2026, 1, 1, tzinfo=UTC)))
    await settle(ctx, olivia, zone="Europe/Berlin")
    clock.now = today.replace(hour=12, tzinfo=UTC)
    await tick(ctx)
    (row,) = await rows(ctx)
    assert row.ends_at - row.starts_at == timedelta(hours=hours)


async def test_asked_for_it_is_the_same_week_and_the_weekly_one_still_comes(
    ctx: Context, olivia: Who, clock: Clock
) -> None:
    await settle(ctx, olivia)
    clock.now = NEXT + timedelta(hours=10)
    await digest.ask(ctx, olivia, week=True)
    await tick(ctx)
    asked, came = await rows(ctx)
    assert (asked.channel, came.channel) == ("C1GROWTH", "C9NUMBERS")
    assert (asked.starts_at, asked.ends_at) == (came.starts_at, came.ends_at) == (MONDAY, NEXT)


async def test_every_figure_equals_a_recount_and_every_partition_sums_to_the_whole(
    ctx: Context, olivia: Who, clock: Clock
) -> None:
    await settle(ctx, olivia)
    await _two_weeks(ctx)
    clock.now = NEXT + timedelta(hours=9)
    await tick(ctx)
    await digest.work(ctx, await digest.claim(ctx))
    (row,) = await rows(ctx)
    told, sent = row.figures, await rows(ctx, messages)
    mine = [m for m in sent if m.state == "sent" and MONDAY <= m.sent_at < NEXT]
    people = [m for m in mine if m.feed_id is None]
    before = [m for m in sent if m.state == "sent" and m.sent_at < MONDAY and m.feed_id is None]
    answers = [r for r in await rows(ctx, replies) if MONDAY <= r.created_at < NEXT]
    opened = {e.message_id for e in await rows(ctx, engagements) if MONDAY <= e.at < NEXT}

    whole = told["outreach"]
    assert told["day"] == "Mon 16 Nov to Sun 22 Nov 2026"
    assert (whole["sent"], whole["replied"], whole["opened"]) == (len(people), len(answers), len(opened))
    assert told["change"]["sent"] == len(people) - len(before)
    assert {part["channel"]: part["sent"] for part in told["channels"]} == {
        name: sum(m.channel == name for m in people) for name in {"", *(m.channel for m in people)}
    }
    assert {part["channel"] for part in told["channels"]} == {"email", "sms", "call", "linkedin_dm", ""}
    for name in ("sent", "delivered", "failed", "opened", "replied", "positive"):
        assert sum(part[name] for part in told["channels"]) == whole[name]
    for name in ("sent", "opened", "replied"):
        assert sum(day[name] for day in told["days"]) == whole[name] > max(day[name] for day in told["days"])
    assert [day["day"] for day in told["days"]] == [f"2026-11-{n}" for n in range(16, 23)]
    assert f"In the week: {whole['sent']} sent, {whole['opened']} opened" in told["alt"]

    counted = {m.message_id: m for m in await rows(ctx, measurements)}
    for brand in told["brands"]:
        its = [m.id for m in mine if m.feed_id and m.brand_id == brand["id"]]
        seen = [counted[id_].impressions for id_ in its if counted[id_].impressions is not None]
        assert brand["sent"] == len(its) > 0
        assert brand["impressions"] == (sum(seen) if seen else "not available")
    assert sum(brand["sent"] for brand in told["brands"]) == told["posts"]["sent"] == len(mine) - len(people)
    assert [brand["impressions"] == "not available" for brand in told["brands"]].count(True) == 1


async def _two_weeks(ctx: Context) -> None:
    """Messages on four channels and posts of two brands, one of which is told no numbers; opens that come again."""
    dice = random.Random(7)
    async with ctx.db.begin() as conn:
        ours = await workspaces.default_brand(conn, "T1")
        assert ours is not None
        mine = {"workspace_id": "T1"}
        other = (
            await conn.execute(
                insert(brands)
                .values(**mine, name="Bright", value_propositions=(), dont=())
                .returning(brands.c.id)
            )
        ).scalar_one()
        pages = [{**mine, "brand_id": id_, "network": "linkedin", "name": "Page"} for id_ in (ours.id, other)]
        feed_ids = list(await conn.scalars(insert(feeds).returning(feeds.c.id), pages))
        person = {**mine, "status": "new", "zones": (), "facts": {}, "guessed": False, "created_at": MONDAY}
        ids = list(await conn.scalars(insert(contacts).returning(contacts.c.id), [person] * 30))
        common = {**mine, "fallbacks": (), "options": {}, "created_at": MONDAY}
        made = [
            {
                **common, "dedupe_key": f"k{n}", "brand_id": ours.id, "contact_id": dice.choice(ids), "feed_id": None,
                "channel": dice.choice(CHANNELS), "state": "unsure" if n % 20 == 0 else "sent", "sent_at": _at(dice),
            }
            for n in range(120)
        ] + [
            {
                **common, "dedupe_key": f"p{n}", "brand_id": (ours.id, other)[n % 2], "contact_id": None,
                "feed_id": feed_ids[n % 2], "channel": "linkedin", "state": "sent", "sent_at": _at(dice),
            }
            for n in range(20)
        ]  # fmt: skip
        found = list(await conn.scalars(insert(messages).returning(messages.c.id), made))
        out, posts = found[:120], found[120:]
        counts = [
            {**mine, "message_id": id_, "pulls": 1, "at": NEXT, "impressions": None if n % 2 else n * 10}
            for n, id_ in enumerate(posts)
        ]
        await conn.execute(insert(measurements), counts)
        opens = [(id_, MONDAY + timedelta(hours=dice.randint(0, 160))) for id_ in out[:60]]
        again = [(id_, at + timedelta(hours=30)) for id_, at in opens]
        seen = {**mine, "kind": "opened", "human": True, "detail": {}}
        await conn.execute(insert(engagements), [
            {**seen, "message_id": id_, "at": at, "dedupe_key": f"{n}"} for n, (id_, at) in enumerate(opens + again)
        ])  # fmt: skip
        said = {**mine, "text": "Yes", "klass": "interested", "recorded_by": "U1"}
        await conn.execute(insert(replies), [
            {**said, "contact_id": dice.choice(ids), "message_id": None if n % 8 == 0 else dice.choice(out),
             "created_at": _at(dice)}
            for n in range(40)
        ])  # fmt: skip


def _at(dice: random.Random) -> datetime:
    """In the week, in the week before, or on an edge."""
    edges = (MONDAY, NEXT, NEXT - timedelta(microseconds=1), MONDAY - timedelta(microseconds=1))
    return dice.choice(
        [*edges, *(MONDAY + timedelta(minutes=dice.randint(-8_000, 10_079)) for _ in range(20))]
    )
