"""What leaves and what comes back: messages, their wordings, engagements, replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage.model.kinds import EngagementKind, ReplyClass

Json = Mapping[str, Any]
WAITING = "waiting for a person"
"""The note of a task that was offered: whatever else happens to a message writes another note."""


@dataclass(frozen=True, slots=True)
class Message:
    """One touch or post. Exactly one of `contact_id` and `feed_id` is set.

    `due_at` is the next moment anything must look at the row; None means it waits for a person.
    `slot_at` is the time promised on the card. `reminded` counts the reminders of its deadline. `attempts` counts
    claims and names one send; `tries` counts those that failed for a passing reason; `resend` grows when a person
    sends it again.
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
    reminded: int = 0

    @property
    def send_key(self) -> str:
        """The vendor's idempotency key: id.revision.n, where only a person grows n."""
        return f"{self.id}.{self.revision}.{self.resend}"

    @property
    def answers(self) -> int | None:
        """The reply that this message answers; None for a touch of a sequence or a post."""
        found = self.options.get("answers")
        return int(found) if found else None

    @property
    def is_offered(self) -> bool:
        """Whether it is a task that a person was asked to do; `due_at` is its next reminder (F2)."""
        return self.state == "scheduled" and self.note == WAITING

    @property
    def out(self) -> tuple[str, ...]:
        """The vendor's ids of the first posts of a thread that are out while the others are not, of these words."""
        noted = self.options.get("out")
        return tuple(noted["ids"]) if noted is not None and noted.get("revision") == self.revision else ()

    def noting_out(self, ids: Sequence[str]) -> dict[str, Any]:
        """What of its options says that these posts of its thread are out."""
        return {"out": {"revision": self.revision, "ids": list(ids)}}

    @property
    def in_doubt(self) -> bool:
        """Whether an earlier try under the present `send_key` may have arrived (engine.deliver.doubt writes it)."""
        noted = self.options.get("doubt")
        return noted is not None and noted.get("key") == self.send_key


@dataclass(frozen=True, slots=True)
class Revision:
    """The words of a message as they were once, who wrote them and what the checks said.

    `reason`: why they were rejected. A person's edit keeps `changes`, runs of words kept, removed and added
    (engine.rules.similarity), and `why`, that person's reason.
    """

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
    changes: tuple[Json, ...] = ()
    why: str = ""


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
    """`reading` is what rules made of it (engine.replies), and who corrected that; None for one older than them."""

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
    reading: Json | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something that stands against writing to a contact; it holds everything until decided.

    With `enrolment_id` it pauses that account's sequence; `kind` is then what was seen (engine.rules.accounts).
    """

    id: int
    workspace_id: str
    contact_id: int
    text: str
    recorded_by: str
    decided_by: str | None
    decision: str
    created_at: datetime
    enrolment_id: int | None = None
    kind: str = "reported"
