"""The card of an import: how far it is, what it added, and the first problems by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards.picture import Picture
from storage.views import ImportView

_WIDTH, _SHOWN = 20, 60
_PIECE = 2_800
"""Characters of problems in one section; Slack takes 3,000."""


def render(view: ImportView) -> Picture:
    name = blocks.line(view.file_name or "contacts", 100)
    into = f" into {blocks.bold(view.campaign)}" if view.campaign.strip() else ""
    tally = _tally(view)
    status, word = _status(view)
    shown = [
        blocks.section(f"{status} *Import of {name}*{into}\n{word}"),
        *([blocks.section(f"{_bar(view)}  {tally}")] if view.line or view.state == "done" else []),
        *([blocks.section(piece) for piece in _problems(view)] if view.problems else []),
        blocks.context(f"Asked by {blocks.person(view.asked_by)}"),
    ]
    return Picture(f"Import of {name}: {word} {tally}.", shown)


def which(text: str, file_id: str, campaigns: Mapping[int, str]) -> list[Json]:
    """Asks into which campaign, id → name, a dropped file goes; `text` is mrkdwn."""
    choices = {f"{Ref(id_)}:{file_id}": name for id_, name in campaigns.items()}
    return [
        blocks.section(text),
        *blocks.actions([blocks.menu("Import into", Button.IMPORT_INTO, choices)]),
    ]


def _tally(view: ImportView) -> str:
    noes = f" · {view.opted_out:,} opted out or suppressed" if view.opted_out else ""
    return (
        f"{view.added:,} added · {words.count(view.duplicate, 'duplicate')} · {view.invalid:,} invalid{noes}"
    )


def _status(view: ImportView) -> tuple[str, str]:
    if view.error.strip():
        return "❌", f"Stopped: {blocks.line(view.error, 500)}"
    if view.state == "done":
        return "✅", "Finished."
    return "⏳", f"Reading, {words.count(view.line, 'line')} so far." if view.line else "Waiting to begin."


def _bar(view: ImportView) -> str:
    """Shares of the lines read: added, duplicate, neither."""
    total = view.added + view.duplicate + view.invalid + view.opted_out
    if not total:
        return "░" * _WIDTH
    added = round(_WIDTH * view.added / total)
    known = min(_WIDTH - added, round(_WIDTH * view.duplicate / total))
    return "█" * added + "▒" * known + "░" * (_WIDTH - added - known)


def _problems(view: ImportView) -> list[str]:
    """The reasons by line, in as many sections as they need."""
    lines = [_problem(found) for found in view.problems[:_SHOWN]]
    more = view.invalid + view.opted_out - len(lines)
    pieces = ["*First problems*"]
    for line in lines + ([f"… and {more:,} more"] if more > 0 else []):
        if len(pieces[-1]) + len(line) < _PIECE:
            pieces[-1] += f"\n{line}"
        else:
            pieces.append(line)
    return pieces


def _problem(found: Any) -> str:
    if isinstance(found, Mapping):
        number = found.get("line", "?")
        reason = found.get("reason") or found.get("sentence") or found.get("problem") or ""
    elif isinstance(found, list | tuple) and len(found) >= 2:
        number, reason = found[0], found[1]
    else:
        return f"• {blocks.line(str(found), 200)}"
    return f"• Line {blocks.line(str(number), 12)}: {blocks.line(str(reason), 200)}"
