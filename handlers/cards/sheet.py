"""A table as a CSV file, in which no cell is run by a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from handlers import blocks, words
from handlers.cards.picture import File, Picture
from storage.sheets import Sheet

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
NOT_AVAILABLE = "not available"


def render(view: Sheet) -> Picture:
    title = blocks.cut(" ".join(view.title.split()), 100) or "Numbers"
    told = f"{words.count(len(view.rows), 'row')}: {', '.join(map(str, view.head))}."
    alt = f"{title}, a table of {' '.join(told.split())}"[:1_000]
    name = "".join(c for c in view.name if c.isascii() and (c.isalnum() or c == "-"))[:60] or "numbers"
    return Picture(
        blocks.line(f"{title}, as a table.", 300),
        file=File(f"{name}.csv", written(view.head, view.rows), title, alt),
    )


def written(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """CSV that begins with a mark of its encoding, so that every spreadsheet reads it."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow([_cell(value) for value in head])
    for row in rows:
        sheet.writerow([_cell(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    """A spreadsheet runs what begins like a formula: such a cell begins with an apostrophe instead."""
    text = NOT_AVAILABLE if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
