"""The phrase book of a locale: what a sentence may say, in the order of preference. It never picks at random.

A book is Markdown: a heading names a slot, each bullet is one alternative, a small template of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2
import regex

from engine.writing import Brief, Voice, cleaning, templates

_SEPARATORS = regex.compile(r"[,;\n]+")
_INFLECTION = 40


@dataclass(frozen=True, slots=True)
class Phrase:
    """One alternative: its template and its own words, without what is filled in."""

    template: jinja2.Template
    own_words: str


@dataclass(frozen=True, slots=True)
class Book:
    """A locale's phrases by slot. `avoid` are words no phrase of ours may hold; `turn` moves on to the next one.

    `short`: the shortest alternative, whatever the turn.
    """

    locale: str
    slots: Mapping[str, tuple[Phrase, ...]]
    avoid: tuple[str, ...] = ()
    turn: int = 0
    short: bool = False

    def has(self, slot: str) -> bool:
        return slot in self.slots

    def say(self, slot: str, **values: str) -> str:
        """The first alternative without a forbidden word, counted from `turn`; if all have one, the first."""
        phrases = self.slots[slot]
        start = self.turn % len(phrases)
        order = phrases[start:] + phrases[:start]
        if self.short:
            order = tuple(sorted(order, key=lambda one: len(one.own_words)))
        free = (one for one in order if not cleaning.contains_any(one.own_words, self.avoid))
        return templates.render(next(free, order[0]).template, values)

    def tuned(self, avoid: Iterable[str], turn: int, *, short: bool = False) -> Book:
        """The same book for one draft."""
        return Book(self.locale, self.slots, tuple(avoid), turn, short)


@functools.cache
def load(locale: str, kind: str = "phrases") -> Book:
    """The book of a locale: "phrases" for recipients, "plan" for the team. Raises FileNotFoundError if it has none."""
    path = templates.FOLDER / f"{kind}.{locale}.md"
    slots: dict[str, list[Phrase]] = {}
    current: list[Phrase] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            current = slots.setdefault(line[3:].strip(), [])
        elif line.startswith("- "):
            source = line[2:].strip()
            current.append(
                Phrase(templates.compiled(path.name, source), regex.sub(r"\{[{%].*?[%}]\}", " ", source))
            )
    return Book(locale, {slot: tuple(phrases) for slot, phrases in slots.items()})


@functools.cache
def locales(folder: Path = templates.FOLDER) -> tuple[str, ...]:
    """The locales that have a book, by code."""
    return tuple(sorted(path.name.split(".")[1] for path in folder.glob("phrases.*.md")))


def forbidden(brief: Brief, voice: Voice) -> tuple[str, ...]:
    """Words and phrases that a campaign or its brand rules out: lists split at commas, semicolons and lines."""
    listed = (brief.must_not_say, *voice.dont)
    words = (word.strip(" \t\"'“”‘’.") for entry in listed for word in _SEPARATORS.split(entry))
    return tuple(dict.fromkeys(word for word in words if 0 < len(word) <= _INFLECTION))
