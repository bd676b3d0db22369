"""Which language a draft is written in (product C6). It only chooses; it never looks anything up."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

import regex
from babel import Locale, UnknownLocaleError

from engine.writing import cleaning

LAST = "en"
_SPELLED = {
    "english": "en", "german": "de", "french": "fr", "spanish": "es",
    "deutsch": "de", "français": "fr", "español": "es",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """The language to write in. `note` tells people when a wanted one has no templates, else it is empty."""

    locale: str
    note: str = ""


def choose(wanted: Iterable[str], available: Collection[str]) -> Choice:
    """The first of `wanted` that is available; empty ones are skipped, English is the last resort.

    `wanted` in the order contact, campaign, brand, workspace, as language tags or English names.
    """
    missing: list[str] = []
    for code in (code for tag in wanted if (code := language(tag))):
        if code in available:
            return Choice(code, _note(missing, code))
        missing.append(code)
    return Choice(LAST, _note(missing, LAST))


@lru_cache(maxsize=256)
def language(tag: str) -> str:
    """The language of a tag such as "de-AT" or "German", in lower case; "" for an empty one."""
    code = regex.split(r"[-_.]", cleaning.clean(tag, 20).casefold())[0].strip()
    return _SPELLED.get(code, code)


def name(code: str) -> str:
    """A language's English name, or the code in quotes."""
    try:
        return Locale.parse(code).get_display_name("en") or f"“{code}”"
    except (ValueError, UnknownLocaleError):
        return f"“{code}”"


def _note(missing: list[str], written: str) -> str:
    return f"No {name(missing[0])} templates; written in {name(written)}." if missing else ""
