"""What is planned and for whom: campaigns, strategies, contacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.model.kinds import Autonomy, CampaignStatus, ContactStatus, StrategyState

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Campaign:
    """`cap` replaces the sender's daily cap and warm-up for this campaign; `cap_by` chose it.

    `sender_name` and `reply_to` are what its recipients see instead of the sender's; empty for the sender's own.
    `touches` is how many its next strategy has; None for the workspace's number then. `by_account`: an account
    campaign, whose sequences belong to companies. `own_angles`: each lead gets an angle from their own facts.
    """

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
    cap: int | None = None
    cap_by: str | None = None
    touches: int | None = None
    sender_name: str = ""
    reply_to: str = ""
    by_account: bool = False
    own_angles: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One touch of a sequence. `wait_days` counts from the previous touch's real send.

    `purpose` and `condition` are keys of engine.rules.sequences; the condition is judged when the draft is due.
    """

    number: int
    channel: str
    wait_days: int
    purpose: str
    condition: str = ""


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
class Listed:
    """A campaign in a list of many: most of a whole one's fields are dear to read."""

    id: int
    name: str
    status: CampaignStatus
    owner_id: str
    channel_id: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A person. `zones` are all the zones a send must be fair in; `zone_from` names what told us.

    `held_since`: a reply or a conflict waits for a person. `away_until`: nothing leaves before, then it goes on by itself.
    `paused_by` stopped everything to them until Resume; `taken_by` writes to them in person, so that nothing else does.
    `merged_into`: the same person's record that is kept; this one only remembers its addresses.
    `score`: 0 to 100 as engine.rules.scoring counted it last; None before the first time.
    `preferred_channel` and `refused_channels` are what they said themselves (engine.rules.ladder).
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
    away_until: datetime | None = None
    paused_by: str | None = None
    taken_by: str | None = None
    score: int | None = None
    merged_into: int | None = None
    preferred_channel: str = ""
    refused_channels: tuple[str, ...] = ()
    unanswered: int = 0

    @property
    def name(self) -> str:
        """Full name, else the address: never empty for a contact that can be written to."""
        return f"{self.first_name} {self.last_name}".strip() or self.email or self.phone or self.whatsapp
