"""The channel `email` over Resend on the wire: its contract, hostile values in, hostile answers back, and one copy."""

from __future__ import annotations

import asyncio
import email
import email.policy
import email.utils
import json
from datetime import timedelta

import httpx
import pytest
from channels import contracts, resend_server
from channels.resend_server import Trouble
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import errors
from engine.channels import mime, resend, vendor_http

SPEC = "resend.json"
NAME = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=60)
LINES = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@pytest.fixture(scope="module")
def listening():
    with resend_server.serving() as state:
        yield state


@pytest.fixture
def server(listening):
    listening.clear()
    return listening


@pytest.fixture
async def channel(server):
    opened = resend.Resend(resend_server.KEY, api_url=server.url)
    yield opened
    await opened.close()


def answering(status=200, **kwargs):
    """A channel whose vendor always answers alike, and the requests it was sent."""
    seen = []

    def handle(request):
        seen.append(request)
        return httpx.Response(status, **(kwargs or {"json": {"id": "49a3999c"}}))

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle), follow_redirects=True)
    return resend.Resend("re_s3cret", client=client), seen


@contracts.needs(SPEC)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"to_name": "", "from_name": "", "footer": "", "unsubscribe_url": ""},
        {"to_name": 'Zoë "the boss", <CEO>', "to": "zoe@bücher.example", "subject": "Grüße 🎉"},
        {"reply_to": "ana.sales@acme.example"},
        {"in_reply_to": "<2@x>", "references": tuple(f"<{n}@x>" for n in range(30))},
        {"key": "k" * 256},
        {"body": "\0\u202e\r\n", "pixel_url": "https://t.example/o", "options": {"locale": "de"}},
    ],
)
async def test_every_request_keeps_the_vendors_contract(envelope, changes):
    channel, seen = answering()
    await channel.send(envelope(**changes))

    contracts.keep(SPEC, seen[0])


async def test_a_mail_goes_out_in_resends_format(server, channel, envelope):
    receipt = await channel.send(envelope(reply_to="ana.sales@acme.example", in_reply_to="<41@acme.example>"))

    (mail,) = server.mails
    (got,) = server.received
    assert receipt.provider_id == mail
    assert (got.method, got.path) == ("POST", "/emails")
    assert got.headers["authorization"] == f"Bearer {resend_server.KEY}"
    assert got.headers["user-agent"] == "overture"
    assert got.headers["content-type"] == "application/json"
    assert got.key == "42.1.1"
    assert {name: value for name, value in got.body.items() if name not in ("text", "html")} == {
        "from": "Acme <sales@acme.example>",
        "to": ["Ana <ana@lead.example>"],
        "subject": "A short call?",
        "reply_to": ["ana.sales@acme.example"],
        "headers": {
            "In-Reply-To": "<41@acme.example>",
            "References": "<41@acme.example>",
            "List-Unsubscribe": "<https://acme.example/u/TOKEN>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        "tags": [{"name": "overture_key", "value": "42-1-1"}],
    }


@settings(max_examples=100)
@given(NAME, LINES)
@example("Re: =", "https://a.example/x and <b>bold</b>\r\n\r\nsecond\rthird\0")
def test_both_providers_send_the_same_words(envelope, subject, body):
    mail = envelope(
        subject=subject.replace("=?", ""),
        body=body,
        tracked={"https://a.example/x": "https://t.example/1"},
        pixel_url="https://t.example/o",
    )
    sent = json.loads(vendor_http.octets(resend.request_body(mail)))
    over_smtp = email.message_from_bytes(mime.assemble(mail).content, policy=email.policy.default)

    assert sent["subject"] == over_smtp["Subject"]
    for part, kind in (("text", "plain"), ("html", "html")):
        assert sent[part] == over_smtp.get_body((kind,)).get_content().replace("\r\n", "\n")


@settings(max_examples=150)
@given(NAME)
@example('Ana" <evil@lead.example>, "')
@example("<evil@lead.example>")
@example("Ana\\")
@example("Berg, Ana; evil@lead.example")
@example("=?utf-8?q?x?=")
@example("Ana (comment")
def test_a_hostile_name_never_becomes_an_address(envelope, name):
    (to,) = resend.request_body(envelope(to_name=name))["to"]

    assert [address for _, address in email.utils.getaddresses([to])] == ["ana@lead.example"]
    assert to.count("<") == to.count(">") <= 1
    assert "=?" not in to


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Ana", "Ana <ana@lead.example>"),
        ("  Ana   Berg ", "Ana Berg <ana@lead.example>"),
        ("Berg, Ana", '"Berg, Ana" <ana@lead.example>'),
        ("Zoë Żółć", '"Zoë Żółć" <ana@lead.example>'),
        ("", "ana@lead.example"),
        ('<">', "ana@lead.example"),
    ],
)
def test_a_name_is_shown_as_it_is_where_that_is_safe(envelope, name, written):
    assert resend.request_body(envelope(to_name=name))["to"] == [written]


