"""How processes log: one JSON line per event on standard error, without secrets and without people's data.

A fault is told by its kind and the lines of code it passed. Its message is left out wherever it may repeat a value.
"""

from __future__ import annotations

import logging
import re
import sqlite3
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import psycopg
import structlog

_SECRET = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|xoxe[\w.-]+|https://hooks\.slack\.com/\S+|://[^/\s:@]+:[^/\s@]+@"
)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")


def configure(level: str, *, pretty: bool = False) -> None:
    """Set up structlog and quieten libraries that print payloads. `pretty` for a person at a terminal."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Plain("%(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING))
    for name in ("slack_bolt", "slack_sdk", "httpx", "aiosqlite"):
        logging.getLogger(name).setLevel(logging.ERROR)
    renderer = structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(told),
            _clean,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # whatever stderr is by then
    )


class Plain(logging.Formatter):
    """What libraries say, in the same restraint. asyncio repeats whole tasks and their results: its headline is enough."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        line = super().formatMessage(record)
        return _cleaned(line.splitlines()[0] if record.name == "asyncio" and line else line)

    def formatException(self, ei: Any) -> str:
        return told(ei)


def told(exc_info: Any) -> str:
    """The chain of faults, the first one first, each with its way through the code and with `_words`."""
    parts: list[str] = []
    error, seen = exc_info[1], set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        parts.append(_one(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nwhich led to\n".join(reversed(parts))


def _one(error: BaseException) -> str:
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    own = "".join(traceback.format_tb(error.__traceback__)) + _words(error)
    return "\nand\n".join([*(told((None, each, None)) for each in inner), own])


def _words(error: BaseException) -> str:
    """The kind, and of the message only what cannot hold a value: names of code, of constraints, of columns."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    if isinstance(error, psycopg.Error):
        diag = error.diag
        said = " ".join(
            filter(None, (error.sqlstate, diag.table_name, diag.column_name, diag.constraint_name))
        )
    elif isinstance(error, _OF_NAMES):
        said = (str(error).splitlines() or [""])[0]
    elif isinstance(error, OSError):
        said = f"errno {error.errno}" if error.errno else ""
    else:
        said = ""
    return _cleaned(f"{kind}: {said}" if said else kind)


_OF_NAMES = (
    AssertionError, AttributeError, ImportError, NameError, NotImplementedError,
    sqlite3.IntegrityError, sqlite3.OperationalError,
)  # fmt: skip
"""Kinds whose message names code, or a table's columns."""


def _cleaned(text: str) -> str:
    return _ADDRESS.sub("<address>", _SECRET.sub("<secret>", text))


def _clean(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last thing before a line is written: nothing that looks like a secret or an address stays."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _cleaned(value)
    return event
