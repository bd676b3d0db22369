"""The angles that rules know: which one fits a brief, and which one a text speaks of. It holds no sentences."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import regex

from engine.writing import Brief, Voice

# Stems, matched at the start of words. The order decides ties that the hash does not.
STEMS: Mapping[str, tuple[str, ...]] = {
    "time": (
        "time",
        "hour",
        "minute",
        "fast",
        "quick",
        "automat",
        "speed",
        "manual",
        "deadline",
        "sooner",
        "afternoon",
        "day",
        "week",
        "month",
    ),
    "cost": (
        "cost",
        "sav",
        "price",
        "pricing",
        "cheap",
        "budget",
        "spend",
        "discount",
        "free",
        "fee",
        "invoice",
    ),
    "risk": (
        "risk",
        "secur",
        "complian",
        "safe",
        "audit",
        "gdpr",
        "outage",
        "reliab",
        "insur",
        "backup",
        "fraud",
    ),
    "growth": (
        "grow",
        "revenue",
        "sale",
        "lead",
        "pipeline",
        "customer",
        "conver",
        "market",
        "demand",
        "launch",
    ),
    "simplicity": (
        "simpl",
        "easy",
        "easi",
        "tool",
        "platform",
        "integrat",
        "dashboard",
        "app",
        "routine",
        "paper",
    ),
    "quality": (
        "quality",
        "accura",
        "error",
        "result",
        "data",
        "insight",
        "analy",
        "report",
        "measur",
        "proof",
    ),
    "people": (
        "team",
        "hir",
        "train",
        "onboard",
        "learn",
        "course",
        "webinar",
        "event",
        "staff",
        "people",
        "skill",
    ),
}
_NAMES: Mapping[str, str] = {
    "time": "lead with time",
    "cost": "lead with cost",
    "risk": "lead with calm",
    "growth": "lead with growth",
    "simplicity": "lead with ease",
    "quality": "lead with results",
    "people": "lead with the team",
}
_TELLING = ("pain", "news", "title", "industry", "tech", "employees", "ordered", "city")
_WORD = regex.compile(r"\w+")


def rank(brief: Brief, voice: Voice) -> tuple[str, ...]:
    """All angles, the best fitting first: the offer's words count most, then the rest of the brief and brand."""
    strong = brief.offer
    weak = " ".join((brief.goal, brief.audience, *voice.value_propositions, voice.positioning))
    start = _number("\n".join((brief.offer, brief.goal, brief.audience, brief.must_say))) % len(STEMS)
    names = list(STEMS)
    rotated = names[start:] + names[:start]
    return tuple(sorted(rotated, key=lambda name: -(3 * _hits(name, strong) + _hits(name, weak))))


def spoken(text: str) -> str:
    """The angle that a strategy's text speaks of, whoever wrote it: by name, by its words, else by a stable hash."""
    folded = text.casefold()
    for name, title in _NAMES.items():
        if folded.startswith(title):
            return name
    best = max(STEMS, key=lambda name: _hits(name, text))
    return best if _hits(best, text) else list(STEMS)[_number(text) % len(STEMS)]


def of_lead(parts: Mapping[str, str]) -> tuple[str, str]:
    """The angle that a lead's own facts speak for, and the part that says so; ("", "") without such a fact.

    Difficulties and news before the rest; the same facts always give the same angle.
    """
    told = [(part, parts[part]) for part in _TELLING if parts.get(part)]
    for part, text in told:
        best = max(STEMS, key=lambda name: _hits(name, text))
        if _hits(best, text):
            return best, part
    if not told:
        return "", ""
    part, text = told[0]
    return list(STEMS)[_number(text.casefold()) % len(STEMS)], part


def title(name: str) -> str:
    """How an angle is called: "lead with time"."""
    return _NAMES[name]


def speaks(name: str, text: str) -> bool:
    """True when a text has a word of this angle."""
    return _hits(name, text) > 0


def _hits(name: str, text: str) -> int:
    return sum(word.startswith(STEMS[name]) for word in _WORD.findall(text.casefold()))


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8], "big")
