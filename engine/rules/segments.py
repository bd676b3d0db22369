"""A text message as it leaves: the line that is added to the approved words, and how many parts the whole is. Pure.

Alphabets and part lengths: 3GPP TS 23.038 and 23.040.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from storage.model import Brand, channels

LIMIT = 1600
"""Twilio's maximum, the added line included; counted in UTF-16 units, which are never fewer than characters."""
TARGET = 200
"""A text should have fewer characters than this (C5)."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_STOP = {
    "en": "Reply STOP to opt out.",
    "de": "Antworten Sie STOP, um sich abzumelden.",
    "fr": "Répondez STOP pour ne plus en recevoir.",
    "es": "Responda STOP para darse de baja.",
}
_LETTERS = r"[^\W_]"


class Alphabet(StrEnum):
    GSM = "GSM-7"
    UCS = "UCS-2"


_ROOM = {Alphabet.GSM: (160, 153), Alphabet.UCS: (70, 67)}


@dataclass(frozen=True, slots=True)
class Size:
    """`units` are septets or UTF-16 units; `parts` is what the carrier bills; `free` units are left in the last part."""

    alphabet: Alphabet
    units: int
    parts: int
    free: int


def size(text: str) -> Size:
    """The parts that `text` is sent in. A character of two units is never split between parts."""
    alphabet = Alphabet.UCS if widening(text) else Alphabet.GSM
    alone, joined = _ROOM[alphabet]
    widths = [_width(character, alphabet) for character in text]
    units = sum(widths)
    if units <= alone:
        return Size(alphabet, units, 1 if units else 0, alone - units)
    parts, used = 1, 0
    for width in widths:
        if used + width > joined:
            parts, used = parts + 1, 0
        used += width
    return Size(alphabet, units, parts, joined - used)


def widening(text: str) -> tuple[str, ...]:
    """The characters, each once and in order, that turn parts of 160 into parts of 70."""
    return tuple(dict.fromkeys(c for c in text if c not in _BASIC and c not in _EXTENDED))


def length(text: str) -> int:
    """In UTF-16 units, as LIMIT counts."""
    return sum(_width(character, Alphabet.UCS) for character in text)


def below(channel: str, text: str, brand: Brand, locale: str) -> str:
    """The line that code adds below a text on this channel, in the language of the text; empty where it adds none."""
    return appended(text, brand, locale) if channels.known(channel).signed else ""


def appended(text: str, brand: Brand, locale: str = "") -> str:
    """What code adds below `text`: who writes, and how to make it stop; nothing of it that the words say already.

    On every text and not only on the first: CASL wants both in each message, and the law that asks for more is kept.
    """
    name = " ".join(brand.name.split())
    stop = _STOP.get((locale or brand.language)[:2].lower(), _STOP["en"])
    said = [] if not name or _says(text, name) else [name if name[-1] in ".!?" else f"{name}."]
    told = any(sentence.removesuffix(".").casefold() in text.casefold() for sentence in _STOP.values())
    return " ".join(said if told else [*said, stop])


def whole(text: str, line: str) -> str:
    """The words as they are, and below them `line`, which `appended` gave."""
    return f"{text}\n{line}" if line else text


def _says(text: str, name: str) -> bool:
    """As words of its own: "Ace" is not said by "Palace"."""
    pattern = rf"(?<!{_LETTERS}){re.escape(name)}(?!{_LETTERS})"
    return re.search(pattern, " ".join(text.split()), re.IGNORECASE) is not None


def _width(character: str, alphabet: Alphabet) -> int:
    if alphabet is Alphabet.GSM:
        return 2 if character in _EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1
