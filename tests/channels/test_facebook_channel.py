"""The channel `facebook` on the wire: its contract, hostile values in, hostile answers back, no second copy."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from channels import contracts, facebook_server
from channels.facebook_server import APP_SECRET, PAGE, PATH, TOKEN, Trouble

from engine import errors
from engine.channels import Finder, facebook

SPEC = "meta-page.json"
ID = f"{PAGE}_7"
LINK = "https://acme.example/x"
POST = {
    "channel": "facebook",
    "to": PAGE,
    "key": "42.1.0-19b",
    "subject": "",
    "body": "We open on Monday. #Acme",
    "footer": "",
    "unsubscribe_url": "",
}


@pytest.fixture
def post(envelope):
    return lambda **changes: envelope(**(POST | {"at": datetime.now(UTC)} | changes))


@pytest.fixture(scope="module")
def listening():
    with facebook_server.serving() as state:
        yield state


@pytest.fixture
def server(listening):
    listening.clear()
    return listening


@pytest.fixture
async def channel(server):
    opened = facebook.Facebook(TOKEN, api_url=server.url)
    yield opened
    await opened.close()


def answering(status=200, *, app_secret="", **kwargs):
    """A channel whose vendor always answers alike, and the requests it was sent."""
    seen = []

    def handle(request):
        seen.append(request)
        return httpx.Response(status, **(kwargs or {"json": {"id": ID, "data": []}}))

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle), follow_redirects=True)
    return facebook.Facebook(TOKEN, client=client, app_secret=app_secret), seen


@contracts.needs(SPEC)
@pytest.mark.parametrize("app_secret", ["", APP_SECRET])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"body": "Zoë & 100 % = 😀\n\tÿ\r\n+"},
        {"body": "x" * 63_206},
        {"options": {"link": LINK, "title": "A guide"}},
    ],
)
async def test_every_request_keeps_the_vendors_contract(post, changes, app_secret):
    channel, seen = answering(app_secret=app_secret)
    await channel.send(post(**changes))
    await channel.find(post(**changes))

    for sent in seen:
        contracts.keep(SPEC, sent)
    assert [sent.method for sent in seen] == ["POST", "GET"]


@pytest.mark.parametrize(
    ("options", "tracked", "content"),
    [
        ({}, {}, {}),
        ({"link": LINK, "title": "A guide"}, {}, {"link": LINK}),
        ({"link": LINK}, {LINK: "https://t.example/1"}, {"link": "https://t.example/1"}),
    ],
)
async def test_a_post_goes_out_in_graphs_format(server, channel, post, options, tracked, content):
    receipt = await channel.send(post(options=options, tracked=tracked))

    (got,), (stands,) = server.received, server.posts
    assert (got.method, got.path) == ("POST", PATH + "/feed")
    assert got.headers["authorization"] == f"Bearer {TOKEN}"
    assert got.headers["content-type"] == "application/json"
    assert got.json == {"message": "We open on Monday. #Acme", "published": True} | content
    assert receipt.provider_id == stands["id"]
    assert receipt.url == stands["permalink_url"]


async def test_an_app_that_demands_it_gets_its_proof(server, post):
    server.signed = True
    wrong = [facebook.Facebook(TOKEN, api_url=server.url, app_secret=secret) for secret in ("", "other")]
    right = facebook.Facebook(TOKEN, api_url=server.url, app_secret=APP_SECRET)
    for channel in wrong:
        for asking in (channel.send, channel.find):
            with pytest.raises(errors.Misconfigured, match="FACEBOOK_APP_SECRET"):
                await asking(post())
        await channel.close()
    assert server.posts == []

    sent = await right.send(post())
    assert await right.find(post()) == sent
    await right.close()


async def test_neither_token_nor_secret_is_in_an_address_or_a_log(server, post, caplog):
    for logger in ("", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=logger)
    server.signed = True
    channel = facebook.Facebook(TOKEN, api_url=server.url, app_secret=APP_SECRET)
    for n in range(120):
        server.add(f"Day {n}", datetime.now(UTC) + timedelta(seconds=n))
    await channel.send(post())
    await channel.find(post(body="Something else"))
    await channel.close()

    assert len(server.received) == 4
    written = [caplog.text, *(f"{got.path} {got.query}" for got in server.received)]
    assert "published_posts" in caplog.text
    assert not [text for text in written if TOKEN in text or APP_SECRET in text]


async def test_no_connection_is_used_twice_since_an_old_one_leaves_doubt(server, channel, post):
    for n in range(3):
        await channel.send(post(body=f"Day {n}"))

    assert len({got.port for got in server.received}) == 3


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"body": ""}, errors.Undeliverable),
        ({"body": " \n"}, errors.Undeliverable),
        ({"body": "x" * 63_207}, errors.Undeliverable),
        ({"body": "half \ud83d"}, errors.Undeliverable),
        ({"options": {"link": "javascript:alert(1)"}}, errors.Undeliverable),
        ({"options": {"link": "https://"}}, errors.Undeliverable),
        ({"options": {"link": "https://a.example/\r\nx"}}, errors.Undeliverable),
        ({"to": ""}, errors.Misconfigured),
        ({"to": "me"}, errors.Misconfigured),
        ({"to": "0"}, errors.Misconfigured),
        ({"to": PAGE + "\n"}, errors.Misconfigured),
        ({"to": PAGE + "/../me"}, errors.Misconfigured),
        ({"to": PAGE + "?x=1"}, errors.Misconfigured),
        ({"to": "١٢٣٤٥"}, errors.Misconfigured),
    ],
)
async def test_a_post_that_cannot_be_one_is_not_sent(post, changes, expected):
    channel, seen = answering()
    with pytest.raises(expected):
        await channel.send(post(**changes))

    assert seen == []


@pytest.mark.parametrize(
    ("token", "given", "named"),
    [
        ("", {}, "FACEBOOK_PAGE_TOKEN"),
        ("s3 cret", {}, "FACEBOOK_PAGE_TOKEN"),
        ("s3cret\r\nX: y", {}, "FACEBOOK_PAGE_TOKEN"),
        ("s3cret", {"app_secret": "s3 cret"}, "FACEBOOK_APP_SECRET"),
        ("s3cret", {"version": "26.0"}, "FACEBOOK_VERSION"),
        ("s3cret", {"version": "v26.0/s3"}, "FACEBOOK_VERSION"),
        ("s3cret", {"api_url": "ftp://s3cret"}, "FACEBOOK_API_URL"),
        ("s3cret", {"api_url": "http://[s3cret"}, "FACEBOOK_API_URL"),
        ("s3cret", {"api_url": ""}, "FACEBOOK_API_URL"),
    ],
)
def test_a_setting_that_cannot_be_sent_is_named_and_not_shown(token, given, named):
    with pytest.raises(errors.Misconfigured) as refused:
        facebook.Facebook(token, **given)

    assert named in refused.value.reason
    assert "s3" not in refused.value.reason


async def test_a_wrong_token_is_a_setting(server, post):
    channel = facebook.Facebook("s3cret", api_url=server.url)
    for asking in (channel.send, channel.find):
        with pytest.raises(errors.Misconfigured) as refused:
            await asking(post())
        assert "FACEBOOK_PAGE_TOKEN" in refused.value.reason
        assert TOKEN not in refused.value.reason
    await channel.close()

    assert server.posts == []


async def test_another_page_is_a_setting(server, channel, post):
    for asking in (channel.send, channel.find):
        with pytest.raises(errors.Misconfigured, match="page's number"):
            await asking(post(to="999"))


async def test_a_limit_is_waited_for_as_long_as_facebook_says(server, channel, post):
    usage = {"X-Business-Use-Case-Usage": json.dumps({PAGE: [{"estimated_time_to_regain_access": 19}]})}
    server.troubles = [Trouble(refuse=32, headers=usage)]
    with pytest.raises(errors.RateLimited) as limited:
        await channel.send(post())

    assert limited.value.retry_after == timedelta(minutes=19)
    assert server.posts == []


@pytest.mark.parametrize("trouble", [Trouble(cut=True), Trouble(fail=503), Trouble(after=0.2, fail=500)])
async def test_doubt_is_resolved_by_asking_and_gives_one_copy(server, channel, post, trouble):
    server.troubles = [trouble]
    with pytest.raises(errors.Unknown):
        await channel.send(post())
    found = await channel.find(post())

    (stands,) = server.posts
    assert (found.provider_id, found.url) == (stands["id"], stands["permalink_url"])


async def test_a_second_copy_that_facebook_refuses_leads_to_the_first(server, channel, post):
    first = await channel.send(post())
    with pytest.raises(errors.Unknown, match="506"):
        await channel.send(post())

    assert await channel.find(post()) == first
    assert len(server.posts) == 1


async def test_what_never_arrived_is_not_found(server, channel, post):
    server.add("Something else entirely", datetime.now(UTC))
    server.troubles = [Trouble(refuse=2)]
    with pytest.raises(errors.Unknown):
        await channel.send(post())

    assert await channel.find(post()) is None


async def test_at_most_two_are_in_flight(server, channel, post):
    most = []

    async def watch():
        while len(server.posts) < 6:
            most.append(server.in_flight)
            await asyncio.sleep(0.01)

    server.usual = Trouble(before=0.1)
    await asyncio.gather(watch(), *(channel.send(post(body=f"Day {n}")) for n in range(6)))

    assert max(most) == channel.limits.concurrency == 2


async def test_a_token_tells_providers_apart_and_is_not_in_the_name():
    one, same, other = (facebook.Facebook(token) for token in (TOKEN, TOKEN, TOKEN + "x"))
    assert isinstance(one, Finder)
    assert one.provider == same.provider != other.provider
    assert one.provider.startswith("facebook-")
    assert TOKEN[:8] not in one.provider
    for channel in (one, same, other):
        await channel.close()