@pytest.mark.parametrize("poison", ["\r", "\n", "\r\nBcc: all@lead.example", "\0", "\ud83d"])
@pytest.mark.parametrize(
    "field",
    ["subject", "to", "to_name", "from_name", "from_address", "reply_to", "in_reply_to", "unsubscribe_url", "key"],
)  # fmt: skip
async def test_no_value_can_break_out(envelope, field, poison):
    value = {"to": "a@b.example", "reply_to": "a@b.example", "from_address": "a@b.example"}.get(field, "text")
    channel, seen = answering()
    with pytest.raises(errors.Undeliverable):
        await channel.send(envelope(**{field: value + poison}))

    assert seen == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"subject": "x" * 999}, errors.Undeliverable),
        ({"subject": "=?utf-8?q?not_what_was_approved?="}, errors.Undeliverable),
        ({"to_name": "x" * 201}, errors.Undeliverable),
        ({"to": "ána@lead.example"}, errors.Undeliverable),
        ({"body": "half \ud83d"}, errors.Undeliverable),
        ({"footer": "half \ud83d"}, errors.Undeliverable),
        ({"pixel_url": "half \ud83d"}, errors.Undeliverable),
        ({"unsubscribe_url": "javascript:alert(1)"}, errors.Undeliverable),
        ({"key": ""}, errors.Undeliverable),
        ({"key": "k" * 257}, errors.Undeliverable),
        ({"from_address": "sales"}, errors.Misconfigured),
    ],
)
async def test_a_mail_that_cannot_be_one_is_not_sent(envelope, changes, expected):
    channel, seen = answering()
    with pytest.raises(expected):
        await channel.send(envelope(**changes))

    assert seen == []


@pytest.mark.parametrize(
    ("key", "settings"),
    [
        ("", {}),
        ("re_s3cret\r\nX: y", {}),
        ("re_s3crét", {}),
        ("re_s3cret", {"api_url": ""}),
        ("re_s3cret", {"api_url": "ftp://s3cret"}),
        ("re_s3cret", {"api_url": "http://[s3cret"}),
        ("re_s3cret", {"api_url": "https://s3cret.example/\r\nx"}),
    ],
)
def test_a_setting_that_cannot_be_sent_is_named_and_not_shown(key, settings):
    with pytest.raises(errors.Misconfigured) as refused:
        resend.Resend(key, **settings)

    assert "RESEND_API_" in refused.value.reason
    assert "s3cr" not in refused.value.reason


async def test_a_repeated_try_is_the_same_request_and_arrives_once(server, channel, envelope):
    server.troubles = [Trouble(fail=500), Trouble(refuse="rate_limit_exceeded", headers={"retry-after": "7"})]
    first = envelope()
    with pytest.raises(errors.Unknown):
        await channel.send(first)
    with pytest.raises(errors.RateLimited) as limited:
        await channel.send(first)
    receipt = await channel.send(envelope(at=first.at + timedelta(minutes=5)))

    assert limited.value.retry_after == timedelta(seconds=7)
    assert [receipt.provider_id] == list(server.mails)
    assert len({(got.key, got.raw) for got in server.received}) == 1


async def test_sending_again_on_purpose_is_another_mail(server, channel, envelope):
    receipts = [await channel.send(envelope(key=key)) for key in ("42.1.0", "42.1.1", "42.1.1")]

    assert len({receipt.provider_id for receipt in receipts}) == 2
    assert list(server.mails) == [receipts[0].provider_id, receipts[1].provider_id]
    assert receipts[2] == receipts[1]


async def test_other_words_under_a_used_key_are_not_sent_and_leave_doubt(server, channel, envelope):
    await channel.send(envelope())
    with pytest.raises(errors.Unknown) as doubt:
        await channel.send(envelope(footer="Acme moved"))

    assert "other words" in doubt.value.reason
    assert len(server.mails) == 1


async def test_two_workers_with_one_mail_send_it_once(server, channel, envelope):
    server.troubles = [Trouble(before=1)]
    other = resend.Resend(resend_server.KEY, api_url=server.url)
    results = await asyncio.gather(channel.send(envelope()), other.send(envelope()), return_exceptions=True)
    await other.close()

    assert sorted(type(result).__name__ for result in results) == ["Receipt", "Unknown"]
    assert len(server.mails) == 1


@pytest.mark.parametrize("trouble", [Trouble(cut=True), Trouble(after=1, fail=503), Trouble(fail=502)])
async def test_what_was_accepted_without_an_answer_may_have_been_sent(server, channel, envelope, trouble):
    server.troubles = [trouble]
    with pytest.raises(errors.Unknown):
        await channel.send(envelope())

    assert (await channel.send(envelope())).provider_id in server.mails
    assert len(server.mails) == 1


async def test_a_wrong_key_is_a_setting(server, envelope):
    channel = resend.Resend("re_other", api_url=server.url)
    with pytest.raises(errors.Misconfigured) as refused:
        await channel.send(envelope())
    await channel.close()

    assert "RESEND_API_KEY" in refused.value.reason
    assert "re_other" not in refused.value.reason
    assert server.mails == {}


async def test_at_most_eight_are_in_flight(server, channel, envelope):
    server.usual = Trouble(before=0.2)
    await asyncio.gather(*(channel.send(envelope(key=f"{n}.1.0")) for n in range(24)))

    assert len(server.mails) == 24
    assert 2 <= server.most_in_flight <= channel.limits.concurrency == 8
