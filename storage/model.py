"""The nouns of the product: typed and immutable outside storage.

Imports nothing of ours. Every instant is an aware UTC datetime; zones are IANA names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Json = Mapping[str, Any]

ONE_TO_ONE = ("email", "sms", "whatsapp", "messenger", "instagram_dm", "linkedin_dm", "x_dm", "call")
FEEDS = ("linkedin", "facebook", "x")


class CampaignStatus(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class StrategyState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


class ContactStatus(StrEnum):
    NEW = "new"
    CONTACTED = "contacted"
    REPLIED = "replied"
    QUALIFIED = "qualified"
    CONVERTED = "converted"
    LOST = "lost"


class EnrolmentState(StrEnum):
    WAITING = "waiting"  # in the campaign; its strategy is not approved yet
    ACTIVE = "active"
    STOPPED = "stopped"
    COMPLETED = "completed"


class Autonomy(StrEnum):
    REVIEW = "review"
    FIRST = "first"
    AUTO = "auto"


class EngagementKind(StrEnum):
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    HARD_BOUNCED = "hard_bounced"
    SOFT_BOUNCED = "soft_bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    LIKED = "liked"
    COMMENTED = "commented"
    SHARED = "shared"
    MEETING_BOOKED = "meeting_booked"
    CONVERTED = "converted"


class ReplyClass(StrEnum):
    """What a person says a reply is (G3). Out of office and bounce are not human answers."""

    INTERESTED = "interested"
    QUESTION = "question"
    NOT_NOW = "not_now"
    REFERRAL = "referral"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    OUT_OF_OFFICE = "out_of_office"
    OPT_OUT = "opt_out"
    BOUNCE = "bounce"


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
class Campaign:
    id: int
    workspace_id: str
    brand_id: int
    name: str
    goal: str
    audience: str
    offer: str
    must_say: str
    must_not_say: str
    channels: tuple[str, ...]
    tone: str
    language: str
    window: str
    zone: str
    autonomy: Autonomy
    autonomy_by: str | None
    status: CampaignStatus
    owner_id: str
    channel_id: str
    starts_at: datetime | None
    ends_at: datetime | None
    paused_at: datetime | None
    shift_seconds: int
    unsettled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One touch of a sequence. `wait_days` counts from the previous touch's real send."""

    number: int
    channel: str
    wait_days: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Strategy:
    """The idea behind a campaign. While `written_at` is None it is still being written."""

    id: int
    workspace_id: str
    campaign_id: int
    state: StrategyState
    angle: str
    pillars: tuple[str, ...]
    steps: tuple[Step, ...]
    timing: str
    measures: tuple[str, ...]
    source: str
    note: str
    asked_by: str
    decided_by: str | None
    reason: str
    written_at: datetime | None
    decided_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """A person. `zones` are all the zones a send must be fair in; `zone_from` names what told us.

    `facts` maps a name to {"value": …, "source": …}.
    """

    id: int
    workspace_id: str
    account_id: int | None
    first_name: str
    last_name: str
    email: str
    phone: str
    whatsapp: str
    linkedin_url: str
    x_handle: str
    instagram: str
    messenger_id: str
    company: str
    title: str
    country: str
    locale: str
    zones: tuple[str, ...]
    zone_from: str
    guessed: bool
    facts: Json
    source: str
    status: ContactStatus
    touched_at: datetime | None
    held_since: datetime | None
    created_at: datetime

    @property
    def name(self) -> str:
        """Full name, else the address: never empty for a contact that can be written to."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


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


@dataclass(frozen=True, slots=True)
class Message:
    """One touch or post. Exactly one of `contact_id` and `feed_id` is set.

    `due_at` is the next moment anything must look at the row; None means it waits for a person.
    `slot_at` is the time promised on the card. `attempts` counts claims and names one send; `tries` counts those
    that failed for a passing reason; `resend` grows when a person sends it again.
    """

    id: int
    workspace_id: str
    campaign_id: int | None
    enrolment_id: int | None
    strategy_id: int | None
    brand_id: int
    sender_id: int | None
    step: int
    variant: str
    contact_id: int | None
    feed_id: int | None
    channel: str
    fallbacks: tuple[str, ...]
    subject: str
    body: str
    options: Json
    state: str
    revision: int
    approved_revision: int | None
    approved_hash: str
    approved_by: str | None
    approved_at: datetime | None
    due_at: datetime | None
    slot_at: datetime | None
    leased_by: str | None
    lease_until: datetime | None
    attempts: int
    tries: int
    resend: int
    note: str
    sent_at: datetime | None
    provider_id: str
    replaces: int | None
    dedupe_key: str
    content_hash: str
    created_at: datetime

    @property
    def send_key(self) -> str:
        """The vendor's idempotency key: id.revision.n, where only a person grows n."""
        return f"{self.id}.{self.revision}.{self.resend}"


@dataclass(frozen=True, slots=True)
class Revision:
    """The words of a message as they were once, who wrote them and what the checks said."""

    message_id: int
    revision: int
    subject: str
    body: str
    author: str
    source: str
    reason: str
    score: int
    findings: tuple[Json, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Engagement:
    """A fact about a message, seen from outside. `human` is False for machines (scanners, prefetch)."""

    message_id: int
    kind: EngagementKind
    at: datetime
    dedupe_key: str
    human: bool = True
    detail: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    id: int
    workspace_id: str
    contact_id: int
    message_id: int | None
    text: str
    klass: ReplyClass
    recorded_by: str
    decided_by: str | None
    decision: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Card:
    """A picture of something in one Slack channel. It is stale while `drawn` is less than `wanted`."""

    id: int
    workspace_id: str
    kind: str
    entity_id: int
    channel: str
    parent_id: int | None
    ts: str | None
    wanted: int
    drawn: int
    not_before: datetime | None
    posting_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline: who did what to what, when."""

    entity: str
    entity_id: int
    event: str
    actor: str
    at: datetime
    detail: Json
