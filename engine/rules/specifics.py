"""The sentences of a message, and what in one of them can be true or false: numbers, names, quotes, links. Pure.

It finds; whether something is on record is judged elsewhere (claims).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.rules import data, german

MOST = 200
"""Sentences of a message that are looked at: more than any channel carries."""

_END = re.compile(r"[.!?…]+[\"”“»’)\]]*(?=\s)")
_SHORT = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|nr|inc|ltd|co|vs|e\.g|i\.e|z\.\s?b|d\.\s?h|bzw|ca|sr|sra|srta|ud|uds|m|mme)|\b\d{1,2}|\b[A-Z])\.$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['’&.-][^\W_]+)*")
_QUOTE = re.compile(r"“([^”“]{3,300})”|„([^“”„]{3,300})[“”]|«\s?([^»«]{3,300}?)\s?»|\"([^\"\n]{3,300})\"")
_LINK = re.compile(
    r"h(?:tt|xx)ps?://[^\s<>()\"'”»]+|\bwww\.[^\s<>()\"'”»]+"
    r"|(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:com|net|org|io|ai|app|dev|ru|cn|xyz|info|biz|top|site|online|shop|uk|de|fr|eu|us"
    r"|click|link|page|ly|example)\b(?:/[^\s<>()\"'”»]*)?",
    re.IGNORECASE,
)
_MAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(
    r"(?<![\w.,])[€$£]?(?:\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d(?:[\d.,'’]*\d)?)|(?<=[€$£])\d(?:[\d.,]*\d)?"
)
_UNIT = re.compile(
    r"\s?(?:%|‰|€|\$|£|(?:percent|per cent|prozent|pour cent|por ciento|eur|euros?|usd|dollars?|millions?|millionen|millones"
    r"|billions?|thousand|tausend|mille|mil|mio|mn|bn|k)\b)",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b\d{1,2}[:.]\d\d\b(?:\s?(?:am|pm|uhr|h)\b)?|\b\d{1,2}\s?(?:am|pm|uhr|o['’]clock)\b"
    r"|\b\d{1,3}[- ]?(?:minutes?|min|minuten|minutos)\b",
    re.IGNORECASE,
)
_UNITS = re.compile(r"\b(?:percent|per cent|million|billion|thousand|hundred)\b", re.IGNORECASE)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ONES = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TOLD = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})[- ]?)?(?P<one>{'|'.join(sorted(_ONES, key=len, reverse=True))})?[ -]?"
    r"(?=(?P<unit>percent|per cent|million|billion|thousand|hundred)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence as it stands at `start` to `end` of the text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a sentence says that can be looked up, as it is written there."""

    numbers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def every(self) -> tuple[str, ...]:
        return (*self.links, *self.numbers, *self.quotes, *self.names)


def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences in reading order; a line break ends one. The same text always gives the same numbers."""
    found: list[Sentence] = []
    begin = 0
    for line in text.splitlines(keepends=True):
        found += _of_line(text, begin, begin + len(line))
        begin += len(line)
    return tuple(found[:MOST])


def without(text: str, number: int) -> str:
    """The text without its sentence `number`, counted from 1, and without the gap that it leaves."""
    gone = sentences(text)[number - 1]
    before, after = text[: gone.start].rstrip(" \t"), text[gone.end :].lstrip(" \t")
    joint = " " if before and after and before[-1] != "\n" and after[0] not in "\r\n" else ""
    return re.sub(r"\n\s*\n\s*\n+", "\n\n", before + joint + after).strip()


def look(text: str, language: str = "en", *, openers: bool = False) -> Found:
    """`language` decides which capitals make a name: in German every noun has one, so there only two in a row do, and
    single ones that grammar or a given name gives away (german).

    With `openers` a first word makes a name, too, unless sentences are known to open with it.
    """
    reached = links(text)
    bare = _MAIL.sub(" ", _LINK.sub(" ", text)) if reached else text
    quotes = tuple(" ".join(next(filter(None, match.groups())).split()) for match in _QUOTE.finditer(bare))
    plain = _QUOTE.sub(" ", bare)
    timeless = _TIME.sub(" ", bare)
    numbers = (*(_with_unit(timeless, match) for match in _NUMBER.finditer(timeless)), *told(bare))
    return Found(
        numbers=tuple(dict.fromkeys(numbers)),
        names=_all_names(plain, language, openers=openers),
        quotes=tuple(quote for quote in quotes if len(quote.split()) > 1),
        links=reached,
    )


def links(text: str) -> tuple[str, ...]:
    """Links and addresses, each once, without the sign that ends the sentence."""
    if "." not in text and "://" not in text:
        return ()
    found = _LINK.findall(text)
    found += _MAIL.findall(_LINK.sub(" ", text)) if "@" in text else []
    return tuple(dict.fromkeys(one.rstrip(".,;:!?)") for one in found))


def told(text: str) -> Iterator[str]:
    """Numbers in words before a unit: "eighteen percent" is "18 percent"."""
    if not _UNITS.search(text):
        return
    for match in _TOLD.finditer(text):
        tens, one = (match["tens"] or "").casefold(), (match["one"] or "").casefold()
        if tens or one:
            number = (10 * (_TENS.index(tens) + 2) if tens else 0) + (_ONES.index(one) + 1 if one else 0)
            yield f"{number} {match['unit']}"


def digits(number: str) -> str:
    """ "15,000", "15.000" and "€15 000" are the same number; "4.50" is 4.5 for nobody and stays 450."""
    return re.sub(r"\D", "", number)


def folded(text: str) -> str:
    """Lower case, without accents' forms, typographic signs and double spaces, for looking words up."""
    plain = text.casefold() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    plain = plain.replace("’", "'")
    return " ".join(plain.split())


