"""The part of a post's card that is about its picture: what it is, that one is asked for, what became of a file."""

from __future__ import annotations

from engine.rules import pictures as rules
from handlers import blocks
from handlers.actions import Button
from handlers.blocks import Json
from storage import pictures
from storage.lifecycle import PENDING, State
from storage.model import Message, attached
from storage.model.attached import Attached
from storage.views import MessageView

MEANS = (
    "🖼️ asks for a picture: the post's card takes one. Without one at its time it goes as its words alone, "
    "if those were approved."
)
"""What a calendar says of the format."""


def blocks_of(view: MessageView) -> list[Json]:
    """Nothing for a message to a person, nor for a post that has no picture and asks for none."""
    row = view.case.message
    if view.case.feed is None:
        return []
    found = attached.of(row)
    shown = [blocks.section(_picture(found)), *_image(view.file, found.alt)] if found else []
    if found is None and attached.is_missing(row) and row.state in PENDING:
        shown = [blocks.section(_asked(view))]
    told = _given(view, found)
    return [*shown, *([blocks.context(told)] if told else [])]


def buttons(view: MessageView) -> list[tuple[str, Button]]:
    """What a person may do about it while the post is undecided."""
    if view.case.feed is None or view.case.feed.network not in rules.KINDS:
        return []
    if attached.of(view.case.message) is None:
        return [("Add picture", Button.MESSAGE_PICTURE)]
    return [("Change picture", Button.MESSAGE_PICTURE), ("Remove picture", Button.MESSAGE_PICTURE_REMOVE)]


def sentence(view: MessageView) -> str:
    """What the top-level text adds."""
    row = view.case.message
    found = attached.of(row) if view.case.feed is not None else None
    if found is not None:
        return f" With a picture: {blocks.line(found.alt, 200)}"
    asks = view.case.feed is not None and attached.is_missing(row) and row.state == State.DRAFTED
    return " It asks for a picture." if asks else ""


def previewed(row: Message) -> str:
    """The link that the network shows a preview of; a picture takes its place."""
    return "" if attached.of(row) else str(row.options.get("link") or "")


def is_being_read(view: MessageView) -> bool:
    return view.given is not None and view.given.state == pictures.WAITING


def _picture(found: Attached) -> str:
    small = found.size < 1_000_000
    size = f"{-(-found.size // 1_000):,} kB" if small else f"{found.size / 1_000_000:.1f} MB"
    kind = rules.NAMES.get(found.media_type) or blocks.line(found.media_type, 30)
    facts = f"{kind}, {found.width:,} × {found.height:,}, {size}. It is shown in the thread."
    return f"🖼️ *Picture:* {facts}\n*Alt text:* {blocks.line(found.alt, rules.ALT_MAX)}"


def _image(file: str, alt: str) -> list[Json]:
    return [blocks.image(file, alt)] if file else []


def _asked(view: MessageView) -> str:
    row = view.case.message
    at = f" at {blocks.when(row.slot_at, view.zone)}" if row.slot_at else ""
    if row.state in (State.APPROVED, State.SCHEDULED):
        return f"🖼️ It has no picture: it goes{at} as these words alone, as approved."
    return f"🖼️ *This post asks for a picture.* Without one{at} it goes as these words alone, if you approve them."


def _given(view: MessageView, found: Attached | None) -> str:
    """What became of the file that was given last, unless it is the picture that is shown."""
    given = view.given
    if given is None or (found is not None and found.id >= given.id):
        return ""
    if given.state == pictures.WAITING:
        return "⏳ The picture is being read; Approve comes back with it."
    if given.state == pictures.FAILED and given.error and view.case.message.state in PENDING:
        return f"⚠️ {blocks.line(given.error, 400)}"
    return ""
