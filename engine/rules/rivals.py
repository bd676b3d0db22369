"""Several messages that want the same person within the gap between two touches: whose turn it is (E4). Pure.

The older approval goes first, an answer to the person's own reply before all; the other says who won.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.rules import timing


@dataclass(frozen=True, slots=True)
class Promise:
    """A message that has its hour. `turn` sorts those first who go first; `campaign` is its name for people."""

    message_id: int
    turn: Any
    slot_at: datetime
    campaign: str


def earliest(
    turn: Any, wanted: datetime, others: Sequence[Promise], zone: str, hours: int
) -> tuple[datetime, str]:
    """When a message may have its hour at the earliest, and in words who goes first; no words when nobody does."""
    at, reason = wanted, ""
    for other in sorted(others, key=lambda promise: promise.slot_at):
        if other.turn < turn and too_close(at, other.slot_at, zone, hours):
            at = max(at, timing.earliest_after_touch(other.slot_at, zone, hours))
            reason = first(other.campaign)
    return at, reason


def first(campaign: str) -> str:
    """Who won, for the note of the other."""
    return f"“{campaign}” writes to them first: it was approved before."


def giving_way(
    turn: Any, slot_at: datetime, others: Sequence[Promise], zone: str, hours: int
) -> list[Promise]:
    """Those with an hour too close to `slot_at` that were approved later: they have to move behind it."""
    return [other for other in others if other.turn > turn and too_close(slot_at, other.slot_at, zone, hours)]


def too_close(a: datetime, b: datetime, zone: str, hours: int) -> bool:
    """Whether the later of two touches would come before the gap after the earlier one is over."""
    return max(a, b) < timing.earliest_after_touch(min(a, b), zone, hours)
