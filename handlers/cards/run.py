"""The card of a run: what was processed, sent, failed and skipped; a dry run sends nothing and shows previews."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers import blocks, words
from handlers.blocks import Json
from handlers.cards.picture import Picture
from storage.views import RunView

_SHOWN = 10
_NUMBERS = ("processed", "sent", "failed", "skipped")


def render(view: RunView) -> Picture:
    kind = "Dry run" if view.dry else "Run"
    name = _posts(view) if view.day else blocks.line(view.campaign)
    what = "" if view.day else f", next {words.count(view.batch, 'contact')}"
    title = f"*{kind} of {name}*{what}"
    asked = blocks.context(f"Asked by {blocks.person(view.asked_by)}")
    if not view.report or "processed" not in view.report:
        shown = [blocks.section(f"⏳ {title}\nWorking."), asked]
        return Picture(f"{kind} of “{name}” is working.", shown)
    tally, done = _tally(view.report), view.state == "done"
    notice = (
        "\nNothing was sent and nothing was recorded." if view.dry else "" if done else "\nStill working."
    )
    shown = [
        blocks.section(f"{'🔎' if view.dry else '✅' if done else '⏳'} {title}\n{tally}{notice}"),
        *_named("Preview", view.report.get("preview")),
        *_named("By name", view.report.get("named")),
        asked,
    ]
    return Picture(f"{kind} of “{name}”: {tally}.", shown)


def _posts(view: RunView) -> str:
    return f"the posts of {words.day(view.day)}, {blocks.line(view.campaign) or 'every brand'}"


def _tally(report: Mapping[str, Any]) -> str:
    """The four promised numbers always, the others where there are any."""
    shown = [*_NUMBERS, *(number for number in ("unsure", "waiting") if report.get(number))]
    return " · ".join(f"{int(report.get(number) or 0):,} {number}" for number in shown)


def _named(title: str, items: Any) -> list[Json]:
    """Lines of {who, channel, what}."""
    if not isinstance(items, list | tuple) or not items:
        return []
    lines = [f"• {_item(item)}" for item in items[:_SHOWN] if isinstance(item, Mapping)]
    more = [f"… and {len(items) - _SHOWN:,} more"] if len(items) > _SHOWN else []
    return [blocks.section(f"*{title}*\n" + "\n".join(lines + more))]


def _item(item: Mapping[str, Any]) -> str:
    channel, what = words.channel(str(item.get("channel", ""))), str(item.get("what", ""))
    return f"{blocks.bold(str(item.get('who', '')), 80)} {blocks.line(channel, 40)}: {blocks.line(what, 200)}"
