"""Turns the bytes of a hostile CSV file into records of text, in constant memory.

Knows encodings, line ends and quotes; knows nothing of columns. A line that cannot be read costs that line only.
"""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from engine.errors import Refused

CHUNK = 65_536
MAX_LINE = 131_072  # bytes of a physical line, and what the csv module takes as one cell
MAX_LINES = 100  # physical lines of one record, so that an open quote cannot swallow the file
MAX_REWINDS = 1_000  # bounds the work a file full of open quotes can cause
_NOT_CSV = "This does not look like a CSV file; export the list as CSV and try again."
_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that adds nobody. `line` is the physical line its record starts on, `reason` a clause for people."""

    line: int
    reason: str


class _Unreadable(Exception):
    """This record cannot be read; the message says why."""


class Records:
    """Physical lines one by one for the header, then whole records. Raises Refused when it is no text at all."""

    def __init__(self, stream: BinaryIO) -> None:
        self._source = _physical_lines(_chunks(stream))
        self._replay: deque[bytes | None] = deque()
        self._taken: list[bytes | None] = []
        self._start = 0
        self._rewinds = 0
        self.number = 0

    def __iter__(self) -> Records:
        return self

    def __next__(self) -> str:
        line = self._replay.popleft() if self._replay else next(self._source)
        self.number += 1
        self._taken.append(line)
        if line is None:
            raise _Unreadable(f"is longer than {MAX_LINE // 1024} KB")
        if b"\0" in line:
            raise _Unreadable("holds binary data")
        if len(self._taken) > MAX_LINES:
            raise _Unreadable("has a quotation mark that is not closed")
        return _decoded(line)

    def header_line(self) -> str | None:
        """The next physical line while columns are looked for; unreadable ones are empty, None at the end."""
        self._begin()
        try:
            return next(self)
        except StopIteration:
            return None
        except _Unreadable:
            return ""

    def records(self, delimiter: str, columns: int) -> Iterator[tuple[int, list[str]] | BadLine]:
        """(line, cells) of every record from here on, blank ones left out."""
        reader = csv.reader(self, delimiter=delimiter)
        while True:
            self._begin()
            try:
                cells = next(reader)
                self._check_quotes(delimiter, columns)
            except StopIteration:
                return
            except _Unreadable as problem:
                yield self.reject(str(problem))
                continue
            except csv.Error as problem:
                yield self.reject(
                    "holds a cell that is too long" if "limit" in str(problem) else "is not CSV"
                )
                continue
            if any(cells):
                yield self._start, cells

    def reject(self, reason: str) -> BadLine:
        """Gives up the record just read. If it spans lines, reading resumes at its second: a quote may be open."""
        bad = BadLine(self._start, reason)
        if len(self._taken) > 1:
            if self._rewinds < MAX_REWINDS:
                self._rewinds += 1
                self._replay.extendleft(reversed(self._taken[1:]))
                self.number = self._start
            else:
                bad = BadLine(self._start, f"{reason}; lines {self._start} to {self.number} were left out")
        return bad

    def _begin(self) -> None:
        self._start = self.number + 1
        self._taken.clear()

    def _check_quotes(self, delimiter: str, columns: int) -> None:
        """A record over several lines is suspect when a whole row with an address hides inside, or at the end open."""
        if len(self._taken) < 2:
            return
        lines = [line or b"" for line in self._taken]
        mark = delimiter.encode()
        swallowed = any(line.count(mark) >= columns - 1 and b"@" in line for line in lines[1:-1])
        if swallowed or (sum(line.count(b'"') for line in lines) % 2 and self._at_end()):
            raise _Unreadable("has a quotation mark that is not closed")

    def _at_end(self) -> bool:
        if self._replay:
            return False
        following = next(self._source, b"")
        if following == b"":
            return True
        self._replay.append(following)
        return False


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The file as ASCII-compatible bytes, byte order mark removed. UTF-16 becomes UTF-8 on the way."""
    head = stream.read(CHUNK)
    wide = _WIDE.get(head[:2])
    if wide is None:
        _refuse_binary(head)
        head = head.removeprefix(codecs.BOM_UTF8)
        old_mac = b"\r" in head and b"\n" not in head
        while head:
            yield head.replace(b"\r", b"\n") if old_mac else head
            head = stream.read(CHUNK)
        return
    decoder = codecs.getincrementaldecoder(wide)("replace")
    head = head[2:]
    while head:
        yield decoder.decode(head).encode("utf-8", "replace")
        head = stream.read(CHUNK)


def _refuse_binary(head: bytes) -> None:
    """Text holds hardly a control character; packed or drawn bytes hold one in ten, UTF-16 without a mark one in two."""
    odd = sum(head.count(bytes([code])) for code in (*range(9), *range(14, 32)))
    if odd * 20 > len(head) or head.startswith((b"PK\x03\x04", b"%PDF-", b"\xd0\xcf\x11\xe0")):
        raise Refused(_NOT_CSV)


def _physical_lines(chunks: Iterator[bytes]) -> Iterator[bytes | None]:
    """Lines with their end; None for one that is too long, whose bytes are dropped as they come."""
    tail, dropping = b"", False
    for chunk in chunks:
        *whole, tail = (tail + chunk).split(b"\n")
        for line in whole:
            yield None if dropping or len(line) > MAX_LINE else line + b"\n"
            dropping = False
        if len(tail) > MAX_LINE:
            tail, dropping = b"", True
    if dropping or len(tail) > MAX_LINE:
        yield None
    elif tail:
        yield tail


def _decoded(line: bytes) -> str:
    """UTF-8, else Windows-1252: line by line, so that one odd line late in a file spoils no other."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")
