"""What a digest counts: the period that is asked about, and the figures of one group of messages in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Period:
    """`positive` and `automatic` are the reply classes that count as such; automatic ones are no replies at all."""

    workspace_id: str
    start: datetime
    end: datetime
    positive: tuple[str, ...]
    automatic: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """One group's figures. Opens and clicks count messages, people's and machines' apart.

    `people` are the contacts sent to, `answered` those of them who replied to what was sent in the period;
    `read` and `followed` are the delivered messages that a person opened or clicked before the period's end.
    """

    sent: int = 0
    delivered: int = 0
    bounced: int = 0
    failed: int = 0
    opened: int = 0
    opened_by_machines: int = 0
    clicked: int = 0
    clicked_by_machines: int = 0
    replied: int = 0
    positive: int = 0
    unsubscribed: int = 0
    converted: int = 0
    reactions: int = 0
    people: int = 0
    answered: int = 0
    read: int = 0
    followed: int = 0

    @property
    def reply_rate(self) -> float:
        """Contacts with a human reply over contacts sent to; 0 when nothing was sent."""
        return self.answered / self.people if self.people else 0.0

    @property
    def open_rate(self) -> float:
        """Over delivered."""
        return self.read / self.delivered if self.delivered else 0.0

    @property
    def click_rate(self) -> float:
        """Over delivered."""
        return self.followed / self.delivered if self.delivered else 0.0
