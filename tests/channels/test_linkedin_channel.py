"""The feed channel `linkedin` on the wire, against a real HTTP server on loopback and LinkedIn's own contract."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from channels import contracts

from engine import errors
from engine.channels import linkedin

SPEC = "linkedin-handwritten.json"
CREATED = b"HTTP/1.1 201 Created\r\nx-restli-id: urn:li:share:7\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def post(envelope):
    def build(**changes):
        return envelope(**{"channel": "linkedin", "to": "urn:li:organization:123", "footer": "", **changes})

    return build


def answering(status, *, now=lambda: datetime.now(UTC), **kwargs):
    """A channel whose vendor always answers alike, and the requests it was sent."""
    seen = []

    def handle(request):
        seen.append(request)
        return httpx.Response(status, **kwargs)

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle), follow_redirects=True)
    return linkedin.LinkedIn("t0ken", client=client, now=now), seen


@contracts.needs(SPEC)
@pytest.mark.parametrize(
    "changes",
    [
        {"body": "Plain words, #GrowthTeam"},
        {"body": "(x)" * 600},
        {"to": "urn:li:person:aB-9_"},
        {"options": {"link": "https://acme.example/x", "title": "A guide"}},
        {"options": {"link": "https://acme.example/x", "title": "A guide", "description": "Long read"}},
        {"options": {"link": "https://acme.example/x"}},
    ],
)
async def test_every_request_keeps_the_vendors_contract(post, changes):
    channel, seen = answering(201, headers={"x-restli-id": "urn:li:share:7"})
    await channel.send(post(**changes))

    (sent,) = seen
    contracts.keep(SPEC, sent)


async def test_a_post_goes_out_in_linkedins_format(wire, post):
    wire.says(CREATED)
    channel = linkedin.LinkedIn("t0ken", api_url=wire.url + "/", version="202606")
    envelope = post(
        body="Look (here) #Now",
        options={"link": "https://acme.example/x", "title": "A guide"},
        tracked={"https://acme.example/x": "https://t.example/1"},
    )
    receipt = await channel.send(envelope)
    await channel.close()

    assert receipt.provider_id == "urn:li:share:7"
    assert receipt.url == "https://www.linkedin.com/feed/update/urn:li:share:7"
    head, body = wire.requests[0].split(b"\r\n\r\n", 1)
    lines = head.decode().lower().split("\r\n")
    assert lines[0] == "post /rest/posts http/1.1"
    assert {
        "authorization: bearer t0ken",
        "linkedin-version: 202606",
        "x-restli-protocol-version: 2.0.0",
    } < set(lines)
    assert "content-type: application/json" in lines
    assert json.loads(body) == {
        "author": "urn:li:organization:123",
        "commentary": "Look \\(here\\) #Now",
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
        "content": {"article": {"source": "https://t.example/1", "title": "A guide"}},
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"body": ""},
        {"body": " \n"},
        {"body": "x" * 3001},
        {"body": "(" * 1501},
        {"body": "half \ud83d"},
        {"options": {"link": "javascript:alert(1)"}},
        {"options": {"link": "https://"}},
        {"options": {"link": "http://[::1"}},
        {"options": {"link": "https://a.example/\r\nx"}},
        {"options": {"link": "https://a.example", "title": "half \ud83d"}},
    ],
)
async def test_a_post_that_cannot_be_one_is_not_sent(post, changes):
    channel, seen = answering(201, headers={"x-restli-id": "urn:li:share:7"})
    with pytest.raises(errors.Undeliverable):
        await channel.send(post(**changes))

    assert seen == []


@pytest.mark.parametrize("author", ["", "123", "urn:li:person:", "urn:li:person:1\r\n", "urn:li:share:7"])
async def test_a_feed_that_is_no_author_is_a_setting(post, author):
    channel, seen = answering(201)
    with pytest.raises(errors.Misconfigured):
        await channel.send(post(to=author))

    assert seen == []


@pytest.mark.parametrize(
    ("token", "settings"),
    [
        ("", {}),
        ("s3cret\r\nX: y", {}),
        ("s3cret", {"version": "2026-07"}),
        ("s3cret", {"api_url": "ftp://x"}),
        ("s3cret", {"api_url": "http://[s3cret"}),
        ("s3cret", {"api_url": ""}),
    ],
)
def test_a_setting_that_cannot_be_sent_is_named_and_not_shown(token, settings):
    with pytest.raises(errors.Misconfigured) as refused:
        linkedin.LinkedIn(token, **settings)

    assert "s3cret" not in refused.value.reason


async def test_the_first_429_backs_off_and_the_second_waits_for_midnight(post):
    clock = [datetime(2026, 11, 21, 12, 0, tzinfo=UTC)]
    channel, _ = answering(429, now=lambda: clock[0])
    waits = []
    for pause in (0, 15, 12 * 60):
        clock[0] += timedelta(minutes=pause)
        with pytest.raises(errors.RateLimited) as limited:
            await channel.send(post())
        waits.append(limited.value.retry_after)

    assert waits == [timedelta(minutes=15), timedelta(hours=11, minutes=45), timedelta(minutes=15)]
