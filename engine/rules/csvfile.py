"""Reads lists of people from CSV exports of common CRMs, row by row, and says why a line adds nobody.

Recognises columns and tames cells; whether an address is usable is decided by engine.rules.addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from engine.errors import Refused
from engine.rules import countries, csvcolumns, csvlines
from engine.rules.csvlines import BadLine

MAX_FIELD = 500  # characters of a name, company, address …: a longer one is no name
MAX_FACT = 2_000
_NO = frozenset(
    ("", "0", "0.0", "false", "falsch", "faux", "falso", "no", "n", "f", "nein", "non", "none", "null", "off")
)
_OPTED_OUT = re.compile(r"unsub|bounce|opt(ed)?[\s-]*out|do not|complain|spam", re.IGNORECASE)
_TRUSTED = frozenset({"verified", "valid", "likely", "likely to engage"})
_FOOTER = re.compile(
    r"grand totals?\b|totals?\b|copyright|©|\(c\)|confidential|generated (by|on)|report\b", re.IGNORECASE
)
_MANGLED_PHONE = re.compile(r"'.*|=.*|#.*|[\d.,]+[eE][+-]?\d+")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
_NUMBER = re.compile(r"[+-]?\d[\d.,\s]*%?")
_FORMULA_SIGNS = "=+-@\t\r "


@dataclass(frozen=True, slots=True)
class Row:
    """One person as the file has them, fields named like a contact's; addresses are not checked yet.

    `line` is the physical line the record starts on. `country` is an ISO code or empty. `notes` say what was
    changed or left out, one clause each. `guessed` addresses never go automatically; `opted_out` people are suppressed,
    and those of `no_calls` with their numbers. `prefers` and `never_by` are channels as the file calls them.
    """

    line: int
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    whatsapp: str = ""
    linkedin_url: str = ""
    x_handle: str = ""
    instagram: str = ""
    messenger_id: str = ""
    company: str = ""
    title: str = ""
    country: str = ""
    locale: str = ""
    zone: str = ""
    guessed: bool = False
    opted_out: bool = False
    no_calls: bool = False
    facts: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    consent: str = ""
    consent_on: str = ""
    prefers: str = ""
    never_by: str = ""


class _BadRow(Exception):
    """This row adds nobody; the message says why."""


def read(stream: BinaryIO) -> Iterator[Row | BadLine]:
    """Every line of the file as a Row or a BadLine, in constant memory. `stream` is read once, from where it stands.

    Raises Refused at once for a file that is empty, binary or without a column that reaches anybody, and at the end
    for one without rows.
    """
    records = csvlines.Records(stream)
    delimiter, columns = csvcolumns.find(records)
    return _rows(records, delimiter, columns)


def _rows(
    records: csvlines.Records, delimiter: str, columns: tuple[csvcolumns.Column, ...]
) -> Iterator[Row | BadLine]:
    empty = True
    for record in records.records(delimiter, len(columns)):
        if isinstance(record, BadLine):
            empty = False
            yield record
            continue
        line, cells = record
        try:
            row: Row | BadLine | None = _row(line, cells, columns)
        except _BadRow as problem:
            row = records.reject(str(problem))
        if row is not None:
            empty = False
            yield row
    if empty:
        raise Refused("The file has column names but no rows; add at least one person below them.")


def _row(line: int, cells: list[str], columns: tuple[csvcolumns.Column, ...]) -> Row | None:
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        raise _BadRow(f"has {len(cells)} cells for {len(columns)} columns")
    if len(cells) - cells.count("") <= 2 and _is_footer(cells):
        raise _BadRow("is a footer of the report")
    values: dict[str, str] = {}
    facts: dict[str, str] = {}
    notes: list[str] = []
    flags: set[str] = set()
    for column, cell in zip(columns, cells, strict=False):
        if column.kind == "flag":
            flags.add(_flag(column.field, cell.strip().casefold()))
        elif cell and column.kind != "skip" and (text := _tamed(cell, column, notes)):
            (facts if column.kind == "fact" else values).setdefault(column.field, text)
    if not any(name in values for name in csvcolumns.REACHABLE):
        if not any(cell.strip() for cell in cells):
            return None
        raise _BadRow("; ".join(["has no address that reaches this person", *notes]))
    return _person(line, values, facts, notes, flags)


def _flag(name: str, value: str) -> str:
    """What a yes-or-no column says. In doubt it says the careful thing: opted out, guessed."""
    if name == "email_status":
        return "" if value in _TRUSTED else "guessed"
    if name == "opt_status":
        return "opted_out" if _OPTED_OUT.search(value) else ""
    says_yes = value not in _NO
    says = {"opt_out": "opted_out", "no_calls": "no_calls", "guessed": "guessed"}
    return says[name] if says_yes else ""


def _is_footer(cells: list[str]) -> bool:
    filled = next((cell for cell in cells if cell), "")
    return "@" not in filled and bool(_FOOTER.match(filled.strip()))


def _tamed(cell: str, column: csvcolumns.Column, notes: list[str]) -> str:
    """The cell without what could do harm: control and bidirectional characters, formula signs, excess length."""
    text = cell.strip()
    if not (text.isascii() and text.isprintable()):
        text = _HIDDEN.sub("", text).strip()
    if column.kind == "fact":
        return _fact(text, column, notes)
    if len(text) > MAX_FIELD:
        raise _BadRow(f"has {len(text):,} characters in {column.label}; at most {MAX_FIELD} are taken")
    if column.kind == "words":
        return _without_formula(" ".join(text.split()), column, notes)
    if column.field in {"phone", "mobile", "whatsapp"} and _MANGLED_PHONE.fullmatch(text):
        notes.append(f"{column.label} was changed by a spreadsheet and is left out")
        return ""
    if column.field == "messenger_id" and not re.fullmatch(r"[\w.-]{1,64}", text):
        notes.append(f"{column.label} is no Messenger id and is left out")
        return ""
    return text.partition(" ::: ")[0]  # Google joins several values of one kind


def _fact(text: str, column: csvcolumns.Column, notes: list[str]) -> str:
    if len(text) > MAX_FACT:
        notes.append(f"{column.label} has {len(text):,} characters and is left out")
        return ""
    return _without_formula(text, column, notes)


def _without_formula(text: str, column: csvcolumns.Column, notes: list[str]) -> str:
    if not text or text[0] not in _FORMULA_SIGNS or _NUMBER.fullmatch(text):
        return text
    notes.append(f"{column.label} began like a formula; the sign was removed")
    return text.lstrip(_FORMULA_SIGNS)


def _split_name(name: str) -> tuple[str, str]:
    last, comma, first = name.partition(",")
    if comma:
        return first.strip(), last.strip()
    first, _, last = name.partition(" ")
    return first, last


def _person(
    line: int, values: dict[str, str], facts: dict[str, str], notes: list[str], flags: set[str]
) -> Row:
    phone, mobile, country = values.pop("phone", ""), values.pop("mobile", ""), values.pop("country", "")
    first, last = _split_name(values.pop("full_name", ""))
    if "first_name" not in values and "last_name" not in values:
        values |= {"first_name": first, "last_name": last}
    agreed, where = values.pop("consent", ""), values.pop("consent_source", "")
    if agreed.casefold() in _NO:
        values.pop("consent_on", "")
    else:
        values["consent"] = where or agreed
    code = countries.code(country)
    for name, spare in (("mobile", mobile if phone else ""), ("country", "" if code else country)):
        if spare:
            facts.setdefault(name, spare)
    return Row(
        line=line,
        phone=phone or mobile,
        country=code,
        guessed="guessed" in flags,
        opted_out=not flags.isdisjoint({"opted_out", "no_calls"}),
        no_calls="no_calls" in flags,
        facts=facts,
        notes=tuple(notes),
        **values,
    )
