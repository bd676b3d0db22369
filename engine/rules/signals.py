"""Which signal a post takes up, and which topic was strong enough to go on with. Pure.

A signal is used on the day after it was told, by one network a day at most for each signal, and only if it is about
what the brand does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from engine.rules import timing
from storage.model import Brand

STRONG = 0.05
"""Engagements over impressions from which a topic is continued."""
SEEN = 100
"""Impressions under which a share says nothing."""
_WORD = re.compile(r"[^\W\d_]{5,}|[A-Z]{2,4}\b")
_COMPOUND = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")


class Signal(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


Told = TypeVar("Told", bound=Signal)


def chosen(
    told: Sequence[Told], *, now: datetime, slot: datetime, zone: str, brand: Brand, topic: str
) -> Told | None:
    """The newest signal for a post of tomorrow that is about what the brand or the post is about; else None.

    `told` are those that will not have expired by `slot`, newest first.
    """
    if timing.local_date(slot, zone) > tomorrow(now, zone):
        return None
    about = " ".join((brand.positioning, brand.audience, *brand.value_propositions, topic))
    return next((signal for signal in told if relevant(signal.text, about)), None)


def relevant(text: str, about: str) -> bool:
    """Whether they share a word of five letters or more, in any case, singular or plural, or an abbreviation in capitals."""
    return bool(_stems(text) & _stems(about))


def tomorrow(now: datetime, zone: str) -> date:
    return timing.local_date(now, zone) + timedelta(days=1)


def share(counts: tuple[int, int] | None) -> str:
    """(engagements, impressions) → "6.3 %" where that is strong; else empty."""
    if counts is None:
        return ""
    engaged, seen = counts
    if seen < SEEN or engaged <= STRONG * seen:
        return ""
    return f"{engaged / seen * 100:.1f} %".replace(".0 %", " %")


def _stems(text: str) -> set[str]:
    whole = {word.casefold().rstrip("s") for word in _COMPOUND.findall(text) if len(word) > 5}
    return whole | {word.casefold()[:6].rstrip("s") for word in _WORD.findall(text)}
