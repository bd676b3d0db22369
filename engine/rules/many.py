"""Which drafts may be approved without being read one by one (D4), and how many must be opened first. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.rules import quality

GUESSED = "Its address is a guess."
UNSCORED = "It was never checked."
NO_PICTURE = "It asks for a picture and has none."


def problem(
    score: int | None,
    findings: Sequence[Mapping[str, Any]],
    *,
    obstacle: str = "",
    alone: str = "",
    guessed: bool = False,
    wants_picture: bool = False,
) -> str:
    """Why a draft is left out of Approve all, in one sentence; empty when it passes.

    `score` and `findings` are those of its current revision; `obstacle` is what forbids its approval now,
    `alone` why a person decides about it alone (engine.rules.autonomy).
    """
    if obstacle or alone:
        return obstacle or alone
    if score is None:
        return UNSCORED
    if findings:
        worst = max(findings, key=lambda found: (bool(found.get("blocks")), _penalty(found)))
        return str(worst.get("sentence") or "A check found something.")
    if score < quality.PASSING:
        return f"Its score is {score}, under {quality.PASSING}."
    if wants_picture:
        return NO_PICTURE
    return GUESSED if guessed else ""


def to_open(passing: int, *, over: int, few: int) -> int:
    """How many random drafts a person opens before approving so many: `few` when there are more than `over`."""
    return min(few, passing) if passing > over else 0


def _penalty(found: Mapping[str, Any]) -> int:
    return abs(int(found.get("penalty") or 0))
