"""When a message may leave: send windows, public holidays, post slots and the 48 hours, in people's own zones.

Never looks at a clock; every instant goes in and comes out as an aware UTC datetime.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import holidays

from engine.errors import Refused

BUSINESS_DAYS = frozenset(range(5))
POST_TIMES = {"linkedin": time(9), "x": time(12), "facebook": time(14)}
SEARCH_DAYS = 370


@dataclass(frozen=True, slots=True)
class Window:
    """Local hours [opens, closes) on `weekdays` (Monday is 0). `always` ignores hours, weekends and holidays."""

    opens: time
    closes: time
    weekdays: frozenset[int] = BUSINESS_DAYS
    always: bool = False


business_hours = Window(time(9), time(18))
ALWAYS = Window(time(0), time(0), frozenset(range(7)), always=True)


def parse_window(text: str) -> Window:
    """Read "always" or "09:00-18:00" (any dash). Empty text is business hours. Raises Refused, field "window"."""
    folded = text.strip().lower().replace("–", "-").replace("—", "-")
    if not folded:
        return business_hours
    if folded == "always":
        return ALWAYS
    opens, _, closes = (part.strip() for part in folded.partition("-"))
    try:
        window = Window(_clock_time(opens), _clock_time(closes))
    except ValueError:
        shown = text.strip()[:40]
        raise Refused(f"“{shown}” is no send window; write always or 09:00-18:00.", field="window") from None
    if window.closes <= window.opens:
        raise Refused("A send window must close after it opens, on the same day.", field="window")
    return window


def is_open(at: datetime, zones: tuple[str, ...], window: Window, country: str = "") -> bool:
    """Whether `at` lies in the window in every zone. `country` is ISO 3166 alpha-2; unknown has no holidays.

    Raises ValueError for a naive `at` or no zones, ZoneInfoNotFoundError for an unknown zone: a gate then holds.
    """
    if window.always:
        return True
    _check(at, zones)
    for name in zones:
        hours = _hours(name, at.astimezone(_zone(name)).date(), window, country)
        if hours is None or not hours[0] <= at < hours[1]:
            return False
    return True


def next_open(after: datetime, zones: tuple[str, ...], window: Window, country: str = "") -> datetime:
    """The earliest instant at or after `after` that is open in every zone, in UTC.

    An opening in the missing hour moves forward, one in the doubled hour uses the first.
    Raises ValueError when the zones share no open instant within 370 days.
    """
    _check(after, zones)
    at = after.astimezone(UTC)
    if window.always:
        return at
    last = at + timedelta(days=SEARCH_DAYS)
    while at < last:
        latest = max(_next_in_zone(at, name, window, country) for name in zones)
        if latest == at:
            return at
        at = latest
    raise ValueError(f"no common open hour within {SEARCH_DAYS} days in {', '.join(zones)}")


def closes(at: datetime, zones: tuple[str, ...], window: Window) -> datetime:
    """When the window that is open at `at` closes, in the zone in which it closes first."""
    return min(slot_on(local_date(at, name), window.closes, name) for name in zones)


def why_closed(at: datetime, zones: tuple[str, ...], window: Window, country: str = "") -> str:
    """One clause for people about the first zone that is closed; empty when open."""
    if is_open(at, zones, window, country):
        return ""
    closed = next(name for name in zones if not is_open(at, (name,), window, country))
    local = at.astimezone(_zone(closed))
    city = closed.rsplit("/", 1)[-1].replace("_", " ")
    if local.weekday() not in window.weekdays:
        return f"it is {local:%A} in {city}"
    if holiday := _holidays(country, local.year).get(local.date()):
        return f"public holiday: {holiday}"
    hours = f"{window.opens:%H:%M}–{window.closes:%H:%M}"
    return f"it is {local:%H:%M} in {city}; the window is {hours} on business days"


def slot_on(day: date, at: time, zone: str) -> datetime:
    """The UTC instant of a local wall time. A missing hour moves forward by the gap, a doubled one is the first."""
    return datetime.combine(day, at, _zone(zone)).astimezone(UTC)


def next_post_slot(after: datetime, network: str, zone: str, at: time | None = None) -> datetime:
    """The first posting time of `network` (its usual one, or `at`) from `after` on, weekends included (E6).

    KeyError if unknown.
    """
    today = local_date(after, zone)
    slots = (slot_on(today + timedelta(days=days), at or POST_TIMES[network], zone) for days in range(4))
    return next(slot for slot in slots if slot >= after)


def earliest_after_touch(touched_at: datetime, zone: str, hours: int = 48) -> datetime:
    """When the next touch may go (E4): `hours` later and as many whole calendar days later in `zone`.

    Both matter: 48 h after 00:15 on the eve of a 25-hour day is still the next calendar day.
    """
    day = local_date(touched_at, zone) + timedelta(days=hours // 24)
    return max(touched_at.astimezone(UTC) + timedelta(hours=hours), slot_on(day, time(0), zone))


def shown(day: date, *, year: bool = False) -> str:
    """A day as people read it: "Tue 24 Nov", or "Tue 24 Nov 2026"."""
    return f"{day:%a} {day.day} {day:%b %Y}" if year else f"{day:%a} {day.day} {day:%b}"


def instant(at: datetime) -> str:
    """An instant within a sentence, like 2026-11-24T09:00:00+00:00: whoever shows it puts it in the reader's zone."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def validate_zone(name: str) -> str:
    """The IANA spelling of a zone given in any case. Raises Refused (field "zone"), with a suggestion if near."""
    folded = name.strip().replace(" ", "_").lower()
    known = _known_zones()
    if folded in known:
        return known[folded]
    same_city = [full for low, full in known.items() if folded and low.endswith("/" + folded)]
    near = same_city or [known[low] for low in difflib.get_close_matches(folded[:64], known, n=1, cutoff=0.8)]
    suggestion = near[0] if near else "Europe/Berlin"
    raise Refused(f"“{name.strip()[:40]}” is no time zone; write a name like {suggestion}.", field="zone")


