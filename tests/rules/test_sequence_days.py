"""Days, waits, purposes and conditions of a sequence, at the edges of calendars."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import Refused
from engine.rules import sequences, timing

BERLIN, NEW_YORK = ("Europe/Berlin",), ("America/New_York",)
HOURS = timing.business_hours


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("touches", "days"),
    [
        (1, (0,)),
        (2, (0, 2)),
        (3, (0, 3, 7)),
        (4, (0, 2, 5, 10)),
        (7, (0, 2, 5, 10, 17, 27, 41)),
        (9, (0, 2, 5, 10, 17, 27, 41, 55, 69)),
        (20, (0, 2, 5, 10, 17, 27, 41, *range(55, 41 + 14 * 14, 14))),
    ],
)
def test_the_days_of_the_touches(touches: int, days: tuple[int, ...]) -> None:
    assert sequences.days(sequences.waits_of(touches)) == days
    assert len(days) == touches


def test_waits_of_ones_own_repeat_the_last_and_know_no_preset() -> None:
    assert sequences.waits_of(3, (6,)) == (0, 6, 6)
    assert sequences.waits_of(4, (1, 2)) == (0, 1, 2, 2)
    assert sequences.waits_of(2, (5, 9, 9)) == (0, 5)


@pytest.mark.parametrize(
    ("touches", "purposes"),
    [
        (1, "call"),
        (2, "call sample"),
        (3, "call sample close"),
        (7, "call sample proof angle question value close"),
        (10, "call sample proof angle question value proof angle question close"),
    ],
)
def test_the_purposes_come_in_order_and_the_last_of_several_closes(touches: int, purposes: str) -> None:
    assert " ".join(sequences.purposes_of(touches)) == purposes


@pytest.mark.parametrize(
    ("before", "wait", "zones", "expected"),
    [
        # Tuesday to Thursday, Friday over the weekend to Monday, at the same local hour.
        ("2026-11-24 09:30", 2, BERLIN, "2026-11-26 09:30"),
        ("2026-11-26 09:30", 2, BERLIN, "2026-11-30 09:30"),
        # A day more in February of a leap year: the 28th, the 29th, the 1st.
        ("2028-02-28 09:30", 1, BERLIN, "2028-02-29 09:30"),
        ("2028-02-28 09:30", 2, BERLIN, "2028-03-01 09:30"),
        ("2027-02-25 09:30", 1, BERLIN, "2027-02-26 09:30"),
        ("2027-02-25 09:30", 4, BERLIN, "2027-03-01 09:30"),
        # Daylight saving keeps the local hour: 10:30 in Berlin before and after.
        ("2027-03-26 09:30", 3, BERLIN, "2027-03-29 08:30"),
        ("2026-10-23 08:30", 3, BERLIN, "2026-10-26 09:30"),
        # The day is the recipient's: 20:30 UTC on the 24th is 15:30 in New York.
        ("2026-11-24 20:30", 3, NEW_YORK, "2026-11-27 20:30"),
        # An hour that is never open: the first open one of the day.
        ("2026-11-24 03:00", 2, BERLIN, "2026-11-26 08:00"),
        ("2026-11-24 21:00", 2, BERLIN, "2026-11-27 08:00"),
    ],
)
def test_a_slot_is_calendar_days_later_at_the_same_local_hour_in_the_window(
    before: str, wait: int, zones: tuple[str, ...], expected: str
) -> None:
    assert sequences.slot(at(before), wait, zones, HOURS) == at(expected)


def test_a_public_holiday_moves_the_slot_and_always_moves_nothing() -> None:
    tuesday = at("2026-11-24 15:00")
    assert sequences.slot(tuesday, 2, NEW_YORK, HOURS, "US") == at("2026-11-27 15:00")
    assert sequences.slot(tuesday, 2, NEW_YORK, timing.ALWAYS, "US") == at("2026-11-26 15:00")
    assert sequences.slot(tuesday, 4, NEW_YORK, timing.ALWAYS) == at("2026-11-28 15:00")


def test_a_missing_hour_moves_forward_and_a_doubled_one_is_the_first() -> None:
    assert sequences.slot(at("2027-03-26 01:30"), 2, BERLIN, timing.ALWAYS) == at("2027-03-28 01:30")
    assert sequences.slot(at("2026-10-23 00:30"), 2, BERLIN, timing.ALWAYS) == at("2026-10-25 00:30")


def test_two_zones_that_share_no_hour_are_said_to() -> None:
    with pytest.raises(ValueError, match="no common open hour"):
        sequences.slot(at("2026-11-24 09:30"), 2, ("Asia/Tokyo", "America/New_York"), HOURS)


def test_a_draft_is_written_two_days_before_its_slot_and_never_in_the_past() -> None:
    now = at("2026-11-24 10:00")
    assert sequences.draft_at(now + timedelta(days=5), now) == now + timedelta(days=3)
    assert sequences.draft_at(now + timedelta(days=1), now) == now


@pytest.mark.parametrize(
    ("text", "waits"),
    [("2, 3, 5", (2, 3, 5)), ("2", (2,)), ("2d; 72h", (2, 3)), ("24 hours, 1 day", (1, 1)), ("60", (60,))],
)
def test_waits_are_read(text: str, waits: tuple[int, ...]) -> None:
    assert sequences.parse_waits(text) == waits


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0", "24 hours apart"),
        ("2, 12h", "24 hours apart"),
        ("30h", "whole days"),
        ("61", "at most 60 days"),
        ("9999", "at most 60 days"),
        ("-2", "no wait"),
        ("2.5", "no wait"),
        ("٣", "no wait"),
        ("soon", "no wait"),
        ("", "1 to 19 waits"),
        (",".join("2" * 20), "1 to 19 waits"),
    ],
)
def test_gaps_under_a_day_and_what_is_no_wait_are_refused(text: str, told: str) -> None:
    with pytest.raises(Refused, match=told) as refused:
        sequences.parse_waits(text)
    assert refused.value.field == "waits"


def test_more_than_fifteen_touches_are_warned_about_and_more_than_twenty_refused() -> None:
    assert sequences.check_touches(15) == ""
    assert "16 touches are many" in sequences.check_touches(16)
    for touches in (0, 21):
        with pytest.raises(Refused, match="1 to 20 touches"):
            sequences.check_touches(touches)


@pytest.mark.parametrize(
    ("condition", "happened", "goes"),
    [
        ("", ("replied",), True),
        ("no_reply", (), True),
        ("no_reply", ("opened", "clicked"), True),
        ("no_reply", ("replied",), False),
        ("clicked", ("opened",), False),
        ("clicked", ("opened", "clicked"), True),
        ("not_opened", (), True),
        ("not_opened", ("opened",), False),
        ("not_opened", ("clicked",), False),
        ("whenever", (), False),
    ],
)
def test_a_condition_holds_or_the_touch_is_left_out(
    condition: str, happened: tuple[str, ...], goes: bool
) -> None:
    assert sequences.met(condition, happened) is goes


def test_purposes_of_old_strategies_are_understood() -> None:
    assert sequences.purpose_key("short call asked") == "call"
    assert sequences.purpose_key(" Close ") == "close"
    assert sequences.purpose_key("something of our own") == "something of our own"
