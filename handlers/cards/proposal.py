"""The card of a proposal about a company that stayed silent: one more touch, or a new beginning; or leave them alone."""

from __future__ import annotations

from engine.rules import accounts
from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards.picture import Picture
from storage.views import ProposalView

_ASKS = {
    accounts.REENGAGE: (
        "Write once more?",
        "One more touch is drafted; it needs your approval like every other.",
        "Write once more",
    ),
    accounts.RECYCLE: (
        "Begin again?",
        "A new campaign to the same people is planned, with another angle.",
        "Begin again",
    ),
}
_DECIDED = {"accept": "✅ Accepted", "decline": "⏹️ Left alone"}


def render(view: ProposalView) -> Picture:
    found, name = view.proposal, blocks.line(view.company)
    title, what, verb = _ASKS.get(found.kind, _ASKS[accounts.REENGAGE])
    so_far = words.count(view.touches, "touch", "touches")
    last = f", the last {blocks.when(view.last_at, view.zone)}" if view.last_at else ""
    shown = [
        blocks.section(f"🤫 *{name} is silent. {title}*"),
        blocks.context(f"{so_far} in “{blocks.line(view.campaign)}”{last}; nobody reacted. {what}"),
        *_decision(view, verb),
    ]
    return Picture(f"{name} is silent since the end of “{blocks.line(view.campaign)}”. {title}", shown)


def _decision(view: ProposalView, verb: str) -> list[Json]:
    found = view.proposal
    if found.decided_by:
        return [
            blocks.section(
                f"{_DECIDED.get(found.decision, blocks.line(found.decision))} by {blocks.person(found.decided_by)}."
            )
        ]
    ref, about = str(Ref(found.id)), view.company
    return blocks.actions(
        [
            blocks.button(verb, Button.PROPOSAL_ACCEPT, ref, about=about, style="primary"),
            blocks.button("Leave them alone", Button.PROPOSAL_DECLINE, ref, about=about),
        ]
    )
