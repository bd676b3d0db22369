"""The demo's networks take pictures from the real channels, keep their hash and their words with the post, and list it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from channels import listening
from starlette.applications import Starlette

from bot.local.networks import Networks
from bot.local.sink import Feed
from engine import errors
from engine.channels import Envelope, Picture, facebook, linkedin, x

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
OPENED = {
    "linkedin": (lambda url: linkedin.LinkedIn("local", api_url=f"{url}/linkedin"), "urn:li:organization:1"),
    "facebook": (lambda url: facebook.Facebook("local", api_url=f"{url}/facebook"), "123"),
    "x": (lambda url: x.X("local-@acme", api_url=f"{url}/x"), "@acme"),
}


@pytest.fixture
def networks():
    feed = Feed()
    posted = Networks(feed)
    with listening.at(Starlette(routes=[*feed.routes(), *posted.routes()])) as url:
        yield url, posted


def post(network, body, picture):
    return Envelope(
        key="42.1.0-18c0", channel=network, to=OPENED[network][1], to_name="", from_address="", from_name="",
        reply_to="", subject="", body=body, message_id="", at=datetime.now(UTC), picture=picture,
    )  # fmt: skip


@pytest.mark.parametrize("network", OPENED)
async def test_a_post_is_shown_with_the_picture_that_left(networks, network):
    url, posted = networks
    channel = OPENED[network][0](url)
    await channel.send(post(network, "With a picture", Picture(PNG, "image/png", "A door ☕")))
    await channel.send(post(network, "In words alone", None))
    with pytest.raises(errors.Undeliverable):
        await channel.send(post(network, "With no picture at all", Picture(b"<svg>", "image/png", "")))
    await channel.close()

    shown, bare = posted.posts[network]
    sha256 = hashlib.sha256(PNG).hexdigest()
    assert shown["picture"] == {"sha256": sha256, "bytes": len(PNG), "alt": "A door ☕"}
    assert "picture" not in bare


@pytest.mark.parametrize("network", OPENED)
async def test_a_post_is_found_again_by_its_words(networks, network):
    url, posted = networks
    channel = OPENED[network][0](url)
    receipt = await channel.send(post(network, "Found (again) by its words #Once", None))
    found = await channel.find(post(network, "Found (again) by its words #Once", None))
    assert found.provider_id == receipt.provider_id == posted.posts[network][-1]["id"]
    assert await channel.find(post(network, "Nobody ever said that anywhere", None)) is None
    await channel.close()
