"""How promised slots move after a pause: by the open time that passed, so that nothing bursts. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from engine.rules import timing
from engine.rules.timing import Window


def later(
    at: datetime, since: datetime, until: datetime, zones: tuple[str, ...], window: Window, country: str = ""
) -> datetime:
    """`at` moved by the recipient's open time between `since` and `until`.

    What stood two open hours apart still does: a weekend that the pause pushes slots into does not heap them on
    Monday morning. With window:always this is the pause's plain length, and so it is where the zones share no hour.
    """
    if window.always:
        return at + (until - since)
    try:
        return _advanced(at, _passed(since, until, zones, window, country), zones, window, country)
    except ValueError:
        return at + (until - since)


def _passed(
    since: datetime, until: datetime, zones: tuple[str, ...], window: Window, country: str
) -> timedelta:
    """How much of the time between the two was open."""
    total = timedelta()
    for opens, closes in _spans(since, zones, window, country):
        if opens >= until:
            break
        total += min(closes, until) - opens
    return total


def _advanced(at: datetime, by: timedelta, zones: tuple[str, ...], window: Window, country: str) -> datetime:
    for opens, closes in _spans(at, zones, window, country):
        if by < closes - opens:
            return opens + by
        by -= closes - opens
    raise AssertionError("spans never end but by a ValueError")


def _spans(
    start: datetime, zones: tuple[str, ...], window: Window, country: str
) -> Iterator[tuple[datetime, datetime]]:
    """The open spans from `start` on, in all zones at once. Raises ValueError where there is none for a year."""
    at = start
    while True:
        opens = timing.next_open(at, zones, window, country)
        at = timing.closes(opens, zones, window)
        yield opens, at
