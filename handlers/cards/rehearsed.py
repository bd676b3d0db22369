"""The files beneath a rehearsal's card: its picture, and every touch as a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from handlers import blocks
from handlers.cards import sheet
from handlers.cards.picture import File, Picture
from storage.model import channels
from storage.views import RehearsalChartView, RehearsalRowsView

_HEAD = (
    "name", "company", "step", "channel", "state", "recipient's date", "recipient's time", "recipient's zone", "utc", "why",
)  # fmt: skip


def chart(view: RehearsalChartView) -> Picture:
    if not view.png:
        return Picture("A rehearsal in which nothing leaves has no picture.", gone=True)
    alt = str(view.report.get("alt") or "")[:1_000] or "Bars of messages a day against the daily cap."
    title = f"Rehearsal of {blocks.cut(' '.join(view.campaign.split()), 60)}"
    return Picture(
        blocks.line(alt.partition(". ")[0], 300) + ".",
        file=File(f"rehearsal-{view.id}.png", view.png, title, alt),
    )


def rows(view: RehearsalRowsView) -> Picture:
    title = f"Every touch of {blocks.cut(' '.join(view.campaign.split()), 60)}, rehearsed"
    alt = f"A table of {len(view.touches):,} touches: who, channel, the recipient's time and UTC, and what waits and why."
    data = sheet.written(_HEAD, [_row(view, touch) for touch in view.touches])
    return Picture(alt, file=File(f"rehearsal-{view.id}.csv", data, title, alt))


def _row(view: RehearsalRowsView, touch: Mapping[str, Any]) -> tuple[Any, ...]:
    name, company = view.names.get(touch["contact"], ("erased", ""))
    at = datetime.fromisoformat(touch["at"]) if _is_instant(touch["at"]) else None
    local = blocks.local(at, touch["zone"]) if at else None
    times = (f"{local:%Y-%m-%d}", f"{local:%H:%M}") if local else ("", "")
    moment = f"{at:%Y-%m-%d %H:%M:%S}" if at else ""
    return (
        name,
        company,
        touch["step"],
        channels.known(touch["channel"]).label,
        touch["state"],
        *times,
        touch["zone"],
        moment,
        touch["why"],
    )


def _is_instant(text: str | None) -> bool:
    try:
        return bool(text) and datetime.fromisoformat(str(text)).tzinfo is not None
    except ValueError:
        return False
