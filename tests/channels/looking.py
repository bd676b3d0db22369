"""What the tests of the vendors' lists share: a vendor that answers with given pages, and what a look at them says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx

from engine import errors
from engine.channels import Envelope, Finder

YES, NO, MAYBE, LATER, PERSON = "yes", "no", errors.Unknown, errors.Transient, errors.Unaskable


def paged(*pages: Any, status: int = 200) -> tuple[httpx.AsyncClient, list[httpx.Request]]:
    """A client to which these pages are answered one after another, the last one for ever; and what it was asked."""
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        page = pages[min(len(asked), len(pages)) - 1]
        return httpx.Response(status, **({"content": page} if isinstance(page, bytes) else {"json": page}))

    return httpx.AsyncClient(transport=httpx.MockTransport(handle)), asked


def dripping() -> httpx.AsyncClient:
    """A client to which an answer begins and never ends."""

    class Drip(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"{"
            await asyncio.Event().wait()

    transport = httpx.MockTransport(lambda request: httpx.Response(200, stream=Drip()))
    return httpx.AsyncClient(transport=transport)


async def told(channel: Finder, envelope: Envelope) -> str | type[errors.ChannelError]:
    """Whether a look says yes or no, or the kind of error that stands for neither."""
    try:
        found = await channel.find(envelope)
    except errors.ChannelError as error:
        return type(error)
    return YES if found else NO
