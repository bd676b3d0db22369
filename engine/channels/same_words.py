"""What the lists of vendors are read for: whether their words are ours, and what our own key tells of a send. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime

_UNSAID = re.compile(r"[\W_]+")
_KEY = re.compile(r"[0-9]+\.[0-9]+\.(?P<again>[0-9]{1,9})(?:-(?P<ms>[0-9a-f]{1,12}))?\Z")


def folded(text: str) -> str:
    """Letters and digits alone, without accents and case, where there are any: what vendors do not change."""
    return _UNSAID.sub("", unicodedata.normalize("NFKD", text).casefold()) or text.strip()


def earlier_copies(key: str) -> int:
    """How often a person sent it again, as the third number of the key says: as many copies may be there already."""
    found = _KEY.match(key)
    return int(found["again"]) if found else 0


def written(key: str) -> datetime | None:
    """When the message was written, as the key says; None when it does not."""
    found = _KEY.match(key)
    return datetime.fromtimestamp(int(found["ms"], 16) / 1000, UTC) if found and found["ms"] else None
