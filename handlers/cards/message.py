"""The card of a message, from its draft to what came of it: for touches and for posts."""

from __future__ import annotations

from handlers import blocks, words
from handlers.blocks import Json
from handlers.cards import decision, draft, illustration, outcome
from handlers.cards.picture import Picture
from storage.lifecycle import State
from storage.views import MessageView

_UNDECIDED = (State.PLANNED, State.DRAFTED)


def render(view: MessageView) -> Picture:
    row = view.case.message
    sign = words.MESSAGE[State(row.state)]
    shown = [
        *draft.who(view, sign),
        *_body(view),
        *outcome.blocks_of(view),
        *blocks.actions(decision.buttons(view)),
    ]
    about = f" of “{blocks.line(view.case.campaign.name)}”" if view.case.campaign else ""
    kind = "Post for" if view.case.feed else f"{words.channel(row.channel)} to"
    said = blocks.line(row.subject or row.body, 200)
    text = f"{kind} {draft.recipient(view)}{about} ({sign.word.lower()}){f': “{said}”' if said else ''}."
    more = outcome.sentence(view) + illustration.sentence(view)
    return Picture(blocks.cut_escaped(text + more, 1_000), shown)


def _body(view: MessageView) -> list[Json]:
    state = State(view.case.message.state)
    if state is State.PLANNED:
        note = view.case.message.note
        return [blocks.section(f"✍️ Being written.{' ' + blocks.line(note, 300) if note else ''}")]
    detail = draft.judgement(view) if state in _UNDECIDED else []
    return [*draft.wording(view), *illustration.blocks_of(view), *draft.changes(view), *detail]
