"""Whether a post in doubt stands on LinkedIn: yes and no only where the page's posts prove it, and a person in between."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from channels import linkedin_server, looking
from channels.linkedin_server import PAGE, TOKEN, Trouble
from channels.looking import LATER, MAYBE, NO, PERSON, YES, told

from engine import errors
from engine.channels import linkedin, linkedin_list, listed_posts, little_text

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WRITTEN = NOW - timedelta(days=2)
KEY = f"{round(WRITTEN.timestamp() * 1000):x}"
LINK = "https://acme.example/openings/springfield?from=posts"
BODY = f"Zoë’s new café (the 2nd) opens on Monday – come by! {LINK} #GoodCoffee [all day]"
DAYS = timedelta(days=30)


@pytest.fixture
def post(envelope):
    own = {"channel": "linkedin", "to": PAGE, "body": BODY, "footer": "", "at": NOW, "key": f"42.1.0-{KEY}"}
    return lambda **changes: envelope(**(own | changes))


def listing(*pages, status=200):
    """A channel whose page shows these, and the requests it was sent."""
    client, asked = looking.paged(*pages, status=status)
    return linkedin.LinkedIn(TOKEN, client=client, now=lambda: NOW), asked


def page(*posts, start=0, count=100, **changes):
    return {"elements": list(posts), "paging": {"start": start, "count": count, "links": []} | changes}


def full(*posts, start=0):
    """A page of a hundred, filled up with others."""
    others = [stands(f"Menu {n}", ago=timedelta(hours=3)) for n in range(100 - len(posts))]
    return page(*posts, *others, start=start)


def stands(words=BODY, *, ago=timedelta(minutes=1), **changes):
    said = {"author": PAGE, "commentary": little_text.escape(words), "lifecycleState": "PUBLISHED"}
    return linkedin_server.resource(said, NOW - ago, 7) | changes


def without(*fields):
    return {name: value for name, value in stands().items() if name not in fields}


SHORT = BODY.replace(LINK, "https://lnkd.in/eXy_12")


@pytest.mark.parametrize(
    ("posts", "expected"),
    [
        ([], NO),
        ([stands()], YES),
        ([stands(commentary=BODY)], YES),
        ([stands(BODY.replace("’", "'").replace("–", "-") + "\r\n")], YES),
        ([stands(BODY.replace("ë", "e\u0308"))], YES),
        ([stands(SHORT)], MAYBE),
        ([stands(SHORT.replace("Monday", "Tuesday"))], MAYBE),
        ([stands(BODY.replace(LINK, "https://other.example/x"))], MAYBE),
        ([stands(ago=timedelta(hours=23))], YES),
        ([stands(ago=-timedelta(hours=1))], YES),
        ([stands("We are closed today"), stands()], YES),
        ([stands("We are closed today")], NO),
        ([without("commentary")], MAYBE),
        ([stands(""), stands(ago=DAYS)], MAYBE),
        ([stands("", ago=DAYS)], NO),
        ([stands(ago=timedelta(hours=30))], MAYBE),
        ([stands(ago=DAYS)], NO),
        ([stands(BODY.replace("Monday", "Tuesday"))], MAYBE),
        ([stands(BODY + " Edited: " + "we bake too. " * 40)], MAYBE),
        ([stands("Zoë’s new café")], MAYBE),
        ([stands(lifecycleState="DRAFT")], MAYBE),
        ([stands(lifecycleState="PUBLISH_REQUESTED")], MAYBE),
        ([without("lifecycleState")], MAYBE),
        ([stands(lifecycleState="DRAFT"), stands()], YES),
        ([stands("We are closed today", lifecycleState="DRAFT")], NO),
    ],
)
async def test_the_page_says_yes_no_or_ask_a_person(post, posts, expected):
    channel, asked = listing(page(*posts))

    assert await told(channel, post()) == expected
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("body", "words", "expected"),
    [
        (f"New: {LINK}", "New: https://lnkd.in/eXy", MAYBE),
        (LINK, "https://lnkd.in/eXy", MAYBE),
        (f"New: {LINK}", "Now: https://lnkd.in/eXy", NO),
        (f"New: {LINK}", "New: https://lnkd.in/eXy https://lnkd.in/eXz", MAYBE),
        ("(!)", "(!)", YES),
        ("😀", "🎉", NO),
    ],
)
async def test_a_link_that_the_network_rewrote_leaves_a_doubt(post, body, words, expected):
    channel, _ = listing(page(stands(words)))

    assert await told(channel, post(body=body)) == expected


@pytest.mark.parametrize(
    ("again", "copies", "expected"),
    [(0, 1, YES), (0, 2, YES), (1, 0, NO), (1, 1, MAYBE), (1, 2, YES)],
)
async def test_the_copies_of_earlier_orders_are_not_this_one(post, again, copies, expected):
    channel, _ = listing(page(*(stands(ago=timedelta(minutes=n)) for n in range(copies))))

    assert await told(channel, post(key=f"42.1.{again}-{KEY}")) == expected


async def test_the_newest_copy_is_the_one(post):
    new = stands(ago=timedelta(minutes=2), id="urn:li:ugcPost:8")
    channel, _ = listing(page(new, stands(ago=timedelta(minutes=5)), stands(ago=timedelta(minutes=9))))

    found = await channel.find(post())
    assert (found.provider_id, found.url) == (new["id"], f"https://www.linkedin.com/feed/update/{new['id']}")


NEXT = [{"rel": "next", "href": "https://evil.example/?start=7", "type": "application/json"}]
OLD = {"ago": timedelta(days=4)}


@pytest.mark.parametrize(
    ("pages", "expected", "starts"),
    [
        ([full(), page(stands(), start=100)], YES, ["0", "100"]),
        ([full(), page(start=100)], NO, ["0", "100"]),
        ([full(), page(start=100, count=0)], NO, ["0", "100"]),
        ([page(stands("One"), links=NEXT), page(stands(), start=100)], YES, ["0", "100"]),
        ([page(stands("One"), count=1), page(stands(), start=1)], YES, ["0", "1"]),
        ([page(stands("One"), stands("Old", **OLD), links=NEXT), page(stands(), start=100)], NO, ["0"]),
        (
            [page(stands("Old", **OLD), stands("One"), links=NEXT), page(stands(), start=100)],
            YES,
            ["0", "100"],
        ),
        ([full(start=n * 100) for n in range(listed_posts.PAGES)], MAYBE, [str(n * 100) for n in range(10)]),
    ],
)
async def test_posts_are_read_back_to_before_the_message_was_written(post, pages, expected, starts):
    channel, asked = listing(*pages)

    assert await told(channel, post()) == expected
    assert [request.url.params["start"] for request in asked] == starts


async def test_the_finder_is_asked_in_the_vendors_order(post):
    channel, (asked) = listing(page(stands()))
    await channel.find(post())

    (request,) = asked
    assert (request.method, request.url.path) == ("GET", "/rest/posts")
    query = request.url.query.decode()
    assert query.startswith("author=urn%3Ali%3Aorganization%3A9&q=author&")
    assert dict(parse_qsl(query))["sortBy"] == "CREATED"
    assert request.headers["x-restli-method"] == "FINDER"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in str(request.url)


HUGE = 10**30


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"elements": [], "paging": {"start": 0, "count": ' + b"9" * 9_999 + b"}}",
        b'{"elements": [], "paging": null}',
        b'{"elements": []}',
        {"elements": None, "paging": {"start": 0, "count": 100}},
        {"elements": {}, "paging": {"start": 0, "count": 100}},
        page(7),
        page({}),
        page(start=100),
        page(count="100"),
        page(count=True),
        page(stands("One"), count=0),
        page(stands("One"), stands("Two"), count=1),
        page(stands("One"), count=HUGE),
        page(stands("One"), links=7),
        page(stands("One"), links=["next"]),
        page(stands(id="x")),
        page(stands(id="urn:li:share:7\n")),
        page(stands(id=None)),
        page(stands(commentary=7)),
        page(stands(lifecycleState=7)),
        page(stands(author="urn:li:organization:8")),
        page(stands("Another's", author="urn:li:person:9"), stands()),
        page(without("author")),
        page(without("createdAt")),
        page(stands(createdAt="1763726400000")),
        page(stands(createdAt=1763726400000.5)),
        page(stands(createdAt=True)),
        page(stands(createdAt=HUGE)),
        page(stands(createdAt=-HUGE)),
        page(stands(createdAt=10**18)),
    ],
)
async def test_a_list_that_cannot_be_read_is_neither_yes_nor_no(post, answer):
    channel, asked = listing(answer)

    assert await told(channel, post()) == LATER
    assert len(asked) == 1


async def test_a_list_without_an_end_is_cut_off(post, monkeypatch):
    monkeypatch.setattr(linkedin_list, "PAGE_MAX", 20_000)
    channel, _ = listing(page(stands(), stands("wood " * 5_000)))

    assert await told(channel, post()) == LATER


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, PERSON),
        (403, PERSON),
        (404, PERSON),
        (405, PERSON),
        (401, errors.TokenRefused),
        (426, errors.Misconfigured),
        (302, errors.Misconfigured),
        (429, errors.RateLimited),
        (409, LATER),
        (422, LATER),
        (500, LATER),
        (503, LATER),
        (204, LATER),
    ],
)
async def test_a_refusal_to_list_is_no_no(post, status, expected):
    channel, asked = listing({"message": f"Not for {TOKEN}", "elements": []}, status=status)

    with pytest.raises(errors.ChannelError) as refused:
        await channel.find(post())
    assert type(refused.value) is expected
    assert TOKEN not in refused.value.reason
    assert len(asked) == 1


async def test_a_limit_on_lists_does_not_make_the_limit_on_posts_longer(post):
    channel, _ = listing({}, status=429)
    waits = []
    for ask in (channel.find, channel.find, channel.send):
        with pytest.raises(errors.RateLimited) as limited:
            await ask(post())
        waits.append(limited.value.retry_after)

    assert waits == [timedelta(minutes=15)] * 3


async def test_a_persons_posts_are_not_asked_for(post):
    channel, asked = listing(page())

    assert await told(channel, post(to="urn:li:person:aB-9_")) == PERSON
    assert await told(channel, post(to="urn:li:share:7")) == errors.Misconfigured
    assert asked == []


async def test_looking_takes_no_longer_than_it_may(post, monkeypatch):
    monkeypatch.setattr(linkedin, "FIND_SECONDS", 0.2)
    channel = linkedin.LinkedIn(TOKEN, client=looking.dripping(), now=lambda: NOW)
    assert await asyncio.wait_for(told(channel, post()), 5) == LATER


async def test_the_stand_in_takes_a_post_and_lists_it_page_by_page(post):
    with linkedin_server.serving() as server:
        server.now = lambda: NOW
        channel = linkedin.LinkedIn(TOKEN, api_url=server.url, now=lambda: NOW)
        server.troubles["post"] = Trouble(cut=True)
        with pytest.raises(errors.Unknown):
            await channel.send(post())
        taken = server.posts[0]["id"]
        assert "{hashtag|\\#|GoodCoffee}" in server.posts[0]["commentary"]
        for n in range(250):
            said = {"author": PAGE, "commentary": f"The soup of day {n}", "lifecycleState": "PUBLISHED"}
            server.posts.append(linkedin_server.resource(said, NOW, n + 2))
        assert (await channel.find(post())).provider_id == taken
        assert await told(channel, post(body="Ours, which nobody ever took")) == NO
        assert await told(channel, post(to="urn:li:organization:8")) == NO
        server.blind = True
        assert await told(channel, post()) == NO
        server.unseen = True
        with pytest.raises(errors.Unaskable, match="r_organization_social"):
            await channel.find(post())
        await channel.close()

        assert server.steps == ["post", *["list"] * 9]
