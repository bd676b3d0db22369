"""The social calendar as a team lives with it: planned, approved by the week, published on the minute, once."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from office import Card, Office
from sqlalchemy import func, select

from storage.tables import calendar_posts, calendars, feeds, messages, senders

ACME = (
    '/social brand "Acme" positioning:"Route audits for logistics" audience:"Operations leads" '
    'value:"Fewer empty miles" value:"A report in two days" target:"demo https://acme.example/demo" '
    "linkedin:urn:li:organization:9 facebook:123456 x:@acme zone:Europe/Berlin"
)
WEDNESDAY, NINE, NOON, TWO = 25, (8, 0), (11, 0), (13, 0)


def at(day: int, clock: tuple[int, int], minute: int = 0) -> datetime:
    """A November moment in UTC; Berlin is an hour ahead."""
    return datetime(2026, 11, day, clock[0], clock[1] + minute, tzinfo=UTC)


async def say(office: Office, text: str) -> str:
    return await office.say("olivia", "#growth", text)


async def planned(office: Office, brand: str, more: str = "30d") -> Card:
    assert "is being planned" in await say(office, f'/social plan "{brand}" {more}')
    return await office.card(f"Calendar for “{brand}” (waiting for a decision)")


async def approve_week(office: Office, brand: str) -> None:
    week = (await office.cards(f"Posts of {brand}, week of"))[-1]
    label = next(button for button in week.buttons if button.startswith("Approve all"))
    await office.click(week, label)


def published(office: Office, network: str) -> int:
    return len(office.demo.posted.posts[network])


async def states(office: Office) -> dict[str, int]:
    async with office.demo.parts.ctx.db.read() as conn:
        statement = select(messages.c.state, func.count()).where(messages.c.feed_id.is_not(None))
        return {row[0]: row[1] for row in await conn.execute(statement.group_by(messages.c.state))}


async def test_a_calendar_is_planned_paged_approved_and_published_on_the_minute_once(office: Office) -> None:
    card = await planned(office, "Harbourlight")
    assert "*90 posts*" in card.words
    assert "Week 1 of 5" in card.words
    waits = await say(office, "/social status 2026-11-25")
    assert "The calendar of Harbourlight has posts that day and waits for a decision" in waits
    await office.click(card, "Later ▶")
    assert "Week 2 of 5" in (await office.card("Calendar for")).words
    await office.click(await office.card("Calendar for"), "Approve")
    assert await states(office) == {"drafted": 15, "planned": 75}
    await approve_week(office, "Harbourlight")

    assert "`12:00` 🗓️ Scheduled · Harbourlight on X" in await say(office, "/social status 2026-11-25")
    for moment, expected in (
        (at(WEDNESDAY, (7, 59)), (0, 0, 0)),
        (at(WEDNESDAY, NINE, 1), (1, 0, 0)),
        (at(WEDNESDAY, NOON, 1), (1, 1, 0)),
        (at(WEDNESDAY, TWO, 1), (1, 1, 1)),
    ):
        await office.wait_until(moment)
        assert tuple(published(office, network) for network in ("linkedin", "x", "facebook")) == expected

    links = [post["permalink_url"] for post in office.demo.posted.posts["facebook"]]
    assert links[0] in (await office.card("Post for Harbourlight", "Facebook", "Published")).words
    assert "Already done: all 3 posts published." in await say(office, "/social status today")
    for _ in range(2):
        await say(office, "/social run today")
    runs = await office.cards("Run of the posts of Wed 25 Nov 2026")
    assert len(runs) == 2
    assert all("3 processed · 3 sent · 0 failed · 0 skipped" in run.words for run in runs)
    await say(office, "/social run today --dry-run")
    assert (await office.card("Dry run of the posts of Wed 25 Nov 2026")).words.count(": sent") == 3
    assert sum(published(office, network) for network in ("linkedin", "x", "facebook")) == 3

    await office.wait_until(at(WEDNESDAY, (15, 0)))
    told = await say(office, "/social metrics networks:x metrics:impressions,likes")
    seen = await _counted(office, "x")
    assert f"{seen['impressions']:,} impressions · {seen['likes']:,} likes" in told
    assert "LinkedIn" not in told
    assert "The file follows" in await say(office, "/social metrics networks:Twitter metrics:impressions csv")
    files = [file for post in await office.posts() for file in post.get("files") or []]
    assert [file["name"] for file in files if file["name"].endswith(".csv")] == [
        "posts-2026-10-27-to-2026-11-25.csv"
    ]


async def _counted(office: Office, network: str) -> dict[str, int]:
    from bot.local.networks import audience

    return audience(office.demo.posted.posts[network][0]["id"])


async def test_a_new_calendar_cancels_the_unsent_posts_of_the_one_it_replaces(
    small_office: Office,
) -> None:
    office = small_office
    await office.click(await planned(office, "Harbourlight", "10d"), "Approve")
    await approve_week(office, "Harbourlight")
    await office.wait_until(at(WEDNESDAY, NINE, 1))
    assert published(office, "linkedin") == 1
    second = await planned(office, "Harbourlight", "10d 2026-11-26")
    assert (await states(office))["scheduled"] == 14
    await office.click(second, "Approve")
    found = await states(office)
    assert found["sent"] == 1
    assert found["cancelled"] == 29
    assert found["drafted"] + found["planned"] == 30
    async with office.demo.parts.ctx.db.read() as conn:
        kept = await conn.execute(select(calendars.c.state).order_by(calendars.c.id))
        assert kept.scalars().all() == ["superseded", "approved"]
        doubled = (
            select(messages.c.channel, messages.c.slot_at)
            .where(messages.c.state.not_in(["cancelled"]))
            .group_by(messages.c.channel, messages.c.slot_at)
            .having(func.count() > 1)
        )
        assert (await conn.execute(doubled)).all() == []
    await office.advance("2d")
    assert published(office, "linkedin") == 1, "nothing of the old one went out, nothing new was approved"


async def test_what_nobody_approved_in_time_is_missed_and_says_so(small_office: Office) -> None:
    office = small_office
    await office.click(await planned(office, "Harbourlight", "5d"), "Approve")
    assert await office.cards("need a decision") == [], "their own cards have just been posted"
    await office.wait_until(at(WEDNESDAY, (7, 0)))
    reminder = await office.card("“Harbourlight” need a decision")
    assert "3 drafts" in reminder.words, "those of that day"
    await office.wait_until(at(WEDNESDAY, (15, 0)))
    assert sum(published(office, network) for network in ("linkedin", "x", "facebook")) == 0
    assert (await states(office))["cancelled"] == 3
    assert "missed" in (await office.card("Calendar for “Harbourlight” (approved)")).words
    assert "Missed: 0 of 3 posts published, 3 missed" in await say(office, "/social status today")

    missed = await office.card("Post for Harbourlight", "Its time passed", "Facebook")
    await office.click(missed, "New time")
    assert "on" in await office.submit("olivia", on="2026-11-25", at="09:00"), "that time has passed, too"
    assert await office.submit("olivia", on="2026-11-25", at="18:30") == {}
    await office.click(await office.card("Post for Harbourlight", "18:30"), "Approve")
    await office.wait_until(at(WEDNESDAY, (17, 31)))
    assert published(office, "facebook") == 1

    await office.click(await office.card("Post for Harbourlight", "Its time passed", "LinkedIn"), "New time")
    assert await office.submit("olivia", on="2026-12-08", at="18:30") == {}
    calendar = await office.card("Calendar for “Harbourlight” (approved)")
    assert "Week 1 of 3" in calendar.words
    assert calendar.words.partition("Thu 26 Nov")[0].count("LinkedIn*") == 0, "not on its old day any more"
    await office.click(calendar, "Later ▶")
    between = await office.card("Calendar for “Harbourlight” (approved)", "Week 2 of 3* · no posts")
    await office.click(between, "Later ▶")
    moved = (await office.card("Calendar for “Harbourlight” (approved)")).words
    assert "*Tue 8 Dec*\n" in moved
    assert "`18:30` *LinkedIn*" in moved
    assert "moved from Wed 25 Nov" in moved
    assert "Moved to Tue 8 Dec · Harbourlight on LinkedIn" in await say(office, "/social status today")
    assert "Harbourlight on LinkedIn" in await say(office, "/social status 2026-12-08")


async def test_a_page_that_no_longer_accepts_its_token_stops_alone_and_the_admin_hears_once(
    office: Office,
) -> None:
    await say(office, ACME)
    for brand in ("Acme", "Harbourlight"):
        await office.click(await planned(office, brand, "5d"), "Approve")
        await approve_week(office, brand)
    office.demo.posted.refusing["acme"] = 401
    await office.wait_until(at(WEDNESDAY, TWO, 5))
    assert [post["author_id"] for post in office.demo.posted.posts["x"]] != []
    assert (published(office, "linkedin"), published(office, "facebook"), published(office, "x")) == (2, 2, 1)
    async with office.demo.parts.ctx.db.read() as conn:
        stopped = await conn.execute(select(senders.c.address).where(senders.c.stopped != ""))
        assert stopped.scalars().all() == ["@acme"]
    await office.advance("1d")
    rests = [card for card in await office.cards("X", "stopped") if "Try now" in card.buttons]
    assert len(rests) == 1
    assert "local-" not in rests[0].words
    assert "2 of 3 posts published, 1 missed" in await say(office, '/social status 2026-11-25 brand:"Acme"')
    (missed, *_) = await office.cards("Post for Acme", "passed before it could leave")
    assert "New time" in missed.buttons


async def test_a_post_that_failed_gets_retry_and_only_that_one_goes(small_office: Office) -> None:
    office = small_office
    await office.click(await planned(office, "Harbourlight", "5d"), "Approve")
    await approve_week(office, "Harbourlight")
    office.demo.posted.refusing["harbourlight"] = 400
    await office.wait_until(at(WEDNESDAY, NOON, 2))
    failed = await office.card("Post for Harbourlight", "Failed")
    assert failed.buttons == ["Retry"]
    assert "1 failed" in (await _run(office)).words
    del office.demo.posted.refusing["harbourlight"]
    await office.click(failed, "Retry")
    await office.click(failed, "Retry", stale=True)
    await office.advance("2m")
    assert (published(office, "x"), published(office, "linkedin")) == (1, 1)


async def _run(office: Office) -> Card:
    await say(office, "/social run today")
    return (await office.cards("Run of the posts"))[-1]


async def test_a_signal_reaches_tomorrows_drafts_and_the_same_words_are_refused(small_office: Office) -> None:
    office = small_office
    await office.click(await planned(office, "Harbourlight", "5d"), "Approve")
    said = await say(office, '/social signal add "Clinics ask for online booking" kind:news')
    assert "3 drafts of tomorrow take it up" in said
    week = await office.card("Posts of Harbourlight, week of")
    await office.click(week, "Open one by one")
    taken = await office.cards("Takes up the signal “Clinics ask for online booking”")
    assert len(taken) == 3
    assert all("Clinics ask for online booking" in card.body for card in taken)

    await say(office, '/social post "We now open our booking in Norway and in Sweden" network:x')
    first = await office.card("Post for Harbourlight", "Norway", "the first free slot")
    await say(office, '/social post "Our own hour for this one" network:x on:2026-12-20 at:16:30')
    assert "the time that was asked for" in (await office.card("Our own hour")).words
    again = await say(office, '/social post "We now open our booking in Norway and in Finland" network:x')
    assert "says nearly the same" in again
    assert "See the first one" in again
    await say(office, "/social post")
    beside = await office.submit(
        "olivia", text="We now open our booking in Norway and in Finland", network="x"
    )
    assert re.search(r"nearly the same as post \d+ of .*The first one: http\S+", beside["text"])
    assert len(await office.cards("Post for Harbourlight", "Norway")) == 1
    assert first.ts


async def test_two_brands_have_two_calendars_and_each_names_the_pages_it_lacks(small_office: Office) -> None:
    office = small_office
    await say(office, '/social brand "Beta" value:"Tea by post" value:"Leaves from one farm" x:@beta')
    await planned(office, "Beta", "30d")
    await planned(office, "Harbourlight", "30d")
    assert "No page yet for LinkedIn and Facebook" in (await office.card("Calendar for “Beta”")).words
    async with office.demo.parts.ctx.db.read() as conn:
        found = await conn.execute(select(calendar_posts.c.calendar_id, calendar_posts.c.topic))
        topics: dict[int, set[str]] = {}
        for calendar_id, topic in found:
            topics.setdefault(calendar_id, set()).add(topic)
    assert not set.intersection(*topics.values())


async def test_the_brand_form_shows_what_is_and_keeps_what_was_typed(small_office: Office) -> None:
    office = small_office
    await say(office, "/social brand")
    problems = await office.submit("olivia", targets="party https://x.example")
    assert "targets" in problems
    assert await office.submit("olivia", targets="demo https://harbourlight.example/new", tone="calm") == {}
    await say(office, "/social brand")
    shown = {block["block_id"]: block["element"].get("initial_value") for block in (await office.view("olivia"))["blocks"]
             if block["type"] == "input"}  # fmt: skip
    assert (shown["targets"], shown["tone"]) == ("demo https://harbourlight.example/new", "calm")
    assert shown["x_address"] == "@harbourlight"


async def test_a_brand_made_from_anothers_form_never_takes_over_its_pages(small_office: Office) -> None:
    office = small_office
    await say(office, "/social brand")
    problems = await office.submit("olivia", name="Beta")
    assert problems == {
        "linkedin_address": "That is the page of “Harbourlight”. Name this brand's own, or none yet."
    }
    mine = {"linkedin_address": "urn:li:organization:4", "facebook_address": "44", "x_address": "@beta"}
    assert await office.submit("olivia", name="Beta", **mine) == {}
    async with office.demo.parts.ctx.db.read() as conn:
        found = await conn.execute(select(feeds.c.name).where(feeds.c.address.in_(list(mine.values()))))
        assert found.scalars().all() == ["Beta"] * 3
