"""The strategy card: angle, pillars, sequence, timing, measures, who wrote it, and the decision."""

from __future__ import annotations

from engine.rules import sequences
from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards.picture import Picture
from storage.model import Step, Strategy, StrategyState
from storage.views import StrategyView

_COUNTED = "Each wait counts from the real send of the touch before."
_OWN_ANGLES = (
    "🎯 Each lead gets an angle of their own, from their own facts; its draft names it and you approve it there. "
    "The angle above is for leads without facts."
)
_SOURCE = {
    "model": "by the language model",
    "rules": "by rules, without a language model",
    "person": "by a person",
}


def render(view: StrategyView) -> Picture:
    found, name = view.strategy, blocks.line(view.campaign.name)
    title = blocks.header(f"Strategy for {view.campaign.name}")
    if found.written_at is None:
        text = f"A strategy for “{name}” is being written."
        return Picture(
            text, [title, blocks.section(f"✍️ Being written, asked by {blocks.person(found.asked_by)}.")]
        )
    text = (
        f"Strategy for “{name}” ({words.STRATEGY[found.state].word.lower()}): {blocks.line(found.angle, 300)}"
    )
    own = [blocks.context(_OWN_ANGLES)] if view.campaign.own_angles else []
    shown = [title, *_idea(found), *own, blocks.context(_source(found)), *_decision(view)]
    return Picture(text, shown)


def _idea(found: Strategy) -> list[Json]:
    parts = (
        ("Angle", blocks.escape(blocks.cut(found.angle, 2_000))),
        ("Pillars", _bullets(found.pillars)),
        ("Sequence", _sequence(found.steps[: sequences.MOST])),
        ("Timing", blocks.escape(blocks.cut(found.timing, 1_000))),
        ("Measured by", _bullets(found.measures)),
    )
    return [blocks.section(f"*{title}*\n{text}") for title, text in parts if text.strip()]


def _sequence(steps: tuple[Step, ...]) -> str:
    """The days, then a line for each touch. Days are those of touches that leave when they are planned."""
    waits = [step.wait_days for step in steps]
    lines = [_step(step, day) for step, day in zip(steps, sequences.days(waits), strict=True)]
    counted = f"\n_{_COUNTED}_" if len(steps) > 1 else ""
    return f"Days {sequences.shown(waits)}\n" + "\n".join(lines) + counted if lines else ""


def _step(step: Step, day: int) -> str:
    purpose = f": {words.purpose(step.purpose)}" if step.purpose.strip() else ""
    condition = sequences.CONDITIONS.get(step.condition, "")
    return f"{step.number}. day {day}, {words.channel(step.channel)}{purpose}{f', {condition}' if condition else ''}"


def _bullets(lines: tuple[str, ...]) -> str:
    return "\n".join(f"• {blocks.line(line, 250)}" for line in lines[:10])


def _source(found: Strategy) -> str:
    written = f"Written {_SOURCE.get(found.source, 'by ' + blocks.line(found.source))}"
    return f"{written}. {blocks.line(found.note, 300)}" if found.note.strip() else f"{written}."


def _decision(view: StrategyView) -> list[Json]:
    found, about = view.strategy, view.campaign.name
    if found.state is StrategyState.DRAFT:
        ref = str(Ref(found.id))
        return blocks.actions(
            [
                blocks.button("Approve", Button.STRATEGY_APPROVE, ref, about=about, style="primary"),
                blocks.button("Edit", Button.STRATEGY_EDIT, ref, about=about),
                blocks.button("Reject", Button.STRATEGY_REJECT, ref, about=about, style="danger"),
            ]
        )
    status = f"*{words.STRATEGY[found.state]}*"
    by = f" by {blocks.person(found.decided_by)}" if found.decided_by else ""
    at = f" {blocks.when(found.decided_at, view.zone)}" if found.decided_at else ""
    reason = f"\nReason: {blocks.line(found.reason, 500)}" if found.reason.strip() else ""
    return [blocks.section(f"{status}{by}{at}{reason}")]
