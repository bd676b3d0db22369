"""When the touches of a sequence are due and what each is for (E1). Pure: never looks at a clock.

Days are calendar days where the recipient is; every instant goes in and comes out as an aware UTC datetime.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engine.errors import Refused
from engine.rules import timing
from engine.rules.timing import Window

WAITS = (2, 3, 5, 7, 10, 14)
"""Days from the real send of one touch to the next; the last repeats."""
PRESET_OF_THREE = (3, 4)
"""The waits of a sequence of three: days 0, 3, 7."""
TOUCHES, MANY, MOST = 7, 15, 20
"""By default; more than MANY are warned about; more than MOST are refused."""
LONGEST = 60
"""Days that one wait may last."""
PURPOSES = {
    "call": "short call asked",
    "sample": "sample offered",
    "proof": "proof",
    "angle": "new angle",
    "question": "question",
    "value": "last value",
    "close": "polite close",
}
"""In order. The keys are what templates are found by."""
CONDITIONS = {
    "no_reply": "if they did not reply",
    "clicked": "if they clicked",
    "not_opened": "if they did not open the touch before",
}
LEAD = timedelta(hours=48)
"""A later touch is drafted this long before its slot, so that it knows what happened meanwhile (D6)."""
SOONEST = timedelta(hours=4)
"""A draft that comes later than that before its slot gets the next one: somebody must be able to decide."""
_SAME_HOUR = 14
"""Days on which the local hour of the touch before is looked for, before any open hour will do."""
_WAIT = re.compile(r"(\d{1,4}) ?(d|days?|h|hours?)?", re.ASCII | re.IGNORECASE)


def waits_of(touches: int, waits: Sequence[int] = WAITS) -> tuple[int, ...]:
    """The wait before each touch, 0 before the first. Three touches with the usual waits are the preset of three."""
    later = PRESET_OF_THREE if touches == len(PRESET_OF_THREE) + 1 and tuple(waits) == WAITS else waits
    return tuple(itertools.islice((0, *later, *itertools.repeat(later[-1], MOST)), touches))


def purposes_of(touches: int) -> tuple[str, ...]:
    """The purpose of each touch by key: in order, and the last of several always closes. Long ones go round the middle."""
    keys = tuple(PURPOSES)
    if touches < 3:
        return keys[:touches]
    middle = itertools.islice(itertools.cycle(keys[2:-1]), touches - 3)
    return (*keys[:2], *middle, keys[-1])


def days(waits: Sequence[int]) -> tuple[int, ...]:
    """The days of the touches if each leaves when it is planned, the first on day 0."""
    return tuple(itertools.accumulate(waits))


def shown(waits: Sequence[int]) -> str:
    """The days for people: "0 · 2 · 5"."""
    return " · ".join(str(day) for day in days(waits))


def purpose_key(text: str) -> str:
    """The key of a purpose given by key or by its words; other text is handed back."""
    folded = text.strip().casefold()
    return next((key for key, words in PURPOSES.items() if folded in (key, words)), text)


def parse_waits(text: str) -> tuple[int, ...]:
    """Read "2, 3, 5" or "2d 72h". Raises Refused, field "waits", for gaps under a day or over LONGEST days."""
    parts = [part.strip() for part in re.split(r"[,;·]", text) if part.strip()]
    if not 1 <= len(parts) < MOST:
        raise Refused(f"Write 1 to {MOST - 1} waits in days, like 2, 3, 5, 7, 10, 14.", field="waits")
    return tuple(_wait(part) for part in parts)


def check_touches(touches: int) -> str:
    """What to warn about; empty for nothing. Raises Refused, field "touches", for a number that cannot be."""
    if not 1 <= touches <= MOST:
        raise Refused(f"A sequence has 1 to {MOST} touches.", field="touches")
    return f"{touches} touches are many: people feel pursued by more than {MANY}." if touches > MANY else ""


def slot(
    before: datetime, wait_days: int, zones: tuple[str, ...], window: Window, country: str = ""
) -> datetime:
    """When the next touch may leave: `wait_days` calendar days after `before`, at its local hour, inside the window.

    A closed day moves it to the next open one, at the same hour if that hour is open on any of the next two weeks.
    Raises ValueError when the zones share no open hour.
    """
    local = before.astimezone(ZoneInfo(zones[0]))
    first = local.date() + timedelta(days=wait_days)
    at = local.time().replace(fold=0)
    for later in range(_SAME_HOUR):
        found = timing.slot_on(first + timedelta(days=later), at, zones[0])
        if timing.is_open(found, zones, window, country):
            return found
    return timing.next_open(timing.slot_on(first, at, zones[0]), zones, window, country)


def draft_at(slot_at: datetime, now: datetime) -> datetime:
    """When its words are written: LEAD before the slot, never in the past."""
    return max(slot_at - LEAD, now)


def met(condition: str, happened: Collection[str]) -> bool:
    """Whether a step's condition holds; `happened` are the kinds of what people did with the touches before it.

    An unknown condition does not hold: the touch is left out, never sent by mistake.
    """
    return {
        "": True,
        "no_reply": "replied" not in happened,
        "clicked": "clicked" in happened,
        "not_opened": not {"opened", "clicked", "replied"} & set(happened),
    }.get(condition, False)


def _wait(text: str) -> int:
    found = _WAIT.fullmatch(text)
    if found is None:
        raise Refused(f"“{text[:20]}” is no wait; write days, like 2, 3, 5.", field="waits")
    number, hours = int(found[1]), (found[2] or "").lower().startswith("h")
    if number < (24 if hours else 1):
        raise Refused("Two touches are at least 24 hours apart.", field="waits")
    if hours and number % 24:
        raise Refused(f"Waits are whole days; {number} hours are not.", field="waits")
    whole = number // 24 if hours else number
    if whole > LONGEST:
        raise Refused(f"A wait lasts at most {LONGEST} days.", field="waits")
    return whole
