"""The card of a recorded reply: who, what kind, their words, and whether messages go on."""

from __future__ import annotations

from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards.picture import Picture
from storage.views import ReplyView

_DECIDED = {
    "continue": "▶️ Continued: messages to them go on",
    "stop": "⏹️ Stopped: nothing more goes to them",
}


def render(view: ReplyView) -> Picture:
    found, name = view.reply, blocks.line(view.contact.name)
    klass = words.REPLY[found.klass]
    company = f" at {blocks.line(view.contact.company)}" if view.contact.company.strip() else ""
    about = f" · {blocks.line(view.campaign)}" if view.campaign else ""
    shown = [
        blocks.section(f"💬 *Reply from {name}*{company}{about}\n*{klass}*"),
        *(blocks.quote(blocks.cut(found.text, 1_500), 1) if found.text.strip() else []),
        blocks.context(
            f"Recorded by {blocks.person(found.recorded_by)} {blocks.when(found.created_at, view.zone)}",
            f"In answer to “{blocks.line(view.subject)}”" if view.subject else "",
        ),
        *_decision(view),
    ]
    return Picture(f"{name} replied ({klass.lower()}): {blocks.line(found.text, 200)}", shown)


def _decision(view: ReplyView) -> list[Json]:
    found = view.reply
    if found.decision:
        said = _DECIDED.get(found.decision, blocks.line(found.decision))
        by = f", decided by {blocks.person(found.decided_by)}" if found.decided_by else ""
        return [blocks.section(f"{said}{by}.")]
    ref, about = str(Ref(found.id)), view.contact.name
    held = (
        f"{words.count(view.pending, 'message')} to them {'waits' if view.pending == 1 else 'wait'} for you."
    )
    return [
        blocks.context(held if view.pending else "Nothing to them is pending."),
        *blocks.actions(
            [
                blocks.button("Continue", Button.REPLY_CONTINUE, ref, about=about),
                blocks.button("Stop", Button.REPLY_STOP, ref, about=about, style="danger"),
            ]
        ),
    ]
