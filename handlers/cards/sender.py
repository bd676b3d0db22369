"""The card of a channel that rests or is stopped: since when, why, what happens next, and that nothing is lost."""

from __future__ import annotations

from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards.picture import Picture
from storage.views import SenderView


def render(view: SenderView) -> Picture:
    sender = view.sender
    name = words.channel(sender.channel)
    if sender.stopped:
        title, state = f"⛔ *{name} is stopped*", "is stopped"
        after = "Mend it, then press Try now: one message tries it before the others follow."
    elif sender.opened_at:
        title, state = f"🔌 *{name} rests*", "rests"
        after = _next(view)
    else:
        return _works(view, name)
    lines = [title, blocks.line(sender.stopped or sender.cause, 400), after]
    shown = [
        blocks.section("\n".join(lines)),
        blocks.context(
            f"{_since(view)}Its messages wait; none is lost and no try is used up. Other channels go on."
        ),
        *blocks.actions([_button(view, name)]),
    ]
    why = blocks.line(sender.stopped or sender.cause, 400)
    return Picture(f"{name} {state}: {why} Its messages wait.", shown)


def _works(view: SenderView, name: str) -> Picture:
    since = f" Since {blocks.when(view.last.at, view.zone)}." if view.last else ""
    shown = [blocks.section(f"✅ *{name} works again*\nWhat waited goes on by itself.{since}")]
    return Picture(f"{name} works again. What waited goes on by itself.", shown)


def _next(view: SenderView) -> str:
    at = view.sender.not_before
    if at is None:
        return "One message tries it now; if it leaves, the others follow."
    return f"Next try {blocks.when(at, view.zone)}, by itself."


def _since(view: SenderView) -> str:
    opened, last = view.sender.opened_at, view.last
    tried = f"Tried by {blocks.person(last.actor)}. " if last and last.event == "try_now" else ""
    return (f"Since {blocks.when(opened, view.zone)}. " if opened else "") + tried


def _button(view: SenderView, name: str) -> Json:
    return blocks.button("Try now", Button.SENDER_TRY_NOW, str(Ref(view.sender.id)), about=name)
