"""The card of a recommendation: the numbers that triggered it, what Apply would change, and what was decided."""

from __future__ import annotations

from typing import Any

from engine.rules import advice as rules
from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards.picture import Picture
from storage.views import AdviceView

_DECIDED = {"applied": "✅ Applied", "dismissed": "↩️ Left as it was"}


def render(view: AdviceView) -> Picture:
    resented = view.recommendation.rule == rules.NEGATIVE_REPLIES
    head, told, what = _tone(view) if resented else _timing(view)
    shown = [blocks.section(f"⚠️ *{head}*\n{told}"), blocks.section(what), *_decision(view)]
    return Picture(f"{head}: {told} {what.replace('*', '')}", shown)


def _timing(view: AdviceView) -> tuple[str, str, str]:
    """What is wrong, the numbers that say so, and what to try."""
    sent, people, answered, _ = _numbers(view)
    window, before, benchmark = (_said(view, key) for key in ("window", "before", "benchmark"))
    told = (
        f"{answered:,} of {words.count(people, 'person', 'people')} answered ({_percent(answered, people)}), "
        f"after {words.count(sent, 'message')}. Under {rules.ANSWERED} % is weak."
    )
    what = (
        f"*Try other hours:* send between {window} where the recipients are, instead of {before or 'now'}. "
        f"That is when this channel is answered most (benchmark: {benchmark})."
    )
    return f"{blocks.line(view.campaign.name)} gets few answers", told, what


def _tone(view: AdviceView) -> tuple[str, str, str]:
    sent, _, answered, negative = _numbers(view)
    tone, before = _said(view, "tone"), _said(view, "before")
    told = (
        f"{negative:,} of {words.count(answered, 'person', 'people')} who answered said no "
        f"({_percent(negative, answered)}), after {words.count(sent, 'message')}. "
        f"{rules.RESENTED} % or more is a lot."
    )
    what = (
        f"*Try another tone:* {tone}, instead of {before or 'none in particular'}. "
        "Drafts that wait for a decision are written again; approved words stay."
    )
    return f"{blocks.line(view.campaign.name)} is often turned down", told, what


def _numbers(view: AdviceView) -> tuple[int, ...]:
    return tuple(
        _whole(view.recommendation.numbers.get(key)) for key in ("sent", "people", "answered", "negative")
    )


def _said(view: AdviceView, key: str) -> str:
    return blocks.line(str(view.recommendation.advice.get(key) or ""), 60)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole else 0:.1f} %"


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
