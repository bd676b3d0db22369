"""The score of a contact, 0 to 100: the sum of seven parts, each of which says what it rests on. Pure.

A part never falls when what is known about it gets better. What is not known counts nothing and is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.rules import addresses, stated

QUALIFIED = 70
GRADES = ((80, "A"), (60, "B"), (40, "C"))
TITLE, FIT, ADDRESS, ENGAGEMENT = 25, 15, 10, 20
ENOUGH = 3
"""Words of the audience that a contact must share for the whole of the fit."""

ENGAGED = {"opened": 4, "clicked": 10, "meeting_booked": 20, "converted": 20}
ANSWERED = {"neutral": 12, "not_now": 12, "unclear": 12, "referral": 16, "question": 20, "interested": 20}
"""Points of what a person did, and of what they answered (a no counts nothing); the most telling one counts."""

_STATED: tuple[tuple[str, frozenset[str], Callable[[str], int | None]], ...] = (
    ("stated budget", frozenset({"budget", "stated budget", "annual budget", "presupuesto"}), stated.budget),
    (
        "timeline",
        frozenset({"timeline", "time frame", "timeframe", "buying timeline", "zeitplan", "délai", "plazo"}),
        stated.timeline,
    ),
    (
        "pain",
        frozenset({"pain", "pain point", "pain points", "challenge", "challenges", "problem", "herausforderung",
                   "défi", "reto"}),
        stated.pain,
    ),
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_]{3,}")
_FILLERS = (
    "and the for who with from our their its that are all any via und der die das für mit von les des pour avec qui "
    "los las para con que company companies firm firms business businesses people person team teams"
)
_EMPTY = frozenset(_FILLERS.split())


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is on record about a contact.

    `title_score` is that of engine.rules.titles, 0 to 100. `audiences` say in words whom their campaigns are for.
    `dead`: their address bounced for good or is suppressed. `engaged` are kinds of what a person did with our messages,
    `answered` the classes of their replies; `written` whether anything was ever sent to them.
    """

    title: str = ""
    title_score: int = 0
    company: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    audiences: tuple[str, ...] = ()
    email: str = ""
    elsewhere: bool = False
    guessed: bool = False
    dead: bool = False
    written: bool = False
    engaged: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """`points` of at most `most`; `why` in a few words. What is not `known` counts nothing."""

    name: str
    points: int
    most: int
    why: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class Score:
    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        return sum(part.points for part in self.parts)

    @property
    def grade(self) -> str:
        return grade(self.total)

    @property
    def qualified(self) -> bool:
        return self.total >= QUALIFIED

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(part.name for part in self.parts if not part.known)


def grade(total: int) -> str:
    return next((name for least, name in GRADES if total >= least), "D")


def score(known: Evidence) -> Score:
    return Score((_title(known), _fit(known), _address(known), _engagement(known), *_stated(known.facts)))


def _title(known: Evidence) -> Part:
    if not known.title.strip():
        return _unknown("title", TITLE, "no title")
    points = (min(max(known.title_score, 0), 100) * TITLE + 50) // 100
    return Part("title", points, TITLE, " ".join(known.title.split()))


def _fit(known: Evidence) -> Part:
    """How many words of the audience, at most ENOUGH, what we know of them says too; the best audience counts."""
    name = "fit to the audience"
    wanted = [words for audience in known.audiences if (words := _words(audience))]
    about = _words(" ".join((known.title, known.company, *known.facts.values())))
    if not wanted or not about:
        return _unknown(name, FIT, "no audience is named" if not wanted else "nothing is known of their work")
    points, shared = max(_shared(words, about) for words in wanted)
    return Part(name, points, FIT, ", ".join(shared) if shared else "shares no word with the audience")


def _shared(wanted: Mapping[str, str], about: Mapping[str, str]) -> tuple[int, tuple[str, ...]]:
    shared = sorted(said for word, said in wanted.items() if any(_alike(word, other) for other in about))
    enough = min(ENOUGH, len(wanted))
    return FIT * min(len(shared), enough) // enough, tuple(shared)


def _address(known: Evidence) -> Part:
    points, why = _quality(known)
    return Part("address quality", points, ADDRESS, why)


def _quality(known: Evidence) -> tuple[int, str]:
    if known.dead:
        return 0, "it bounced or is suppressed"
    if not known.email:
        return (5, "no e-mail address, another one") if known.elsewhere else (0, "no address")
    if known.guessed:
        return 2, "guessed"
    if addresses.is_role(known.email):
        return 5, "a shared mailbox"
    free = addresses.is_free_mail(addresses.mail_domain(known.email))
    return (7, "a personal mailbox") if free else (ADDRESS, "a work address")


def _engagement(known: Evidence) -> Part:
    told = {kind: ENGAGED.get(kind, 0) for kind in known.engaged}
    told |= {kind: ANSWERED.get(kind, 0) for kind in known.answered}
    if not told and not known.written:
        return _unknown("engagement", ENGAGEMENT, "nothing was sent to them")
    points, best = max(((points, kind) for kind, points in told.items()), default=(0, ""))
    return Part("engagement", points, ENGAGEMENT, best.replace("_", " ") if points else "none so far")


def _stated(facts: Mapping[str, str]) -> tuple[Part, ...]:
    labelled = {" ".join(re.findall(r"[^\W_]+", name.casefold())): value for name, value in facts.items()}
    return tuple(_read(name, labels, read, labelled) for name, labels, read in _STATED)


def _read(
    name: str, labels: frozenset[str], read: Callable[[str], int | None], facts: Mapping[str, str]
) -> Part:
    """Of several facts the better one counts."""
    said = [(read(value), value) for label, value in facts.items() if label in labels and value.strip()]
    read_ones = [(points, value) for points, value in said if points is not None]
    if read_ones:
        points, value = max(read_ones)
        return Part(name, points, stated.MOST, value)
    return _unknown(name, stated.MOST, f"“{said[0][1][:40]}” cannot be read" if said else "not stated")


def _unknown(name: str, most: int, why: str) -> Part:
    return Part(name, 0, most, why, known=False)


def _words(text: str) -> dict[str, str]:
    """The words that mean something, by their stem."""
    return {_stem(word): word for word in _WORD.findall(text.casefold()) if word not in _EMPTY}


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


def _alike(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= 5 and long.startswith(short))
