"""What a vendor's HTTP answer says, made fit for people: hostile bodies in, short plain words and waits out. Pure."""

from __future__ import annotations

import email.utils
import json
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

_QUOTE_MAX = 200
_WAIT_MAX = timedelta(days=7)


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object; empty if the body is anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def error_field(body: bytes, field: str) -> str:
    """The named text of a JSON object; empty if the body is anything else."""
    value = parsed(body).get(field)
    return value if isinstance(value, str) else ""


def quoted(text: str, *, secret: str = "") -> str:
    """One line of at most 200 characters without control, direction and invisible characters, nor `secret`.

    Slack's & < > are not escaped here: whoever draws the card does that once.
    """
    if secret:
        text = text.replace(secret, "…")
    kept = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    line = " ".join(kept.split())
    return line if len(line) <= _QUOTE_MAX else line[: _QUOTE_MAX - 1] + "…"


def retry_after(value: str, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date (RFC 9110 10.2.3), between zero and seven days; None if it is neither."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), _WAIT_MAX)
    try:
        until = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta(0)), _WAIT_MAX)
