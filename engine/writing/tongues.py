"""In which of our languages a few words are, by their function words. Pure; where it cannot tell it says nothing."""

from __future__ import annotations

from collections.abc import Iterable

import regex

# Words that only one of these languages has.
_OWN = {
    "en": "the and with of for your our that this from to without every more fewer half is are you we they",
    "de": "der das und für mit ein eine einen von zu auf bei ohne mehr weniger ihre ihrer im den dem ist nicht wir zum zur",
    "fr": "le les et pour avec une du sans moins vos votre dans nos notre aux chez",
    "es": "el los las y para con una sin más menos sus su por nuestro nuestra",
}
_LANGUAGES = {code: frozenset(words.split()) for code, words in _OWN.items()}
_WORD = regex.compile(r"\p{L}+")


def language(text: str) -> str:
    """The code of the one language whose words stand in the text; "" for none, and where several do."""
    words = set(_WORD.findall(text.casefold()))
    found = [code for code, own in _LANGUAGES.items() if words & own]
    return found[0] if len(found) == 1 else ""


def foreign(told: Iterable[str], body: str, locale: str) -> tuple[str, ...]:
    """Those of the team's own words that stand in a text of another language than theirs."""
    folded = " ".join(body.casefold().split())
    return tuple(
        text for text in dict.fromkeys(told)
        if language(text) not in ("", locale) and " ".join(text.casefold().split()).rstrip(" .!?") in folded
    )  # fmt: skip
