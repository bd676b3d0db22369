"""The month at speed: every number in every digest is what the recipients really did, and their server received."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from office import Office

from bot.local.month import Month

BERLIN = ZoneInfo("Europe/Berlin")


async def test_the_digests_of_a_month_say_what_happened(small_office: Office) -> None:
    office = small_office
    month = Month(office.demo, days=4, seconds=0)
    await month.run()
    sent = Counter(_day(mail.at) for mail in await office.mails())
    done = Counter((_day(at), what) for at, what in month.done)
    assert sum(sent.values()) > 36, "every practice got a mail, some a second one"
    told = 0
    for card in await office.cards("Digest of"):
        if (found := re.search(r"Digest of \w+ (\d+) (\w+) (\d+)", card.words)) is None:
            continue
        day = datetime.strptime(" ".join(found.groups()), "%d %b %Y").date().isoformat()
        if "Nothing was sent" in card.words:
            assert not sent[day], card.words
            assert not any(on == day for on, _ in done), card.words
            continue
        assert _number(r"Sent\*?\n(\d+)", card.words) == sent[day]
        assert _number(r"Replies\*?\n(\d+)", card.words) == done[day, "replied"]
        assert _number(r"(\d+) opted out", card.words) == done[day, "unsubscribed"]
        assert _number(r"(\d+) opened", card.words) <= done[day, "opened"]
        told += sent[day]
        await _picture_agrees(office, card.words)
    last = _day(office.now)
    assert told == sum(sent.values()) - sent[last], "each day but this one has its digest"
    late = [post for post in await office.posts() if "nothing was changed" in post["text"]]
    assert not late, "who decided about a reply presses no button that went with it"


async def _picture_agrees(office: Office, words: str) -> None:
    """The picture of a day says as many posts, and as often seen, as the digest above it."""
    found = re.search(
        r"Digest of (\w+ \d+ \w+).*\*Posts:\* ([\d,]+) published .*? ([\d,]+) impressions", words, re.DOTALL
    )
    if found is None:
        return
    day, posts, seen = found.groups()
    alts = [str(file.get("alt_txt")) for post in await office.posts() for file in post.get("files") or []]
    assert any(
        f"to {day}. " in alt and f"replied, {posts} published, {seen} impressions" in alt for alt in alts
    ), day


def _day(at: datetime) -> str:
    return at.astimezone(BERLIN).date().isoformat()


def _number(pattern: str, words: str) -> int:
    found = re.search(pattern, words)
    assert found, words
    return int(found[1])
