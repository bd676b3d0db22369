"""A picture on X: uploaded and described before anything is posted, once, and shown by the first post of a thread."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from channels import contracts, x_server
from channels.x_server import ACCOUNT, TOKEN, Trouble

from engine import errors
from engine.channels import Picture, x

SPEC = "x-api-v2.json"
OCTETS = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) + b"\r\n--x--\r\n\x00"
PICTURE = Picture(OCTETS, "image/png", 'Two people at a "desk" ☕')
THREAD = "One: what we saw.\n---\nTwo: what we did.\n---\nThree: what came of it."
PARTS = ["One: what we saw.", "Two: what we did.", "Three: what came of it."]


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
    opened = x.X(TOKEN, api_url=vendor.url)
    yield opened
    await opened.close()


@pytest.fixture
def post(envelope):
    def build(body="Our guide is out: https://acme.com/guide", **changes):
        common = {"channel": "x", "key": "42.1.0-18c0", "to": ACCOUNT, "footer": "", "at": datetime.now(UTC)}
        return envelope(**{**common, "body": body, "picture": PICTURE, **changes})

    return build


def again():
    """The key of a message that was written an hour ago and is sent again by a person."""
    return f"42.1.1-{round((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1000):x}"


def steps(vendor):
    return [got.path.rsplit("/", 1)[-1] for got in vendor.received if got.path != "/2/users/me"]


async def test_a_picture_leaves_octet_by_octet_with_its_words(vendor, channel, post):
    await channel.send(post())

    ((id_, media),) = vendor.media.items()
    assert media == {"category": "tweet_image", "octets": OCTETS, "type": "image/png", "alt": PICTURE.alt}
    assert [said["media"] for said in vendor.written] == [{"media_ids": [id_]}]
    assert steps(vendor) == ["upload", "metadata", "tweets"]
    assert {got.headers["authorization"] for got in vendor.received} == {f"Bearer {TOKEN}"}


async def test_a_picture_without_words_is_not_described_and_a_moving_one_is_said_to_be(vendor, channel, post):
    await channel.send(post(picture=Picture(b"GIF89a", "image/gif", " ")))

    assert [media["category"] for media in vendor.media.values()] == ["tweet_gif"]
    assert steps(vendor) == ["upload", "tweets"]


async def test_in_a_thread_the_picture_belongs_to_the_first_post(vendor, channel, post):
    await channel.send(post(THREAD))

    (id_,) = vendor.media
    assert [said.get("media") for said in vendor.written] == [{"media_ids": [id_]}, None, None]


@contracts.needs(SPEC)
@pytest.mark.filterwarnings("ignore:Unsupported scheme type")  # the checker knows no OAuth 2
@pytest.mark.parametrize("media_type", ["image/jpeg", "image/gif"])
async def test_every_request_keeps_the_vendors_contract(post, media_type):
    seen, ids = [], itertools.count(10)

    def handle(request):
        seen.append(request)
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json={"data": {"id": ACCOUNT, "username": "acme"}})
        state = "succeeded" if request.method == "GET" else "pending"
        work = {"processing_info": {"state": state}} if "media" in request.url.path else {}
        return httpx.Response(200, json={"data": {"id": str(next(ids)), **work}})

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    await x.X(TOKEN, client=client).send(post(picture=Picture(OCTETS, media_type, "Zoë & 100 % 😀")))

    assert [f"{sent.method} {sent.url.path}" for sent in seen[1:]] == [
        "POST /2/media/upload",
        "GET /2/media/upload",
        "POST /2/media/metadata",
        "POST /2/tweets",
    ]
    for sent in seen:
        contracts.keep(SPEC, sent)


@pytest.mark.parametrize("step", ["upload", "metadata"])
@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (Trouble(400), errors.Undeliverable),
        (Trouble(401), errors.TokenRefused),
        (Trouble(402), errors.Misconfigured),
        (Trouble(403), errors.Misconfigured),
        (Trouble(403, "Your media duplicate is not allowed."), errors.Transient),
        (Trouble(404), errors.Undeliverable),
        (Trouble(408), errors.Transient),
        (Trouble(413), errors.Undeliverable),
        (Trouble(429), errors.RateLimited),
        (Trouble(307), errors.Misconfigured),
        (Trouble(500), errors.Transient),
        (Trouble(502), errors.Transient),
        (Trouble(503), errors.Transient),
        (Trouble(504), errors.Transient),
    ],
)
async def test_a_picture_that_is_refused_is_never_in_doubt(vendor, channel, post, step, trouble, expected):
    vendor.media_troubles = {
        step: Trouble(trouble.refuse, f"{trouble.detail} {TOKEN}" if trouble.detail else "")
    }
    with pytest.raises(errors.ChannelError) as caught:
        await channel.send(post(THREAD))

    assert type(caught.value) is expected
    assert TOKEN not in caught.value.reason
    assert vendor.written == []


async def test_a_limit_waits_as_long_as_x_says(vendor, channel, post):
    reset = str(round((datetime.now(UTC) + timedelta(minutes=9)).timestamp()))
    vendor.media_troubles = {"upload": Trouble(429, headers={"x-rate-limit-reset": reset})}
    with pytest.raises(errors.RateLimited) as limited:
        await channel.send(post())

    assert timedelta(minutes=8) < limited.value.retry_after < timedelta(minutes=10)


async def test_nothing_is_posted_before_x_has_finished_with_the_picture(vendor, channel, post):
    vendor.work = ["pending", "in_progress", "succeeded"]
    await channel.send(post())
    assert steps(vendor) == ["upload", "upload", "upload", "metadata", "tweets"]


@pytest.mark.parametrize(
    ("work", "expected"), [("failed", errors.Undeliverable), ("in_progress", errors.Transient)]
)
async def test_a_picture_that_x_does_not_finish_is_not_posted(vendor, post, work, expected):
    vendor.work = [work]
    with pytest.raises(errors.ChannelError) as caught:
        await x.X(TOKEN, api_url=vendor.url, seconds=2).send(post())

    assert type(caught.value) is expected
    assert vendor.posts == []


@pytest.mark.parametrize(
    "said", [b"", b"[" * 9000, b'{"data": []}', b'{"data": {"id": 7}}', b'{"data": {"id": "../7"}}']
)
async def test_a_picture_without_a_name_is_tried_again_later(post, said):
    def handle(request):
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json={"data": {"id": ACCOUNT, "username": "acme"}})
        assert request.url.path == "/2/media/upload"
        return httpx.Response(200, content=said)

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    with pytest.raises(errors.Transient, match="did not name it"):
        await x.X(TOKEN, client=client).send(post())


@pytest.mark.parametrize("step", ["upload", "metadata"])
async def test_silence_about_a_picture_is_no_doubt(vendor, post, step):
    vendor.media_troubles = {step: Trouble(after=1.6)}
    with pytest.raises(errors.Transient) as caught:
        await x.X(TOKEN, api_url=vendor.url, seconds=2).send(post())

    assert type(caught.value) is errors.Transient
    assert vendor.posts == []


@pytest.mark.parametrize("trouble", [Trouble(cut=True), Trouble(fail=503)])
async def test_doubt_about_a_post_with_a_picture_is_resolved_by_asking(vendor, channel, post, trouble):
    vendor.troubles = [trouble]
    with pytest.raises(errors.Unknown):
        await channel.send(post())

    assert (await channel.find(post())).provider_id == vendor.posts[0]["id"]


async def test_a_thread_that_goes_on_uploads_nothing_again(vendor, channel, post):
    vendor.lax = True
    vendor.troubles = [None, Trouble(429)]
    with pytest.raises(errors.Unknown):
        await channel.send(post(THREAD))
    await channel.send(post(THREAD, key=again()))

    assert vendor.texts == PARTS
    assert len(vendor.media) == 1
    assert [bool(said["media"]) for said in vendor.posts] == [True, False, False]


@pytest.mark.parametrize(
    "changes",
    [
        {"picture": Picture(b"", "image/png", "")},
        {"picture": Picture(OCTETS, "image/svg+xml", "")},
        {"picture": Picture(bytes(5_000_001), "image/png", "")},
        {"picture": Picture(OCTETS, "image/png", "x" * 1_001)},
        {"picture": Picture(OCTETS, "image/png", "half \ud83d")},
        {"body": "x" * 281},
    ],
)
async def test_a_post_that_cannot_be_one_uploads_nothing(vendor, channel, post, changes):
    with pytest.raises(errors.Undeliverable):
        await channel.send(post(**changes))

    assert vendor.received == []
