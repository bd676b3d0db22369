"""Daily caps with warm-up (E5): the defaults, how many may leave on which day, whose turn it is, and the words for it.

Pure. What a sender used and what is booked comes in; moments are aware UTC datetimes, days are its zone's.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from engine.errors import Refused
from engine.rules import timing
from storage.model import Sender

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WarmUp:
    """`start` messages on the first day, `step` more after each day on which something was really sent."""

    start: int
    step: int


@dataclass(frozen=True, slots=True)
class Cap:
    """The most messages a day, None for no limit; the warm-up that leads there, None for none."""

    most: int | None = None
    warm_up: WarmUp | None = None


DEFAULTS = {
    "email": Cap(20, WarmUp(5, 5)),
    "linkedin_dm": Cap(10, WarmUp(3, 2)),
    "x_dm": Cap(15),
}
_WARM_UP = re.compile(r"(\d{1,5})\s*(?:\+|by)\s*(\d{1,5})", re.ASCII | re.IGNORECASE)


def of_channel(channel: str) -> Cap:
    """What a new sender of a channel begins with. Posts and other channels have no cap."""
    return DEFAULTS.get(channel, Cap())


def parse_warm_up(text: str) -> WarmUp | None:
    """Read "5+5": five on the first day, five more after each day of sending; "none" is none. Raises Refused."""
    if text.strip().lower() == "none":
        return None
    found = _WARM_UP.fullmatch(text.strip())
    if found is None or int(found[1]) < 1:
        raise Refused(f"“{text.strip()[:40]}” is no warm-up; write 5+5, or none.", field="email_warm_up")
    return WarmUp(int(found[1]), int(found[2]))


def precedence(
    answers: bool, approved_at: datetime | None, score: int, message_id: int
) -> tuple[bool, bool, float, int, int]:
    """Sorts those first who get a place when a limit binds: answers to replies, the older approval, the score."""
    at = approved_at.timestamp() if approved_at else 0.0
    return not answers, approved_at is None, at, -score, message_id


@dataclass(frozen=True, slots=True)
class Place:
    """The moment a message may leave, and in words why not earlier; no words when nothing stood in its way."""

    at: datetime
    reason: str = ""


class Days:
    """The days of one sender that has a limit: what is taken, and which day has a place. `take` books one."""

    def __init__(self, sender: Sender, booked: Iterable[tuple[datetime, int]], now: datetime) -> None:
        """`sender` as it is today (storage.senders.today); `booked` are (moment, how many), the overdue ones too."""
        self._sender = sender
        self._zone = sender.zone or "UTC"
        self.today = timing.local_date(now, self._zone)
        self._taken: Counter[date] = Counter({self.today: sender.used} if sender.used else {})
        for moment, count in booked:
            self._taken[max(self.today, timing.local_date(moment, self._zone))] += count
        self._busy = sorted(day for day, count in self._taken.items() if count > 0)
        self._full: dict[date, date] = {}
        self._last: dict[Hashable, tuple[datetime, datetime]] = {}

    def limit(self, day: date) -> int:
        """What may leave on a day, if something leaves on every day before it that has something booked."""
        found = self._sender.limit_after(self._sender.warm_days + bisect_left(self._busy, day))
        assert found is not None, "a sender without a limit has no days to fill"
        return found

    def take(self, earliest: datetime, opening: Callable[[datetime], datetime], alike: Hashable) -> Place:
        """Book the first place at or after `earliest`. `opening` gives the first open moment at or after another.

        `alike` names the messages that share an `opening`: what was full for one need not be looked at again.
        """
        first = opening(earliest)
        begun, known = self._last.get(alike, (earliest, first))
        goes_on = begun <= earliest and first <= known
        slot = known if goes_on else first
        while (free := self._with_room(day := self._day(slot))) != day:
            slot = opening(timing.slot_on(free, time(0), self._zone))
        wanted = self._day(first)
        reason = self._why(wanted, day) if day != wanted else ""
        self._book(day)
        if goes_on or earliest < begun:
            self._last[alike] = (min(begun, earliest), slot)
        return Place(slot, reason)

    def _day(self, at: datetime) -> date:
        return max(self.today, timing.local_date(at, self._zone))

    def _with_room(self, day: date) -> date:
        passed = []
        while True:
            if day in self._full:
                passed.append(day)
                day = self._full[day]
            elif self._taken[day] >= self.limit(day):
                passed.append(day)
                day += DAY
            else:
                break
        self._full.update(dict.fromkeys(passed, day))
        return day

    def _book(self, day: date) -> None:
        self._taken[day] += 1
        if self._taken[day] == 1:
            if self._busy and day < self._busy[-1]:  # one more day of sending before others: they may grow
                self._full.clear()
                self._last.clear()
            insort(self._busy, day)

    def _why(self, wanted: date, day: date) -> str:
        limit = self.limit(wanted)
        on = {self.today: "today", self.today + DAY: "tomorrow"}.get(wanted, f"on {timing.shown(wanted)}")
        until = f"tomorrow, {timing.shown(day)}" if day == self.today + DAY else timing.shown(day)
        sent_on = self._sender.warm_days + bisect_left(self._busy, wanted)
        return f"Waits until {until}: {limit} of {limit} {on} are taken ({source(self._sender, sent_on)})."


def source(sender: Sender, sent_on: int) -> str:
    """Which limit binds on a day before which it sent on `sent_on` days."""
    if sender.campaign_id is not None:
        return "the cap of the campaign"
    warming = sender.warm_from is not None and sender.cap is not None
    if warming and (sender.limit_after(sent_on) or 0) < (sender.cap or 0):
        return f"warm-up, day {sent_on + 1}"
    return "daily cap"


def today(sender: Sender) -> str:
    """For people: what a sender, as it is today, used of what it may, where that comes from, and what tomorrow brings."""
    if sender.limit is None:
        return f"{sender.used} sent today; no limit."
    tomorrow = sender.limit_after(sender.warm_days + 1)
    grows = f"; {tomorrow} on the next day after one that sends" if tomorrow != sender.limit else ""
    return f"{sender.used} of {sender.limit} used today ({source(sender, sender.warm_days)}){grows}."
