"""How dates, numbers, lists, places and punctuation are written in a language. It changes no word of a fact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import regex
from babel import Locale, dates, lists, numbers

from engine.rules import countries
from engine.writing import facts, wording

_DAY = regex.compile(r"^(\d{4})-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d.{0,20})?$")
_COUNT = regex.compile(r"\d{1,3}(?:[,.]\d{3})+(?!\d)|\d+")
_YEAR = regex.compile(r"^(?:19|20)\d\d$")
_DETAIL = regex.compile(r"^(.*) \((.*)\)$", regex.DOTALL)
_ITEM = regex.compile(r"\s*[,;|]\s*|\s+/\s+")
# French sets a narrow space before these signs and inside its quotes; a plain one would break the line there.
_FRENCH = regex.compile(r"(?<=\S) (?=[?!;»])|(?<=«) ")
_FRENCH_COLON = regex.compile(r"(?<=[^\W\d]|») (?=: ?)")
_THOUSANDS = regex.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_NARROW, _FIXED = "\u202f", "\u00a0"
# Letters outside the seven-bit alphabet make a text message more than twice as dear; these have an equal.
_PLAIN = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "’": "'", "–": "-", "…": "..."})
_QUOTED = regex.compile(r"« ?(.*?) ?»")
_DATIVE = {
    "CH": "der Schweiz", "TR": "der Türkei", "SK": "der Slowakei", "UA": "der Ukraine",
    "NL": "den Niederlanden", "US": "den USA", "AE": "den Emiraten", "PH": "den Philippinen",
    "GB": "Großbritannien", "IR": "Iran", "CZ": "Tschechien",
}  # fmt: skip
_FRENCH_MALE = ("MX", "KH", "MZ", "ZW", "BZ")


def known(found: facts.Known, locale: str) -> facts.Known:
    """The same facts as they are written in this language."""
    parts = {part: _part(part, value, locale) for part, value in found.parts.items()}
    return replace(found, parts=parts, details=tuple(_detail(one, locale) for one in found.details))


def listed(items: Iterable[str], locale: str) -> str:
    """ "a, b and c", in the language."""
    told = list(items)
    return wording.listed(told) if locale == "en" and told else lists.format_list(told, locale=locale)


def day(text: str, locale: str) -> str:
    """An ISO date spelled out ("5. März 2024"); any other text unchanged."""
    found = _DAY.match(text)
    try:
        return dates.format_date(date(*map(int, found.groups())), "long", locale) if found else text
    except ValueError:
        return text


def is_day(text: str) -> bool:
    return bool(_DAY.match(text))


def count(text: str, locale: str) -> str:
    """The numbers in a head count, grouped as the language does: "1,500-2,000" → "1.500-2.000"."""
    return _COUNT.sub(lambda one: _grouped(one.group(), locale), text)


def place(text: str, locale: str) -> str:
    """A city or a country with its preposition: "in the United States", "in der Schweiz", "au Portugal"."""
    code = _code(text)
    if locale == "en":
        return f"in {wording.place(text)}"
    if locale == "de":
        return f"in {_DATIVE.get(code, text)}"
    return _in_french(text, code) if locale == "fr" else f"en {text}"


def typeset(text: str, locale: str) -> str:
    """French gets its fixed spaces; other languages are set as they are written."""
    if locale != "fr":
        return text
    narrow = _THOUSANDS.sub(_NARROW, _FRENCH.sub(_NARROW, text))
    return _FRENCH_COLON.sub(_FIXED, narrow)


def plain(text: str) -> str:
    """The same words in signs that a text message carries at the usual price, where there is an equal."""
    return _QUOTED.sub(r'"\1"', text).translate(_PLAIN)


def _part(part: str, value: str, locale: str) -> str:
    if part == "employees":
        return count(value, locale)
    if part in ("ordered", "since"):
        return day(value, locale)
    if part == "city" and locale != "en":
        return _territory(value, locale)
    if part == "tech" and locale != "en":
        return listed([one for one in _ITEM.split(value) if one], locale)
    return value


def _code(text: str) -> str:
    return countries.code(text) if len(text) > 3 else ""


def _territory(text: str, locale: str) -> str:
    code = _code(text)
    return str(Locale.parse(locale).territories.get(code, text)) if code else text


def _detail(text: str, locale: str) -> str:
    found = _DETAIL.match(text)
    if found is None:
        return text
    label, value = found.groups()
    bare = regex.fullmatch(r"\d{1,3}(?:,\d{3})+|\d{5,15}", value)
    return f"{label} ({_grouped(value, locale) if bare else day(value, locale)})"


def _grouped(text: str, locale: str) -> str:
    digits = regex.sub(r"[,.]", "", text)
    if len(digits) > 15 or _YEAR.match(text) or (len(digits) > 1 and digits[0] == "0"):
        return text
    return str(numbers.format_decimal(int(digits), locale=locale))


def _in_french(name: str, code: str) -> str:
    if name.startswith(("Le ", "Les ")):
        return f"au{'x' if name[2] == 's' else ''} {name.split(' ', 1)[1]}"
    if not code:
        return f"à {name}"
    if name in ("États-Unis", "Pays-Bas", "Philippines", "Émirats arabes unis"):
        return f"aux {name}"
    female = name[0] in "AÀEÉIÎO" or (name[-1] == "e" and code not in _FRENCH_MALE)
    return f"{'en' if female else 'au'} {name}"
