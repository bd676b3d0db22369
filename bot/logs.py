"""How processes log: one JSON line per event on standard error, without secrets and without people's data."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|xoxe[\w.-]+|https://hooks\.slack\.com/\S+|://[^/\s:@]+:[^/\s@]+@"
)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")


def configure(level: str, *, pretty: bool = False) -> None:
    """Set up structlog and quieten libraries that print payloads. `pretty` for a person at a terminal."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    logging.basicConfig(stream=sys.stderr, level=max(number, logging.WARNING), format="%(name)s: %(message)s")
    for name in ("slack_bolt", "slack_sdk", "apscheduler", "httpx", "aiosqlite"):
        logging.getLogger(name).setLevel(logging.ERROR)
    renderer = structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _clean,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _clean(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last thing before a line is written: nothing that looks like a secret or an address stays."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _ADDRESS.sub("<address>", _SECRET.sub("<secret>", value))
    return event
