"""Send windows, holidays, post slots and the 48 hours, over the clock changes of real zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Refused
from engine.rules import timing

BERLIN, NEW_YORK, KOLKATA = "Europe/Berlin", "America/New_York", "Asia/Kolkata"
APIA, LORD_HOWE, SYDNEY = "Pacific/Apia", "Australia/Lord_Howe", "Australia/Sydney"
HOURS = timing.business_hours


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "opens", "closes", "always"),
    [
        ("09:00-18:00", time(9), time(18), False),
        (" 8 – 17:30 ", time(8), time(17, 30), False),
        ("", time(9), time(18), False),
        ("Always", time(0), time(0), True),
    ],
)
def test_a_window_is_read_as_written(text: str, opens: time, closes: time, always: bool) -> None:
    window = timing.parse_window(text)
    assert (window.opens, window.closes, window.always) == (opens, closes, always)


@pytest.mark.parametrize(
    "text", ["18:00-09:00", "9-9", "24:00-25:00", "nine-five", "09:0-18", "٩-١٧", "09:00", "-"]
)
def test_a_window_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        timing.parse_window(text)
    assert refusal.value.field == "window"


@given(st.text(max_size=20))
def test_any_text_is_a_window_or_refused(text: str) -> None:
    try:
        window = timing.parse_window(text)
    except Refused:
        return
    assert window.always or window.opens < window.closes


@pytest.mark.parametrize(
    ("at", "zones", "country", "is_open"),
    [
        ("2027-03-10 08:00", (BERLIN,), "", True),  # 09:00, the first instant
        ("2027-03-10 07:59:59", (BERLIN,), "", False),
        ("2027-03-10 16:59:59", (BERLIN,), "", True),
        ("2027-03-10 17:00", (BERLIN,), "", False),  # closing is not in the window
        ("2027-03-29 07:00", (BERLIN,), "", True),  # the Monday after the clocks went forward
        ("2027-11-01 08:00", (BERLIN,), "", True),  # the Monday after they went back
        ("2027-11-01 07:30", (BERLIN,), "", False),
        ("2027-03-13 10:00", (BERLIN,), "", False),  # Saturday
        ("2027-03-26 10:00", (BERLIN,), "DE", False),  # Good Friday
        ("2027-03-26 10:00", (BERLIN,), "", True),
        ("2027-03-26 10:00", (BERLIN,), "XX", True),
        ("2027-11-26 15:00", (NEW_YORK,), "US", True),
        ("2027-11-25 15:00", (NEW_YORK,), "us", False),  # Thanksgiving
        ("2027-03-10 03:30", (KOLKATA,), "", True),  # half an hour off
        ("2027-03-10 03:29", (KOLKATA,), "", False),
        ("2027-03-10 13:30", (NEW_YORK, "America/Chicago"), "", False),
        ("2027-03-10 15:30", (NEW_YORK, "America/Chicago"), "", True),
        ("2027-03-10 23:30", (NEW_YORK, "America/Chicago"), "", False),
        ("2028-02-29 10:00", (BERLIN,), "", True),  # leap day, a Tuesday
        ("2027-03-14 20:30", (APIA,), "", True),  # Monday 09:30 there
    ],
)
def test_the_window_holds_in_every_zone_at_local_hours(
    at: str, zones: tuple[str, ...], country: str, is_open: bool
) -> None:
    assert timing.is_open(utc(at), zones, HOURS, country) is is_open
    assert bool(timing.why_closed(utc(at), zones, HOURS, country)) is not is_open


@pytest.mark.parametrize(
    ("after", "zones", "country", "expected"),
    [
        ("2027-03-10 10:00", (BERLIN,), "", "2027-03-10 10:00"),
        ("2027-03-10 02:00", (BERLIN,), "", "2027-03-10 08:00"),
        ("2027-03-26 17:00", (BERLIN,), "", "2027-03-29 07:00"),  # over the spring change
        ("2027-03-25 17:00", (BERLIN,), "DE", "2027-03-30 07:00"),  # over Easter
        ("2027-10-29 16:00", (BERLIN,), "", "2027-11-01 08:00"),  # over the autumn change
        ("2027-03-12 23:00", (NEW_YORK,), "", "2027-03-15 13:00"),
        ("2027-11-05 22:00", (NEW_YORK,), "", "2027-11-08 14:00"),
        ("2027-03-10 00:00", (NEW_YORK, "America/Chicago"), "", "2027-03-10 15:00"),
        ("2027-10-01 08:00", (LORD_HOWE,), "", "2027-10-03 22:00"),  # half an hour of daylight saving
        ("2028-02-28 18:00", (BERLIN,), "", "2028-02-29 08:00"),
        ("2011-12-29 18:00", (APIA,), "", "2011-12-29 19:00"),  # Thursday; Friday 30 December did not exist
        ("2011-12-30 04:00", (APIA,), "", "2012-01-01 19:00"),
    ],
)
def test_the_next_open_instant(after: str, zones: tuple[str, ...], country: str, expected: str) -> None:
    assert timing.next_open(utc(after), zones, HOURS, country) == utc(expected)


def test_zones_that_never_agree_are_an_error_and_not_an_endless_search() -> None:
    with pytest.raises(ValueError, match="370 days"):
        timing.next_open(utc("2027-01-01"), (KOLKATA, "America/Los_Angeles"), HOURS)


def test_an_always_window_knows_no_night_and_no_sunday() -> None:
    night = utc("2026-12-25 03:00")
    assert timing.is_open(night, (BERLIN,), timing.ALWAYS, "DE")
    assert timing.next_open(night, (BERLIN,), timing.ALWAYS, "DE") == night
    assert timing.why_closed(night, (BERLIN,), timing.ALWAYS, "DE") == ""


zones = st.lists(
    st.sampled_from([BERLIN, NEW_YORK, SYDNEY, LORD_HOWE, APIA, "Africa/Cairo"]), min_size=1, max_size=2
)
windows = st.sampled_from([HOURS, timing.parse_window("00:15-23:45"), timing.parse_window("02:30-03:30")])


@settings(max_examples=60)
@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)), zones, windows, st.sampled_from(["", "US"])
)
def test_the_next_open_instant_is_open_and_none_before_it_was(
    naive: datetime, names: list[str], window: timing.Window, country: str
) -> None:
    after, where = naive.replace(tzinfo=UTC), tuple(names)
    try:
        found = timing.next_open(after, where, window, country)
    except ValueError:
        return
    assert found >= after
    assert timing.is_open(found, where, window, country)
    step = max((found - after) / 50, timedelta(minutes=1))
    probes = [after + step * n for n in range(50) if after + step * n < found]
    assert not any(timing.is_open(at, where, window, country) for at in probes)


@pytest.mark.parametrize(
    ("at", "zone", "country", "words"),
    [
        ("2027-03-10 21:40", BERLIN, "", "it is 22:40 in Berlin; the window is 09:00–18:00 on business days"),
        ("2027-03-13 15:00", NEW_YORK, "", "it is Saturday in New York"),
        ("2028-12-25 10:00", BERLIN, "DE", "public holiday: Christmas Day"),
    ],
)
def test_a_closed_window_says_why(at: str, zone: str, country: str, words: str) -> None:
    assert timing.why_closed(utc(at), (zone,), HOURS, country) == words


@pytest.mark.parametrize(
    ("day", "at", "zone", "expected"),
    [
        (date(2027, 3, 28), time(2, 30), BERLIN, "2027-03-28 01:30"),  # missing: 03:30 summer time
        (date(2027, 10, 31), time(2, 30), BERLIN, "2027-10-31 00:30"),  # doubled: the first
        (date(2027, 3, 14), time(2, 30), NEW_YORK, "2027-03-14 07:30"),
        (date(2027, 11, 7), time(1, 30), NEW_YORK, "2027-11-07 05:30"),
        (date(2027, 10, 3), time(2, 15), LORD_HOWE, "2027-10-02 15:45"),  # 02:45, the gap is half an hour
        (date(2027, 4, 4), time(1, 45), LORD_HOWE, "2027-04-03 14:45"),
        (date(2027, 6, 1), time(9), KOLKATA, "2027-06-01 03:30"),
        (date(2028, 2, 29), time(9), BERLIN, "2028-02-29 08:00"),
        (date(2011, 12, 30), time(9), APIA, "2011-12-30 19:00"),  # the day that was skipped
    ],
)
def test_a_slot_keeps_the_local_hour(day: date, at: time, zone: str, expected: str) -> None:
    assert timing.slot_on(day, at, zone) == utc(expected)


@pytest.mark.parametrize(
    ("after", "network", "expected"),
    [
        ("2027-03-10 07:00", "linkedin", "2027-03-10 08:00"),
        ("2027-03-10 08:00", "linkedin", "2027-03-10 08:00"),
        ("2027-03-10 08:01", "linkedin", "2027-03-11 08:00"),
        ("2027-03-27 12:00", "x", "2027-03-28 10:00"),  # posts go out on Sundays
        ("2027-10-30 13:00", "facebook", "2027-10-31 13:00"),
    ],
)
def test_a_post_takes_the_hour_of_its_network(after: str, network: str, expected: str) -> None:
    assert timing.next_post_slot(utc(after), network, BERLIN) == utc(expected)


@pytest.mark.parametrize(
    ("touched", "zone", "expected"),
    [
        ("2027-03-10 10:00", BERLIN, "2027-03-12 10:00"),
        ("2027-10-29 22:15", BERLIN, "2027-10-31 23:00"),  # 48 h later it is still 31 October, 23:15
        ("2027-03-26 22:30", BERLIN, "2027-03-28 22:30"),
    ],
)
def test_two_touches_are_48_hours_and_two_calendar_days_apart(touched: str, zone: str, expected: str) -> None:
    assert timing.earliest_after_touch(utc(touched), zone) == utc(expected)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),
    st.sampled_from([BERLIN, NEW_YORK, APIA, LORD_HOWE]),
)
def test_the_next_touch_is_never_early_by_either_count(naive: datetime, zone: str) -> None:
    touched = naive.replace(tzinfo=UTC)
    earliest = timing.earliest_after_touch(touched, zone)
    assert earliest - touched >= timedelta(hours=48)
    assert timing.local_date(earliest, zone) - timing.local_date(touched, zone) >= timedelta(days=2)


@pytest.mark.parametrize(
    ("name", "zone"), [("Europe/Berlin", BERLIN), (" america/new york ", NEW_YORK), ("utc", "UTC")]
)
def test_a_zone_is_known_in_any_case(name: str, zone: str) -> None:
    assert timing.validate_zone(name) == zone


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("Berlin", BERLIN),
        ("Europe/Berln", BERLIN),
        ("../../etc/passwd", BERLIN),
        ("", BERLIN),
        ("Kolkata", KOLKATA),
    ],
)
def test_an_unknown_zone_is_refused_with_one_that_works(name: str, named: str) -> None:
    with pytest.raises(Refused, match=named):
        timing.validate_zone(name)


@pytest.mark.parametrize(("at", "where"), [(datetime(2027, 1, 1), (BERLIN,)), (utc("2027-01-01"), ())])
def test_an_instant_without_a_zone_or_a_place_is_never_open(at: datetime, where: Any) -> None:
    with pytest.raises(ValueError, match="zone"):
        timing.is_open(at, where, HOURS)
