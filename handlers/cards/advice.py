"""The card of a recommendation: the numbers that triggered it, what Apply would change, and what was decided."""

from __future__ import annotations

from typing import Any

from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards.picture import Picture
from storage.views import AdviceView

_DECIDED = {"applied": "✅ Applied", "dismissed": "↩️ Left as it was"}


def render(view: AdviceView) -> Picture:
    found = view.recommendation
    name, told = blocks.line(view.campaign.name), _numbers(found.numbers)
    window, before = (blocks.line(str(found.advice.get(key) or ""), 40) for key in ("window", "before"))
    benchmark = blocks.line(str(found.advice.get("benchmark") or ""), 60)
    shown = [
        blocks.section(f"⚠️ *{name} gets few answers*\n{told}"),
        blocks.section(
            f"*Try other hours:* send between {window} where the recipients are, instead of {before or 'now'}. "
            f"That is when this channel is answered most (benchmark: {benchmark})."
        ),
        *_decision(view),
    ]
    return Picture(f"“{name}” gets few answers: {told} Recommended: send between {window}.", shown)


def _numbers(numbers: Any) -> str:
    """What was counted: one in so many, and of how many messages."""
    sent, people, answered = (_whole(numbers.get(key)) for key in ("sent", "people", "answered"))
    rate = 100 * answered / people if people else 0
    return (
        f"{answered:,} of {words.count(people, 'person', 'people')} answered ({rate:.1f} %), "
        f"after {words.count(sent, 'message')}. Under 10 % is weak."
    )


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _decision(view: AdviceView) -> list[Json]:
    found = view.recommendation
    if found.decision:
        by = f" by {blocks.person(found.decided_by)}" if found.decided_by else ""
        at = f" {blocks.when(found.decided_at, view.zone)}" if found.decided_at else ""
        said = _DECIDED.get(found.decision, "Decided")
        return [blocks.context(f"{said}{by}{at}")]
    ref, about = str(Ref(found.id)), view.campaign.name
    return [
        blocks.context("Nothing changes before somebody presses Apply."),
        *blocks.actions(
            [
                blocks.button("Apply", Button.ADVICE_APPLY, ref, about=about, style="primary"),
                blocks.button("Leave it", Button.ADVICE_DISMISS, ref, about=about),
            ]
        ),
    ]
