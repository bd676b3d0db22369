"""The card of a conflict: what somebody knows, and whether messages go on."""

from __future__ import annotations

from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards.picture import Picture
from storage.views import ConflictView

_DECIDED = {
    "resume": "▶️ Resumed: messages to them go on",
    "close": "⏹️ Closed: nothing more goes to them",
}


def render(view: ConflictView) -> Picture:
    found, name = view.conflict, blocks.line(view.contact.name)
    company = f" at {blocks.line(view.contact.company)}" if view.contact.company.strip() else ""
    shown = [
        blocks.section(f"⚠️ *Conflict: {name}*{company}"),
        *blocks.quote(blocks.cut(found.text, 1_500), 1),
        blocks.context(
            f"Known by {blocks.person(found.recorded_by)} {blocks.when(found.created_at, view.zone)}"
        ),
        *_decision(view),
    ]
    return Picture(f"Conflict about {name}: {blocks.line(found.text, 200)}", shown)


def _decision(view: ConflictView) -> list[Json]:
    found = view.conflict
    if found.decision:
        by = f", decided by {blocks.person(found.decided_by)}" if found.decided_by else ""
        return [blocks.section(f"{_DECIDED.get(found.decision, blocks.line(found.decision))}{by}.")]
    ref, about = str(Ref(found.id)), view.contact.name
    held = (
        f"{words.count(view.pending, 'message')} to them {'waits' if view.pending == 1 else 'wait'} for you."
    )
    return [
        blocks.context(
            held if view.pending else "Nothing to them is pending; what is planned will wait too."
        ),
        *blocks.actions(
            [
                blocks.button("Resume", Button.CONFLICT_RESUME, ref, about=about),
                blocks.button("Close", Button.CONFLICT_CLOSE, ref, about=about, style="danger"),
            ]
        ),
    ]
