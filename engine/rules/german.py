"""Single names in German text, where every noun has a capital: only where grammar or a given name gives one away. Pure.

Who stands in none of these frames is not found ("Volkswagen", "bei Thyssen"); nouns in them must raise no alarm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.rules import data

_NAME = r"([A-ZÄÖÜ][^\W\d_]+(?:-[A-ZÄÖÜ][^\W\d_]+)?)\b"
_SPOKEN = (
    r"(?:erzählt|gesagt|berichtet|empfohlen|geschrieben|verraten|mitgeteilt|geschildert|erklärt|erwähnt|versichert"
    r"|bestätigt|verwiesen|weitergeleitet)\b"
)
_SAYS = (
    r"(?:sagt|sagte|meint|meinte|schreibt|schrieb|erzählt|erzählte|berichtet|berichtete|empfiehlt|empfahl|rät|riet"
    r"|erwähnte|versicherte|bestätigte)\b"
)
_OPENS = r"(?:^|[.!?:;,–—]\s+|\b(?:und|dass|weil|wie|denn|aber|auch|als|Wie|Auch|Denn|Und)\s+)"
_TITLED = re.compile(rf"\b(?:Herrn?|Frau|Dr\.|Prof\.)\s+(?:(?:Dr|Prof)\.\s+)*{_NAME}")
_FRAMES = (
    re.compile(rf"{_OPENS}{_NAME}\s+{_SAYS}"),
    re.compile(rf"{_OPENS}{_NAME}\s+hat(?:te)?\s+(?:uns|mir|mich)\b[^.!?]*?\b{_SPOKEN}"),
    re.compile(rf"\bhat(?:te)?\s+(?:uns\s+|mir\s+)?{_NAME}(?:\s+(?:uns|mir))?\s[^.!?]*?\b{_SPOKEN}"),
    re.compile(rf"\b[Vv]on\s+{_NAME}\s+(?:gehört|erfahren|empfohlen|gelernt)\b"),
    re.compile(rf"\b[Bb]ei\s+{_NAME}"),
)
_PERSON = re.compile(_NAME)
_PRONOUNS = re.compile(
    r"(?:ihr|ihre[mnrs]?|ihnen|sie|unser\w*|euer|eure\w*|eine?[mnrs]?|kein\w*|jede\w*|diese\w*|der|die|das)"
)
_ROLES = re.compile(
    r"kolleg(?:e|en|in)|(?:doktor|professor|direktor|präsident|geschäftsführer|bürgermeister|vorsitzende)(?:r|s|in)?"
)
_KNOWN_AS = frozenset(name for line in data.lines("given_names") for name in line.split())
_ENDINGS = tuple(ending for line in data.lines("german_bare_nouns") for ending in line.split())


def names(text: str, common: frozenset[str]) -> Iterator[str]:
    """Each as written, in no order. `common` are words that are nobody's name whatever their capital."""
    for match in _TITLED.finditer(text):
        if not _ROLES.fullmatch(match[1].casefold()):
            yield match[1]
    for frame in _FRAMES:
        for match in frame.finditer(text):
            if _is_name(match[1], common):
                yield match[1]
    for match in _PERSON.finditer(text):
        if match[1].casefold() in _KNOWN_AS:
            yield match[1]


def _is_name(word: str, common: frozenset[str]) -> bool:
    """Not a pronoun, and not a noun: those that need no article end in -n in the dative plural, or are known by their
    endings."""
    folded = word.casefold()
    if folded in common or _PRONOUNS.fullmatch(folded):
        return False
    return folded in _KNOWN_AS or not folded.endswith(("n", *_ENDINGS))
