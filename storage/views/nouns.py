"""What each kind of card needs to know: frozen dataclasses, filled by the loaders beside this file.

Every `zone` is the workspace's: readers see their own, who cannot sees that one named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage import digests
from storage.facts import Situation
from storage.model import (
    Campaign,
    Conflict,
    Contact,
    Engagement,
    Entry,
    Listed,
    Reply,
    Revision,
    Sender,
    Strategy,
    StrategyState,
)
from storage.model.accounts import Seen
from storage.model.consents import Consent
from storage.pictures import Given
from storage.recommendations import Recommendation
from storage.scores import Known


@dataclass(frozen=True, slots=True)
class CampaignView:
    """`people` counts enrolments by state, `messages` messages by state, `engaged` messages by human engagement.

    `next_at` is the next slot of a scheduled message or a later touch; `coming` counts later touches whose words are
    not due yet; `waits` are those of the sequence in force. `strategy` is the newest one's state, None without one;
    `writing` while it is still being written. `weak`: a recommendation to it waits for a decision.
    """

    campaign: Campaign
    zone: str
    messages: Mapping[str, int] = field(default_factory=dict)
    people: Mapping[str, int] = field(default_factory=dict)
    engaged: Mapping[str, int] = field(default_factory=dict)
    next_at: datetime | None = None
    coming: int = 0
    waits: tuple[int, ...] = ()
    strategy: StrategyState | None = None
    writing: bool = False
    last: Entry | None = None
    weak: bool = False


@dataclass(frozen=True, slots=True)
class StrategyView:
    strategy: Strategy
    campaign: Campaign
    zone: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """A draft card of a touch or a post. `revision` is the current wording, `before` the one it replaced,
    `edits` all that people wrote, newest first.

    `given` is the file that a person gave last for a post's picture, `file` what its thread shows of the one it has.
    `booked` is what its sender has scheduled, (moment, how many), if it has a daily cap and this is undecided.
    `verdicts` (gate, "pass" | "hold" | "block", reason) and `expected_at`, the slot it would get if it were
    approved now, are worked out by the caller: they depend on rules and on the clock.
    """

    case: Situation
    zone: str
    account: str = ""
    revision: Revision | None = None
    before: Revision | None = None
    edits: tuple[Revision, ...] = ()
    engagements: tuple[Engagement, ...] = ()
    last: Entry | None = None
    booked: tuple[tuple[datetime, int], ...] = ()
    given: Given | None = None
    file: str = ""
    verdicts: tuple[tuple[str, str, str], ...] = ()
    expected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReminderView:
    """The drafts of a campaign that people were reminded of and did not decide on, and the first deadline."""

    campaign: str
    zone: str
    drafts: int = 0
    first_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReplyView:
    """`pending` counts the messages to this person that wait for the decision; `answer` says that one is suggested."""

    reply: Reply
    contact: Contact
    zone: str
    campaign: str = ""
    subject: str = ""
    pending: int = 0
    answer: bool = False


@dataclass(frozen=True, slots=True)
class ConflictView:
    """`pending` counts the messages to this person that wait for the decision, in a company's conflict those to it.

    `company` is whose sequence it stops, empty for none, `paused` whether that was done; `seen` is the evidence.
    """

    conflict: Conflict
    contact: Contact
    zone: str
    pending: int = 0
    company: str = ""
    paused: bool = False
    seen: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Touching:
    """One message to a contact in a line. `at`: when it was sent, else its slot; `timed`: it does not wait for a person."""

    id: int
    channel: str
    state: str
    step: int
    campaign: str
    at: datetime | None
    subject: str = ""
    note: str = ""
    timed: bool = True


@dataclass(frozen=True, slots=True)
class ContactView:
    """`known` is what the score rests on. `campaigns` are (name, enrolment's state, why it stopped), newest first.

    `sent`, `notes` and `history` (the contact's timeline without notes) are newest first; `pending` counts messages.
    `agreed` is what they last said about each channel that needs consent.
    """

    known: Known
    zone: str
    account: str = ""
    campaigns: tuple[tuple[str, str, str], ...] = ()
    next: Touching | None = None
    pending: int = 0
    sent: tuple[Touching, ...] = ()
    notes: tuple[Entry, ...] = ()
    history: tuple[Entry, ...] = ()
    agreed: tuple[Consent, ...] = ()


@dataclass(frozen=True, slots=True)
class AdviceView:
    recommendation: Recommendation
    campaign: Campaign
    zone: str


@dataclass(frozen=True, slots=True)
class DigestView:
    """`figures` is None until they were counted (engine.digest says what is in them)."""

    id: int
    starts_at: datetime
    ends_at: datetime
    zone: str
    asked_by: str | None = None
    figures: Mapping[str, Any] | None = None

    @property
    def is_week(self) -> bool:
        return digests.is_week(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class ChartView:
    """The picture that belongs to a digest; `png` is None until it was drawn."""

    id: int
    starts_at: datetime
    zone: str
    png: bytes | None = None
    figures: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ImportView:
    """`problems` are kept as the import wrote them: a line number and a sentence each."""

    id: int
    file_name: str
    campaign: str
    state: str
    asked_by: str
    line: int = 0
    added: int = 0
    duplicate: int = 0
    invalid: int = 0
    opted_out: int = 0
    problems: tuple[Any, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class RunView:
    """`report` is None until the run is over. `campaign` is its name; of a day's posts the brand's, and `day` is set."""

    id: int
    campaign: str
    batch: int
    dry: bool
    asked_by: str
    state: str
    report: Mapping[str, Any] | None = None
    day: str = ""


@dataclass(frozen=True, slots=True)
class SenderView:
    """A channel's sender as it is now; `last` is what happened to it last."""

    sender: Sender
    last: Entry | None
    zone: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that needs a person, and where its card stands (`ts` None: not posted yet).

    `id` is a message's, or for a reply the reply's. `due_at`: a draft's deadline, a task's slot, when a reply came.
    `note`: why it failed; `klass`: what a reply was taken for.
    """

    id: int
    to: str
    campaign: str
    channel: str
    due_at: datetime | None
    slack_channel: str = ""
    ts: str | None = None
    note: str = ""
    klass: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class HomeView:
    """What needs a person, each the first few and how many in all; the newest campaigns with (to decide, sent).

    `waiting` are drafts by deadline; `failures` what failed, was blocked or is unsure, newest first, `troubled` in all;
    `weak` are campaigns with a recommendation that nobody decided on.
    `replies` those nobody decided on, hot ones first, `hot` of `replies_in_all`; `calls` tasks that wait for a person.
    `contacts` and `sent` say whether there is anybody, and whether anything left yet. `conflicts` hold messages until
    somebody decides, the oldest first; each is about a person, or the company that it stops.
    """

    zone: str
    waiting: tuple[Waiting, ...] = ()
    waiting_in_all: int = 0
    strategies: int = 0
    troubled: int = 0
    failures: tuple[Waiting, ...] = ()
    replies: tuple[Waiting, ...] = ()
    hot: int = 0
    replies_in_all: int = 0
    calls: tuple[Waiting, ...] = ()
    calls_in_all: int = 0
    campaigns: tuple[tuple[Listed, int, int], ...] = ()
    campaigns_in_all: int = 0
    contacts: bool = False
    sent: bool = False
    weak: frozenset[int] = frozenset()
    conflicts: tuple[Waiting, ...] = ()
    conflicts_in_all: int = 0
