"""What a rehearsal says: its touches by day, what waited and why, and how it compares with what came. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from engine.rehearse.script import Played, Touch
from engine.rules import timing

NAMED = 3
"""People named for a day."""
REASONS = 8
_VARIES = re.compile(r"\d+|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b|\b(?:today|tomorrow)\b,?|“[^”]*”")

Sent = tuple[int, int, str, datetime]
"""(contact, step, channel, moment): what a rehearsal foresees and what is compared."""


def of(played: Played, zone: str) -> dict[str, Any]:
    """Days are those of `zone`; the limits are those of the senders' days."""
    sent = [touch for touch in played.touches if touch.state == "sent"]
    states = Counter(touch.state for touch in played.touches)
    return {
        "sent": len(sent),
        "people": len({touch.contact for touch in sent}),
        "waited": sum(bool(touch.why) for touch in sent),
        "held": states["held"],
        "stopped": states["stopped"] + len(played.unreached),
        "later": played.later,
        "plan": played.plan,
        "days": _days(played, sent, zone),
        "reasons": _reasons([touch.why for touch in played.touches] + [why for _, why in played.unreached]),
    }


def compare(planned: Sequence[Sent], real: Sequence[Sent], until: datetime, zone: str) -> dict[str, Any]:
    """Planned and real up to `until`, by day and touch by touch; the same means in the same minute."""
    due = [one for one in planned if one[3] < until]
    ahead = {one[:3]: one[3] for one in due}
    came = {one[:3]: one[3] for one in real}
    both = ahead.keys() & came.keys()
    same = sum(abs((ahead[key] - came[key]).total_seconds()) < 60 for key in both)
    foreseen, left = (Counter(timing.local_date(one[3], zone) for one in some) for some in (due, real))
    return {
        "until": until.isoformat(),
        "same": same,
        "moved": len(both) - same,
        "missing": len(ahead.keys() - both),
        "unplanned": len(came.keys() - both),
        "days": [
            {"day": day.isoformat(), "planned": foreseen[day], "real": left[day]}
            for day in sorted(foreseen.keys() | left.keys())
        ],
    }


def _days(played: Played, sent: Sequence[Touch], zone: str) -> list[dict[str, Any]]:
    by_day: dict[date, list[Touch]] = defaultdict(list)
    for touch in sent:
        assert touch.at is not None
        by_day[timing.local_date(touch.at, zone)].append(touch)
    others: dict[date, list[str]] = defaultdict(list)
    for channel, at in played.others:
        others[timing.local_date(at, zone)].append(channel)
    return [
        {
            "day": day.isoformat(),
            "sent": _counts(touch.channel for touch in by_day[day]),
            "others": _counts(others[day]),
            "limit": {channel: most for (channel, on), most in played.limits.items() if on == day},
            "waited": sum(bool(touch.why) for touch in by_day[day]),
            "first": [touch.as_json() for touch in by_day[day][:NAMED]],
        }
        for day in sorted(by_day.keys() | others.keys())
    ]


def _counts(names: Iterable[str]) -> Mapping[str, int]:
    return dict(sorted(Counter(names).items()))


def _reasons(told: Sequence[str]) -> list[dict[str, Any]]:
    """The reasons that stood in most touches' way: those that differ in days and numbers only are one."""
    alike: dict[str, list[str]] = defaultdict(list)
    for why in told:
        if why:
            alike[_VARIES.sub("", why)].append(why)
    most = sorted(alike.values(), key=len, reverse=True)[:REASONS]
    return [{"why": found[0], "count": len(found)} for found in most]
