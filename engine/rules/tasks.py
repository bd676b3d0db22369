"""When a person is reminded of a task, and how often (F2). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from engine.rules import timing
from engine.rules.timing import Window
from storage.model import Message

REMINDERS = 3
"""After so many the task is skipped."""


@dataclass(frozen=True, slots=True)
class Offer:
    """How often a task was reminded of, -1 before it was offered, and on which day of its sender it was counted.

    `day` is the end of that day (Sender.resets_at) as text: a task is counted once on the day it is offered, and once
    more if it is done on a later one.
    """

    reminders: int = -1
    day: str = ""

    @property
    def is_last(self) -> bool:
        return self.reminders >= REMINDERS


def read(row: Message) -> Offer:
    """What is known of the offer of these words; other words are a task of their own."""
    kept = row.options.get("task")
    if not isinstance(kept, Mapping) or kept.get("revision") != row.revision:
        return Offer()
    return Offer(int(kept.get("reminders", -1)), str(kept.get("day", "")))


def kept(row: Message, offer: Offer) -> dict[str, Any]:
    """The message's options with this offer in them."""
    task = {"reminders": offer.reminders, "day": offer.day, "revision": row.revision}
    return {**row.options, "task": task}


def next_reminder(now: datetime, zones: tuple[str, ...], window: Window, country: str = "") -> datetime:
    """The opening of the next business day where they are, inside their window; a day later where nothing opens."""
    tomorrow = timing.slot_on(timing.local_date(now, zones[0]) + timedelta(days=1), time(0), zones[0])
    try:
        return timing.next_open(
            timing.next_open(tomorrow, zones, timing.business_hours, country), zones, window, country
        )
    except ValueError:
        return now + timedelta(days=1)
