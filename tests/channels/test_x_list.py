"""What X's timeline proves about a post, and what it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from channels.x_server import ACCOUNT, EPOCH_MS, shown

from engine import errors
from engine.channels import x, x_list

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def id_at(moment: datetime, n: int = 0) -> str:
    return str(((int(moment.timestamp() * 1000) - EPOCH_MS) << 22) + n)


def page(*texts: str, **meta: object) -> dict[str, object]:
    data = [{"id": id_at(NOW, n), "text": text} for n, text in enumerate(texts)]
    return {"data": data, "meta": {"result_count": len(data), **meta}}


def showing(*answers: httpx.Response):
    """A channel to which X says who it is, then these pages, the last for ever; and the queries it was asked."""
    asked, left = [], list(answers)

    def handle(request):
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json={"data": {"id": ACCOUNT, "username": "acme"}})
        assert request.url.path == f"/2/users/{ACCOUNT}/tweets"
        asked.append(dict(request.url.params))
        return left.pop(0) if len(left) > 1 else left[0]

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    return x.X("t0ken", client=client, now=lambda: NOW), asked


@pytest.fixture
def post(envelope):
    return lambda body, **changes: envelope(
        **{"channel": "x", "key": "7.1.0", "to": ACCOUNT, "body": body, "at": NOW, **changes}
    )


@pytest.mark.parametrize(
    "words",
    [
        "Plain words about desks.",
        "Q & A: <b> is > 3 &amp; more",
        "Read https://acme.com/a?b=1&c=2, then www.acme.de",
        "Trailing  spaces \r\nand lines",
        "Cafe\u0301 culture",
    ],
)
async def test_the_same_words_are_found_as_x_shows_them(post, words):
    channel, asked = showing(
        httpx.Response(200, json=page("Something else.", shown(" ".join(words.split()))))
    )
    receipt = await channel.find(post(words))

    assert receipt.provider_id == id_at(NOW, 1)
    assert asked == [{"max_results": "100", "start_time": "2026-11-22T09:30:00Z"}]


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ("Our guide to calmer desks is out.", "Our guide to calmer desks is out!"),
        ("Yes, it is out: the guide", "@acme Yes, it is out: the guide"),
        ("https://acme.com/a", "https://t.co/AbC123xyz0"),
    ],
)
async def test_words_that_may_be_the_same_are_neither_yes_nor_no(post, words, seen):
    channel, _ = showing(httpx.Response(200, json=page(seen)))
    with pytest.raises(errors.Unknown):
        await channel.find(post(words))


@pytest.mark.parametrize("seen", [(), ("We hire two people in Lisbon.", "https://t.co/AbC123xyz0")])
async def test_a_timeline_read_to_its_end_without_them_is_a_no(post, seen):
    said = page(*seen) if seen else {"meta": {"result_count": 0}}
    channel, _ = showing(httpx.Response(200, json=said))
    assert await channel.find(post("Our guide to calmer desks is out.")) is None


async def test_every_page_is_read_and_an_endless_list_is_no_answer(post):
    first, last = page("One of many.", next_token="b26v"), page("The words we look for.")
    channel, asked = showing(httpx.Response(200, json=first), httpx.Response(200, json=last))
    assert (await channel.find(post("The words we look for."))) is not None
    assert asked[1]["pagination_token"] == "b26v"

    channel, _ = showing(httpx.Response(200, json=first))
    with pytest.raises(errors.Unknown, match="too many"):
        await channel.find(post("The words we look for."))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"data":[]}',
        b'{"data":[],"meta":{"result_count":1}}',
        b'{"data":[{"id":"x","text":"y"}],"meta":{"result_count":1}}',
        b'{"data":[{"id":"1"}],"meta":{"result_count":1}}',
        b'{"data":[],"meta":{"result_count":0,"next_token":7}}',
        b'{"data":[],"meta":{"result_count":0},"errors":[{"title":"Partial"}]}',
    ],
)
async def test_a_list_that_cannot_be_read_is_never_a_no(post, body):
    channel, _ = showing(httpx.Response(200, content=body))
    with pytest.raises(errors.Transient):
        await channel.find(post("Our guide to calmer desks is out."))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, errors.Transient),
        (401, errors.TokenRefused),
        (403, errors.Misconfigured),
        (404, errors.Misconfigured),
        (429, errors.RateLimited),
        (500, errors.Transient),
    ],
)
async def test_a_refusal_to_list_is_never_a_no(post, status, expected):
    channel, _ = showing(httpx.Response(status, json={}))
    with pytest.raises(errors.ChannelError) as caught:
        await channel.find(post("Our guide to calmer desks is out."))
    assert type(caught.value) is expected


@pytest.mark.parametrize(
    ("key", "at", "start"),
    [
        ("7.1.0", NOW, NOW - timedelta(hours=24)),
        ("7.1.0", NOW + timedelta(days=9), NOW - timedelta(hours=24)),
        ("7.1.0", NOW - timedelta(days=40), NOW - timedelta(days=41)),
        (f"7.1.0-{round((NOW - timedelta(days=9)).timestamp() * 1000):x}", NOW, NOW - timedelta(hours=24)),
        (f"7.1.2-{round((NOW - timedelta(days=9)).timestamp() * 1000):x}", NOW, NOW - timedelta(days=9)),
        (f"7.1.2-{round((NOW - timedelta(days=90)).timestamp() * 1000):x}", NOW, NOW - timedelta(days=30)),
        (f"7.1.2-{round((NOW + timedelta(days=9)).timestamp() * 1000):x}", NOW, NOW - timedelta(hours=24)),
        ("7.1.2-18c0", NOW - timedelta(days=40), NOW - timedelta(days=41)),
        ("nonsense", NOW, NOW - timedelta(hours=24)),
    ],
)
def test_the_window_always_covers_the_send(post, key, at, start):
    assert x_list.ours_from(post("words", key=key, at=at), NOW) == start
