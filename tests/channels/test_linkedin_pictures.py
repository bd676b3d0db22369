"""A picture on a LinkedIn post: its place, its octets, its words; and that nothing leaves for another's host."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest
from channels import contracts, linkedin_server
from channels.linkedin_server import TOKEN, Trouble

from engine import errors
from engine.channels import Picture, linkedin

SPEC = "linkedin-handwritten.json"
OCTETS = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) + b"\r\n--x--\r\n\x00"
PICTURE = Picture(OCTETS, "image/png", 'Two people (left) at a "desk" ☕')
PLACE = "https://www.linkedin.com/dms-uploads/sp/C4/uploaded-image/0?sig=a%2Fb"


@pytest.fixture
def post(envelope):
    def build(**changes):
        common = {"channel": "linkedin", "to": "urn:li:organization:123", "footer": "", "picture": PICTURE}
        return envelope(**{**common, **changes})

    return build


@pytest.fixture(scope="module")
def listening():
    with linkedin_server.serving() as state:
        yield state


@pytest.fixture
def vendor(listening):
    listening.clear()
    return listening


@pytest.fixture
async def channel(vendor):
    opened = linkedin.LinkedIn(TOKEN, api_url=vendor.url)
    yield opened
    await opened.close()


def placing(place=PLACE, *, put=201, **wrong):
    """A channel whose LinkedIn names this place, and the requests that it sent."""
    seen = []

    def handle(request):
        seen.append(request)
        if request.url.path == "/rest/images":
            return httpx.Response(
                200, json={"value": {"uploadUrl": place, "image": "urn:li:image:C4_a-9"} | wrong}
            )
        if request.url.path == "/rest/posts":
            return httpx.Response(201, headers={"x-restli-id": "urn:li:share:7"})
        return httpx.Response(put, headers={"location": "https://evil.example/"})

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle), follow_redirects=True)
    return linkedin.LinkedIn(TOKEN, client=client), seen


async def test_a_picture_leaves_octet_by_octet_with_its_words(vendor, channel, post):
    receipt = await channel.send(post())

    ((urn, octets),) = vendor.pictures.items()
    (said,) = vendor.posts
    assert octets == OCTETS
    assert said["content"] == {"media": {"id": urn, "altText": PICTURE.alt}}
    assert receipt.provider_id == "urn:li:share:1"
    assert vendor.steps == ["place", "put", "post"]
    assert json.loads(vendor.received[0].raw) == {
        "initializeUploadRequest": {"owner": "urn:li:organization:123"}
    }
    assert vendor.received[1].headers["content-type"] == "application/octet-stream"
    assert {got.headers["linkedin-version"] for got in vendor.received} == {linkedin.VERSION}


@contracts.needs(SPEC)
@pytest.mark.parametrize("alt", ["", " ", PICTURE.alt])
async def test_every_request_keeps_the_vendors_contract(post, alt):
    channel, seen = placing()
    await channel.send(post(picture=Picture(OCTETS, "image/gif", alt), to="urn:li:person:aB-9_"))

    place, put, said = seen
    contracts.keep(SPEC, place)
    contracts.keep(SPEC, said)
    assert (put.method, str(put.url)) == ("PUT", PLACE)
    assert put.headers["authorization"] == f"Bearer {TOKEN}"
    assert ("altText" in json.loads(said.content)["content"]["media"]) is bool(alt.strip())


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/x",
        "https://linkedin.com.evil.example/x",
        "https://xlinkedin.com/x",
        "https://evil.example/?www.linkedin.com",
        "https://evil.example#.linkedin.com",
        "https://www.linkedin.com.:443/x",
        "https://www.linkedin.com:8443/x",
        "http://www.linkedin.com/x",
        "http://api.linkedin.com/x",
        "http://127.0.0.1/x",
        "http://[::1]:5432/",
        "https://lınkedin.com/x",
        "ftp://www.linkedin.com/x",
    ],
)
async def test_neither_token_nor_picture_goes_to_anothers_host(post, place):
    channel, seen = placing(place)
    with pytest.raises(errors.Misconfigured, match="Nothing was sent") as refused:
        await channel.send(post())

    assert [request.url.path for request in seen] == ["/rest/images"]
    assert place not in refused.value.reason


@pytest.mark.parametrize(
    "wrong",
    [
        {"uploadUrl": ""},
        {"uploadUrl": 7},
        {"uploadUrl": "/dms-uploads/x"},
        {"uploadUrl": "https://www.linkedin.com/\r\nx"},
        {"uploadUrl": "https://[::1/"},
        {"uploadUrl": "https://user:pw@www.linkedin.com/x"},
        {"uploadUrl": "https://www.linkedin.com/" + "x" * 4_000},
        {"image": "urn:li:share:7"},
        {"image": "urn:li:image:../7"},
        {"image": None},
    ],
)
async def test_a_place_that_is_none_is_asked_for_again_later(post, wrong):
    channel, seen = placing(**wrong)
    with pytest.raises(errors.Transient, match="did not name a place"):
        await channel.send(post())

    assert len(seen) == 1


@pytest.mark.parametrize("put", [301, 302, 307, 308])
async def test_a_place_that_points_elsewhere_is_not_followed(post, put):
    channel, seen = placing(put=put)
    with pytest.raises(errors.Misconfigured):
        await channel.send(post())

    assert len(seen) == 2


@pytest.mark.parametrize("step", ["place", "put"])
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, errors.Undeliverable),
        (401, errors.TokenRefused),
        (403, errors.Misconfigured),
        (408, errors.Transient),
        (409, errors.Transient),
        (413, errors.Undeliverable),
        (422, errors.Undeliverable),
        (426, errors.Misconfigured),
        (429, errors.RateLimited),
        (500, errors.Transient),
        (502, errors.Transient),
        (503, errors.Transient),
        (504, errors.Transient),
    ],
)
async def test_a_picture_that_is_refused_is_never_in_doubt(vendor, channel, post, step, status, expected):
    vendor.troubles = {step: Trouble(refuse=status)}
    with pytest.raises(errors.ChannelError) as caught:
        await channel.send(post())

    assert type(caught.value) is expected
    assert TOKEN not in caught.value.reason
    assert "post" not in vendor.steps


async def test_a_place_that_is_gone_is_asked_for_anew(vendor, channel, post):
    vendor.troubles = {"put": Trouble(refuse=404)}
    with pytest.raises(errors.Transient, match="gone"):
        await channel.send(post())
    vendor.troubles = {}
    await channel.send(post())

    assert len(vendor.pictures) == 2
    assert len(vendor.posts) == 1


async def test_a_limit_on_uploads_waits_as_one_on_posts_does(vendor, channel, post):
    vendor.troubles = {"place": Trouble(refuse=429, headers={"Retry-After": "120"})}
    with pytest.raises(errors.RateLimited) as limited:
        await channel.send(post())

    assert limited.value.retry_after == timedelta(seconds=120)


@pytest.mark.parametrize(
    ("step", "expected"),
    [("place", errors.Transient), ("put", errors.Transient), ("post", errors.Unknown)],
)
async def test_silence_is_in_doubt_only_after_the_post_left(
    vendor, channel, post, monkeypatch, step, expected
):
    monkeypatch.setattr(linkedin, "TIMEOUT", 0.9)
    vendor.troubles = {step: Trouble(silent=1.2)}
    with pytest.raises(errors.ChannelError) as caught:
        await channel.send(post())

    assert type(caught.value) is expected
    assert ("post" in vendor.steps) is (step == "post")


@pytest.mark.parametrize(
    "changes",
    [
        {"picture": Picture(b"", "image/png", "")},
        {"picture": Picture(OCTETS, "image/webp", "")},
        {"picture": Picture(OCTETS, "image/png\r\nX: y", "")},
        {"picture": Picture(bytes(5_000_001), "image/png", "")},
        {"picture": Picture(OCTETS, "image/png", "x" * 1_001)},
        {"picture": Picture(OCTETS, "image/png", "half \ud83d")},
        {"options": {"link": "https://acme.example/lost"}},
        {"body": ""},
    ],
)
async def test_a_post_that_cannot_be_one_uploads_nothing(post, changes):
    channel, seen = placing()
    with pytest.raises(errors.Undeliverable):
        await channel.send(post(**changes))

    assert seen == []


async def test_a_picture_takes_the_place_of_a_link_that_stands_in_the_words(vendor, channel, post):
    link = "https://acme.example/x"
    await channel.send(post(body=f"Look: {link}", options={"link": link, "title": "A guide"}))

    assert list(vendor.posts[0]["content"]) == ["media"]
    assert link in vendor.posts[0]["commentary"]


def test_a_pictures_octets_are_never_printed(post):
    assert "x89PNG" not in repr(post())
