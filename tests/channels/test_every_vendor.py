"""What holds for every channel that asks a vendor over HTTP: what surely did not leave, and what may have left."""

from __future__ import annotations

import gzip
import socket
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import pytest
from channels import facebook_server, linkedin_server, resend_server, twilio_server

from engine import errors
from engine.channels import Channel, Finder, facebook, linkedin, resend, twilio, vendor_http

POST = {"subject": "", "footer": "", "unsubscribe_url": "", "key": "42.1.0-19b"}
SAID = b'{"id": "%s_7", "sid": "SM0123456789abcdef0123456789abcdef"}' % facebook_server.PAGE.encode()


@dataclass(frozen=True)
class Vendor:
    """`module` holds the channel's TIMEOUT; `message` what of an envelope is its own; `ok` how a success begins."""

    module: Any
    open: Callable[..., Channel]
    message: dict[str, str] = field(default_factory=dict)
    ok: bytes = b"HTTP/1.1 200 OK\r\n"


VENDORS = {
    "facebook": Vendor(
        facebook,
        partial(facebook.Facebook, facebook_server.TOKEN),
        POST | {"channel": "facebook", "to": facebook_server.PAGE},
    ),
    "linkedin": Vendor(
        linkedin,
        partial(linkedin.LinkedIn, linkedin_server.TOKEN),
        POST | {"channel": "linkedin", "to": linkedin_server.PAGE},
        b"HTTP/1.1 201 Created\r\n",
    ),
    "resend": Vendor(resend, partial(resend.Resend, resend_server.KEY)),
    "twilio": Vendor(
        twilio,
        partial(twilio.Twilio, twilio_server.ACCOUNT, twilio_server.TOKEN),
        POST | {"channel": "sms", "to": "+15557654321", "from_address": "+15551230000"},
        b"HTTP/1.1 201 Created\r\n",
    ),
}


@pytest.fixture(params=VENDORS.values(), ids=VENDORS)
def vendor(request):
    return request.param


@pytest.fixture
def message(vendor, envelope):
    return envelope(**vendor.message)


def answering(vendor, status, **answer):
    """A channel whose vendor always answers alike, over a client that would follow redirects; and its requests."""
    seen = []

    def handle(request):
        seen.append(request)
        return httpx.Response(status, **answer)

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle), follow_redirects=True)
    return vendor.open(client=client), seen


def askings(channel):
    """All that it asks a vendor for: to send, and where it can, what became of a send."""
    return [channel.send, *([channel.find] if isinstance(channel, Finder) else [])]


async def test_nobody_listening_means_not_sent(vendor, message):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        channel = vendor.open(api_url=f"http://127.0.0.1:{unused.getsockname()[1]}")
        for asking in askings(channel):
            with pytest.raises(errors.Transient):
                await asking(message)
        await channel.close()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(vendor, message, status):
    channel, seen = answering(vendor, status, headers={"location": "https://evil.example/"})
    for asking in askings(channel):
        with pytest.raises(errors.Misconfigured):
            await asking(message)

    assert len(seen) == len(askings(channel))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 20",
        b"not HTTP at all\r\n\r\n",
        b"HTTP/1.1 503 Busy\r\n\r\n",
        b"OK" + b"X: " + b"x" * 200_000 + b"\r\n\r\n" + SAID,
        b"OK" + b"Content-Length: 99\r\n\r\n" + SAID[:-3],
        b"OK" + b"\r\n" + b" " * 3_000_000 + SAID,
        b"OK" + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(SAID),
        b"OK" + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(SAID),
        b"OK" + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + SAID,
    ],
    ids=[
        "none", "cut off", "not HTTP", "busy", "endless headers", "cut body", "late body", "gzip", "deflate", "chunks"
    ],
)  # fmt: skip
async def test_an_answer_that_says_nothing_may_mean_sent(vendor, wire, message, answer):
    wire.says(vendor.ok + answer.removeprefix(b"OK") if answer.startswith(b"OK") else answer)
    channel = vendor.open(api_url=wire.url)
    with pytest.raises(errors.Unknown):
        await channel.send(message)
    await channel.close()

    assert len(wire.requests) == 1


async def test_silence_may_mean_sent(vendor, wire, message, monkeypatch):
    monkeypatch.setattr(vendor.module, "TIMEOUT", 0.2)
    channel = vendor.open(api_url=wire.url)
    with pytest.raises(errors.Unknown):
        await channel.send(message)
    await channel.close()

    assert len(wire.requests) == 1


async def test_a_refusal_stays_one_when_its_body_drips_or_has_no_end(vendor, wire, message, monkeypatch):
    monkeypatch.setattr(vendor_http, "ANSWER_SECONDS", 0.2)

    async def drip(writer):
        writer.write(b'HTTP/1.1 413 No\r\nContent-Length: 99999999\r\n\r\n{"message": "' + b"x" * 9000)
        await writer.drain()
        await wire.over.wait()

    wire.answer = drip
    channel = vendor.open(api_url=wire.url)
    with pytest.raises(errors.Undeliverable):
        await channel.send(message)
    await channel.close()


async def test_an_answer_without_end_is_read_only_at_its_start(vendor, message):
    class Endless(httpx.AsyncByteStream):
        read = 0

        async def __aiter__(self):
            while self.read < 10_000_000:
                self.read += 4096
                yield b" " * 4096

    body = Endless()
    channel, _ = answering(vendor, 200, stream=body)
    with pytest.raises(errors.Unknown):
        await channel.send(message)

    assert body.read <= 2 * vendor_http.ANSWER_MAX


async def test_a_client_that_was_lent_stays_open(vendor):
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda request: httpx.Response(500)))
    await vendor.open(client=client).close()

    assert not client.is_closed
