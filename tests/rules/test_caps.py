"""Daily caps: how many on which day, whose turn it is, and what people are told."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Refused
from engine.rules import caps, timing
from engine.rules.caps import Cap, Days, WarmUp
from storage import senders
from storage.model import Sender

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # a Tuesday
BLANK = Sender(
    id=1, workspace_id="T1", channel="email", address="a@b.example", name="", reply_to="", feed_id=None,
    zone="Europe/Berlin", resets_at=None, used=0, cap=20, not_before=None, stopped="", failures=0, opened_at=None,
    cause="", served_at=None, campaign_id=None, warm_from=5, warm_by=5, warm_days=0,
)  # fmt: skip


def sender(now: datetime = NOW, **values: Any) -> Sender:
    given = {field: getattr(BLANK, field) for field in Sender.__dataclass_fields__}
    return senders.today(Sender(**{**given, **values}), now)


def at_any_hour(after: datetime) -> datetime:
    return after


def at_nine_on_business_days(after: datetime) -> datetime:
    return timing.next_open(after, ("Europe/Berlin",), timing.business_hours)


def filled(days: Days, count: int, opening: Any = at_any_hour) -> dict[str, int]:
    """How many of `count` places fell on which day in Berlin."""
    places = [days.take(NOW, opening, opening) for _ in range(count)]
    return dict(Counter(f"{timing.local_date(place.at, 'Europe/Berlin'):%a %d}" for place in places))


@pytest.mark.parametrize(
    ("channel", "cap"),
    [
        ("email", Cap(20, WarmUp(5, 5))),
        ("linkedin_dm", Cap(10, WarmUp(3, 2))),
        ("x_dm", Cap(15)),
        ("linkedin", Cap()),
        ("sms", Cap()),
    ],
)
def test_a_channel_begins_with_its_cap_and_warm_up(channel: str, cap: Cap) -> None:
    assert caps.of_channel(channel) == cap


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        ({}, [5, 10, 15, 20, 20]),
        ({"cap": 10, "warm_from": 3, "warm_by": 2}, [3, 5, 7, 9, 10, 10]),
        ({"cap": 15, "warm_from": None}, [15, 15]),
        ({"cap": 3}, [3, 3]),
        ({"cap": None}, [None, None]),
        ({"cap": 50, "warm_from": None, "campaign_id": 7}, [50, 50]),
    ],
)
def test_the_smallest_limit_wins_on_every_day(values: dict[str, Any], limits: list[int | None]) -> None:
    assert [sender(**values).limit_after(days) for days in range(len(limits))] == limits


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("5+5", WarmUp(5, 5)),
        (" 3 by 2 ", WarmUp(3, 2)),
        ("10 + 0", WarmUp(10, 0)),
        ("None", None),
    ],
)
def test_a_warm_up_is_read_as_people_write_it(text: str, read: WarmUp | None) -> None:
    assert caps.parse_warm_up(text) == read


@pytest.mark.parametrize("text", ["", "5", "0+5", "-5+5", "5+5+5", "١+٥", "five", "999999+1"])
def test_what_is_no_warm_up_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="no warm-up"):
        caps.parse_warm_up(text)


def test_the_sixth_of_five_waits_until_tomorrow_and_says_so() -> None:
    days = Days(sender(), [], NOW)
    places = [days.take(NOW, at_any_hour, "any") for _ in range(6)]
    assert [(place.at, place.reason) for place in places[:5]] == [(NOW, "")] * 5
    assert places[5].at == datetime(2026, 11, 24, 23, 0, tzinfo=UTC), "midnight in the sender's zone"
    assert places[5].reason == "Waits until tomorrow, Wed 25 Nov: 5 of 5 today are taken (warm-up, day 1)."


@pytest.mark.parametrize(
    ("values", "booked", "opening", "count", "expected"),
    [
        ({}, {}, at_any_hour, 12, {"Tue 24": 5, "Wed 25": 7}),
        ({"used": 4}, {}, at_any_hour, 2, {"Tue 24": 1, "Wed 25": 1}),
        ({"used": 2}, {0: 2}, at_any_hour, 12, {"Tue 24": 1, "Wed 25": 10, "Thu 26": 1}),
        ({}, {-9: 5}, at_any_hour, 1, {"Wed 25": 1}),  # overdue ones take today's places
        ({}, {24: 5}, at_any_hour, 11, {"Tue 24": 5, "Wed 25": 5, "Thu 26": 1}),
        ({"warm_days": 9}, {}, at_any_hour, 41, {"Tue 24": 20, "Wed 25": 20, "Thu 26": 1}),
        (
            {},
            {},
            at_nine_on_business_days,
            52,
            {"Tue 24": 5, "Wed 25": 10, "Thu 26": 15, "Fri 27": 20, "Mon 30": 2},
        ),
    ],
)
def test_places_are_given_out_day_by_day(
    values: dict[str, Any], booked: dict[int, int], opening: Any, count: int, expected: dict[str, int]
) -> None:
    """`booked` is hours from now → how many."""
    if "used" in values:
        values = {**values, "resets_at": NOW + timedelta(hours=13)}
    known = [(NOW + timedelta(hours=hours), n) for hours, n in booked.items()]
    assert filled(Days(sender(**values), known, NOW), count, opening) == expected


def test_a_day_on_which_nothing_leaves_does_not_warm_up() -> None:
    days = Days(sender(), [], NOW)
    assert [days.limit(date(2026, 11, day)) for day in (24, 25, 26)] == [5, 5, 5]
    days.take(NOW, at_any_hour, "any")
    assert [days.limit(date(2026, 11, day)) for day in (24, 25, 26)] == [5, 10, 10]


def test_one_that_may_only_leave_later_is_not_put_before_those_that_may_leave_now() -> None:
    days = Days(sender(cap=1, warm_from=None), [], NOW)
    earliest = [NOW, NOW + timedelta(days=9), NOW, NOW]
    places = [days.take(moment, at_any_hour, "any") for moment in earliest]
    assert [timing.local_date(place.at, "Europe/Berlin").day for place in places] == [24, 3, 25, 26]


def test_a_day_of_25_hours_holds_no_more_than_its_limit() -> None:
    before = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)  # the 25th in Berlin
    days = Days(sender(before, warm_from=None, cap=2), [], before)
    places = [days.take(before, at_any_hour, "any") for _ in range(6)]
    assert [place.at for place in places[2:]] == [
        *[datetime(2026, 10, 24, 22, 0, tzinfo=UTC)] * 2,
        *[datetime(2026, 10, 25, 23, 0, tzinfo=UTC)] * 2,
    ]


@given(
    st.lists(st.tuples(st.integers(0, 240), st.booleans()), max_size=120),
    st.integers(1, 12),
    st.integers(0, 6),
    st.integers(0, 5),
)
def test_whatever_comes_no_day_gets_more_than_its_limit_and_none_leaves_too_early(
    asked: list[tuple[int, bool]], start: int, step: int, used: int
) -> None:
    days = Days(
        sender(warm_from=start, warm_by=step, used=used, resets_at=NOW + timedelta(hours=13)), [], NOW
    )
    today = timing.local_date(NOW, "Europe/Berlin")
    taken: Counter[date] = Counter({today: used})
    for hours, hurried in asked:
        earliest = NOW + timedelta(hours=hours)
        opening = at_any_hour if hurried else at_nine_on_business_days
        place = days.take(earliest, opening, opening)
        assert place.at >= earliest
        assert opening(place.at) == place.at
        taken[timing.local_date(place.at, "Europe/Berlin")] += 1
    for day, count in taken.items():
        assert count <= days.limit(day) or (day == today and count == used)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((True, NOW, 0, 9), (False, NOW - timedelta(days=3), 100, 1)),  # an answer before everything
        ((False, NOW - timedelta(days=1), 0, 9), (False, NOW, 100, 1)),  # the older approval before the score
        ((False, NOW, 90, 9), (False, NOW, 80, 1)),  # the score before who came first
        ((False, NOW, 80, 1), (False, NOW, 80, 9)),
        ((True, NOW, 0, 9), (True, None, 0, 1)),
    ],
)
def test_whose_turn_it_is_when_a_limit_binds(first: tuple[Any, ...], second: tuple[Any, ...]) -> None:
    assert caps.precedence(*first) < caps.precedence(*second)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "0 of 5 used today (warm-up, day 1); 10 on the next day after one that sends."),
        ({"warm_days": 2}, "0 of 15 used today (warm-up, day 3); 20 on the next day after one that sends."),
        ({"warm_days": 3}, "0 of 20 used today (daily cap)."),
        ({"cap": 3}, "0 of 3 used today (daily cap)."),
        ({"cap": None}, "0 sent today; no limit."),
        ({"cap": 50, "warm_from": None, "campaign_id": 7}, "0 of 50 used today (the cap of the campaign)."),
    ],
)
def test_people_are_told_which_limit_binds(values: dict[str, Any], told: str) -> None:
    assert caps.today(sender(**values)) == told
