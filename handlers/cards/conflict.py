"""The card of a conflict: what somebody knows or what was seen, and whether messages go on."""

from __future__ import annotations

from engine.rules import accounts
from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards.picture import Picture
from storage.model.accounts import Seen
from storage.views import ConflictView

_DECIDED = {
    "resume": "▶️ Resumed: messages to {} go on",
    "close": "⏹️ Closed: nothing more goes to {}",
}
_WORDS = 400
_EVIDENCE = 6


def render(view: ConflictView) -> Picture:
    return _company(view) if view.company else _person(view)


def _person(view: ConflictView) -> Picture:
    found, name = view.conflict, blocks.line(view.contact.name)
    company = f" at {blocks.line(view.contact.company)}" if view.contact.company.strip() else ""
    shown = [
        blocks.section(f"⚠️ *Conflict: {name}*{company}"),
        *blocks.quote(blocks.cut(found.text, 1_500), 1),
        blocks.context(
            f"Known by {blocks.person(found.recorded_by)} {blocks.when(found.created_at, view.zone)}"
        ),
        *_decision(view, "them"),
    ]
    return Picture(f"Conflict about {name}: {blocks.line(found.text, 200)}", shown)


def _company(view: ConflictView) -> Picture:
    """Everybody there waits; the evidence says who did what, in their words."""
    found, name = view.conflict, blocks.line(view.company)
    sign = "⏸️ *Paused" if view.paused else "✋ *Waits for you"
    title = f"{sign}: {name}*" if not found.decision else f"⚠️ *Conflict: {name}*"
    evidence = [block for one in view.seen[-_EVIDENCE:] for block in _seen(one, view.zone)]
    known = f"Known by {blocks.person(found.recorded_by)} " if found.recorded_by[:1] in "UW" else ""
    shown = [
        blocks.section(title),
        *(evidence or blocks.quote(blocks.cut(found.text, 1_500), 1)),
        blocks.context(f"{known}{blocks.when(found.created_at, view.zone)}"),
        *_decision(view, f"people at {name}"),
    ]
    return Picture(f"Conflict at {name}: {blocks.line(found.text, 200)}", shown)


def _seen(one: Seen, zone: str) -> list[Json]:
    said = f"*{blocks.line(one.name, 80)}* {accounts.SAID.get(one.kind, blocks.line(one.kind, 40))}"
    words_of_theirs = blocks.quote(blocks.cut(one.text, _WORDS), 1) if one.text.strip() else []
    return [blocks.section(f"{said} {blocks.when(one.at, zone)}"), *words_of_theirs]


def _decision(view: ConflictView, whom: str) -> list[Json]:
    found = view.conflict
    if found.decision:
        by = f", decided by {blocks.person(found.decided_by)}" if found.decided_by else ""
        known = _DECIDED.get(found.decision)
        said = known.format(whom) if known else blocks.line(found.decision)
        return [blocks.section(f"{said}{by}.")]
    ref, about = str(Ref(found.id)), view.company or view.contact.name
    held = f"{words.count(view.pending, 'message')} to {whom} {'waits' if view.pending == 1 else 'wait'} for you."
    return [
        blocks.context(
            held if view.pending else f"Nothing to {whom} is pending; what is planned will wait too."
        ),
        *blocks.actions(
            [
                blocks.button("Resume", Button.CONFLICT_RESUME, ref, about=about),
                blocks.button("Close", Button.CONFLICT_CLOSE, ref, about=about, style="danger"),
            ]
        ),
    ]
