"""When a campaign is weak or resented, and what to try instead (J4, J5). Pure; each recommendation quotes its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

LEAST, ANSWERED = 50, 10
"""Messages that must have left, and the percent of people under which their answers are too few."""
SETTLED = timedelta(hours=24)
"""A message counts when it left that long ago: nobody answers before they can."""
HEARD, RESENTED = 10, 30
"""People who must have answered, and the percent of them from which those who said no speak of the tone."""
WEAK_REPLIES, NEGATIVE_REPLIES = "weak replies", "negative replies"
_CALM, _PLAIN = "respectful, factual and brief", "plain and friendly, without pressure"
_BENCHMARKS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "email": (("08:00-10:00", "Tue-Thu 8-10"), ("15:00-17:00", "Tue-Thu 15-17")),
    "linkedin_dm": (("09:00-11:00", "Tue-Thu 9-11"), ("14:00-16:00", "Tue-Thu 14-16")),
    "x_dm": (("12:00-16:00", "Mon, Wed and Fri 12-16"), ("09:00-11:00", "mornings")),
}
_ELSEWHERE = (("09:00-11:00", "mornings"), ("14:00-16:00", "afternoons"))


@dataclass(frozen=True, slots=True)
class Tally:
    """Of a campaign's messages: how many left, to how many people, how many of those answered, and how many said no."""

    sent: int
    people: int
    answered: int
    negative: int = 0

    @property
    def rate(self) -> float:
        """Percent of the people who answered (J1)."""
        return 100 * self.answered / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Advice:
    """`window` is what Apply sets; `before` the window in force when it was given; `benchmark` where it comes from."""

    window: str
    before: str
    benchmark: str


@dataclass(frozen=True, slots=True)
class Tone:
    """`tone` is what Apply sets for the campaign; `before` the one in force when it was given."""

    tone: str
    before: str


def triggers(rule: str, tally: Tally) -> bool:
    return is_weak(tally) if rule == WEAK_REPLIES else is_resented(tally)


def is_resented(tally: Tally) -> bool:
    enough = tally.sent >= LEAST and tally.answered >= HEARD
    return enough and 100 * tally.negative >= RESENTED * tally.answered


def tone(before: str) -> Tone:
    """Many of those who answer say no: another tone than the one that they met."""
    calm = any(word in before.casefold() for word in ("respectful", "formal", "factual"))
    return Tone(_PLAIN if calm else _CALM, before)


def is_weak(tally: Tally) -> bool:
    return tally.sent >= LEAST and tally.people > 0 and 100 * tally.answered < ANSWERED * tally.people


def timing(channel: str, window: str) -> Advice:
    """Fewer than one in ten answer: try the hours in which that channel is answered most, or the other ones."""
    first, second = _BENCHMARKS.get(channel, _ELSEWHERE)
    tried = window.replace(" ", "").replace("–", "-")
    hours, benchmark = second if tried == first[0] else first
    return Advice(hours, window, benchmark)
