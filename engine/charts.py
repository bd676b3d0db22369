"""The picture of a digest: a Vega-Lite dictionary made into a PNG, and words that say the same. No network.

The picture brings its own background, so that it reads the same in a dark and in a light Slack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import vl_convert

from engine.rules import timing

PAPER, INK, QUIET = "#FFFFFF", "#1D1C1D", "#5C5B5E"
"""Background and the two colours of text on it; text has at least 4.5:1 on paper."""

FONT = "Liberation Sans"
"""Comes with the converter: the picture needs no font of the machine."""

WIDTH, ROW = 560, 74
ROWS = (
    ("sent", "Sent", "messages", "#1264A3"),
    ("opened", "Opened", "by people", "#1B7F5C"),
    ("replied", "Replied", "by people", "#B4540A"),
)
"""What is drawn, its name, a word about it, its colour: a row each, so that nothing depends on colour."""
POSTS = (
    ("posts", "Posts", "published", "#6B3FA0"),
    ("impressions", "Seen", "impressions", "#8A4B00"),
)
"""The same of posts, drawn only where there were some."""
_SAID = {"posts": "published"}
UNKNOWN = "n/a"
"""What no network told: never 0."""
LONGEST = 1_000
"""Characters of the words beside the picture."""


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of outreach on all channels: messages sent, messages a person opened, replies of people; and of
    posts: how many were published, and how often those were seen, None where no network told.
    """

    day: date
    sent: int
    opened: int
    replied: int
    posts: int = 0
    impressions: int | None = None


def png(days: Sequence[Day], *, is_week: bool = False) -> bytes:
    """A row of bars per figure, one bar per day, each with its number. Takes about a second of CPU the first time."""
    picture: bytes = vl_convert.vegalite_to_png(vl_spec=spec(days, is_week=is_week), scale=2)
    return picture


def spec(days: Sequence[Day], *, is_week: bool = False) -> dict[str, Any]:
    """The picture as Vega-Lite. Of a day, the last is drawn strong, those before it light with an outline; of a week,
    all are strong, and each row says its sum.
    """
    rows = _rows(days)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": PAPER,
        "padding": {"left": 20, "right": 24, "top": 18, "bottom": 14},
        "title": {
            "text": "The week, day by day" if is_week else f"{_about(days).capitalize()}, day by day",
            "subtitle": f"{timing.shown(days[0].day)} to {timing.shown(days[-1].day)}",
            "anchor": "start",
            "offset": 14,
        },
        "spacing": 16,
        "vconcat": [_row(days, *row, last=row is rows[-1], is_week=is_week) for row in rows],
        "config": _config(),
    }


def alt_text(days: Sequence[Day], *, is_week: bool = False) -> str:
    """The picture's numbers and where they go, in full sentences of at most 1,000 characters: where they get too long,
    without the last sentence.
    """
    first, last = days[0], days[-1]
    told = " ".join(f"{timing.shown(day.day)}: {_told(day, days)}." for day in days)
    about = f"Bars of {_about(days)} from {timing.shown(first.day)} to {timing.shown(last.day)}. {told}"
    if is_week:
        return _short_enough(
            about, f"In the week: {', '.join(_in_all(days, name) for name, *_ in _rows(days))}."
        )
    trend = ", ".join(f"{label.lower()} {_trend(_numbers(days, name))}" for name, label, *_ in _rows(days))
    return _short_enough(about, f"On the last day: {trend}.")


def _rows(days: Sequence[Day]) -> tuple[tuple[str, str, str, str], ...]:
    """What is drawn: messages, unless there were posts alone; posts, where there were some; impressions, where told."""
    messages = any(day.sent or day.opened or day.replied for day in days)
    posts = any(day.posts for day in days)
    seen = any(day.impressions is not None for day in days)
    return (*(ROWS if messages or not posts else ()), *(POSTS[: 1 + seen] if posts else ()))


def _about(days: Sequence[Day]) -> str:
    drawn = _rows(days)
    both = ("messages to people",) * (ROWS[0] in drawn), ("posts",) * (POSTS[0] in drawn)
    return " and ".join(part for parts in both for part in parts)


