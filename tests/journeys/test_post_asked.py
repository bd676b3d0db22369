"""A post asked for by command: what is text and what is an option, and what the person is told of network and time."""

from __future__ import annotations

from office import Office


async def say(office: Office, text: str) -> str:
    return await office.say("olivia", "#growth", text)


async def test_colons_inside_quotes_are_text_and_outside_a_url_a_time_and_a_word_before_a_space_are(
    small_office: Office,
) -> None:
    office = small_office
    quoted = "Note: doors open at 10:30 and foo:bar is text"
    assert "LinkedIn, since none was named" in await say(office, f'/social post "{quoted}"')
    assert quoted in (await office.card("Post for Harbourlight", "foo:bar")).words
    plain = "Note: lunch at 10:30, see https://harbourlight.example/a?b=c:d"
    assert "being written for X;" in await say(office, f"/social post {plain} network:twitter")
    assert "Note: lunch at 10:30" in (await office.card("Post for Harbourlight", "lunch")).words


async def test_the_answer_and_the_card_say_when_and_why_and_how_to_name_another_day(
    small_office: Office,
) -> None:
    office = small_office
    said = await say(office, '/social post "We now ship to Norway from our new depot" network:x')
    assert "in Berlin (the first free slot; on:2026-11-25 at:15:00 names another)" in said
    card = await office.card("Post for Harbourlight", "Norway")
    assert "the first free slot; on:2026-11-25 at:15:00 names another" in card.words
    said = await say(
        office, '/social post "Our Oslo office opens its doors" network:x on:2026-11-25 at:15:00'
    )
    assert "for X; Wed 25 Nov 15:00 in Berlin. Its card" in said
    named = await office.card("Post for Harbourlight", "Oslo")
    assert "first free slot" not in named.words
    told = await say(
        office, '/social post "Oslo has a second room now, upstairs" network:x on:tomorrow at:16:00'
    )
    assert "Wed 25 Nov 16:00 in Berlin" in told
    told = await say(office, '/social post "Every practice is closed on that holiday" network:x on:Monday')
    assert "Mon 30 Nov 12:00 in Berlin" in told
    assert "“someday” is no day" in await say(office, '/social post "A line about our rooms" on:someday')
