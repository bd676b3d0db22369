"""Which country a text names, as a code. Never guesses from a city, a language or a number."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from babel.core import get_global

from engine.rules import data


def code(text: str) -> str:
    """ISO 3166 alpha-2 of a code or of a name in English, German, French or Spanish; empty when unknown."""
    return _names().get(text.strip().casefold(), "")


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    codes = {str(key) for key in Locale("en").territories}
    codes = {key for key in codes if len(key) == 2 and key.isalpha() and key != "ZZ"}
    names = {
        old.casefold(): new[0] for old, new in get_global("territory_aliases").items() if new[0] in codes
    }
    for language in ("es", "fr", "de", "en"):
        spelled = Locale(language).territories.items()
        names |= {str(name).casefold(): str(key) for key, name in spelled if key in codes}
    listed = (line.split(maxsplit=1) for line in data.lines("countries"))
    return names | {key.casefold(): key for key in codes} | {name.casefold(): key for key, name in listed}
