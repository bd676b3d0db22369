"""The card of a task: whom to reach, what to open, what to copy; and the three things that can come of it."""

from __future__ import annotations

from engine.rules import tasks
from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards import draft, outcome
from handlers.cards.picture import Picture
from handlers.words import Sign
from storage.lifecycle import State
from storage.views import MessageView

_SIGN = Sign("🙋", "Waiting for a person")
_VERB = {"call": "Call", "linkedin_dm": "Write on LinkedIn to"}
_COPY = 3_000
_HEADING, _ENDS = 40, ".,:;!?…"
"""Characters of a heading in notes for a call, and the signs that end a sentence and no heading."""


def render(view: MessageView) -> Picture:
    return _waiting(view) if view.case.message.is_offered else _over(view)


def _waiting(view: MessageView) -> Picture:
    row = view.case.message
    offer = tasks.read(row)
    shown = [
        *draft.who(view, _SIGN),
        blocks.section(f"*{_verb(view)}*\n{_open(view)}"),
        blocks.section("*Notes to read aloud*" if row.channel == "call" else "*Text to copy*"),
        *(_notes(row.body) if row.channel == "call" else _copy(row.body)),
        blocks.context(_reminded(offer), _next(view, offer), "It counts as sent only when you press Done."),
        *blocks.actions(_buttons(view)),
    ]
    reminder = f" Reminder {offer.reminders} of {tasks.REMINDERS}." if offer.reminders > 0 else ""
    text = f"{_title(view)} (waiting for a person): {_verb(view)}.{reminder}"
    return Picture(blocks.cut_escaped(text, 1_000), shown)


def _over(view: MessageView) -> Picture:
    """What became of it, with nothing left to press: done, dropped, or taken back by whatever came between."""
    sign = words.MESSAGE[State(view.case.message.state)]
    came = outcome.blocks_of(view)
    text = (
        f"{_title(view)} ({sign.word.lower()}): it waits for nobody. {_verb(view)}.{outcome.sentence(view)}"
    )
    head = blocks.section(f"{sign} · *{_verb(view)}*\nThis task waits for nobody any more.")
    return Picture(blocks.cut_escaped(text, 1_000), [head, *came])


def _title(view: MessageView) -> str:
    about = f" of “{blocks.line(view.case.campaign.name)}”" if view.case.campaign else ""
    return f"{words.channel(view.case.message.channel)} task{about}"


def _verb(view: MessageView) -> str:
    channel = view.case.message.channel
    verb = _VERB.get(channel) or f"Send by hand over {words.channel(channel)} to"
    return f"{verb} {draft.recipient(view)}"


def _open(view: MessageView) -> str:
    """The number to dial, or the page to open: nothing but https is ever a link."""
    address = view.case.address.strip()
    if view.case.message.channel == "call":
        return f"☎️ `tel:{blocks.line(address.replace('`', ''), 40)}`"
    if address.lower().startswith("https://"):
        return f"🔗 {blocks.link(address, 'Open the profile')}"
    return blocks.line(address, 300) or "No address is on record."


def _notes(body: str) -> list[Json]:
    """Exactly what was approved, with what stands alone above a paragraph as its heading: one finds one's place."""
    parts: list[Json] = []
    for at, paragraph in enumerate(body[:_COPY].split("\n\n")):
        first, below, rest = paragraph.partition("\n")
        heads = below and len(first) <= _HEADING and first.strip() and first.rstrip()[-1] not in _ENDS
        told = [(first + below, True), (rest, False)] if heads else [(paragraph, False)]
        parts += [_said(text, bold=bold) for text, bold in (("\n\n" * bool(at), False), *told) if text]
    if not parts or len(body) > _COPY:
        return _copy(body)
    return [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": parts}]}]


def _said(text: str, *, bold: bool = False) -> Json:
    return {"type": "text", "text": text, **({"style": {"bold": True}} if bold else {})}


def _copy(body: str) -> list[Json]:
    """Exactly what was approved, in a box that copies whole."""
    parts = [body[at : at + _COPY] for at in range(0, len(body), _COPY)] or [" "]
    return [
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": part}]}],
        }
        for part in parts
    ]


def _reminded(offer: tasks.Offer) -> str:
    return f"⏰ Reminder {offer.reminders} of {tasks.REMINDERS}" if offer.reminders > 0 else ""


def _next(view: MessageView, offer: tasks.Offer) -> str:
    at = view.case.message.due_at
    if at is None:
        return ""
    return f"{'Skipped' if offer.is_last else 'Next reminder'} {blocks.when(at, view.zone)}"


def _buttons(view: MessageView) -> list[Json]:
    row = view.case.message
    value, about = str(Ref(row.id, row.revision)), view.case.contact.name if view.case.contact else ""
    shown = (
        ("Done", Button.TASK_DONE, "primary"),
        ("Skip", Button.TASK_SKIP, ""),
        ("Replied", Button.TASK_REPLIED, ""),
        ("Why", Button.MESSAGE_WHY, ""),
    )
    return [blocks.button(text, action, value, about=about, style=style) for text, action, style in shown]
