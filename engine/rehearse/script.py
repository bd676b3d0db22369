"""What is rehearsed and what comes of it, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from engine.context import Who
from storage import copying

Limits = Mapping[tuple[str, date], int]
"""(channel, day in the sender's zone) → how many may leave."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is played: the copied rows, from when on, for how many days, and who asked."""

    who: Who
    campaign_id: int
    rows: copying.Rows
    begins: datetime
    days: int

    @property
    def ends(self) -> datetime:
        return self.begins + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Touch:
    """One touch: `at` is when it left (UTC), None when it did not; `state` is sent, held or stopped.

    `zone` is the recipient's. `why`: what it waited for before it left, or what keeps it; empty for nothing.
    """

    contact: int
    step: int
    channel: str
    at: datetime | None
    zone: str
    state: str
    why: str = ""

    def as_json(self) -> dict[str, object]:
        at = self.at.isoformat() if self.at else None
        return {
            "contact": self.contact, "step": self.step, "channel": self.channel, "at": at, "zone": self.zone,
            "state": self.state, "why": self.why,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Played:
    """All touches in the order in which they came, those that did not leave last; `later` are due after the end.

    `others` are (channel, moment) of what other campaigns send meanwhile. `plan` says whose strategy it was.
    """

    touches: tuple[Touch, ...]
    limits: Limits
    others: tuple[tuple[str, datetime], ...] = ()
    unreached: tuple[tuple[int, str], ...] = ()
    later: int = 0
    plan: str = ""
