"""The parts of a message's card that say what was decided and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from handlers import blocks, words
from handlers.blocks import Json
from handlers.cards import draft
from storage.lifecycle import State
from storage.model import EngagementKind, Message
from storage.views import MessageView

_DID = {
    "approve": "✅ Approved",
    "reject": "⛔ Rejected",
    "skip": "⏭️ Skipped",
    "undo": "↩️ Taken back",
    "revise": "✏️ Edited",
    "rewrite": "✍️ New words asked for",
    "confirm": "📬 Confirmed as sent",
    "send_again": "🔁 Sent again",
    "check_again": "🔎 Checked again",
    "retry": "🔁 Tried again",
    "done": "☑️ Done",
    "replace": "➡️ Another channel chosen",
}
_KINDS = (
    (EngagementKind.DELIVERED, "delivered"),
    (EngagementKind.OPENED, "opened"),
    (EngagementKind.CLICKED, "clicked"),
    (EngagementKind.REPLIED, "replied"),
    (EngagementKind.UNSUBSCRIBED, "opted out"),
    (EngagementKind.HARD_BOUNCED, "bounced"),
    (EngagementKind.SOFT_BOUNCED, "bounced for now"),
    (EngagementKind.COMPLAINED, "complained"),
)
_TROUBLED = (State.FAILED, State.BLOCKED, State.UNSURE)
_ENDED = (State.CANCELLED, State.SKIPPED)
_NOTES = {
    "expired": "Nobody decided in time, so it expired.",
    "missed": "Its time passed without a decision.",
}


def blocks_of(view: MessageView) -> list[Json]:
    """The decision with who and when, the note, the engagement; nothing before anything happened."""
    row = view.case.message
    lines = [line for line in (_decided(view), _happened(view), _proposal(view), _engaged(view)) if line]
    reason = draft.blocked(view) if row.state == State.DRAFTED else ""
    shown = [blocks.section("\n".join(lines))] if lines else []
    return [*shown, *([blocks.context(f"Cannot be approved: {blocks.line(reason, 300)}")] if reason else [])]


def sentence(view: MessageView) -> str:
    """What the top-level text adds: the time it left, or the trouble."""
    row = view.case.message
    if row.state == State.SENT and row.sent_at:
        return f" Sent {blocks.plain_time(row.sent_at, view.zone)}."
    if row.state == State.DRAFTED and row.due_at:
        return f" Decide by {blocks.plain_time(row.due_at, view.zone)}."
    return f" {_note(row)}" if row.note and row.state in (*_TROUBLED, *_ENDED) else ""


def proposed(view: MessageView) -> Mapping[str, str]:
    """The channel to try instead, and why that one; empty when there is none, or somebody chose it already."""
    row = view.case.message
    found = row.options.get("instead") if row.state == State.FAILED else None
    chosen = view.last is not None and view.last.event == "replace"
    return found if isinstance(found, Mapping) and not chosen else {}


def _proposal(view: MessageView) -> str:
    found = proposed(view)
    if not found.get("channel"):
        return ""
    return f"➡️ *Next allowed channel:* {words.channel(found['channel'])}, {blocks.line(found['reason'], 200)}"


def _decided(view: MessageView) -> str:
    row, last = view.case.message, view.last
    if last is not None and last.event in _DID:
        said = f"*{_DID[last.event]}* by {blocks.person(last.actor)} {blocks.when(last.at, view.zone)}"
        reason = f"\nReason: {blocks.line(row.note, 500)}" if row.state == State.REJECTED and row.note else ""
        return said + reason
    if row.approved_by and row.approved_at:
        how = "automatically, as allowed by" if last is None else "by"
        return (
            f"*✅ Approved* {how} {blocks.person(row.approved_by)} {blocks.when(row.approved_at, view.zone)}"
        )
    return ""


def _happened(view: MessageView) -> str:
    row = view.case.message
    if row.state == State.SENT and row.sent_at:
        url = str(row.options.get("url") or "")
        seen = f" · {blocks.link(url, 'See it')}" if url.startswith(("https://", "http://")) else ""
        verb = "Published" if view.case.feed else "Sent"
        return f"📬 *{verb}* {blocks.when(row.sent_at, view.zone)}{seen}"
    if row.state == State.UNSURE:
        part = "a part of it is out." if row.out else "it may have gone out already."
        return f"❓ *Unsure:* {part} {_note(row)}".strip()
    if row.state in (State.FAILED, State.BLOCKED, *_ENDED):
        return f"*{words.MESSAGE[State(row.state)]}:* {_note(row)}" if row.note else ""
    waits = row.state in (State.DRAFTED, State.APPROVED, State.SCHEDULED) and row.note
    return f"⏳ {_note(row)}" if waits else ""


def _note(row: Message) -> str:
    if row.note == "missed" and row.approved_at:
        return "Its time passed before it could leave."
    return _NOTES.get(row.note) or blocks.line(row.note, 400)


def _engaged(view: MessageView) -> str:
    """What people did; machines are told apart."""
    people = Counter(found.kind for found in view.engagements if found.human)
    machines = sum(not found.human for found in view.engagements)
    parts = [
        word + (f" {people[kind]} times" if people[kind] > 1 else "") for kind, word in _KINDS if people[kind]
    ]
    seen = f"👀 *What came back:* {' · '.join(parts)}" if parts else ""
    return f"{seen} ({words.count(machines, 'automatic look')} not counted)".strip() if machines else seen
