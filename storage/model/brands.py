"""Who speaks: workspaces, brands, their pages, and what messages leave as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    `not_before` is machine time. `stopped` names a fault of the set-up that a person must mend, or is empty.
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
    served_at: datetime | None
