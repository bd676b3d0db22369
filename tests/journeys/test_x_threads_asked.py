"""A thread on X that somebody asks for: by command, by form, and by a brand for a pillar of its calendar."""

from __future__ import annotations

from datetime import UTC, datetime

from office import Office
from sqlalchemy import select

from engine.rules import lengths
from storage.tables import calendar_posts, messages

WORDS = "We counted empty miles for a week. Every third one was a detour. We now plan the day before."


async def say(office: Office, text: str) -> str:
    return await office.say("olivia", "#growth", text)


async def test_a_thread_is_asked_for_by_command_shown_post_by_post_and_published_as_a_chain(
    small_office: Office,
) -> None:
    office = small_office
    assert "thread:yes or thread:no" in await say(office, f'/social post "{WORDS}" thread:perhaps')
    assert "Only X has threads" in await say(office, f'/social post "{WORDS}" thread:yes network:facebook')
    await say(office, f'/social post "{WORDS}" thread:yes')
    card = await office.card("Post for Harbourlight", "Post 1 of 3", "Post 3 of 3")
    assert "of 280 characters" in card.words
    await office.click(card, "Approve")
    await office.advance("1d")

    posted = office.demo.posted.posts["x"]
    assert [post.get("reply", {}).get("in_reply_to_tweet_id", "") for post in posted] == [
        "",
        posted[0]["id"],
        posted[1]["id"],
    ]
    assert " ".join(post["text"] for post in posted).startswith("We counted empty miles for a week.")
    assert all(lengths.weighted(post["text"]) <= 280 for post in posted)
    assert posted[0]["id"] in (await office.card("Post for Harbourlight", "Published")).words


async def test_a_form_and_a_brand_ask_for_threads_too(small_office: Office) -> None:
    office = small_office
    await say(office, "/social post")
    refused = await office.submit("olivia", text=WORDS, network="linkedin", thread=["thread"])
    assert "Only X has threads" in str(refused["thread"])
    assert await office.submit("olivia", text=WORDS, network="x", thread=["thread"]) == {}
    await office.card("Post for Harbourlight", "Post 3 of 3")

    assert "none of its pillars" in await say(office, '/social brand "Harbourlight" thread:"cooking"')
    await say(office, '/social brand "Harbourlight" thread:"education"')
    await say(office, '/social plan "Harbourlight" 6d')
    await office.click(await office.card("Calendar for “Harbourlight”"), "Approve")
    await office.wait_until(datetime(2026, 11, 27, 9, tzinfo=UTC))
    async with office.demo.parts.ctx.db.read() as conn:
        found = await conn.execute(
            select(
                calendar_posts.c.network, calendar_posts.c.pillar, calendar_posts.c.format, messages.c.body
            )
            .join(messages, messages.c.id == calendar_posts.c.message_id)
            .where(messages.c.body != "")
        )
        rows = [tuple(row) for row in found]
    threads = {(network, pillar) for network, pillar, form, _ in rows if form == "thread"}
    assert threads == {("x", "education")}
    for _, _, form, body in rows:
        assert (len(lengths.posts(body)) > 1) is (form == "thread")
