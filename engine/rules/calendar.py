"""Which post stands on which day: one per day and network, pillars in turn, nothing said twice. Pure.

Knows names, days and what was used before; words are written later, from what is decided here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

PILLARS = (
    "education",
    "social proof",
    "product",
    "behind the scenes",
    "thought leadership",
    "community",
)
ANGLES = (
    "problem-solving",
    "inspirational",
    "educational",
    "data-driven",
    "storytelling",
    "how-to",
    "behind the scenes",
)
CONTRARIAN = "contrarian-but-factual"
"""An angle that a person must ask for."""
HOOKS = (
    "question",
    "statistic",
    "story",
    "quote",
    "challenge",
    "announcement",
    "tip",
    "myth-busting",
)
CALLS = ("demo", "newsletter", "community", "free trial", "webinar", "download", "contact")
FORMATS = {
    "linkedin": ("text", "link", "picture"),
    "facebook": ("text", "link", "picture"),
    "x": ("text", "link", "picture", "thread"),
}
"""What each network's adapter publishes: "link" where there is somewhere to go, the others where the brand asks for them."""
LONGEST = 366

Triple = tuple[str, str, str]
"""Topic, angle and hook."""
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Topic:
    """What a post is about, in one line, and the sentence of the brand that it rests on."""

    text: str
    key_message: str


@dataclass(frozen=True, slots=True)
class Past:
    """What a network had before: every triple, and the last day's angle and hook."""

    used: frozenset[Triple] = frozenset()
    angle: str = ""
    hook: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """What a calendar is made from. `topics` by pillar, `targets` the calls to action that the brand has somewhere for.

    `pictured` are the pillars whose posts ask for a picture, `threaded` those whose posts on X are threads. `turn` is
    where the rotation begins, so that two brands with the same words still differ.
    """

    starts_on: date
    days: int
    networks: tuple[str, ...]
    pillars: tuple[str, ...]
    topics: Mapping[str, Sequence[Topic]]
    targets: tuple[str, ...] = ()
    pictured: tuple[str, ...] = ()
    threaded: tuple[str, ...] = ()
    contrarian: bool = False
    turn: int = 0
    past: Mapping[str, Past] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """One post: its day and network, and what it will be about. `week` counts Mondays, from 1."""

    day: date
    week: int
    network: str
    pillar: str
    topic: Topic
    angle: str
    hook: str
    call: str
    format: str

    @property
    def triple(self) -> Triple:
        return self.topic.text, self.angle, self.hook


def plan(brief: Brief) -> tuple[Planned, ...]:
    """One post per day and network, day by day. Raises ValueError when a network runs out of anything new to say."""
    used = {network: set(map(_compared, _past(brief, network).used)) for network in brief.networks}
    last = {network: (_past(brief, network).angle, _past(brief, network).hook) for network in brief.networks}
    found = []
    for number in range(brief.days):
        for place, network in enumerate(brief.networks):
            post = _post(brief, number, place, used[network], last[network])
            used[network].add(_compared(post.triple))
            last[network] = (post.angle, post.hook)
            found.append(post)
    return tuple(found)


def week_of(starts_on: date, day: date) -> int:
    """Which week of a calendar a day is in: weeks begin on Mondays, the first and the last may be short."""
    monday = starts_on - timedelta(days=starts_on.weekday())
    return (day - monday).days // 7 + 1


@lru_cache(maxsize=4_096)
def words_of(topic: str) -> str:
    """What makes two topics the same: their words, whatever the capitals and signs; all of it where it has no words."""
    folded = unicodedata.normalize("NFKC", topic).casefold()
    return " ".join(_WORD.findall(folded)) or folded.strip()


def target_of(call: str) -> str:
    """The call to action that a person named, in any spelling; empty when it is none."""
    folded = " ".join(call.casefold().replace("-", " ").replace("_", " ").split())
    return next((known for known in CALLS if known in (folded, folded.removesuffix("s"))), "")


def _compared(triple: Triple) -> Triple:
    return words_of(triple[0]), triple[1], triple[2]


def _past(brief: Brief, network: str) -> Past:
    return brief.past.get(network, Past())


def _post(brief: Brief, number: int, place: int, used: set[Triple], last: tuple[str, str]) -> Planned:
    pillar = brief.pillars[number % len(brief.pillars)]
    for topic, angle, hook in _candidates(brief, pillar, number, place):
        if _compared((topic.text, angle, hook)) in used or angle == last[0] or hook == last[1]:
            continue
        network = brief.networks[place]
        call = brief.targets[(number + place) % len(brief.targets)] if brief.targets else ""
        form = next(one for one in _formats(brief, pillar, call) if one in FORMATS[network])
        day = brief.starts_on + timedelta(days=number)
        return Planned(day, week_of(brief.starts_on, day), network, pillar, topic, angle, hook, call, form)
    raise ValueError(f"nothing new is left to say about {pillar}")


def _formats(brief: Brief, pillar: str, call: str) -> tuple[str, ...]:
    """What a post could be, best first: a thread, where there is such a thing, before a picture."""
    thread = ("thread",) if pillar in brief.threaded else ()
    picture = ("picture",) if pillar in brief.pictured else ()
    return (*thread, *picture, "link" if call else "text")


def _candidates(brief: Brief, pillar: str, number: int, place: int) -> Iterator[tuple[Topic, str, str]]:
    """What this day could be about, the next in turn first: other topics before other hooks, hooks before angles."""
    angles = (*ANGLES, CONTRARIAN) if brief.contrarian else ANGLES
    topics = brief.topics[pillar]
    lap, turn = divmod(number, len(brief.pillars))
    turn += brief.turn + lap + place
    first_angle = brief.turn + number + 2 * place
    first_hook = brief.turn + number + number // len(HOOKS) + 3 * place
    for a in range(len(angles)):
        for h in range(len(HOOKS)):
            for t in range(len(topics)):
                yield (
                    topics[(turn + t) % len(topics)],
                    angles[(first_angle + a) % len(angles)],
                    HOOKS[(first_hook + h) % len(HOOKS)],
                )
