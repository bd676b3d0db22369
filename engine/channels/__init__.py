"""What a channel is: something that puts one approved envelope on the wire and says what became of it.

Knows nothing of rows, gates or Slack. One file per channel; which exist is decided by which credentials are set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from engine.channels.incoming import Call, Incoming


@dataclass(frozen=True, slots=True)
class Limits:
    """`concurrency`: sends in flight at once. `body`: the platform's hard maximum in its own units, None if none."""

    concurrency: int = 8
    body: int | None = None
    subject: int | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a post, exactly as approved. `content`: the file's octets, never printed. `media_type`: what it
    is, like `image/png`. `alt`: the words for people who do not see it; empty for none. See engine.rules.pictures.
    """

    content: bytes = field(repr=False)
    media_type: str
    alt: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything one send needs; assembled by engine.deliver from an approved revision.

    `key` is the idempotency key (message id.revision.n, and when it was written). `to` is an address in its wire
    form, or the feed's vendor id for a post. `body` is exactly what was approved. Everything else is added by code:
    `footer` (identity, postal address, opt-out line), `tracked` (link as written → signed link),
    `unsubscribe_url` (RFC 8058, https). `at` is the Date of the message, aware UTC. `picture` is for feeds alone; None
    where the post is words alone.
    """

    key: str
    channel: str
    to: str
    to_name: str
    from_address: str
    from_name: str
    reply_to: str
    subject: str
    body: str
    message_id: str
    at: datetime
    footer: str = ""
    unsubscribe_url: str = ""
    pixel_url: str = ""
    tracked: Mapping[str, str] = field(default_factory=dict)
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took responsibility. `provider_id` is its id; `url` is where people can see it, if anywhere."""

    provider_id: str
    url: str = ""


class Channel(Protocol):
    """Raises Transient, RateLimited, Undeliverable, Misconfigured or Unknown (engine.errors), nothing else."""

    @property
    def name(self) -> str: ...

    @property
    def provider(self) -> str:
        """Who takes the envelopes, in one word: two providers of a channel do not know each other's keys."""
        ...

    @property
    def limits(self) -> Limits: ...

    @property
    def idempotent_for(self) -> timedelta:
        """How long the vendor keeps `envelope.key`; zero when it has no such thing."""
        ...

    async def send(self, envelope: Envelope) -> Receipt: ...

    async def close(self) -> None: ...


@runtime_checkable
class Finder(Channel, Protocol):
    """A channel whose provider can be asked whether something arrived: it resolves unknown outcomes (F4)."""

    async def find(self, envelope: Envelope) -> Receipt | None:
        """The receipt of a send that arrived; None only when the provider shows that it did not.

        Raises Unaskable where that is never told, so that a person is asked at once, and any other ChannelError when
        it cannot be told now.
        """
        ...


@runtime_checkable
class Listener(Channel, Protocol):
    """A channel whose vendor calls back at /webhooks/ and `hook`. What it tells is acted on by engine.heard."""

    @property
    def hook(self) -> str: ...

    @property
    def hook_answer(self) -> tuple[str, str]:
        """The media type and the words of the answer to a call that was understood."""
        ...

    def read(self, call: Call) -> tuple[Incoming, ...] | None:
        """The facts of a call, in order; None if the vendor did not sign it."""
        ...
