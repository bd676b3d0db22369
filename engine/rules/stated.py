"""What people state about buying: budget, timeline and pain, read into points. What cannot be read is never guessed."""

from __future__ import annotations

import re

MOST = 10
"""Points of each of the three."""

_I = re.IGNORECASE
_AMOUNT = re.compile(
    r"(?<![\w.,])(\d[\d.,'’ ]{0,15}?)\s*(k|thousand|tsd|mille|mil|m|mio|million|millones)?\b(?![.,'’ ]?\d)",
    _I,
)
_TIMES = {"k": 1_000, "thousand": 1_000, "tsd": 1_000, "mille": 1_000, "mil": 1_000}
_BUDGETS = ((50_000, 10), (10_000, 8), (1_000, 6))
_GRANTED = re.compile(
    r"\b(yes|approved|allocated|available|confirmed|genehmigt|freigegeben|approuvé|aprobado)\b", _I
)
_NONE = re.compile(r"(no|not|none|never|nothing|kein\w*|nichts?|aucun\w*|rien|ningun\w*|nada|sin|0)\b", _I)

_UNITS = (
    (r"days?|tage?n?|jours?|d[ií]as?", 1),
    (r"weeks?|wks?|wochen?|semaines?|semanas?", 7),
    (r"months?|monate?n?|mois|mes|meses", 31),
    (r"quarters?|quartale?n?|trimestres?", 92),
    (r"years?|jahre?n?|ans?|années?|años?", 366),
)
_SPANS = tuple((re.compile(rf"(\d{{1,3}})\s*(?:{unit})\b", _I), days) for unit, days in _UNITS)
_PHRASES = tuple(
    (re.compile(rf"\b(?:{phrase})\b", _I), days)
    for phrase, days in (
        (r"now|immediately|asap|urgent\w*|today|this week|sofort|jetzt|immédiatement|ahora|ya", 7),
        (r"this month|diesen monat|ce mois|este mes", 31),
        (r"next month|this quarter|nächsten monat|dieses quartal|mois prochain|ce trimestre|este trimestre", 92),
        (r"next quarter|nächstes quartal|trimestre prochain|próximo trimestre", 183),
        (r"this year|dieses jahr|cette année|este año", 366),
        (r"next year|nächstes jahr|année prochaine|próximo año", 732),
    )
)  # fmt: skip
_SOON = ((31, 10), (92, 8), (183, 5), (366, 3))

_SEVERE = re.compile(
    r"\b(urgent\w*|critical\w*|severe\w*|high|serious\w*|losing|lose|lost|blocked|failing|cannot|can't|costs us"
    r"|dringend\w*|kritisch\w*|hoch|verlieren|critiques?|élevée?|perdons|crític\w*|graves?|alto|perdemos)\b",
    _I,
)
_MILD = re.compile(
    r"\b(minor|low|small|slight\w*|nice to have|gering\w*|klein\w*|faible|mineur\w*|bajo|menor)\b", _I
)


def budget(text: str) -> int | None:
    """0 to 10 points, more for a larger amount; of a range its lower end counts. None when nothing can be read."""
    said = text.strip()
    found = _AMOUNT.search(said)
    amount = _amount(found[1], (found[2] or "").lower()) if found else 0
    if amount > 0:
        return next((points for least, points in _BUDGETS if amount >= least), 4)
    if found or _NONE.match(said):
        return 0
    return 6 if _GRANTED.search(said) else None


def timeline(text: str) -> int | None:
    """0 to 10 points, more for sooner; of a range its later end counts. None when nothing can be read."""
    days = within(text)
    if days is not None:
        return next((points for most, points in _SOON if days <= most), 1)
    return 0 if _NONE.match(text.strip()) else None


def within(text: str) -> int | None:
    """In how many days at most: "3-6 months" is 186, "this quarter" 92; None when no span is named."""
    spans = [int(found[1]) * days for span, days in _SPANS for found in span.finditer(text)]
    named = [days for phrase, days in _PHRASES if phrase.search(text)]
    return max(spans or named, default=None)


def pain(text: str) -> int | None:
    """0 to 10 points: 3 for a small one, 6 for any that is stated, 10 for one that hurts. None without a word."""
    said = text.strip()
    if not any(sign.isalpha() for sign in said):
        return None
    if _SEVERE.search(said):
        return 10
    if _NONE.match(said):
        return 0
    return 3 if _MILD.search(said) else 6


def _amount(digits: str, times: str) -> float:
    """A number as people write it: the last of . and , is a decimal sign unless three digits follow it."""
    bare = re.sub(r"[ '’]", "", digits).strip(".,")
    head, sign, tail = bare.rpartition("," if bare.rfind(",") > bare.rfind(".") else ".")
    decimal = bool(sign) and len(tail) != 3
    whole = re.sub(r"[.,]", "", head if decimal else bare)
    return float(f"{whole or 0}.{tail if decimal else 0}") * (_TIMES.get(times, 1_000_000) if times else 1)
