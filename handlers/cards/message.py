"""The card of a message, from its draft to what came of it: for touches and for posts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from engine import policy, schedule
from engine.rules import gates
from handlers import blocks, words
from handlers.blocks import Json
from handlers.cards import decision, draft, outcome
from handlers.cards.picture import Picture
from storage.lifecycle import State
from storage.views import MessageView

_UNDECIDED = (State.PLANNED, State.DRAFTED)


def judged(view: MessageView, now: datetime) -> MessageView:
    """The view with every gate's verdict as of `now`, and the slot it would get if it were approved now."""
    rules = policy.read(view.case.settings)
    verdicts = tuple(
        (gate, str(found.kind), found.reason) for gate, found in gates.judge(view.case, rules, now)
    )
    expected = view.case.message.slot_at
    if expected is None and view.case.contact is not None:
        expected = _slot(view, rules, now)
    return replace(view, verdicts=verdicts, expected_at=expected)


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
    return Picture(blocks.cut_escaped(text + outcome.sentence(view), 1_000), shown)


def _body(view: MessageView) -> list[Json]:
    state = State(view.case.message.state)
    if state is State.PLANNED:
        note = view.case.message.note
        return [blocks.section(f"✍️ Being written.{' ' + blocks.line(note, 300) if note else ''}")]
    detail = draft.judgement(view) if state in _UNDECIDED else []
    return [*draft.wording(view), *draft.changes(view), *detail]


def _slot(view: MessageView, rules: policy.Policy, now: datetime) -> datetime | None:
    try:
        return schedule.slot_for(view.case, rules, now)
    except (ValueError, KeyError):
        return None
