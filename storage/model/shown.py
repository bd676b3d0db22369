"""What people see: cards in Slack, and the entries of a timeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Card:
    """A picture of something in one Slack channel. It is stale while `drawn` is less than `wanted`.

    `failures` counts the drawings that went wrong since the last one that did not. `moved_from` is where it stood before
    it moved down: that message goes when the card is posted again.
    """

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
    failures: int
    moved_from: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline: who did what to what, when."""

    entity: str
    entity_id: int
    event: str
    actor: str
    at: datetime
    detail: Json