def words(text: str) -> list[str]:
    return _WORD.findall(folded(text))


def is_amount(number: str) -> bool:
    """Money, a share or millions of something: no day of a month stands for it."""
    return bool(re.search(r"[^\d.,'’\s]", number))


def _with_unit(text: str, match: re.Match[str]) -> str:
    unit = _UNIT.match(text, match.end())
    return match.group() + (unit.group() if unit else "")


def _of_line(text: str, start: int, end: int) -> Iterator[Sentence]:
    begin = start
    for match in _END.finditer(text, start, end):
        if not _SHORT.search(text[begin : match.start() + 1]):
            yield from _trimmed(text, begin, match.end())
            begin = match.end()
    yield from _trimmed(text, begin, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[Sentence]:
    inner = text[start:end]
    begin = start + len(inner) - len(inner.lstrip())
    if inner.strip():
        yield Sentence(inner.strip(), begin, begin + len(inner.strip()))


def _all_names(text: str, language: str, *, openers: bool) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(_names(text, language, openers=openers)))
    if language[:2] != "de":
        return found
    within = {word for name in found for word in name.split()}
    return (*found, *(name for name in dict.fromkeys(german.names(text, _COMMON)) if name not in within))


def _names(text: str, language: str, *, openers: bool) -> Iterator[str]:
    """Capitalised words that do not merely open the sentence; runs of them are one name."""
    run: list[str] = []
    behind = 0
    least = 2 if language[:2] == "de" else 1
    for position, match in enumerate(_WORD.finditer(text)):
        word, gap = match.group(), text[behind : match.start()]
        behind = match.end()
        opens = position == 0 or text[: match.start()].rstrip()[-1:] in (*'.!?:…“"«„–—¿¡(',)
        proper = word[0].isupper() and folded(word) not in _common()
        joined = bool(run) and gap in (" ", "\u00a0", "\u202f")
        odd = openers and not _is_opener(word)
        if proper and (joined or not opens or odd or _is_code(word)):
            run = [*run, word] if joined else [word]
            continue
        yield from _name(run, least)
        run = []
    yield from _name(run, least)


def _name(run: list[str], least: int) -> Iterable[str]:
    inner = len(run) == 1 and _is_code(run[0])
    return [" ".join(run)] if len(run) >= least or inner else []


def _is_code(word: str) -> bool:
    """A second capital or a digit inside: "McKinsey", "ISO", "B2B"."""
    return any(letter.isupper() or letter.isdigit() for letter in word[1:])


def _is_opener(word: str) -> bool:
    plain = "".join(one for one in unicodedata.normalize("NFD", word) if not unicodedata.combining(one))
    bare = folded(plain).split("'")[0]
    return len(bare) < 2 or bare[:_STEM] in _OPENERS or bare.endswith(("ing", "ly", "ed"))


def _common() -> frozenset[str]:
    return _COMMON


_COMMON = frozenset(
    word for line in data.lines("reply_words") if line.startswith("no_name ") for word in line.split()[1:]
) | frozenset(data.lines("no_names"))
_STEM = 5
_OPENERS = frozenset(
    folded(
        "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))
    )[:_STEM]
    for line in data.lines("openers")
    for word in line.split()
)
