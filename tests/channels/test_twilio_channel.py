"""The channel `sms` over Twilio on the wire: its contract, hostile values in, hostile answers back, no second copy."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from channels import contracts, twilio_server
from channels.twilio_server import ACCOUNT, PATH, SERVICE, TOKEN, Trouble
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import errors
from engine.channels import Finder, twilio

SPEC = "twilio-api-2010.json"
ANA, US = "+15557654321", "+15551230000"
SID = "SM0123456789abcdef0123456789abcdef"
LINE = "Acme. Reply STOP to opt out."
TEXT = {
    "channel": "sms",
    "to": ANA,
    "from_address": US,
    "key": "42.1.0-19b",
    "subject": "",
    "body": "Hi Ana, may I show you something?",
    "footer": LINE,
    "unsubscribe_url": "",
}


@pytest.fixture
def text(envelope):
    return lambda **changes: envelope(**(TEXT | {"at": datetime.now(UTC)} | changes))


@pytest.fixture(scope="module")
def listening():
    with twilio_server.serving() as state:
        yield state


@pytest.fixture
def server(listening):
    listening.clear()
    return listening


@pytest.fixture
async def channel(server):
    opened = twilio.Twilio(ACCOUNT, TOKEN, api_url=server.url, jitter=lambda: 0.5)
    yield opened
    await opened.close()


def answering(status=201, *, public_url="", **kwargs):
    """A channel whose vendor always answers alike, and the requests it was sent."""
    seen = []

    def handle(request):
        seen.append(request)
        return httpx.Response(status, **(kwargs or {"json": {"sid": SID, "status": "queued"}}))

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle), follow_redirects=True)
    return twilio.Twilio(ACCOUNT, TOKEN, client=client, public_url=public_url), seen


@contracts.needs(SPEC)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"from_address": SERVICE},
        {"from_address": "12345"},
        {"footer": ""},
        {"body": "Zoë & 100 % = 😀\n\tÿ\r\n+", "to": "+4915112345678"},
        {"body": "x" * 1500, "key": "k&=?#" * 50},
    ],
)
async def test_every_new_text_keeps_the_vendors_contract(text, changes):
    channel, seen = answering(public_url="https://acme.example")
    await channel.send(text(**changes))

    contracts.keep(SPEC, seen[0])


@contracts.needs(SPEC)
async def test_every_lookup_keeps_the_vendors_contract(text):
    channel, seen = answering(200, json={"messages": [], "next_page_uri": None})
    await channel.find(text())

    contracts.keep(SPEC, seen[0])
    assert seen[0].method == "GET"


@pytest.mark.parametrize(
    ("address", "field"), [(US, "From"), ("12345", "From"), (SERVICE, "MessagingServiceSid")]
)
async def test_a_text_goes_out_in_twilios_format(server, channel, text, address, field):
    receipt = await channel.send(text(from_address=address))

    (got,) = server.received
    assert receipt.provider_id == server.texts[0]["sid"]
    assert (got.method, got.path) == ("POST", PATH)
    assert got.headers["content-type"] == "application/x-www-form-urlencoded"
    assert got.form == {"To": ANA, field: address, "Body": f"Hi Ana, may I show you something?\n{LINE}"}


@settings(max_examples=100)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200).filter(str.strip))
async def test_the_words_arrive_as_they_were_approved(envelope, body):
    channel, seen = answering()
    await channel.send(envelope(**TEXT | {"body": body}))

    form = twilio_server.Received("POST", PATH, {}, {}, seen[0].content).form
    assert form["Body"] == f"{body}\n{LINE}"
    assert list(form) == ["To", "From", "Body"]


@pytest.mark.parametrize(
    ("public_url", "callback"),
    [
        ("https://acme.example", "https://acme.example/webhooks/twilio?key=42.1.0-19b"),
        ("https://acme.example/out/", "https://acme.example/out/webhooks/twilio?key=42.1.0-19b"),
        ("", None),
        ("http://localhost:3000", None),
        ("http://127.0.0.1:3000", None),
    ],
)
async def test_twilio_is_told_where_to_report_if_it_can(text, public_url, callback):
    channel, seen = answering(public_url=public_url)
    await channel.send(text())

    form = twilio_server.Received("POST", PATH, {}, {}, seen[0].content).form
    assert form.get("StatusCallback") == callback


async def test_a_stand_in_on_this_machine_may_report_to_it(server, text):
    channel = twilio.Twilio(ACCOUNT, TOKEN, api_url=server.url, public_url="http://127.0.0.1:3000")
    await channel.send(text())
    await channel.close()

    reported = server.received[-1].form["StatusCallback"]
    assert reported == "http://127.0.0.1:3000/webhooks/twilio?key=42.1.0-19b"


async def test_our_key_comes_back_as_it_was(text):
    channel, seen = answering(public_url="https://acme.example")
    await channel.send(text(key="4&key=5?%20#+\u007e"))

    form = twilio_server.Received("POST", PATH, {}, {}, seen[0].content).form
    assert httpx.URL(form["StatusCallback"]).params.get_list("key") == ["4&key=5?%20#+~"]


async def test_no_connection_is_used_twice_since_an_old_one_leaves_doubt(server, channel, text):
    for n in range(3):
        await channel.send(text(key=f"{n}.1.0"))

    assert len({got.port for got in server.received}) == 3


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"to": "015557654321"}, errors.Undeliverable),
        ({"to": "+0555765432"}, errors.Undeliverable),
        ({"to": "+1555"}, errors.Undeliverable),
        ({"to": ANA + "\n"}, errors.Undeliverable),
        ({"to": ANA + "&Body=x"}, errors.Undeliverable),
        ({"to": "+١٥٥٥٧٦٥٤٣٢١"}, errors.Undeliverable),
        ({"to": f"whatsapp:{ANA}"}, errors.Undeliverable),
        ({"to": "ana@lead.example"}, errors.Undeliverable),
        ({"body": ""}, errors.Undeliverable),
        ({"body": " \n"}, errors.Undeliverable),
        ({"body": "half \ud83d"}, errors.Undeliverable),
        ({"body": "a\0b"}, errors.Undeliverable),
        ({"footer": "a\x1bb"}, errors.Undeliverable),
        ({"body": "x" * 1600}, errors.Undeliverable),
        ({"body": "😀" * 800}, errors.Undeliverable),
        ({"key": ""}, errors.Undeliverable),
        ({"key": "a b"}, errors.Undeliverable),
        ({"from_address": ""}, errors.Misconfigured),
        ({"from_address": "Acme"}, errors.Misconfigured),
        ({"from_address": "MG12"}, errors.Misconfigured),
        ({"from_address": f"whatsapp:{US}"}, errors.Misconfigured),
    ],
)
async def test_a_text_that_cannot_be_one_is_not_sent(text, changes, expected):
    channel, seen = answering()
    with pytest.raises(expected):
        await channel.send(text(**changes))

    assert seen == []


@pytest.mark.parametrize("over", [0, 1])
async def test_sixteen_hundred_characters_are_the_most(text, over):
    channel, seen = answering()
    body = text(body="x" * (1600 + over), footer="")
    if over:
        with pytest.raises(errors.Undeliverable, match="1 characters too long"):
            await channel.send(body)
    else:
        await channel.send(body)

    assert len(seen) == 1 - over


@pytest.mark.parametrize(
    ("account", "token", "given", "named"),
    [
        ("", "s3cret", {}, "TWILIO_ACCOUNT_SID"),
        ("AC12", "s3cret", {}, "TWILIO_ACCOUNT_SID"),
        (ACCOUNT + "/..", "s3cret", {}, "TWILIO_ACCOUNT_SID"),
        (ACCOUNT, "", {}, "TWILIO_AUTH_TOKEN"),
        (ACCOUNT, "s3 cret", {}, "TWILIO_AUTH_TOKEN"),
        (ACCOUNT, "s3cret\r\nX: y", {}, "TWILIO_AUTH_TOKEN"),
        (ACCOUNT, "s3cret", {"api_url": "ftp://s3cret"}, "TWILIO_API_URL"),
        (ACCOUNT, "s3cret", {"api_url": ""}, "TWILIO_API_URL"),
        (ACCOUNT, "s3cret", {"public_url": "https://my_host.example"}, "PUBLIC_URL"),
        (ACCOUNT, "s3cret", {"public_url": "acme.example"}, "PUBLIC_URL"),
    ],
)
def test_a_setting_that_cannot_be_sent_is_named_and_not_shown(account, token, given, named):
    with pytest.raises(errors.Misconfigured) as refused:
        twilio.Twilio(account, token, **given)

    assert named in refused.value.reason
    assert "s3" not in refused.value.reason


async def test_a_wrong_token_is_a_setting(server, text):
    channel = twilio.Twilio(ACCOUNT, "s3cret", api_url=server.url)
    for asking in (channel.send, channel.find):
        with pytest.raises(errors.Misconfigured) as refused:
            await asking(text())
        assert "TWILIO_AUTH_TOKEN" in refused.value.reason
    await channel.close()

    assert server.texts == []


async def test_who_said_stop_is_told_apart(server, channel, text):
    server.troubles = [Trouble(refuse=21610)]
    with pytest.raises(errors.Undeliverable) as refused:
        await channel.send(text())

    assert refused.value.opted_out
    assert ANA not in refused.value.reason


async def test_limits_in_a_row_are_waited_for_longer_until_one_text_leaves(server, channel, text):
    waits = []
    for trouble in (
        Trouble(refuse=20429),
        Trouble(refuse=20429),
        Trouble(status=429),
        None,
        Trouble(status=429),
    ):
        server.troubles = [trouble] if trouble else []
        try:
            await channel.send(text())
        except errors.RateLimited as limited:
            waits.append(limited.retry_after.total_seconds())

    assert waits == [0.1, 0.2, 0.4, 0.1]
    assert len(server.texts) == 1


@pytest.mark.parametrize("trouble", [Trouble(cut=True), Trouble(fail=503), Trouble(after=0.2, fail=500)])
async def test_doubt_is_resolved_by_asking_and_gives_one_copy(server, channel, text, trouble):
    server.troubles = [trouble]
    with pytest.raises(errors.Unknown):
        await channel.send(text())
    found = await channel.find(text())

    assert found is not None
    assert found.provider_id == server.texts[0]["sid"]
    assert len(server.texts) == 1


async def test_at_most_eight_are_in_flight(server, channel, text):
    server.usual = Trouble(before=0.1)
    await asyncio.gather(*(channel.send(text(key=f"{n}.1.0")) for n in range(16)))

    assert len(server.texts) == 16
    assert 2 <= server.most_in_flight <= channel.limits.concurrency == 8


def test_twilio_can_be_asked_and_keeps_no_keys():
    channel, _ = answering()

    assert isinstance(channel, Finder)
    assert (channel.name, channel.provider) == ("sms", "twilio-89abcdef")
    assert channel.idempotent_for == timedelta(0)
