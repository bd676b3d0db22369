"""The picture of a rehearsal: how much leaves each day against what the senders may send. No network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import vl_convert

from engine.charts import FONT, INK, PAPER, QUIET
from engine.rules import timing
from storage.model import channels

WIDTH, HEIGHT = 620, 110
OURS, OTHERS, CAP = "#1264A3", "#B8C7D9", "#B4540A"
"""This campaign, other campaigns, the cap: told apart by shape and words too."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one channel: what this campaign and the others send, and the cap, None for none."""

    day: date
    channel: str
    sent: int
    others: int
    limit: int | None


def days_of(days: Sequence[Mapping[str, Any]]) -> list[Day]:
    """From a rehearsal's report: a Day for each day and channel on which something leaves."""
    return [
        Day(
            date.fromisoformat(day["day"]), channel, day["sent"].get(channel, 0), day["others"].get(channel, 0),
            day["limit"].get(channel),
        )
        for day in days
        for channel in sorted({*day["sent"], *day["others"]})
    ]  # fmt: skip


def png(days: Sequence[Day]) -> bytes:
    """One row of bars per channel with its cap as a line above. Takes about a second of CPU the first time."""
    picture: bytes = vl_convert.vegalite_to_png(vl_spec=spec(days), scale=2)
    return picture


def spec(days: Sequence[Day]) -> dict[str, Any]:
    """The picture as Vega-Lite."""
    first, last = min(day.day for day in days), max(day.day for day in days)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": PAPER,
        "padding": {"left": 20, "right": 24, "top": 18, "bottom": 14},
        "title": {
            "text": "Messages a day, rehearsed",
            "subtitle": f"{timing.shown(first)} to {timing.shown(last)}"
            " · dark: this campaign · light: others · line: daily cap",
            "anchor": "start",
            "offset": 14,
        },
        "spacing": 18,
        "vconcat": [_row(channel, days) for channel in sorted({day.channel for day in days})],
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "title": {"color": INK, "fontSize": 18, "subtitleColor": QUIET, "subtitleFontSize": 13, "font": FONT},
            "axis": {"labelFont": FONT, "labelFontSize": 12, "labelColor": QUIET, "gridColor": "#E8E8E8"},
        },
    }  # fmt: skip


def alt_text(days: Sequence[Day]) -> str:
    """The picture's numbers in full sentences of at most 1,000 characters."""
    told = []
    for channel in sorted({day.channel for day in days}):
        mine = [day for day in days if day.channel == channel]
        most = max(mine, key=lambda day: day.sent + day.others)
        full = sum(day.limit is not None and day.sent + day.others >= day.limit for day in mine)
        told.append(
            f"{channels.known(channel).label}: {sum(day.sent for day in mine):,} messages on {len(mine):,} days, at most"
            f" {most.sent + most.others:,} on {timing.shown(most.day)}; the cap is reached on {full:,} days."
        )
    return f"Bars of messages a day against the daily cap. {' '.join(told)}"[:1_000]


def _row(channel: str, days: Sequence[Day]) -> dict[str, Any]:
    mine = [day for day in days if day.channel == channel]
    bars = [
        {"day": day.day.isoformat(), "n": n, "of": of}
        for day in mine
        for of, n in (("1 this campaign", day.sent), ("2 other campaigns", day.others))
    ]
    caps = [{"day": day.day.isoformat(), "n": day.limit} for day in mine if day.limit is not None]
    x = {"field": "day", "type": "temporal", "timeUnit": "yearmonthdate", "title": None,
         "axis": {"format": "%-d %b", "labelAngle": 0, "grid": False}}  # fmt: skip
    y = {"field": "n", "type": "quantitative", "title": channels.known(channel).label,
         "axis": {"tickMinStep": 1, "tickCount": 4}}  # fmt: skip
    colour = {"field": "of", "type": "nominal", "legend": None, "scale": {"range": [OURS, OTHERS]}}
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "layer": [
            {
                "data": {"values": bars},
                "mark": {"type": "bar"},
                "encoding": {"x": x, "y": y, "color": colour},
            },
            {
                "data": {"values": caps},
                "mark": {"type": "line", "interpolate": "step", "color": CAP, "strokeWidth": 2},
                "encoding": {"x": x, "y": y},
            },
        ],
    }
