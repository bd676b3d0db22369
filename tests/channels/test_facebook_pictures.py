"""A picture on a post of a Facebook page: handed over unpublished, shown by a post of the feed, found like any other."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from channels import contracts, facebook_server
from channels.facebook_server import APP_SECRET, PAGE, PATH, TOKEN, Trouble

from engine import errors
from engine.channels import Picture, facebook

SPEC = "meta-page.json"
OCTETS = b"\xff\xd8\xff\xe0" + bytes(range(256)) + b"\r\n--x--\r\n\x00"
PICTURE = Picture(OCTETS, "image/jpeg", 'Our "new" door ☕')
LINK = "https://acme.example/x"


@pytest.fixture
def post(envelope):
    own = {"channel": "facebook", "to": PAGE, "key": "42.1.0-19b", "body": "We open on Monday.", "footer": ""}
    return lambda **changes: envelope(**{**own, "at": datetime.now(UTC), "picture": PICTURE, **changes})


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


async def test_a_picture_leaves_octet_by_octet_with_its_words(server, channel, post):
    receipt = await channel.send(post())

    ((id_, photo),) = server.photos.items()
    assert photo == {
        "published": "false",
        "temporary": "true",
        "alt_text_custom": PICTURE.alt,
        "source": OCTETS,
    }
    upload, said = server.received
    assert (upload.path, said.path) == (f"{PATH}/photos", f"{PATH}/feed")
    assert said.json == {
        "message": "We open on Monday.",
        "published": True,
        "attached_media": [{"media_fbid": id_}],
    }
    assert upload.headers["authorization"] == f"Bearer {TOKEN}"
    assert b'filename="picture.jpg"' in upload.raw
    assert receipt.url == server.posts[0]["permalink_url"]


@contracts.needs(SPEC)
@pytest.mark.parametrize("app_secret", ["", APP_SECRET])
@pytest.mark.parametrize("alt", ["", "Zoë & 100 % = 😀\n+"])
async def test_every_request_keeps_the_vendors_contract(server, post, app_secret, alt):
    """The contract knows no forms: what the form says beside its file is held against it as JSON."""
    server.signed = bool(app_secret)
    channel = facebook.Facebook(TOKEN, api_url=server.url, app_secret=app_secret)
    await channel.send(post(picture=Picture(OCTETS, "image/png", alt)))
    await channel.close()

    upload, said = server.received
    fields = {name: value for name, value in upload.form.items() if name != "source"}
    for name in ("published", "temporary"):
        fields[name] = json.loads(fields[name])
    assert ("alt_text_custom" in fields) is bool(alt)
    for path, body in ((upload.path, fields), (said.path, said.json)):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        contracts.keep(
            SPEC, httpx.Request("POST", f"https://graph.facebook.com{path}", json=body, headers=headers)
        )


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (Trouble(refuse=190), errors.Misconfigured),
        (Trouble(refuse=10), errors.Misconfigured),
        (Trouble(refuse=200), errors.Misconfigured),
        (Trouble(refuse=368), errors.Misconfigured),
        (Trouble(refuse=100), errors.Undeliverable),
        (Trouble(refuse=100, subcode=1366046), errors.Undeliverable),
        (Trouble(refuse=100, subcode=1366051), errors.Undeliverable),
        (Trouble(refuse=100, subcode=1363047), errors.Transient),
        (Trouble(refuse=4), errors.RateLimited),
        (Trouble(refuse=80001), errors.RateLimited),
        (Trouble(status=429), errors.RateLimited),
        (Trouble(status=413), errors.Undeliverable),
        (Trouble(status=408), errors.Transient),
        (Trouble(refuse=506), errors.Transient),
        (Trouble(refuse=1), errors.Transient),
        (Trouble(refuse=2), errors.Transient),
        (Trouble(fail=500), errors.Transient),
        (Trouble(fail=503), errors.Transient),
        (Trouble(cut=True), errors.Transient),
    ],
)
async def test_a_picture_that_is_refused_is_never_in_doubt(server, channel, post, trouble, expected):
    server.photo_trouble = trouble
    with pytest.raises(errors.ChannelError) as caught:
        await channel.send(post())

    assert type(caught.value) is expected
    assert TOKEN not in caught.value.reason
    assert [got.path for got in server.received] == [f"{PATH}/photos"]
    assert server.posts == []


@pytest.mark.parametrize("said", [b"", b"[" * 9000, b"{}", b'{"id": 7}', b'{"id": "../7"}', b'{"id": "1_2"}'])
async def test_a_picture_without_a_name_is_tried_again_later(post, said):
    seen = []

    def handle(request):
        seen.append(request)
        return httpx.Response(200, content=said)

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    with pytest.raises(errors.Transient, match="did not name it"):
        await facebook.Facebook(TOKEN, client=client).send(post())

    assert len(seen) == 1


async def test_silence_is_in_doubt_only_after_the_post_left(server, channel, post, monkeypatch):
    monkeypatch.setattr(facebook, "TIMEOUT", 0.9)
    server.photo_trouble = Trouble(after=1.0)
    with pytest.raises(errors.Transient):
        await channel.send(post())
    assert server.posts == []

    server.photo_trouble, server.usual = Trouble(), Trouble(after=1.2)
    with pytest.raises(errors.Unknown):
        await channel.send(post())
    found = await channel.find(post())
    assert found.provider_id == server.posts[0]["id"]


@pytest.mark.parametrize("trouble", [Trouble(cut=True), Trouble(fail=503)])
async def test_doubt_about_a_post_with_a_picture_is_resolved_by_asking(server, channel, post, trouble):
    server.troubles = [trouble]
    with pytest.raises(errors.Unknown):
        await channel.send(post())
    found = await channel.find(post())

    (stands,) = server.posts
    assert (found.provider_id, found.url) == (stands["id"], stands["permalink_url"])


async def test_a_picture_without_its_post_is_not_taken_for_it(server, channel, post):
    server.troubles = [Trouble(refuse=2)]
    with pytest.raises(errors.Unknown):
        await channel.send(post())

    assert len(server.photos) == 1
    assert await channel.find(post()) is None


async def test_a_limit_is_waited_for_as_long_as_facebook_says(server, channel, post):
    usage = {"X-Business-Use-Case-Usage": json.dumps({PAGE: [{"estimated_time_to_regain_access": 19}]})}
    server.photo_trouble = Trouble(refuse=32, headers=usage)
    with pytest.raises(errors.RateLimited) as limited:
        await channel.send(post())

    assert limited.value.retry_after == timedelta(minutes=19)


@pytest.mark.parametrize(
    "changes",
    [
        {"picture": Picture(b"", "image/png", "")},
        {"picture": Picture(OCTETS, "image/gif", "")},
        {"picture": Picture(bytes(4_000_001), "image/png", "")},
        {"picture": Picture(OCTETS, "image/png", "half \ud83d")},
        {"picture": Picture(OCTETS, "image/png", "x" * 1_001)},
        {"options": {"link": LINK}},
        {"body": ""},
    ],
)
async def test_a_post_that_cannot_be_one_uploads_nothing(server, channel, post, changes):
    with pytest.raises(errors.Undeliverable):
        await channel.send(post(**changes))

    assert server.received == []


async def test_a_picture_takes_the_place_of_a_link_that_stands_in_the_words(server, channel, post):
    await channel.send(post(body=f"Look: {LINK}", options={"link": LINK}))

    assert "link" not in server.received[1].json
