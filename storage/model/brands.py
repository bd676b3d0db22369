"""Who speaks: workspaces, brands, their pages, and what messages leave as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Workspace:
    """One Slack workspace. `settings` holds only what differs from the defaults (engine.policy)."""

    id: str
    name: str
    bot_user_id: str
    installer_id: str | None
    settings: Json
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Brand:
    """`say` and `dont` are words it likes and words that never appear. `targets`: call to action → address.

    `pillars` are its own instead of the usual six; `pictures` are those of them whose posts ask for a picture,
    `threads` those whose posts on X are threads; `posting_times` network → "09:00", local to `zone`.
    """

    id: int
    workspace_id: str
    name: str
    is_default: bool
    positioning: str
    audience: str
    value_propositions: tuple[str, ...]
    tone: str
    language: str
    dont: tuple[str, ...]
    call_to_action: str
    postal_address: str
    zone: str
    voice: str = ""
    say: tuple[str, ...] = ()
    targets: Json = field(default_factory=dict)
    pillars: tuple[str, ...] = ()
    posting_times: Json = field(default_factory=dict)
    pictures: tuple[str, ...] = ()
    threads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A page or profile of a brand that posts appear on. `address` is the vendor's id (LinkedIn: a URN)."""

    id: int
    workspace_id: str
    brand_id: int
    network: str
    address: str
    name: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a message leaves as, and how much it may: caps, breaker, Retry-After and fairness are this row.

    `used` counts messages handed out until `resets_at` (the next midnight in `zone`); `cap` None means no limit.
    The warm-up allows `warm_from` messages on the first day and `warm_by` more after each of the `warm_days` on
    which it really sent; None means there is none. `campaign_id`: it only sends for that campaign, with its own cap.
    `not_before` is machine time. `stopped` names a fault of the set-up that a person must mend, or is empty.
    The circuit breaker: `failures` in a row, since when it is open (`opened_at`, business time), and why (`cause`).
    """

    id: int
    workspace_id: str
    channel: str
    address: str
    name: str
    reply_to: str
    feed_id: int | None
    zone: str
    resets_at: datetime | None
    used: int
    cap: int | None
    not_before: datetime | None
    stopped: str
    failures: int
    opened_at: datetime | None
    cause: str
    served_at: datetime | None
    campaign_id: int | None = None
    warm_from: int | None = None
    warm_by: int = 0
    warm_days: int = 0

    @property
    def limit(self) -> int | None:
        """The most messages of the day that ends at `resets_at`; None for no limit."""
        return self.limit_after(self.warm_days)

    def limit_after(self, days: int) -> int | None:
        """The most messages of a day before which it sent on `days` days: the smallest limit wins (E5)."""
        if self.cap is None or self.warm_from is None:
            return self.cap
        return min(self.cap, self.warm_from + self.warm_by * days)
