"""Quiet hours: when the law lets a text or a call reach somebody, whatever window a campaign has (TCPA and stricter).

Pure. The hours are data (quiet_hours, area_codes); every one that applies is kept, in every zone the person may be in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
import phonenumbers

from engine.errors import Refused
from engine.rules import addresses, data, timing
from storage.facts import Situation
from storage.model import Contact, channels

SEARCH_DAYS = 14
"""No rule closes a week; past this the zones share no hour."""
EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Hours:
    """The local hours of one region by kind of day; None is a day without any. `holidays`: open on them too."""

    business_day: tuple[time, time] | None
    saturday: tuple[time, time] | None
    sunday: tuple[time, time] | None
    holidays: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody may be: all `zones` together, under the hours of all `regions`."""

    zones: tuple[str, ...]
    regions: tuple[str, ...]


def place_of(case: Situation, zones: tuple[str, ...]) -> Place | None:
    """Where the hours must be kept for this message; None on a channel that the law lets in at any hour."""
    return on(case.message.channel, case.contact, zones) if case.contact is not None else None


def on(channel: str, contact: Contact, zones: tuple[str, ...]) -> Place | None:
    """The same before there is a message."""
    return place(contact, zones) if channels.known(channel).quiet else None


def place(contact: Contact, zones: tuple[str, ...]) -> Place:
    """`zones` as the send window knows them, and those of the numbers; regions by country, area code and address."""
    state = contact.facts.get("state")
    named = str(state.get("value") or "") if isinstance(state, Mapping) else ""
    numbers = [_of_number(one, contact.country) for one in (contact.phone, contact.whatsapp) if one]
    more = [zone for zones_, _ in numbers for zone in zones_]
    regions = [region for _, found in numbers for region in found]
    own = _state(named) if contact.country in ("", "US") else ""
    kept = dict.fromkeys((EVERYWHERE, *regions, *([own] if own else []), *_listed(contact.country)))
    return Place(tuple(dict.fromkeys((*zones, *more))), tuple(kept))


def is_open(at: datetime, where: Place) -> bool:
    """Whether `at` is no quiet hour in any of the zones. Raises ZoneInfoNotFoundError for an unknown zone."""
    return all(_is_open(at, zone, where.regions) for zone in where.zones)


def next_open(after: datetime, where: Place) -> datetime:
    """The first instant at or after `after` that is quiet nowhere, in UTC. ValueError if there is none in 14 days."""
    at = after.astimezone(UTC)
    last = at + timedelta(days=SEARCH_DAYS)
    while at < last:
        latest = max((_next(at, zone, where.regions) for zone in where.zones), default=at)
        if latest == at:
            return at
        at = latest
    raise ValueError(f"no common hour without quiet in {', '.join(where.zones)}")


def beside(
    opens: datetime, where: Place, zones: tuple[str, ...], window: timing.Window, country: str
) -> datetime:
    """The first instant from `opens`, which the window allows, that is no quiet hour either. ValueError if none is."""
    last = opens + timedelta(days=SEARCH_DAYS)
    while opens < last:
        lawful = next_open(opens, where)
        if lawful == opens:
            return opens
        opens = timing.next_open(lawful, zones, window, country)
    raise ValueError("the window and the quiet hours share no hour")


def why_closed(at: datetime, where: Place) -> str:
    """One clause for people about the first zone that is quiet; empty when none is."""
    zone = next((name for name in where.zones if not _is_open(at, name, where.regions)), "")
    if not zone:
        return ""
    day = timing.local_date(at, zone)
    city = zone.rsplit("/", 1)[-1].replace("_", " ")
    hours = _hours(day, where.regions)
    allowed = f"only {hours[0]:%H:%M}–{hours[1]:%H:%M} are" if hours else "no hour of this day is"
    return f"it is {at.astimezone(ZoneInfo(zone)):%a %H:%M} in {city}; {allowed} allowed ({rule(where)})"


def rule(where: Place) -> str:
    """The regions whose hours are kept, for people."""
    own = [region for region in where.regions if region != EVERYWHERE]
    return f"quiet hours of {', '.join(own)}" if own else "quiet hours"


def _is_open(at: datetime, zone: str, regions: tuple[str, ...]) -> bool:
    opens, closes = _span(timing.local_date(at, zone), zone, regions)
    return opens <= at < closes


def _next(at: datetime, zone: str, regions: tuple[str, ...]) -> datetime:
    today = timing.local_date(at, zone)
    for days in range(SEARCH_DAYS):
        opens, closes = _span(today + timedelta(days=days), zone, regions)
        if at < closes and opens < closes:
            return max(at, opens)
    raise ValueError(f"no hour without quiet in {zone}")


@lru_cache(maxsize=8192)
def _span(day: date, zone: str, regions: tuple[str, ...]) -> tuple[datetime, datetime]:
    """The open span of a local day in UTC; an empty one when it has none."""
    hours = _hours(day, regions)
    midnight = timing.slot_on(day, time(0), zone)
    if hours is None:
        return midnight, midnight
    return timing.slot_on(day, hours[0], zone), timing.slot_on(day, hours[1], zone)


def _hours(day: date, regions: tuple[str, ...]) -> tuple[time, time] | None:
    """The latest opening and the earliest close of all regions."""
    opens, closes = time(0), time(23, 59)
    for region in regions:
        found = _of_day(region, day)
        if found is None:
            return None
        opens, closes = max(opens, found[0]), min(closes, found[1])
    return (opens, closes) if opens < closes else None


def _of_day(region: str, day: date) -> tuple[time, time] | None:
    hours = _table()[region]
    if not hours.holidays and _is_holiday(region, day):
        return None
    if day.weekday() == 6:
        return hours.sunday
    return hours.saturday if day.weekday() == 5 else hours.business_day


@lru_cache(maxsize=4096)
def _is_holiday(region: str, day: date) -> bool:
    country, _, state = region.partition("-")
    return day in holidays.country_holidays(country, subdiv=state or None, years=day.year)


@lru_cache(maxsize=8192)
def _of_number(number: str, country: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(zones, regions) that a number stands for: its country, and its state by area code."""
    try:
        e164, zones = addresses.phone(number, country)
    except Refused:
        return (), ()
    parsed = phonenumbers.parse(e164)
    regions = _listed(phonenumbers.region_code_for_number(parsed) or "")
    area = str(parsed.national_number)[:3] if parsed.country_code == 1 else ""
    state = _states().get(area, "")
    return tuple(zones), (*regions, *([state] if state else []))


def _listed(country: str) -> tuple[str, ...]:
    return (country,) if country in _table() else ()


def _state(named: str) -> str:
    return _states().get(named.strip().casefold(), "")


@lru_cache(maxsize=1)
def _states() -> dict[str, str]:
    """Area code, postal code or name in lower case → region."""
    found: dict[str, str] = {}
    for line in data.lines("area_codes"):
        code, name, areas = (part.strip() for part in line.split("|"))
        found |= dict.fromkeys((code.casefold(), name.casefold(), *areas.split()), f"US-{code}")
    return found


@lru_cache(maxsize=1)
def _table() -> dict[str, Hours]:
    rows = ([part.strip() for part in line.split("|")] for line in data.lines("quiet_hours"))
    return {
        region: Hours(_read(week), _read(saturday), _read(sunday), on_holidays == "yes")
        for region, week, saturday, sunday, on_holidays in rows
    }


def _read(text: str) -> tuple[time, time] | None:
    opens, _, closes = text.partition("-")
    return (time.fromisoformat(opens), time.fromisoformat(closes)) if opens else None
