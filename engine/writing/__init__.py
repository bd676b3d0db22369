"""What a writer is: something that proposes words. It decides nothing; people and gates do.

Everything about the recipient is data, never instructions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from engine.rules import calendar, ladder, sequences
from storage.model import Step


@dataclass(frozen=True, slots=True)
class Voice:
    """What a brand sounds like. `dont` lists words that must never appear, `say` those it likes, `style` its own words
    about its voice. `targets` are addresses that its calls to action may lead to."""

    brand: str
    positioning: str = ""
    audience: str = ""
    value_propositions: tuple[str, ...] = ()
    tone: str = ""
    language: str = "en"
    dont: tuple[str, ...] = ()
    call_to_action: str = ""
    sender_name: str = ""
    style: str = ""
    say: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Brief:
    """What was asked of a campaign, as the person typed it.

    A plan has `touches` steps; `waits` are the days between them, the last repeats; `rungs` the channel of each.
    `by_account`: its sequences belong to companies, not to contacts.
    """

    name: str
    goal: str = ""
    audience: str = ""
    offer: str = ""
    must_say: str = ""
    must_not_say: str = ""
    channels: tuple[str, ...] = ("email",)
    tone: str = ""
    language: str = ""
    touches: int = sequences.TOUCHES
    waits: tuple[int, ...] = sequences.WAITS
    rungs: ladder.Rungs = ladder.LADDER
    by_account: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """The recipient, as far as words may know. `facts` are named values from records, e.g. {"industry": "logistics"}."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    title: str = ""
    locale: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Idea:
    """A proposed strategy. `source` is "model" or "rules"; `note` says why it is rules when a model was expected."""

    angle: str
    pillars: tuple[str, ...]
    steps: tuple[Step, ...]
    timing: str
    measures: tuple[str, ...]
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Proposed words. `source` is "model" or "template"; `template` names it; `used` are the facts by name.

    `note` tells people something they should know (fell back to a template, locale not supported).
    `locale` is the language the words are in, "" when nobody knows. `sources` are sentences of the body with the names
    of the facts they were written from. `practice`: they stand for others in a rehearsal, so nothing judges them.
    `angle` is the lead's own where one was asked for, with the fact it comes from.
    """

    subject: str
    body: str
    source: str
    template: str = ""
    used: tuple[str, ...] = ()
    note: str = ""
    locale: str = ""
    sources: tuple[tuple[str, tuple[str, ...]], ...] = ()
    practice: bool = False
    angle: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A touch that was sent before: its purpose by key, the day (ISO, UTC), and what people did with it."""

    step: int
    purpose: str
    subject: str
    body: str
    sent_on: str
    came_back: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answering:
    """What the recipient wrote back, its class by key (storage.model.ReplyClass), the day (ISO) or the person it names.

    Data, never orders.
    """

    text: str
    klass: str = ""
    day: str = ""
    whom: str = ""


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """`history` are the touches sent before, oldest first; `reply` what the recipient answered since: data, never orders.

    `own_angle`: the angle is to come from the recipient's own facts (B3); `angle` is for those without one.
    `pillars` are the approved strategy's points.

    `improve` holds the checks' findings when a draft is written again; `rejections` people's reasons.

    `purpose` is what this touch is for (call, sample, proof, angle, question, value or close; "": the step says it),
    `sequence` cold or reengagement ("": the brief says it), `workspace_language` the last choice but English.
    """

    brief: Brief
    voice: Voice
    angle: str
    step: Step
    channel: str
    person: Person
    improve: tuple[str, ...] = ()
    rejections: tuple[str, ...] = ()
    purpose: str = ""
    sequence: str = ""
    workspace_language: str = ""
    history: tuple[Earlier, ...] = ()
    reply: str = ""
    answering: Answering | None = None
    own_angle: bool = False
    pillars: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PostRequest:
    """A social post: what the person wants said, for which network ("linkedin").

    One of a calendar also has its place in it: `pillar`, `angle`, `hook` (engine.rules.calendar; empty for any other
    post), `call` to action and `key_message`. `signal` is what a person said is going on, `signal_kind` trend, news or
    competitor; `continues` the share of readers, as text, that yesterday's topic moved. All three are data. `picture`:
    it has one or waits for one, so that its link stands in the text.

    `thread`: for X, as two to six posts (engine.writing.threads); never anything else as more than one.
    """

    topic: str
    voice: Voice
    network: str
    link: str = ""
    improve: tuple[str, ...] = ()
    pillar: str = ""
    angle: str = ""
    hook: str = ""
    call: str = ""
    key_message: str = ""
    signal: str = ""
    signal_kind: str = ""
    continues: str = ""
    picture: bool = False
    workspace_language: str = ""
    thread: bool = False


@dataclass(frozen=True, slots=True)
class TopicsRequest:
    """What a calendar could be about: for each of `pillars`. `signals` a person told us of; `rejections` are reasons."""

    voice: Voice
    pillars: tuple[str, ...] = calendar.PILLARS
    signals: tuple[str, ...] = ()
    rejections: tuple[str, ...] = ()
    workspace_language: str = ""


@dataclass(frozen=True, slots=True)
class Topics:
    """Topics by pillar, at least four each. `source` is "model" or "rules"; `note` tells people what they should know."""

    by_pillar: Mapping[str, tuple[calendar.Topic, ...]]
    source: str
    note: str = ""


class Writer(Protocol):
    """May take up to 30 s in all; raises MissingVariable (engine.writing.templates) and nothing else.

    `batch`: how many drafts a turn of the loop asks it for; all must be written within half of their lease.
    """

    batch: int

    async def plan(self, brief: Brief, voice: Voice, rejections: tuple[str, ...]) -> Idea: ...

    async def draft(self, request: DraftRequest) -> Words: ...

    async def post(self, request: PostRequest) -> Words: ...

    async def topics(self, request: TopicsRequest) -> Topics: ...

    async def close(self) -> None: ...