def local_date(at: datetime, zone: str) -> date:
    """The calendar day at `zone`. Raises ValueError for a naive `at`."""
    _check(at, (zone,))
    return at.astimezone(_zone(zone)).date()


def _clock_time(text: str) -> time:
    hours, _, minutes = text.partition(":")
    if not (hours.isascii() and hours.isdigit() and len(hours) <= 2 and (minutes or ":" not in text)):
        raise ValueError(text)
    if minutes and not (minutes.isascii() and minutes.isdigit() and len(minutes) == 2):
        raise ValueError(text)
    return time(int(hours), int(minutes or 0))


def _check(at: datetime, zones: tuple[str, ...]) -> None:
    if at.tzinfo is None:
        raise ValueError("an instant needs a zone")
    if not zones:
        raise ValueError("a window needs at least one zone")


def _next_in_zone(at: datetime, name: str, window: Window, country: str) -> datetime:
    today = at.astimezone(_zone(name)).date()
    for days in range(SEARCH_DAYS + 1):
        hours = _hours(name, today + timedelta(days=days), window, country)
        if hours is not None and at < hours[1]:
            return max(at, hours[0])
    raise ValueError(f"no open day within {SEARCH_DAYS} days in {name}")


@lru_cache(maxsize=8192)
def _hours(name: str, day: date, window: Window, country: str) -> tuple[datetime, datetime] | None:
    """The open span of one local day in UTC; None on closed days and on days a zone skipped (Apia, 2011)."""
    if day.weekday() not in window.weekdays or day in _holidays(country, day.year):
        return None
    opens, closes = slot_on(day, window.opens, name), slot_on(day, window.closes, name)
    return (opens, closes) if opens < closes and local_date(opens, name) == day else None


@lru_cache(maxsize=512)
def _holidays(country: str, year: int) -> dict[date, str]:
    code = country.strip().upper()
    if len(code) != 2 or code not in holidays.list_supported_countries():
        return {}
    return dict(holidays.country_holidays(code, years=year, language="en_US"))


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def _known_zones() -> dict[str, str]:
    return {name.lower(): name for name in sorted(available_timezones())}
