"""The circuit breaker of a channel: when it opens, how long it rests, what closes it. Pure.

It counts the channel's own failures: a refusal of one recipient shows that the channel works.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

THRESHOLD = 5
"""Failures in a row that open it."""
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Breaker:
    """`failures` in a row; once it is open, one more for each probe that failed."""

    failures: int = 0
    is_open: bool = False


def after(before: Breaker, answers: Sequence[bool]) -> Breaker:
    """The breaker after `answers` in the order they came: True where the channel did what a working one does.

    One True closes it. What is in flight when it opens counts no further.
    """
    if not answers:
        return before
    since = list(reversed(answers)).index(True) if any(answers) else None
    if since is not None:
        before, answers = Breaker(), answers[len(answers) - since :]
    if before.is_open:
        return Breaker(before.failures + 1, True)
    failures = min(before.failures + len(answers), THRESHOLD)
    return Breaker(failures, failures >= THRESHOLD)


def rest(breaker: Breaker, jitter: float) -> timedelta:
    """How long an open breaker waits for its next probe: 30 s, doubled by each probe that failed, 15 min at most.

    `jitter` in [0, 1) stretches it by up to a quarter.
    """
    doubled = FIRST_REST * 2 ** min(max(breaker.failures - THRESHOLD, 0), 10)
    longest: timedelta = min(doubled, LONGEST_REST)
    return longest * (1 + jitter / 4)
