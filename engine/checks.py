"""The checks of a draft's words (C3, C4), whoever wrote them: one score, its findings, and what each sentence rests on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from engine import review, sourcing
from engine.background import Known
from engine.rules.claims import Claim
from engine.rules.quality import Assessment
from engine.writing import Words
from storage.facts import Situation


@dataclass(frozen=True, slots=True)
class Checked:
    """`sources` is what the message keeps of its sentences (engine.sourcing)."""

    found: Assessment
    sources: tuple[dict[str, Any], ...]


def of_draft(case: Situation, known: Known, words: Words) -> Checked:
    """A model must name a source for what it says about the recipient; a template says nothing but facts."""
    if words.practice:
        return Checked(Assessment(100, ()), ())
    if words.locale:
        options = {**case.message.options, "locale": words.locale}
        case = replace(case, message=replace(case.message, options=options))
    sourced = sourcing.judge(
        case, known, words.subject, words.body, language=words.locale or review.language(case),
        named=words.sources, stated=words.source == "model",
    )  # fmt: skip
    return _checked(case, known, words.subject, words.body, sourced)


def of_edit(case: Situation, known: Known, subject: str, body: str) -> Checked:
    """A person may say what they know; numbers, names, links and quotes are looked up all the same."""
    sourced = sourcing.edited(case, known, subject, body, language=review.language(case))
    return _checked(case, known, subject, body, sourced)


def _checked(case: Situation, known: Known, subject: str, body: str, sourced: tuple[Claim, ...]) -> Checked:
    previous = tuple(touch.body for touch in known.history)
    found = review.assess(case, subject, body, previous=previous, sourced=sourced)
    return Checked(found, tuple(sourcing.stored(sourced)))
