"""The server's clock between two looks at it, so that a worker whose own clock is wrong or jumps does not matter."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

REFRESH = 60.0
"""Seconds a look is good for; quartz drifts by a few milliseconds in that time."""

FRESH = 1.0
"""Seconds in which asking again would tell no more than the way to the server and back."""

Wall = Callable[[], datetime]


def wall() -> datetime:
    """This machine's own clock, which may be wrong and may be set at any moment."""
    return datetime.now(UTC)


def steady() -> float:
    """Seconds on a clock that nobody sets and that, where the system has one, runs on while the machine sleeps."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class ServerClock:
    """What the server's clock says now: its last answer, carried on by `steady`. `wall` until it was asked."""

    def __init__(self, wall: Wall) -> None:
        self._wall = wall
        self._said: datetime | None = None
        self._at = 0.0

    @property
    def is_fresh(self) -> bool:
        return self._said is not None and steady() - self._at < FRESH

    @property
    def is_old(self) -> bool:
        return self._said is None or steady() - self._at > REFRESH

    def set(self, said: datetime, *, asked: float) -> None:
        """The server said so at some moment between `asked` (by `steady`) and now."""
        self._said, self._at = said, (asked + steady()) / 2

    def __call__(self) -> datetime:
        if self._said is None:
            return self._wall()
        return self._said + timedelta(seconds=steady() - self._at)
