"""Finds the phrases of a list in a text: by whole words, the longest first, in time linear to the text. Pure.

Knows no phrase itself (engine/rules/data) and nothing of what they mean.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine.rules import data, later

GAP = 3
"""Words that a * may stand for."""
_WORD = re.compile(r"[^\W_](?:[^\W_]|['’](?=[^\W_]))*")
_STOPS = re.compile(r"[.!?…;:](?=\s|$|[.!?\"')])|\n\s*\n")
_PAUSE = re.compile(r"[,()\"“”„–—/]|\s-\s|\n")
_ABBREVIATED = (
    "dr",
    "mr",
    "mrs",
    "ms",
    "hr",
    "fr",
    "st",
    "sr",
    "sra",
    "mme",
    "prof",
    "dipl",
    "ing",
    "approx",
    "ca",
)


@dataclass(frozen=True, slots=True)
class Word:
    """`sentence` and `clause` count them from the beginning of the text."""

    text: str
    folded: str
    sentence: int
    clause: int


@dataclass(frozen=True, slots=True)
class Hit:
    """One phrase found in words `start` to `end` (exclusive)."""

    kind: str
    weight: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Phrase:
    kind: str
    weight: float
    parts: tuple[frozenset[str], ...]
    """An empty part is a gap."""
    whole: bool = False


@lru_cache(maxsize=8)
def listed(kind: str) -> frozenset[str]:
    """The words of one kind in reply_words.txt."""
    rows = [line.split() for line in data.lines("reply_words")]
    return frozenset(word for row in rows if row[0] == kind for word in row[1:])


def words_of(text: str) -> list[Word]:
    """The words with their places. A line break ends a clause only after a short line: mail programs wrap long ones."""
    found: list[Word] = []
    sentence = clause = at = 0
    for match in _WORD.finditer(text):
        between = text[at : match.start()]
        if found and _ends(between, found[-1].folded, match.start() - text.rfind("\n", 0, at) - 1):
            sentence, clause = sentence + 1, clause + 1
        elif _PAUSE.search(between):
            clause += 1
        at = match.end()
        found.append(Word(match[0], later.fold(match[0]), sentence, clause))
    return found


def _ends(between: str, before: str, line: int) -> bool:
    if _STOPS.search(between):
        return not (between == ". " and (before in _ABBREVIATED or len(before) == 1))
    return "\n" in between and line < 40


def find(words: Sequence[Word], name: str, never: frozenset[str] = frozenset()) -> list[Hit]:
    """What of the list `name` stands in these words, in reading order and never overlapping.

    A gap never stands for one of the words in `never`.
    """
    phrases, folded = _by_first(name), [word.folded for word in words]
    bounds = _bounds(words)
    found: list[Hit] = []
    at = 0
    while at < len(words):
        best = None
        for phrase in phrases.get(folded[at], ()):
            end = _match(phrase, folded, at, bounds[at][1], never)
            if end and (not phrase.whole or _is_whole(words, bounds[at], at, end)):
                one = Hit(phrase.kind, phrase.weight, at, end)
                if best is None or (end, one.weight) > (best.end, best.weight):
                    best = one
        if best is not None:
            found.append(best)
        at = best.end if best is not None else at + 1
    return found


def _bounds(words: Sequence[Word]) -> list[tuple[int, int]]:
    """For each word where its sentence begins and ends."""
    begins: dict[int, int] = {}
    ends: dict[int, int] = {}
    for at, word in enumerate(words):
        begins.setdefault(word.sentence, at)
        ends[word.sentence] = at + 1
    return [(begins[word.sentence], ends[word.sentence]) for word in words]


def _is_whole(words: Sequence[Word], bounds: tuple[int, int], at: int, end: int) -> bool:
    """Nothing else stands in the sentence but thanks and a greeting with its name."""
    if bounds[1] - bounds[0] > 12:
        return False
    first = words[bounds[0]]
    others = [*words[bounds[0] : at], *words[end : bounds[1]]]
    polite = listed("polite") | listed("greeting")
    greeted = first.folded in listed("greeting") and words[at].clause > first.clause
    return all(word.folded in polite or (greeted and word.clause == first.clause) for word in others)


def _match(phrase: Phrase, folded: Sequence[str], at: int, stop: int, never: frozenset[str]) -> int:
    """Where the phrase that begins at `at` ends; 0 when it does not stand there."""
    place, gap = at, False
    for part in phrase.parts:
        if not part:
            gap = True
            continue
        last = min(place + (GAP if gap else 0), stop - 1)
        while place < last and folded[place] not in part and folded[place] not in never:
            place += 1
        if place >= stop or folded[place] not in part:
            return 0
        place, gap = place + 1, False
    return place


@lru_cache(maxsize=8)
def _by_first(name: str) -> dict[str, tuple[Phrase, ...]]:
    index: dict[str, list[Phrase]] = defaultdict(list)
    for phrase in _phrases(name):
        for word in phrase.parts[0]:
            index[word].append(phrase)
    return {word: tuple(some) for word, some in index.items()}


def _phrases(name: str) -> Iterator[Phrase]:
    kind, weight = "", 0.0
    for line in data.lines(name):
        if line.startswith("["):
            kind, number = line.strip("[]").split()
            weight = float(number)
            continue
        parts = tuple(
            frozenset() if part == "*" else frozenset(part.split("/")) for part in line.lstrip("=").split()
        )
        yield Phrase(kind, weight, parts, line.startswith("="))
