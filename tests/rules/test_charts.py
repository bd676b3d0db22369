"""The digest's picture says the same numbers as its words, and both can be read by everybody."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from engine import charts

FIRST = date(2026, 11, 17)
BUSY = [(12, 4, 1), (18, 9, 2), (0, 3, 0), (22, 11, 3), (0, 1, 1), (0, 0, 0), (1234, 16, 4)]


def week(numbers: list[tuple[int, int, int]], first: date = FIRST) -> list[charts.Day]:
    return [charts.Day(first + timedelta(days=n), *row) for n, row in enumerate(numbers)]


def test_the_picture_is_a_png_of_a_size_slack_shows_well() -> None:
    picture = charts.png(week(BUSY))
    width, height = struct.unpack(">II", picture[16:24])
    assert picture.startswith(b"\x89PNG\r\n")
    assert 1_000 <= width <= 2_000
    assert 500 <= height <= width
    assert len(picture) < 500_000


def test_text_is_really_drawn() -> None:
    assert charts.png(week(BUSY)) != charts.png(week(BUSY, FIRST + timedelta(days=7)))


def test_a_week_without_anything_is_drawn_too() -> None:
    assert charts.png(week([(0, 0, 0)] * 7)).startswith(b"\x89PNG")


@pytest.mark.parametrize("colour", [charts.INK, charts.QUIET])
def test_text_can_be_read_on_its_paper(colour: str) -> None:
    assert _contrast(colour, charts.PAPER) >= 4.5


def test_bars_stand_out_from_the_paper() -> None:
    assert all(_contrast(row[-1], charts.PAPER) >= 3 for row in (*charts.ROWS, *charts.POSTS))


@pytest.mark.parametrize("is_week", [False, True])
def test_every_number_of_the_picture_is_in_the_words(is_week: bool) -> None:
    days = week(BUSY)
    drawn = _drawn(charts.spec(days, is_week=is_week))
    words = charts.alt_text(days, is_week=is_week)
    told = re.findall(r"(\w+ \d+ \w+): ([\d,]+) sent, ([\d,]+) opened, ([\d,]+) replied", words)
    assert [(day, *numbers) for day, *numbers in told] == drawn
    assert len(told) == 7


def test_of_a_week_the_sums_are_drawn_and_told() -> None:
    days = week(BUSY)
    beside = [row["layer"][-1]["mark"]["text"] for row in charts.spec(days, is_week=True)["vconcat"]]
    assert beside == ["1,286 in all", "44 in all", "11 in all"]
    assert "In the week: 1,286 sent, 44 opened, 11 replied." in charts.alt_text(days, is_week=True)


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [(3, 12, "sent up from 3 to 12"), (12, 3, "sent down from 12 to 3"), (4, 4, "sent unchanged at 4")],
)
def test_the_words_name_the_trend(before: int, now: int, said: str) -> None:
    days = week([(0, 0, 0)] * 5 + [(before, 0, 0), (now, 0, 0)])
    assert said in charts.alt_text(days)


@pytest.mark.parametrize("is_week", [False, True])
def test_the_words_fit_where_slack_takes_them(is_week: bool) -> None:
    most = [replace(day, posts=10**9, impressions=10**9) for day in week([(10**9, 10**9, 10**9)] * 7)]
    assert len(charts.alt_text(most, is_week=is_week)) <= 1_000


POSTED = [(0, None), (3, 2_345), (3, None), (3, 990), (0, 0), (2, 1_800), (3, 2_210)]


def with_posts(numbers: list[tuple[int, int, int]]) -> list[charts.Day]:
    return [
        replace(day, posts=posts, impressions=seen)
        for day, (posts, seen) in zip(week(numbers), POSTED, strict=True)
    ]


@pytest.mark.parametrize("is_week", [False, True])
def test_posts_are_drawn_below_and_what_no_network_told_is_no_zero(is_week: bool) -> None:
    days = with_posts(BUSY)
    drawn = _drawn(charts.spec(days, is_week=is_week))
    assert [(posts, seen) for *_, posts, seen in drawn] == [
        (str(posts), "n/a" if seen is None else f"{seen:,}") for posts, seen in POSTED
    ]
    words = charts.alt_text(days, is_week=is_week)
    assert "Wed 18 Nov: 18 sent, 9 opened, 2 replied, 3 published, 2,345 impressions." in words
    assert "Thu 19 Nov: 0 sent, 3 opened, 0 replied, 3 published, impressions not available." in words
    assert ("14 published, 7,345 impressions" in words) == is_week


def test_a_team_that_only_posts_sees_no_rows_of_messages() -> None:
    days = with_posts([(0, 0, 0)] * 7)
    assert len(charts.spec(days)["vconcat"]) == 2
    assert charts.alt_text(days).startswith(
        "Bars of posts from Tue 17 Nov to Mon 23 Nov. Tue 17 Nov: 0 published"
    )


def _drawn(spec: dict[str, Any]) -> list[tuple[str, ...]]:
    rows = [row["layer"][0]["data"]["values"] for row in spec["vconcat"]]
    return [(value["day"], *(row[n]["text"] for row in rows)) for n, value in enumerate(rows[0])]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
