"""When a campaign is weak, and what to try instead (J4, J5). Pure; each recommendation quotes the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

LEAST, ANSWERED = 50, 10
"""Messages that must have left, and the percent of people under which their answers are too few."""
SETTLED = timedelta(hours=24)
"""A message counts when it left that long ago: nobody answers before they can."""
WEAK_REPLIES = "weak replies"
_BENCHMARKS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "email": (("08:00-10:00", "Tue-Thu 8-10"), ("15:00-17:00", "Tue-Thu 15-17")),
    "linkedin_dm": (("09:00-11:00", "Tue-Thu 9-11"), ("14:00-16:00", "Tue-Thu 14-16")),
    "x_dm": (("12:00-16:00", "Mon, Wed and Fri 12-16"), ("09:00-11:00", "mornings")),
}
_ELSEWHERE = (("09:00-11:00", "mornings"), ("14:00-16:00", "afternoons"))


@dataclass(frozen=True, slots=True)
class Tally:
    """Of a campaign's settled messages: how many left, to how many people, and how many of those answered."""

    sent: int
    people: int
    answered: int

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


def is_weak(tally: Tally) -> bool:
    return tally.sent >= LEAST and tally.people > 0 and 100 * tally.answered < ANSWERED * tally.people


def timing(channel: str, window: str) -> Advice:
    """Fewer than one in ten answer: try the hours in which that channel is answered most, or the other ones."""
    first, second = _BENCHMARKS.get(channel, _ELSEWHERE)
    tried = window.replace(" ", "").replace("–", "-")
    hours, benchmark = second if tried == first[0] else first
    return Advice(hours, window, benchmark)
