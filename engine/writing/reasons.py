"""What a person's reason for rejecting a draft asks of the next one, as far as rules can tell. It changes no words."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from engine.writing import cleaning

_LANGUAGES = {
    "en": "english|englisch|anglais|inglés",
    "fr": "french|français|französisch|francés",
    "de": "german|deutsch|allemand|alemán",
    "es": "spanish|español|spanisch|espagnol",
    "it": "italian|italiano|italienisch",
    "nl": "dutch|nederlands",
    "pt": "portuguese|português",
    "pl": "polish|polski",
    "sv": "swedish|svenska",
    "da": "danish|dansk",
    "nb": "norwegian|norsk",
    "fi": "finnish|suomi",
    "ja": "japanese",
    "zh": "chinese",
}
"""Names by which people call a language. Some have no templates: the draft says so."""
_BEFORE = r"in|into|auf|en|to|reads?|speaks?|writes?|understands?|prefers?|wants?|use|spricht|liest|parle|lit|habla|lee"
_AFTER = r"please|version|speakers?|speaking|only|instead|bitte|por favor|s[’']il"
_NOT = r"\b(?:not|no|never|n[’']t|nicht|kein|pas|instead of|rather than|statt)(?:\s+\w+)?\s+$"
_WANTED = {
    code: regex.compile(
        rf"\b(?:{_BEFORE})\s+(?:(?:it|this|good|better|only)\s+)?(?P<at>{names})\b"
        rf"|(?P<at>\b(?:{names}))[\s,]+(?:{_AFTER})\b|^\W*(?P<at>{names})\W*$",
        regex.IGNORECASE,
    )
    for code, names in _LANGUAGES.items()
}
_DENIED = regex.compile(_NOT, regex.IGNORECASE)
_SHORT = regex.compile(
    r"\b(?:short(?:er|en)?|too long|brief(?:er)?|lengthy|wordy|half as|half the (?:length|words)|halve|cut it|trim|concise"
    r"|kürzer|zu lang|plus court|trop long|más corto|demasiado largo)\b",
    regex.IGNORECASE,
)


def language(reasons: Sequence[str], usual: str) -> str:
    """The language that the newest reason names for the words, or ""; none where it names several.

    `usual` is the code of the language they are in without a reason: “this is English, she reads French” asks for French.
    """
    for reason in reversed(reasons):
        named = _named(reason)
        if found := named - {usual} or named:
            return found.pop() if len(found) == 1 else ""
    return ""


def is_short(reasons: Sequence[str]) -> bool:
    """Whether one of the reasons asks for fewer words."""
    return any(_SHORT.search(cleaning.clean(reason, cleaning.TEXT)) for reason in reasons)


def _named(reason: str) -> set[str]:
    text = cleaning.clean(reason, cleaning.TEXT)
    return {
        code for code, wanted in _WANTED.items() for hit in wanted.finditer(text) if not _denied(text, hit)
    }


def _denied(text: str, hit: regex.Match[str]) -> bool:
    """“not in French” and “instead of English” ask for nothing."""
    return _DENIED.search(text[: hit.start("at")]) is not None
