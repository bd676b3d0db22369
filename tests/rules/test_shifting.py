"""After a pause, slots move by the open time that passed: what was spread stays spread."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules import shifting, timing

BERLIN = ("Europe/Berlin",)
HOURS = timing.business_hours
TEN = timedelta(days=10)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("slot", "moved"),
    [
        (
            "2026-11-24 15:00",
            "2026-12-04 15:00",
        ),  # Tuesday: eight open days later is the Friday of the resume
        (
            "2026-11-25 09:00",
            "2026-12-07 09:00",
        ),  # Wednesday plus eight open days is a Monday, at the same hour
        ("2026-11-26 09:00", "2026-12-08 09:00"),
        ("2026-11-27 16:30", "2026-12-09 16:30"),
    ],
)
def test_ten_days_are_eight_open_days_and_the_hour_stays(slot: str, moved: str) -> None:
    since = at("2026-11-24 11:00")
    assert shifting.later(at(slot), since, since + TEN, BERLIN, HOURS) == at(moved)


def test_a_short_pause_moves_by_its_length_and_over_the_night_by_open_hours() -> None:
    since = at("2026-11-24 09:00")
    found = [
        shifting.later(at(f"2026-11-24 {hour}:00"), since, since + timedelta(hours=3), BERLIN, HOURS)
        for hour in (10, 16)
    ]
    assert found == [at("2026-11-24 13:00"), at("2026-11-25 10:00")]


def test_without_hours_it_is_the_plain_length() -> None:
    since = at("2026-11-24 09:00")
    assert shifting.later(since, since, since + TEN, BERLIN, timing.ALWAYS) == since + TEN


def test_zones_that_share_no_hour_move_by_the_plain_length() -> None:
    since, zones = at("2026-11-24 09:00"), ("Pacific/Auckland", "Europe/Lisbon")
    assert shifting.later(since, since, since + TEN, zones, HOURS) == since + TEN


@given(
    pause=st.integers(1, 40 * 24 * 60),
    starts=st.integers(0, 200 * 24 * 60),
    offsets=st.lists(st.integers(0, 20 * 24 * 60), min_size=2, max_size=40),
    zones=st.sampled_from([BERLIN, ("America/New_York",), ("America/New_York", "America/Chicago")]),
    country=st.sampled_from(["", "DE", "US"]),
)
def test_no_two_slots_come_closer_and_none_leaves_before_the_resume(
    pause: int, starts: int, offsets: list[int], zones: tuple[str, ...], country: str
) -> None:
    since = at("2026-09-20 00:00") + timedelta(minutes=starts)
    until = since + timedelta(minutes=pause)
    slots = sorted({timing.next_open(since + timedelta(minutes=n), zones, HOURS, country) for n in offsets})
    moved = [shifting.later(slot, since, until, zones, HOURS, country) for slot in slots]
    assert moved == sorted(set(moved)), "different slots stay different, in their order"
    assert all(slot >= until and timing.is_open(slot, zones, HOURS, country) for slot in moved)
    assert max(Counter(moved).values()) == 1
