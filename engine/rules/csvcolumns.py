"""Finds the line of column names in a CSV file and what each column is to us. Never looks at a person's row."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache

from engine.errors import Refused
from engine.rules import csvlines, data

MAX_FACTS = 40  # unknown columns kept; names are cut to the same length
_PREAMBLE = 30  # lines that may stand before the column names

REACHABLE = ("email", "phone", "mobile", "whatsapp", "linkedin_url", "x_handle", "instagram", "messenger_id")
_WORDS = (
    *("first_name", "last_name", "full_name", "company", "title", "country", "locale", "zone"),
    *("consent", "consent_on", "consent_source", "prefers", "never_by"),
)
_FACTS = (
    *("city", "state", "postal_code", "website", "company_linkedin_url", "industry", "employees"),
    *("lead_status", "lead_source", "owner", "external_id", "created", "connected"),
)
_FLAGS = ("opt_out", "no_calls", "opt_status", "guessed", "email_status")


@dataclass(frozen=True, slots=True)
class Column:
    field: str
    kind: str  # "reach", "words", "fact", "flag" or "skip"
    label: str


def find(records: csvlines.Records) -> tuple[str, tuple[Column, ...]]:
    """The delimiter and the columns; `records` then stands at the first row.

    Skips what some exports put first ("Notes:", "sep=;"). Raises Refused, naming what was found, without a column
    that reaches anybody.
    """
    first: list[str] = []
    for _ in range(_PREAMBLE):
        line = records.header_line()
        if line is None:
            break
        splits = [(mark, _split(line, mark)) for mark in (",", ";", "\t")]
        mark, labels = max(splits, key=lambda split: (_known(split[1]), len(split[1])))
        columns = _columns(labels)
        # A row of people may hold a lone "x": below the first line one known name is not enough.
        if any(column.kind == "reach" for column in columns) and (not any(first) or _known(labels) >= 2):
            return mark, columns
        if _known(labels) > _known(first) or not any(first):
            first = labels
    raise Refused(_no_columns(first))


def _no_columns(labels: list[str]) -> str:
    named = [label.strip()[:40] for label in labels if label.strip()]
    if not named:
        return "The file is empty; the first line must hold column names such as Email."
    more = " …" if len(named) > 12 else ""
    return (
        f"No column reaches anybody; name one Email, Phone or LinkedIn. Found: {', '.join(named[:12])}{more}."
    )


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _known(labels: list[str]) -> int:
    return sum(_folded(label) in _aliases() for label in labels)


def _columns(labels: list[str]) -> tuple[Column, ...]:
    is_linkedin_export = any(_folded(label) == "connectedon" for label in labels)
    columns: list[Column] = []
    for label in labels:
        name = _aliases().get(_folded(label), "")
        if is_linkedin_export and _folded(label) == "url":
            name = "linkedin_url"
        columns.append(_column(name, label.strip(), sum(column.kind == "fact" for column in columns)))
    return tuple(columns)


def _column(name: str, label: str, facts: int) -> Column:
    for kind, names in (("reach", REACHABLE), ("words", _WORDS), ("fact", _FACTS), ("flag", _FLAGS)):
        if name in names:
            return Column(name, kind, label[:MAX_FACTS])
    own = re.sub(r"\W+", "_", label.lower()).strip("_")[:MAX_FACTS]
    return Column(own, "fact" if own and facts < MAX_FACTS else "skip", label[:MAX_FACTS])


@lru_cache(maxsize=1)
def _aliases() -> dict[str, str]:
    rows = (line.partition(":") for line in data.lines("csv_headers"))
    return {_folded(alias): name for name, _, aliases in rows for alias in aliases.split(",")}


def _folded(label: str) -> str:
    return re.sub(r"[\W_]+", "", label[:100].casefold())
