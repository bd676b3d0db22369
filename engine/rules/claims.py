"""Whether each sentence of a draft rests on something on record (C3), and what it costs where one does not (C4). Pure.

A source holds only if it contains what is claimed; that somebody named it proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from engine.rules import specifics, statements
from engine.rules.quality import Finding
from engine.rules.specifics import Found

OURS, REPLY, THREAD = "our own words", "their reply", "earlier messages"
"""What a sentence may rest on besides a fact of the contact."""
_EACH, _MOST = 10, 40
_LINK = 25
_SHOWN = 120
_ANY_NUMBER = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d(?:[\d.,'’]*\d)?")
_JOINT = re.compile(r"['&.-]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Record:
    """What is known. `facts` are the contact's by id, each form of a value on a line of its own; `ours` are words the
    team gave; `reply` and `thread` were written by the recipient and by us before. A link may come from `ours`, or be
    all that a fact says."""

    facts: Mapping[str, str] = field(default_factory=dict)
    ours: Sequence[str] = ()
    reply: str = ""
    thread: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence: what it rests on, and what in it rests on nothing. `bare`: it states something about the recipient
    that no source holds. `number` counts from 1; 0 is the subject."""

    number: int
    text: str
    sources: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    bare: bool = False

    @property
    def is_unsourced(self) -> bool:
        return bool(self.missing or self.links or self.bare)


def judge(
    subject: str,
    body: str,
    record: Record,
    *,
    named: Mapping[str, Sequence[str]] | None = None,
    language: str = "en",
    stated: bool = True,
) -> tuple[Claim, ...]:
    """Every sentence of the body in order, before it the subject if it has something to say.

    `named` maps sentences to the ids of the facts they were written from. `stated` also asks for a source of what is
    said about the recipient without a number or a name; a person's own words need none.
    """
    known = {specifics.folded(text): tuple(ids) for text, ids in (named or {}).items()}
    pool = _Pool(record)
    found = [_claim(pool, 0, subject, known, language, stated=False)] if subject.strip() else []
    for number, sentence in enumerate(specifics.sentences(body), 1):
        found.append(_claim(pool, number, sentence.text, known, language, stated=stated))
    return tuple(found)


def findings(claims: Iterable[Claim]) -> tuple[Finding, ...]:
    """One for each sentence without a source, at most 40 points together, and one for each foreign link."""
    found, left = [], _MOST
    for claim in claims:
        shown = _cut(claim.text)
        found += [
            Finding("unknown_link", f"“{_cut(link)}” is a link or an address that nobody gave.", _LINK)
            for link in claim.links
        ]
        if claim.missing or claim.bare:
            what = ", ".join(f"“{_cut(one)}”" for one in claim.missing[:3])
            said = (
                f"{what} stands in no fact on record: “{shown}”" if what else f"It names no source: “{shown}”"
            )
            found.append(Finding("unsourced", said, min(_EACH, left)))
            left -= min(_EACH, left)
    return tuple(found)


