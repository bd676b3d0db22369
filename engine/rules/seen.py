"""What stands in a reply: its words, the phrases among them, whom it points to; and the form of what is concluded.

Pure. Concludes nothing itself (replies, automatic).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.rules import phrases
from engine.rules.phrases import Hit, Word
from storage.model import ReplyClass

LOOKED_AT = 4_000
"""Words of a reply that are looked at."""
POINTED = 8
"""Words behind "talk to" among which a name is looked for."""
_LIST = "reply_phrases"
_MASK = "addressnumber"
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_URL = re.compile(r"https?://\S{1,500}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """`confidence` is from 0 to 1; `words` are those it rests on, as written. `day` is the day proposed or of return;
    `whom` a name or an address; `hard` says that a bounce proves the address dead. `between` names what an unclear one
    could be."""

    klass: ReplyClass
    confidence: float
    words: tuple[str, ...] = ()
    day: date | None = None
    whom: str = ""
    hard: bool = False
    between: tuple[ReplyClass, ...] = ()

    def stored(self) -> dict[str, Any]:
        """As a reply keeps it, for JSON."""
        return {
            "klass": str(self.klass), "confidence": self.confidence, "words": list(self.words),
            "day": self.day.isoformat() if self.day else None, "whom": self.whom, "hard": self.hard,
            "between": [str(klass) for klass in self.between],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """`used` are the places of all words that are part of a phrase; `addresses` stand in the text in this order."""

    words: list[Word]
    hits: list[Hit]
    used: frozenset[int]
    addresses: tuple[str, ...]

    def of(self, *kinds: str) -> list[Hit]:
        return [hit for hit in self.hits if hit.kind in kinds]

    def quote(self, hits: Sequence[Hit]) -> tuple[str, ...]:
        """The words of these phrases, as they were written."""
        return unique([" ".join(word.text for word in self.words[hit.start : hit.end]) for hit in hits])

    def denied(self, hit: Hit) -> str:
        """The word that denies it: one of the five before it in its clause that no phrase used up. Never a second no."""
        if any(word.folded in phrases.listed("denial") for word in self.words[hit.start : hit.end]):
            return ""
        clause = self.words[hit.start].clause
        before = [self.words[n] for n in range(max(0, hit.start - 5), hit.start) if n not in self.used]
        no = phrases.listed("denial")
        return next((word.folded for word in before if word.clause == clause and word.folded in no), "")

    @property
    def whom(self) -> tuple[str, tuple[str, ...]]:
        """The person they point to, and by which words: the address or name right behind words like talk to."""
        for hit in self.of("whom"):
            behind = self.words[hit.end : hit.end + POINTED]
            sentence = self.words[hit.end - 1].sentence
            name = self._name([word for word in behind if word.sentence == sentence])
            if name and not self.denied(hit):
                return name, self.quote([hit])
        return "", ()

    def _name(self, behind: Sequence[Word]) -> str:
        taken: list[str] = []
        for word in behind:
            if word.text.startswith(_MASK):
                return self.addresses[int(word.text[len(_MASK) :])]
            proper = word.text[:1].isupper() and word.folded not in phrases.listed("no_name")
            if taken and (not proper or len(taken) == 3):
                break
            if proper:
                taken.append(word.text)
        return " ".join(taken)[:120]


def look(text: str) -> Seen:
    """Read LOOKED_AT words. Addresses and links are no words: what stands in them means nothing."""
    addresses: list[str] = []

    def mask(match: re.Match[str]) -> str:
        addresses.append(match[0][:320])
        return f" {_MASK}{len(addresses) - 1} "

    named = text.replace(_MASK, " ")
    words = phrases.words_of(_URL.sub(" ", _MAIL.sub(mask, named)))[:LOOKED_AT]
    hits = phrases.find(words, _LIST, phrases.listed("denial"))
    used = frozenset(n for hit in hits for n in range(hit.start, hit.end))
    return Seen(words, hits, used, tuple(addresses))


def score(hits: Sequence[Hit], enough: float = 0.65) -> float:
    """The strongest one, and a little more for each other; weak ones (below `enough`) add half of themselves."""
    weights = sorted((hit.weight for hit in hits), reverse=True)
    if not weights:
        return 0.0
    more = sum(weight / 2 if weight < enough else 0.05 for weight in weights[1:])
    return round(min(weights[0] + more, 0.99), 2)


def unique(found: Sequence[str]) -> tuple[str, ...]:
    """At most five, each once."""
    return tuple(dict.fromkeys(word[:60] for word in found))[:5]