def _told(day: Day, days: Sequence[Day]) -> str:
    return ", ".join(_said(name, getattr(day, name)) for name, *_ in _rows(days))


def _said(name: str, number: int | None) -> str:
    return f"{name} not available" if number is None else f"{number:,} {_SAID.get(name, name)}"


def _short_enough(about: str, ending: str) -> str:
    whole = f"{about} {ending}"
    return whole if len(whole) <= LONGEST else about


def _text(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"


def _numbers(days: Sequence[Day], name: str) -> list[int | None]:
    return [getattr(day, name) for day in days]


def _row(
    days: Sequence[Day], name: str, label: str, about: str, colour: str, *, last: bool, is_week: bool
) -> dict[str, Any]:
    beside = f"{_sum(days, name):,} in all" if is_week else about
    values = [
        {
            "day": timing.shown(day.day),
            "n": getattr(day, name) or 0,
            "text": _text(getattr(day, name)),
            "now": is_week or day is days[-1],
        }
        for day in days
    ]
    top = max(1, *(number or 0 for number in _numbers(days, name)))
    x = {"field": "day", "type": "ordinal", "sort": None, "axis": _axis(last=last)}
    y = {
        "field": "n", "type": "quantitative", "axis": None, "scale": {"domain": [0, top * 1.35]},
        "stack": None,  # a bar stands alone; piled ones are clipped one by one, which doubles what the picture costs
    }  # fmt: skip
    strong = {"condition": {"test": "datum.now", "value": 1}, "value": 0.35}
    number = {"type": "text", "baseline": "bottom", "dy": -4, "fontSize": 14, "fontWeight": "bold"}
    return {
        "width": WIDTH,
        "height": ROW,
        "layer": [
            {
                "data": {"values": values},
                "encoding": {"x": x, "y": y},
                "layer": [
                    {
                        "mark": {"type": "bar", "color": colour, "stroke": colour, "cornerRadiusEnd": 4},
                        "encoding": {"fillOpacity": strong},
                    },
                    {"mark": {**number, "color": INK}, "encoding": {"text": {"field": "text"}}},
                ],
            },
            _beside(label, {"fontSize": 15, "fontWeight": "bold", "color": INK}, at=ROW - 26),
            _beside(beside, {"fontSize": 13, "color": QUIET}, at=ROW - 7),
        ],
    }


def _axis(*, last: bool) -> dict[str, Any]:
    """A base line under every row, the days' names under the last."""
    line = {"title": None, "ticks": False, "domainColor": QUIET, "domainWidth": 1}
    return {**line, "labels": last, "labelAngle": 0, "labelPadding": 8}


def _beside(words: str, style: dict[str, Any], *, at: int) -> dict[str, Any]:
    """Words left of a row, `at` pixels from its top."""
    place = {"x": {"value": -112}, "y": {"value": at}}
    mark = {"type": "text", "align": "left", "baseline": "middle", "text": words, **style}
    return {"data": {"values": [{}]}, "mark": mark, "encoding": place}


def _config() -> dict[str, Any]:
    return {
        "font": FONT,
        "view": {"stroke": None},
        "scale": {"bandPaddingInner": 0.32, "bandPaddingOuter": 0.12},
        "title": {
            "font": FONT, "color": INK, "fontSize": 18, "fontWeight": "bold", "subtitlePadding": 5,
            "subtitleFont": FONT, "subtitleFontSize": 13, "subtitleColor": QUIET,
        },
        "text": {"font": FONT},
        "axis": {"labelFont": FONT, "labelFontSize": 13, "labelColor": QUIET, "grid": False},
    }  # fmt: skip


def _trend(numbers: Sequence[int | None]) -> str:
    before, now = numbers[-2], numbers[-1]
    if before is None or now is None:
        return _text(now)
    if now == before:
        return f"unchanged at {now:,}"
    return f"{'up' if now > before else 'down'} from {before:,} to {now:,}"


def _sum(days: Sequence[Day], name: str) -> int:
    return sum(number or 0 for number in _numbers(days, name))


def _in_all(days: Sequence[Day], name: str) -> str:
    return _said(name, _sum(days, name))