class _Pool:
    """The record, folded once for all sentences of a draft."""

    def __init__(self, record: Record) -> None:
        texts = {name: f"{name.replace('_', ' ')}\n{value}" for name, value in record.facts.items()}
        texts[OURS] = "\n".join(record.ours)
        if record.reply:
            texts[REPLY] = record.reply
        if record.thread:
            texts[THREAD] = "\n".join(record.thread)
        lines = {name: value.splitlines() for name, value in record.facts.items()}
        self.facts = {
            name: [form for line in some if len(form := specifics.folded(line)) > 1 and not _is_code(line)]
            for name, some in lines.items()
        }
        self.codes = {name: [line.strip() for line in some if _is_code(line)] for name, some in lines.items()}
        self.texts = {name: specifics.folded(text) for name, text in texts.items()}
        self.days = [name for name, value in record.facts.items() if _DAY.match(value)]
        self._record = record

    @cached_property
    def words(self) -> dict[str, set[str]]:
        return {name: _parts(text) for name, text in self.texts.items()}

    @cached_property
    def numbers(self) -> dict[str, set[str]]:
        """By fact, as digits."""
        return {name: {specifics.digits(n) for n in _numbers(text)} for name, text in self.texts.items()}

    @cached_property
    def hosts(self) -> set[str]:
        """Where links may lead: what somebody gave."""
        bare = (line for value in self._record.facts.values() for line in _bare(value))
        return {_host(link) for text in (*self._record.ours, *bare) for link in specifics.links(text)}

    def holding(self, found: Found) -> tuple[dict[str, str], tuple[str, ...]]:
        """What of it stands where, and what stands nowhere."""
        held: dict[str, str] = {}
        missing = []
        for one in (*found.numbers, *found.quotes, *found.names):
            source = self._source(one, found)
            if source:
                held[one] = source
            else:
                missing.append(one)
        return held, tuple(missing)

    def mentioned(self, sentence: str) -> tuple[str, ...]:
        """The facts whose whole value stands in the sentence."""
        text, plain = f" {specifics.folded(sentence)} ", f" {sentence} "
        return tuple(
            name
            for name, forms in self.facts.items()
            if any(_stands(form, text) for form in forms)
            or any(_stands(code, plain) for code in self.codes[name] if not code.islower())
        )

    def shares(self, sentence: str, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the named facts of which the sentence says a word of weight."""
        said = {word[:5] for word in specifics.words(sentence) if len(word) > 3 or word.isdigit()}
        return tuple(
            name
            for name in names
            if any(word[:5] in said for word in self.words.get(name, ()) if len(word) > 3 or word.isdigit())
        )

    def _source(self, one: str, found: Found) -> str:
        if one in found.numbers:
            days = self.days if specifics.is_amount(one) else ()
            wanted = specifics.digits(one)
            return next(
                (name for name, known in self.numbers.items() if wanted in known and name not in days), ""
            )
        if one in found.quotes:
            bare = specifics.folded(one).strip(" .,;:!?…")
            return next((name for name, text in self.texts.items() if bare in text), "")
        parts = specifics.words(one)
        whole = next((name for name, words in self.words.items() if all(part in words for part in parts)), "")
        return whole or self._together(parts)

    def _together(self, parts: Sequence[str]) -> str:
        """A name of several facts of the contact, such as first and last name: the first of them."""
        found = [next((name for name in self.facts if part in self.words[name]), "") for part in parts]
        return found[0] if all(found) else ""


def _claim(
    pool: _Pool,
    number: int,
    text: str,
    named: Mapping[str, Sequence[str]],
    language: str,
    *,
    stated: bool,
) -> Claim:
    found = specifics.look(text, language, openers=stated and language[:2] != "de")
    held, missing = pool.holding(found)
    links = tuple(link for link in found.links if _host(link) not in pool.hosts)
    given = named.get(specifics.folded(text), ())
    proven = pool.shares(text, [name for name in given if name in pool.facts])
    sources = tuple(dict.fromkeys((*proven, *pool.mentioned(text), *held.values())))
    about = stated and statements.states(text, language) and not set(sources) - {OURS}
    return Claim(number, text, sources, missing, links, bool(about and not missing and not links))


# --- shared


def _is_code(line: str) -> bool:
    """Two letters such as US, HR or Bo: they count only as they are written, since “us” and “es” are words."""
    return len(line.strip()) == 2 and line.strip().isalpha()


def _parts(text: str) -> set[str]:
    """The words of a text, those joined by a sign also apart."""
    found = set(specifics.words(text))
    joined = (word for word in found if not word.isalnum())
    return found | {part for word in joined for part in _JOINT.split(word) if part}


def _numbers(text: str) -> tuple[str, ...]:
    return (*_ANY_NUMBER.findall(text), *specifics.told(text))


def _bare(value: str) -> list[str]:
    """The forms of a fact that are an address and no more, such as a company called Booking.com."""
    return [line for line in value.splitlines() if specifics.links(line) == (line.strip(),)]


def _stands(value: str, text: str) -> bool:
    """Whether it stands there as whole words. `text` has a space at both ends."""
    at = text.find(value)
    while at > 0:
        if not (_inside(text, at - 1, value[0]) or _inside(text, at + len(value), value[-1])):
            return True
        at = text.find(value, at + 1)
    return False


def _inside(text: str, neighbour: int, edge: str) -> bool:
    return edge.isalnum() and text[neighbour].isalnum()


def _host(link: str) -> str:
    bare = re.sub(r"^h\w+://", "", link.casefold())
    if "@" in bare and "/" not in bare:
        return bare
    return re.split(r"[/?#\\]", bare)[0].rpartition("@")[2].split(":")[0].removeprefix("www.").rstrip(".,;!?")


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
