"""A feed channel whose credentials belong to the feed: every envelope goes over an adapter with its own feed's token.

Knows neither rows nor seals; who makes it says where tokens come from. A token is kept nowhere but in its adapter.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from engine import errors
from engine.channels import Channel, Envelope, Finder, Limits, Receipt
from engine.channels.counts import Counting, Counts

Token = Callable[[str], Awaitable[str]]
"""Feed id → its token; empty where it has none of its own."""
Renew = Callable[[str, str], Awaitable[str]]
"""Feed id, and its token that was refused → the next one; empty where nothing can be renewed."""
T = TypeVar("T")
Make = Callable[[str], Channel]

OPEN = 64
"""Adapters that are kept for the next post; the longest unused makes room."""


class PerFeed:
    """`shared` serves the feeds without a token of their own; None where there is no token in the environment."""

    def __init__(
        self,
        name: str,
        token_of: Token,
        make: Make,
        limits: Limits,
        shared: Channel | None,
        renew: Renew | None = None,
    ) -> None:
        self._name, self._token_of, self._make, self._limits = name, token_of, make, limits
        self._renew = renew
        self._shared = shared
        self._adapters: OrderedDict[str, Channel] = OrderedDict()

    @property
    def name(self) -> str:
        return self._name

    @property
    def provider(self) -> str:
        return self._shared.provider if self._shared else self._name

    @property
    def limits(self) -> Limits:
        return self._limits

    @property
    def idempotent_for(self) -> timedelta:
        return timedelta(0)

    async def send(self, envelope: Envelope) -> Receipt:
        return await self._asked(envelope.options.get("feed", ""), lambda one: one.send(envelope))

    async def find(self, envelope: Envelope) -> Receipt | None:
        """Asked with the feed's own token: each of these networks lists what a page posted."""

        async def found(one: Channel) -> Receipt | None:
            assert isinstance(one, Finder)
            return await one.find(envelope)

        return await self._asked(envelope.options.get("feed", ""), found)

    async def count(self, feed: str, page: str, post: str) -> Counts:
        """What the network counted, asked with the feed's own token."""

        async def counted(one: Channel) -> Counts:
            return await one.count(page, post) if isinstance(one, Counting) else Counts()

        return await self._asked(feed, counted)

    async def _asked(self, feed: str, ask: Callable[[Channel], Awaitable[T]]) -> T:
        """A token that is refused is renewed once, where it can be: surely nothing was done with it."""
        token = await _token(self._token_of(feed))
        try:
            return await ask(await self._opened(token))
        except errors.TokenRefused:
            following = await _token(self._renew(feed, token)) if self._renew and token else ""
            if not following:
                raise
        return await ask(await self._opened(following))

    async def _opened(self, token: str) -> Channel:
        if not token:
            if self._shared is None:
                hint = f"Run overture connect {self._name} --brand NAME."
                raise errors.Misconfigured(f"The page has no token yet. {hint}")
            return self._shared
        mark = hashlib.sha256(token.encode()).hexdigest()
        if mark not in self._adapters:
            self._adapters[mark] = self._make(token)
        self._adapters.move_to_end(mark)
        while len(self._adapters) > OPEN:
            _, oldest = self._adapters.popitem(last=False)
            await oldest.close()
        return self._adapters[mark]

    async def close(self) -> None:
        for one in (*self._adapters.values(), *([self._shared] if self._shared else [])):
            await one.close()


async def _token(read: Awaitable[str]) -> str:
    """Nothing is on the wire yet: whatever keeps the token from being read is Transient, never in doubt."""
    try:
        return await read
    except errors.ChannelError:
        raise
    except Exception as error:
        raise errors.Transient("The page's token cannot be read now. It is tried again later.") from error
