"""Makes hostile text harmless to look at and to pass on. It never judges who wrote it.

Markup is dropped, invisible characters are dropped, length is capped: nothing is escaped here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import regex

from engine.rules import unfilled

NAME, CELL, TEXT = 80, 240, 4000

# Printable ASCII without < and >: most cells, and nothing to clean in them.
_PLAIN = regex.compile(r"[ -;=?-~]*")
_TAG = regex.compile(r"<[/!?a-zA-Z][^<>]{0,2000}>")
_BREAK = regex.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# A joiner inside a pictograph (a family, a flag) is visible; anywhere else it hides something.
_JOINER = regex.compile(
    r"(?<=[\p{Extended_Pictographic}\uFE0F\U0001F3FB-\U0001F3FF])\u200D(?=\p{Extended_Pictographic})"
)
_KEPT = "\ue000"
# Controls but tab and newline, formats (zero-width, bidi, tags), surrogates, private use, noncharacters,
# fillers that print as nothing, and the variation selectors that can smuggle bytes.
_INVISIBLE = regex.compile(
    r"[[\p{Cc}--[\n\t]]\p{Cf}\p{Cs}\p{Co}\p{Cn}"
    r"\u115F\u1160\u17B4\u17B5\u180B-\u180D\u2800\u3164\uFFA0\uFE00-\uFE0E\U000E0100-\U000E01EF]",
    regex.V1,
)
_STACKED = regex.compile(r"(\p{M}{3})\p{M}+")
_SPACES = regex.compile(r"[^\S\n]+")
_BLANKS = regex.compile(r" ?\n ?(?:\n ?)+")

_UNFILLED = regex.compile(
    r"\{\{|\}\}|\{%|%\}|\$\{|<%|%>|<<|>>"
    r"|\[\s*(?:(?:first|last|full|your|my|company|contact|recipient|insert|sender)\b[^\]\n]{0,40}|name|title|link|date)\s*\]"
    r"|<\s*(?:(?:first|last|full|your|my|company|contact|recipient|insert|sender)\b[^>\n]{0,40}|name)\s*>"
    r"|\{\s*[A-Za-z_][\w .]{0,30}\}|%[A-Za-z_]{3,30}%|\*\|\w{1,30}\|\*|#\{|\blorem ipsum\b|\b[FLC]NAME\b",
    regex.IGNORECASE,
)
_NOTHING_WORDS = "none null nil nan undefined n/a na n.a. - -- . ? unknown test tbd todo xxx #n/a #ref! (blank) blank empty"
_NOTHING = frozenset(_NOTHING_WORDS.split())
_ORDERS = (
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:previous|prior|above|all|your|these|any)\b",
    r"\b(?:system|developer)\s*(?:prompt|message)\b|\byou are now\b|\bnew instructions?\b|\binstructions?\s*:",
    r"\b(?:as an?|you are an?) (?:ai|assistant|language model)\b|<\|?(?:im_start|system|assistant)",
    r"\b(?:the|your|this) (?:assistant|model|prompt|ai|chatbot|llm)\b|\b(?:assistant|system|developer|user)\s*:",
    r"\b(?:append|insert|add|include)\b.{0,30}\b(?:link|url)\b",
    r"\bin (?:your|the) (?:reply|answer|e-?mail|message|draft|output)\b",
    r"\b(?:your|the) (?:answer|output|draft|reply) (?:must|should)\b|\b(?:respond|reply|answer) (?:only )?(?:with|by)\b",
    r"(?:^|[.;:!?\n]\s*)(?:please\s+)?(?:say|mention|claim|pretend|print|repeat|swear)\b",
    r"\b(?:tell|inform|assure) (?:them|him|her|everyone|the (?:reader|recipient))\b",
    r"\b(?:say|state|write|mention|claim|pretend|repeat|print|reveal|output|quote|use) (?:that|exactly|verbatim)\b",
    r"\b(?:say|state|write|repeat|print|output|quote|use) (?:the (?:words?|following)|this|after me)\b",
    r"\b(?:ignorier\w*|vergiss|missachte)\b.{0,40}\b(?:anweisung|vorgabe|regel|bisherig|vorherig)\w*",
    r"\b(?:schreib\w*|erwähn\w*|behaupt\w*|antwort\w*) (?:bitte )?(?:dass|genau|nur|unbedingt|folgend\w*)\b",
    r"\bignorier\w* (?:das|dies\w*|alles|bitte)\b|\bantworte(?:n sie)? (?:bitte |nur )?mit\b",
    r"\b(?:ignor(?:e[zr]?|a|en?)|oubli(?:e[zr]?)|olvida|omite)\b.{0,40}\b(?:consigne|instruction|règle)",
    r"\b(?:ignora|olvida|omite)\b.{0,40}\b(?:instrucciones|reglas|anterior\w*)",
    r"\b(?:écri(?:s|vez)|di(?:s|tes)|mentionne[zr]?|escrib[ae]|di|menciona) (?:que|exactement|exactamente)\b",
)
_ORDER = regex.compile("|".join(_ORDERS), regex.IGNORECASE | regex.DOTALL)
_REACHABLE = regex.compile(
    r"://|\bwww\.|@\w|\[\.\]|\+?\d[\d\s().-]{7,}\d|\b[\w-]+\.[a-z]{2,}/\S", regex.IGNORECASE
)


def clean(text: str, limit: int, *, lines: bool = False) -> str:
    """Text without markup, controls, bidi marks, zero-width and tag characters, of at most `limit` characters.

    One line, unless `lines`: then paragraphs stay, at most one blank line apart. A cut ends in "…".
    """
    if not lines and _PLAIN.fullmatch(text):
        return _cut(" ".join(text[: limit * 8 + 200].split()), limit)
    text = unicodedata.normalize("NFC", _TAG.sub(" ", text[: limit * 8 + 200]))
    text = _JOINER.sub(_KEPT, _BREAK.sub("\n", text.replace(_KEPT, "")))
    text = _INVISIBLE.sub(lambda found: "\u200d" if found.group() == _KEPT else "", text)
    text = _SPACES.sub(" ", _STACKED.sub(r"\1", text))
    text = _BLANKS.sub("\n\n", text).replace(" \n", "\n") if lines else text.replace("\n", " ")
    text = text.strip() if lines else " ".join(text.split())
    return _cut(text, limit)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: max(0, limit - 1)].rstrip() + "…"


def is_unfilled(text: str) -> bool:
    """True for merge fields that nobody filled, such as {{ name }}, [Company], %FNAME%."""
    return bool(_UNFILLED.search(text) or unfilled.placeholders(text))


def is_nothing(value: str) -> bool:
    """True when a cell means that nobody knows: empty, "N/A", "None", a lone dash, a merge field."""
    return not value.strip() or value.strip().casefold() in _NOTHING or is_unfilled(value)


def is_order(text: str) -> bool:
    """True when data reads like an instruction to a model. A hint only: never the last line of defence."""
    return bool(_ORDER.search(text))


def is_reachable(text: str) -> bool:
    """True when text holds a link, a mail address or a phone number: nothing a sentence should repeat."""
    return bool(_REACHABLE.search(text))


def contains_any(text: str, words: Iterable[str]) -> bool:
    """True when one of `words` stands in the text as a whole word or phrase, whatever its case."""
    folded = text.casefold()
    return any(
        regex.search(rf"(?<!\w){regex.escape(word.casefold())}(?!\w)", folded)
        for word in words
        if word.strip()
    )
