"""The feed channel `x` on the wire, against a server that speaks X's API and against X's own contract."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from channels import contracts, x_server
from channels.x_server import ACCOUNT, TOKEN, Trouble

from engine import errors
from engine.channels import x

SPEC = "x-api-v2.json"
WORDS = "Our guide to calmer support desks is out: https://acme.com/guide?a=1&b=2 <3"
THREAD = "One: what we saw.\n---\nTwo: what we did.\n-----\nThree: what came of it, at https://acme.com/x"
PARTS = ["One: what we saw.", "Two: what we did.", "Three: what came of it, at https://acme.com/x"]


@pytest.fixture(scope="module")
def listening():
    with x_server.serving() as state:
        yield state


@pytest.fixture
def vendor(listening):
    listening.clear()
    return listening


@pytest.fixture
async def channel(vendor):
    opened = x.X(TOKEN, api_url=vendor.url + "/")
    yield opened
    await opened.close()


@pytest.fixture
def post(envelope):
    def build(body=WORDS, **changes):
        common = {"channel": "x", "key": "42.1.0-18c0", "to": ACCOUNT, "footer": "", "at": datetime.now(UTC)}
        return envelope(**{**common, "body": body, **changes})

    return build


def again(minutes=60):
    """The key of a message that was written so long ago and is sent again by a person."""
    written = datetime.now(UTC) - timedelta(minutes=minutes)
    return f"42.1.1-{round(written.timestamp() * 1000):x}"


async def test_a_post_goes_out_and_its_page_comes_back(vendor, channel, post):
    receipt = await channel.send(post())

    assert vendor.written == [{"text": WORDS}]
    assert receipt.provider_id == vendor.posts[0]["id"]
    assert receipt.url == f"https://x.com/acme/status/{receipt.provider_id}"


async def test_a_thread_leaves_in_order_each_post_a_reply_to_the_one_before(vendor, channel, post):
    receipt = await channel.send(post(THREAD, to="@Acme"))

    first, second, third = vendor.posts
    assert vendor.texts == PARTS
    assert [first["after"], second["after"], third["after"]] == ["", first["id"], second["id"]]
    assert receipt.provider_id == first["id"]


@contracts.needs(SPEC)
@pytest.mark.filterwarnings("ignore:Unsupported scheme type")  # the checker knows no OAuth 2
async def test_every_request_that_the_contract_knows_keeps_it(post):
    seen, ids = [], itertools.count(10)

    def handle(request):
        seen.append(request)
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json={"data": {"id": ACCOUNT, "username": "acme"}})
        if request.method == "GET":
            return httpx.Response(200, json={"meta": {"result_count": 0}})
        return httpx.Response(201, json={"data": {"id": str(next(ids)), "text": "x"}})

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    await x.X(TOKEN, client=client).send(post(THREAD))

    known = [request for request in seen if not request.url.path.startswith("/2/users/2")]
    assert [request.url.path for request in known] == ["/2/users/me", *["/2/tweets"] * 3]
    for request in known:
        contracts.keep(SPEC, request)
        assert request.headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (Trouble(400), errors.Undeliverable),
        (Trouble(401), errors.TokenRefused),
        (Trouble(402), errors.Misconfigured),
        (Trouble(403), errors.Misconfigured),
        (Trouble(403, "You are not permitted to perform this action."), errors.Misconfigured),
        (Trouble(403, "Your account has no credits left to reply."), errors.Misconfigured),
        (Trouble(403, "Reply to this conversation is not allowed."), errors.Undeliverable),
        (Trouble(404), errors.Undeliverable),
        (Trouble(408), errors.Unknown),
        (Trouble(409), errors.Unknown),
        (Trouble(425), errors.Transient),
        (Trouble(429), errors.RateLimited),
        (Trouble(307), errors.Misconfigured),
        (Trouble(500), errors.Unknown),
        (Trouble(503), errors.Unknown),
    ],
)
async def test_each_refusal_has_its_class_and_shows_no_token(vendor, channel, post, trouble, expected):
    vendor.troubles = [Trouble(trouble.refuse, f"{trouble.detail} {TOKEN}" if trouble.detail else "")]
    with pytest.raises(errors.ChannelError) as caught:
        await channel.send(post())

    assert type(caught.value) is expected
    assert TOKEN not in caught.value.reason
    assert vendor.posts == []


async def test_a_revoked_token_is_a_setting_before_anything_is_posted(vendor, post):
    with pytest.raises(errors.Misconfigured, match="401"):
        await x.X("revoked", api_url=vendor.url).send(post())

    assert vendor.written == []


async def test_what_is_already_there_is_not_an_error_but_the_post(vendor, channel, post):
    first = await channel.send(post())
    second = await channel.send(post())

    assert second == first
    assert vendor.texts == [WORDS]


async def test_the_same_words_of_another_time_are_not_this_post(vendor, channel, post):
    old = vendor.add(WORDS, datetime.now(UTC) - timedelta(days=3))
    with pytest.raises(errors.Undeliverable, match=old["id"]):
        await channel.send(post())

    assert await channel.find(post()) is None


async def test_a_duplicate_that_cannot_be_found_is_in_doubt(vendor, channel, post):
    vendor.add(WORDS, datetime.now(UTC))
    vendor.blind = True
    with pytest.raises(errors.Unknown, match="already, but not where"):
        await channel.send(post())

    vendor.list_fails = 503
    with pytest.raises(errors.Unknown, match="already, but not where"):
        await channel.send(post())


@pytest.mark.parametrize("trouble", [Trouble(cut=True), Trouble(fail=503), Trouble(after=30)])
async def test_a_post_that_may_be_there_is_in_doubt_and_then_found(vendor, post, trouble):
    vendor.troubles = [trouble]
    channel = x.X(TOKEN, api_url=vendor.url, seconds=2)
    with pytest.raises(errors.Unknown):
        await channel.send(post())

    assert (await channel.find(post())).provider_id == vendor.posts[0]["id"]


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(cut=True),
        Trouble(fail=500),
        Trouble(503),
        Trouble(429),
        Trouble(425),
        Trouble(401),
        Trouble(400),
        Trouble(403, "Reply to this conversation is not allowed."),
    ],
)
async def test_a_thread_that_broke_off_goes_on_and_says_nothing_twice(vendor, channel, post, number, trouble):
    vendor.lax = True
    vendor.troubles = [None] * number + [trouble]
    with pytest.raises(errors.ChannelError) as caught:
        await channel.send(post(THREAD))
    there = len(vendor.posts)
    assert vendor.texts == PARTS[:there]
    assert isinstance(caught.value, errors.Unknown) or not there
    if number:
        assert f"has only {', '.join(map(str, range(1, number + 1)))}: https://x.com" in caught.value.reason

    if not there:
        assert await channel.find(post(THREAD)) is None
    elif there < len(PARTS):
        with pytest.raises(errors.Unknown, match="Of 3 posts of the thread X has only 1"):
            await channel.find(post(THREAD))
    receipt = await channel.send(post(THREAD, key=again()))

    first, second, third = vendor.posts
    assert vendor.texts == PARTS
    assert [second["after"], third["after"]] == [first["id"], second["id"]]
    assert receipt == await channel.find(post(THREAD))
    assert receipt.provider_id == first["id"]


async def test_a_thread_that_lost_its_beginning_asks_a_person(vendor, channel, post):
    vendor.add(PARTS[1], datetime.now(UTC))
    with pytest.raises(errors.Unknown, match="has only 2"):
        await channel.send(post(THREAD))

    assert vendor.written == []


async def test_a_thread_stops_in_time_and_says_how_far_it_came(vendor, post):
    vendor.troubles = [None, Trouble(after=1.2)]
    with pytest.raises(errors.Unknown, match="has only 1, 2"):
        await x.X(TOKEN, api_url=vendor.url, seconds=2).send(post(THREAD))

    assert vendor.texts == PARTS[:2]


async def test_what_a_person_sends_again_is_looked_for_since_it_was_written(vendor, channel, post):
    vendor.lax = True
    before = vendor.add(WORDS, datetime.now(UTC) - timedelta(days=3))
    receipt = await channel.send(post(key=again(minutes=4 * 24 * 60)))

    assert receipt.provider_id == before["id"]
    assert vendor.written == []


async def test_what_a_person_sends_again_and_is_not_there_leaves(vendor, channel, post):
    await channel.send(post(key=again()))
    assert vendor.texts == [WORDS]


async def test_nothing_is_posted_while_it_is_unclear_what_of_it_is_there(vendor, channel, post):
    vendor.list_fails = 500
    for envelope in (post(THREAD), post(key=again())):
        with pytest.raises(errors.Transient):
            await channel.send(envelope)

    assert vendor.written == []


@pytest.mark.parametrize("feed", ["@other", "99", "", "acme", "urn:li:person:1", "2244994945\n"])
async def test_a_feed_that_is_not_the_tokens_account_gets_nothing(vendor, channel, post, feed):
    with pytest.raises(errors.Misconfigured):
        await channel.send(post(to=feed))
    with pytest.raises(errors.Misconfigured):
        await channel.find(post(to=feed))

    assert vendor.written == []


@pytest.mark.parametrize(
    "body", ["", " \n---\n", "x" * 281, "a\n---\n" + "の" * 141, "half \ud83d", "a\n---\na", "$AB or $CD"]
)
async def test_what_x_would_refuse_is_not_sent(vendor, channel, post, body):
    with pytest.raises(errors.Undeliverable):
        await channel.send(post(body))

    assert vendor.received == []


@pytest.mark.parametrize(
    ("token", "url"), [("", "https://x"), ("s3c ret", "https://x"), ("s3cret", "ftp://x")]
)
def test_a_setting_that_cannot_be_sent_is_named_and_not_shown(token, url):
    with pytest.raises(errors.Misconfigured) as caught:
        x.X(token, api_url=url)

    assert "s3c" not in caught.value.reason


async def test_an_address_that_nobody_answers_at_is_tried_later(post):
    with pytest.raises(errors.Transient, match="again later"):
        await x.X(TOKEN, api_url="http://127.0.0.1:9").send(post())
