"""What a writer is: something that proposes words. It decides nothing; people and gates do.

Everything about the recipient is data, never instructions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from storage.model import Step


@dataclass(frozen=True, slots=True)
class Voice:
    """What a brand sounds like. `dont` lists words that must never appear."""

    brand: str
    positioning: str = ""
    audience: str = ""
    value_propositions: tuple[str, ...] = ()
    tone: str = ""
    language: str = "en"
    dont: tuple[str, ...] = ()
    call_to_action: str = ""
    sender_name: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """What was asked of a campaign, as the person typed it."""

    name: str
    goal: str = ""
    audience: str = ""
    offer: str = ""
    must_say: str = ""
    must_not_say: str = ""
    channels: tuple[str, ...] = ("email",)
    tone: str = ""
    language: str = ""


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
    """

    subject: str
    body: str
    source: str
    template: str = ""
    used: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """`improve` holds the checks' findings when a draft is written again; `rejections` people's reasons."""

    brief: Brief
    voice: Voice
    angle: str
    step: Step
    channel: str
    person: Person
    improve: tuple[str, ...] = ()
    rejections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PostRequest:
    """A social post: what the person wants said, for which network ("linkedin")."""

    topic: str
    voice: Voice
    network: str
    link: str = ""
    improve: tuple[str, ...] = ()


class Writer(Protocol):
    """May take up to 30 s in all; raises MissingVariable (engine.writing.templates) and nothing else."""

    async def plan(self, brief: Brief, voice: Voice, rejections: tuple[str, ...]) -> Idea: ...

    async def draft(self, request: DraftRequest) -> Words: ...

    async def post(self, request: PostRequest) -> Words: ...

    async def close(self) -> None: ...
