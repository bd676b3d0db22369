"""Companies in campaigns: the account, its one sequence, its people in order, what was seen of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from storage.model.kinds import EnrolmentState


@dataclass(frozen=True, slots=True)
class Account:
    """A company. `key` is its normalised domain, else its normalised name (engine.rules.newcomers)."""

    id: int
    workspace_id: str
    key: str
    name: str
    domain: str
    zone: str


@dataclass(frozen=True, slots=True)
class AccountEnrolment:
    """One account's run through a campaign's sequence. `revision` grows when its people or their order change.

    `recycled`: how often the account was begun again before.
    `paused_at`: a conflict stopped it. `cleared_at`: what was seen before that was decided by a person.
    """

    id: int
    workspace_id: str
    campaign_id: int
    account_id: int
    step: int
    state: EnrolmentState
    revision: int
    paused_at: datetime | None
    cleared_at: datetime | None
    reason: str
    created_at: datetime
    recycled: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed about an account that stayed silent: "reengage" or "recycle"; a person decides."""

    id: int
    workspace_id: str
    enrolment_id: int
    kind: str
    decided_by: str | None
    decision: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """A contact in the order of an account. `reason` says what the title score rests on."""

    enrolment_id: int
    contact_id: int
    position: int
    is_primary: bool
    score: int
    reason: str
    approved_by: str | None
    struck_by: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What speaks against writing to an account: `kind` of engine.rules.accounts.Evidence, who, when, in what words."""

    kind: str
    contact_id: int
    name: str
    at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True)
class AccountTouch:
    """One touch of an account's sequence, and to whom."""

    enrolment_id: int
    contact_id: int
    step: int
    state: str
    channel: str
    sent_at: datetime | None
    slot_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountCase:
    """What a gate must know of the account a message belongs to.

    `asked`: a conflict waits for a person. `seen` happened since a person last decided. `sent` maps each contact to
    their last touch in this sequence. `member` is None for somebody who is not in its order.
    """

    name: str
    paused_at: datetime | None = None
    asked: bool = False
    member: Member | None = None
    seen: tuple[Seen, ...] = ()
    sent: Mapping[int, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Engaged:
    """Somebody at the company who answered: the subject of the message they answered is the topic."""

    contact_id: int
    first_name: str
    last_name: str
    title: str
    topic: str
    at: datetime
