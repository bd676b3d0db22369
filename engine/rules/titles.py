"""How senior a job title is (H1). Pure; reads whole words in English and what a workspace configured, nothing else.

A rank that belongs to somebody else ("assistant to the CEO"), or that is over ("former CTO"), does not count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.errors import Refused

RANKS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("CEO", 100, ("ceo", "chief executive officer", "chief executive")),
    ("CTO", 95, ("cto", "chief technology officer", "chief technical officer")),
    ("CIO", 95, ("cio", "chief information officer")),
    ("VP", 80, ("vp", "svp", "evp", "avp", "vice president")),
    ("Director", 70, ("director",)),
    ("Manager", 50, ("manager",)),
    ("Lead", 40, ("lead",)),
)
"""Rank, score, and how it is written: as whole words, abbreviated and in full."""
MOST, LONGEST = 50, 60
"""Titles a workspace may add, and characters of one."""
_SERVES = (
    r"(?:assistants?|secretary|aide|office|advis[eo]rs?|coach|consultant|recruiter|trainee|trainer|intern|"
    r"support|development|in training|as a service|emeritus)"
)
_BEHIND = re.compile(r"(?:^| )(?:to|for|of|under|by|with)(?: (?:the|our|a|an|his|her|their))*$")
_HELPERS = re.compile(
    r"\b(?:executive|personal|virtual|management|administrative) assistants?\b|\b(?:pa|ea) to\b"
)
_HELPS = re.compile(
    r"\b(?:assistants?|secretary|aide|staff|advis[eo]rs?|counsel|coach|intern|support|liaison)\b"
)
_OVER = re.compile(r"\b(?:former|formerly|ex|previous|previously|past|retired)\b")
_BREAKS = re.compile(r"[;|\n•·]")
_DOTTED = re.compile(r"\b(?:[a-z]\.){2,}[a-z]?\.?")
_WORDS = re.compile(r"[^\W_]+|[,;|\n•·]")
_NOT_A_RANK = re.compile(r"\blead (?:generation|gen|magnet|nurturing|scoring|time)\b")
_JOINT = re.compile(r"\bchief (\w+) and (\w+) officer\b")
_OWN = re.compile(r"[^:,;=\n]{1,60}")


@dataclass(frozen=True, slots=True)
class Rank:
    """`score` 0–100; `role` is the rank's name, empty for 0; `found` the words of the title that say so."""

    score: int
    role: str = ""
    found: str = ""


def rank(title: str, own: Mapping[str, int] | None = None) -> Rank:
    """The highest rank a title names. `own` adds titles of the workspace ("head of" → 70); they win over ours."""
    text = _normal(title)
    ours = dict(own or {})
    places = [
        place for written, place in _written(frozenset(ours.items())) for place in _held(text, written, place)
    ]
    joint = [
        Rank(95, "CTO", found[0])
        for found in _JOINT.finditer(text)
        if {"technology", "technical"} & set(found.groups())
    ]
    return max((*places, *joint), key=lambda found: found.score, default=Rank(0))


def order(people: Iterable[tuple[int, str]], own: Mapping[str, int] | None = None) -> list[tuple[int, Rank]]:
    """(id, title) → ids with their ranks, the highest first; ties keep the order they came in."""
    ranked = [(id_, rank(title, own)) for id_, title in people]
    return sorted(ranked, key=lambda pair: -pair[1].score)


def parse_own(text: str) -> dict[str, int]:
    """Read "head of: 70, geschäftsführer: 100". Raises Refused, field "titles"."""
    found: dict[str, int] = {}
    for part in re.split(r"[,;\n]", text):
        if not part.strip():
            continue
        words, _, score = part.rpartition(":")
        points = score.strip()
        if not _OWN.fullmatch(words.strip()) or not (
            points.isascii() and points.isdigit() and int(points) <= 100
        ):
            raise Refused(
                f"“{part.strip()[:40]}” is no title with a score; write Head of: 70.", field="titles"
            )
        found[_normal(words)] = int(points)
    if len(found) > MOST:
        raise Refused(f"At most {MOST} titles can be added.", field="titles")
    return found


@lru_cache(maxsize=64)
def _written(own: frozenset[tuple[str, int]]) -> tuple[tuple[re.Pattern[str], Rank], ...]:
    """A pattern for each way to write a rank. What the workspace says about a word replaces what we say."""
    added = dict(own)
    ours = [
        (words, Rank(score, role)) for role, score, forms in RANKS for words in forms if words not in added
    ]
    theirs = [(words, Rank(score, words.capitalize() if score else "")) for words, score in added.items()]
    return tuple(
        (re.compile(rf"(?<!\w){re.escape(words)}(?!\w)"), place) for words, place in (*ours, *theirs)
    )


def _held(text: str, written: re.Pattern[str], place: Rank) -> list[Rank]:
    """The rank for each place in the title where it is held by this person today."""
    return [
        Rank(place.score, place.role, found[0])
        for found in written.finditer(text)
        if not _is_somebody_elses(text, found.start(), found.end()) and not _is_over(text, found.start())
    ]


def _is_somebody_elses(text: str, start: int, end: int) -> bool:
    before, after = text[:start].rstrip(), text[end:]
    if _HELPERS.search(text) or _NOT_A_RANK.match(text, start):
        return True
    if _BEHIND.search(before) or re.match(rf" s\b| {_SERVES}\b", after):
        return True
    part = before[max((found.end() for found in _BREAKS.finditer(before)), default=0) :]
    served = re.search(r"(?:^| )(?:to|for)(?: |$)", part)
    if served is None:
        return False
    return bool(_HELPS.search(part[: served.start()])) or "," not in part[served.end() :]


def _is_over(text: str, start: int) -> bool:
    """ "Former" and its like speak of what follows them, up to the next comma."""
    part = re.split(r"[,;|\n•·]", text[:start])[-1]
    ended = list(_OVER.finditer(part))
    return bool(ended) and not re.search(r"\b(?:now|currently|today)\b", part[ended[-1].end() :])


@lru_cache(maxsize=4_096)
def _normal(title: str) -> str:
    """Lower case, single spaces, no dots inside abbreviations; "&" and "+" are "and", hyphens and slashes spaces."""
    folded = unicodedata.normalize("NFKC", title[:300]).casefold()
    folded = _DOTTED.sub(lambda found: found[0].replace(".", ""), folded)
    folded = re.sub(r"[&+]", " and ", folded)
    return " ".join(_WORDS.findall(folded)).replace(" ,", ",").replace("\n", ";")
