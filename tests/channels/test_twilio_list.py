"""Whether a text in doubt was sent: yes and no only where the list proves it, and a person for everything between."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from channels import looking, twilio_server
from channels.looking import LATER, MAYBE, NO, YES, told
from channels.twilio_server import ACCOUNT, PATH, TOKEN

from engine import errors
from engine.channels import twilio, twilio_list

ANA, BOB = "+15557654321", "+15557654322"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BODY = "Hi Ana, it’s Acme – see https://acme.example/x now"
LINE = "Reply STOP to opt out."
LEFT = f"{BODY}\n{LINE}"


@pytest.fixture
def text(envelope):
    own = {"to": ANA, "from_address": BOB, "body": BODY, "footer": LINE, "at": NOW, "key": "42.1.0-19b"}
    return lambda **changes: envelope(**(own | changes))


def listing(*pages, status=200):
    """A channel whose list has these pages, and the requests it was sent."""
    client, asked = looking.paged(*pages, status=status)
    return twilio.Twilio(ACCOUNT, TOKEN, client=client, now=lambda: NOW), asked


def page(*texts, following=None):
    return {"messages": list(texts), "next_page_uri": following}


def sms(body=LEFT, *, ago=timedelta(minutes=1), to=ANA, **changes):
    return twilio_server.resource(to, body, NOW - ago) | changes


def following(query="PageToken=PA1", path=PATH):
    return f"{path}?{query}"


DAYS = timedelta(days=3)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], NO),
        ([sms()], YES),
        ([sms(status="failed")], YES),
        ([sms(date_sent="Sat, 21 Nov 2026 12:00:00 +0000")], YES),
        ([sms(LEFT.replace("’", "'").replace("–", "-"))], YES),
        ([sms(LEFT.replace("https://acme.example/x", "https://twil.io/Ab3"))], YES),
        ([sms("Sent from your Twilio trial account - " + LEFT)], YES),
        ([sms(LEFT.replace("\n", "\r\n") + " ")], YES),
        ([sms(ago=timedelta(hours=23))], YES),
        ([sms(ago=-timedelta(hours=1))], YES),
        ([sms("", ago=DAYS)], MAYBE),
        ([sms(None, ago=DAYS)], MAYBE),
        ([sms("Your code is 4711")], MAYBE),
        ([sms("Your code is 4711", ago=DAYS)], NO),
        ([sms(ago=DAYS)], MAYBE),
        ([sms(LEFT.replace("now", "today"), ago=DAYS)], MAYBE),
        ([sms("x " * 100 + LEFT)], MAYBE),
        ([sms("Your code is 4711"), sms()], YES),
        ([sms(direction="inbound")], NO),
        ([sms(to=BOB)], NO),
        ([sms(to=None)], YES),
    ],
)
async def test_the_list_says_yes_no_or_ask_a_person(text, texts, expected):
    channel, asked = listing(page(*texts))

    assert await told(channel, text()) == expected
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("key", "copies", "expected"),
    [
        ("42.1.0-19b", 1, YES),
        ("42.1.0-19b", 2, YES),
        ("42.1.1-19b", 0, NO),
        ("42.1.1-19b", 1, MAYBE),
        ("42.1.1-19b", 2, YES),
        ("42.1.12-19b", 2, MAYBE),
        ("odd", 1, YES),
    ],
)
async def test_the_copies_of_earlier_orders_are_not_this_one(text, key, copies, expected):
    channel, _ = listing(page(*(sms(ago=timedelta(minutes=n)) for n in range(copies))))

    assert await told(channel, text(key=key)) == expected


async def test_the_newest_copy_is_the_one(text):
    old, new = sms(ago=timedelta(minutes=9)), sms(ago=timedelta(minutes=2))
    channel, _ = listing(page(old, new, sms(ago=timedelta(minutes=5))))

    assert (await channel.find(text())).provider_id == new["sid"]


@pytest.mark.parametrize("sign", ["😀", "!!"])
async def test_signs_alone_are_compared_as_they_are(text, sign):
    channel, _ = listing(page(sms("🎉", ago=DAYS)))
    other, _ = listing(page(sms(sign)))

    assert await told(channel, text(body=sign, footer="")) == NO
    assert await told(other, text(body=sign, footer="")) == YES


async def test_every_page_is_read_before_a_no(text):
    pages = [page(sms("Your code is 1", ago=DAYS), following=following(f"Page={n}")) for n in range(1, 4)]
    channel, asked = listing(*pages, page(sms()))

    assert await told(channel, text()) == YES
    first, *others = (str(request.url) for request in asked)
    assert first.partition("?")[2] == "To=%2B15557654321&PageSize=50"
    assert others == [f"https://api.twilio.com{PATH}?Page={n}" for n in range(1, 4)]


async def test_a_list_without_end_is_left_to_a_person(text):
    channel, asked = listing(page(sms("Your code is 1", ago=DAYS), following=following()))

    assert await told(channel, text()) == MAYBE
    assert len(asked) == twilio_list.PAGES


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"messages": []}',
        b'{"messages": null, "next_page_uri": null}',
        b'{"messages": {}, "next_page_uri": null}',
        b'{"messages": [7], "next_page_uri": null}',
        b'{"messages": [{}], "next_page_uri": null}',
        page(sms(sid="x")),
        page(sms(sid=None)),
        page(sms(body=7)),
        page(sms(date_created=None)),
        page(sms(date_created="soon")),
        page(sms(date_created=7)),
        page(following=7),
        page(following=""),
        page(following="https://evil.example" + PATH),
        page(following="//evil.example" + PATH),
        page(following="/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json?x=1"),
        page(following=f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json?x=1"),
        page(following="/Messages.json?x=1"),
        page(following=following("x=1\r\nX: y")),
    ],
)
async def test_a_list_that_cannot_be_read_is_no_no(text, answer):
    channel, asked = listing(answer)

    assert await told(channel, text()) == LATER
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, errors.Misconfigured),
        (429, errors.RateLimited),
        (404, errors.Misconfigured),
        (500, LATER),
        (503, LATER),
        (204, LATER),
        (400, errors.Misconfigured),
    ],
)
async def test_a_refusal_to_list_is_no_no(text, status, expected):
    channel, _ = listing(b"{}", status=status)

    assert await told(channel, text()) == expected


async def test_looking_takes_no_longer_than_it_may(text, monkeypatch):
    monkeypatch.setattr(twilio, "FIND_SECONDS", 0.2)
    channel = twilio.Twilio(ACCOUNT, TOKEN, client=looking.dripping(), now=lambda: NOW)
    assert await asyncio.wait_for(told(channel, text()), 5) == LATER


async def test_the_stand_in_lists_page_by_page(text):
    with twilio_server.serving() as server:
        for n in range(120):
            server.add(ANA, f"Your code is {n}", NOW - DAYS)
        channel = twilio.Twilio(ACCOUNT, TOKEN, api_url=server.url)
        assert await told(channel, text()) == NO
        server.texts.append(sms())
        assert await told(channel, text()) == YES
        server.blind = True
        assert await told(channel, text()) == NO
        server.list_fails = 500
        assert await told(channel, text()) == LATER
        await channel.close()

        assert [got.query.get("Page") for got in server.received[:3]] == [None, "1", "2"]
