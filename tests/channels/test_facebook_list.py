"""Whether a post in doubt stands on the page: yes and no only where its posts prove it, and a person in between."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from channels import facebook_server, looking
from channels.facebook_server import PAGE, TOKEN
from channels.looking import LATER, MAYBE, NO, YES, told

from engine import errors
from engine.channels import facebook, listed_posts

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WRITTEN = NOW - timedelta(days=2)
KEY = f"{round(WRITTEN.timestamp() * 1000):x}"
BODY = "Zoë’s new café opens on Monday – come by! https://acme.example/x #GoodCoffee"
DAYS = timedelta(days=30)


@pytest.fixture
def post(envelope):
    own = {"channel": "facebook", "to": PAGE, "body": BODY, "footer": "", "at": NOW, "key": f"42.1.0-{KEY}"}
    return lambda **changes: envelope(**(own | changes))


def listing(*pages, status=200):
    """A channel whose page shows these, and the requests it was sent."""
    client, asked = looking.paged(*pages, status=status)
    return facebook.Facebook(TOKEN, client=client, now=lambda: NOW), asked


def page(*posts, following=None):
    cursors = {"cursors": {"before": "a", "after": "b"}}
    return {"data": list(posts), "paging": cursors | ({"next": following} if following else {})}


def stands(message=BODY, *, ago=timedelta(minutes=1), **changes):
    return facebook_server.resource(message, NOW - ago) | changes


def more(query="after=QVFI&limit=50"):
    return facebook_server.following(query)


@pytest.mark.parametrize(
    ("posts", "expected"),
    [
        ([], NO),
        ([stands()], YES),
        ([stands(BODY.replace("’", "'").replace("–", "-") + "\r\n")], YES),
        ([stands(BODY.replace("ë", "e\u0308"))], YES),
        ([stands(ago=timedelta(hours=23))], YES),
        ([stands(ago=-timedelta(hours=1))], YES),
        ([stands("We are closed today"), stands()], YES),
        ([stands("We are closed today")], NO),
        ([stands(None)], MAYBE),
        ([stands(None, ago=DAYS)], NO),
        ([stands(ago=timedelta(hours=30))], MAYBE),
        ([stands(ago=timedelta(hours=60))], MAYBE),
        ([stands(ago=DAYS)], NO),
        ([stands(BODY.replace("Monday", "Tuesday"))], MAYBE),
        ([stands(BODY.replace("/x", "/y"))], MAYBE),
        ([stands(BODY + " Edited: " + "we bake too. " * 40)], MAYBE),
    ],
)
async def test_the_page_says_yes_no_or_ask_a_person(post, posts, expected):
    channel, asked = listing(page(*posts))

    assert await told(channel, post()) == expected
    assert len(asked) == 1


async def test_what_is_asked_for(post):
    channel, asked = listing(page(stands()))
    await channel.find(post())

    url = asked[0].url
    assert url.path == f"/v26.0/{PAGE}/published_posts"
    assert url.params["fields"] == "id,message,created_time,permalink_url"
    assert TOKEN not in str(url)


@pytest.mark.parametrize(
    ("again", "copies", "expected"),
    [(0, 1, YES), (0, 2, YES), (1, 0, NO), (1, 1, MAYBE), (1, 2, YES), (12, 2, MAYBE)],
)
async def test_the_copies_of_earlier_orders_are_not_this_one(post, again, copies, expected):
    channel, _ = listing(page(*(stands(ago=timedelta(minutes=n)) for n in range(copies))))

    assert await told(channel, post(key=f"42.1.{again}-{KEY}")) == expected


async def test_the_newest_copy_is_the_one(post):
    old, new = stands(ago=timedelta(minutes=9)), stands(ago=timedelta(minutes=2))
    channel, _ = listing(page(old, new, stands(ago=timedelta(minutes=5))))

    found = await channel.find(post())
    assert (found.provider_id, found.url) == (new["id"], new["permalink_url"])


@pytest.mark.parametrize(
    ("sign", "other", "expected"), [("😀", "🎉", NO), ("😀", "😀", YES), ("!!", "!!", YES)]
)
async def test_signs_alone_are_compared_as_they_are(post, sign, other, expected):
    channel, _ = listing(page(stands(other)))

    assert await told(channel, post(body=sign)) == expected


OLD = {"ago": timedelta(days=4)}


@pytest.mark.parametrize(
    ("pages", "expected", "asked_for"),
    [
        ([page(stands("One"), following=more()), page(stands())], YES, 2),
        ([page(stands("One"), following=more()), page(stands("Two"))], NO, 2),
        ([page(stands("One"), stands("Old", **OLD), following=more()), page(stands())], NO, 1),
        ([page(stands("Pinned", **OLD), stands("One"), following=more()), page(stands())], YES, 2),
        ([page(stands("Pinned", **OLD), stands("One"), following=more())], MAYBE, listed_posts.PAGES),
        (
            [
                page(stands("Pinned", **OLD), stands("One"), stands("Old", ago=DAYS), following=more()),
                page(stands()),
            ],
            YES,
            2,
        ),
        ([page(stands("One"), following=more())], MAYBE, listed_posts.PAGES),
        ([page(following=more()), page(stands())], YES, 2),
    ],
)
async def test_posts_are_read_back_to_before_the_message_was_written(post, pages, expected, asked_for):
    channel, asked = listing(*pages)

    assert await told(channel, post()) == expected
    assert len(asked) == asked_for


@pytest.mark.parametrize("key", ["odd", "42.1.0", "42.1.0-zz", "42.1.0-ffffffffffffffff"])
async def test_without_a_readable_key_everything_is_read(post, key):
    channel, asked = listing(page(stands("Old", ago=DAYS), following=more()), page(stands(ago=DAYS)))

    assert await told(channel, post(key=key)) == MAYBE
    assert len(asked) == 2


async def test_of_the_next_address_only_the_place_is_used(post):
    evil = "https://evil.example/x?access_token=hush&fields=x&after=b%2F%2B%0D%0AX&until=7&__paging_token=p"
    channel, asked = listing(page(stands("One"), following=evil), page())
    await channel.find(post())

    first, second = (request.url for request in asked)
    assert second.host == "graph.facebook.com"
    assert second.path == first.path
    following = dict(second.params)
    assert following == dict(first.params) | {"after": "b/+\r\nX", "until": "7", "__paging_token": "p"}


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"data": null}',
        b'{"data": {}}',
        b'{"data": [], "paging": 7}',
        b'{"data": [], "paging": null}',
        b'{"data": [7]}',
        b'{"data": [{}]}',
        page(stands(id="x")),
        page(stands(id=None)),
        page(stands(message=7)),
        page(stands(created_time=None)),
        page(stands(created_time="soon")),
        page(stands(created_time="2026-11-21T12:00:00")),
        page(stands(created_time="0001-01-01T00:00:00+2359")),
        page(stands(created_time=7)),
        page(following=7),
        page(following="https://graph.facebook.com/x"),
        page(following="https://[x?after=1"),
        page(following=more("after=" + "x" * 5000)),
        page(following=more("&".join(["after=1"] * 99))),
    ],
)
async def test_a_list_that_cannot_be_read_is_no_no(post, answer):
    channel, asked = listing(answer)

    assert await told(channel, post()) == LATER
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        (190, 401, errors.Misconfigured),
        (10, 403, errors.Misconfigured),
        (4, 400, errors.RateLimited),
        (100, 400, LATER),
        (506, 400, LATER),
        (1, 500, LATER),
        (2, 400, LATER),
    ],
)
async def test_a_refusal_to_list_is_no_no(post, code, status, expected):
    said = {"error": {"message": "hm", "type": "OAuthException", "code": code}, "data": []}
    channel, _ = listing(said, status=status)

    assert await told(channel, post()) == expected


async def test_looking_takes_no_longer_than_it_may(post, monkeypatch):
    monkeypatch.setattr(facebook, "FIND_SECONDS", 0.2)
    channel = facebook.Facebook(TOKEN, client=looking.dripping(), now=lambda: NOW)
    assert await asyncio.wait_for(told(channel, post()), 5) == LATER


async def test_long_posts_are_alike_when_they_begin_alike(post):
    channel, _ = listing(page(stands("wood" * 500 + "xyz" * 2_000)))

    assert await told(channel, post(body="wood" * 500 + "abc" * 2_000)) == MAYBE
    assert await told(channel, post(body="abc" * 2_000)) == NO


async def test_the_stand_in_lists_page_by_page(post):
    with facebook_server.serving() as server:
        for n in range(120):
            server.add(f"The soup of day {n}", NOW - timedelta(minutes=200 - n))
        channel = facebook.Facebook(TOKEN, api_url=server.url)
        assert await told(channel, post()) == NO
        server.posts.append(stands(ago=timedelta(hours=5)))
        assert await told(channel, post()) == YES
        server.blind = True
        assert await told(channel, post()) == NO
        server.list_fails = 2
        assert await told(channel, post()) == LATER
        await channel.close()

        assert [got.query.get("after") for got in server.received[:3]] == [None, "50", "100"]
