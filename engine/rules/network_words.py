"""What people call the networks that posts go to: "twitter" is X, "fb" is Facebook. Pure; whether a brand has a page
there is decided elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from engine.errors import Refused
from engine.rules import channel_words, data
from storage.model import channels

_EVERY = ("all", "every", "each", "any")


def read(text: str, *, field: str | None = "network") -> str:
    """The network that is meant. Raises Refused, beside `field`, for what is none to a person."""
    name = text.strip().lower()
    found = name if name in channels.feeds() else _names().get(_folded(name), "")
    if not found:
        known = channel_words.listed(channels.feeds())
        raise Refused(f"There is no network called “{text.strip()[:40]}”. There are {known}.", field=field)
    return found


def read_all(names: Iterable[str], *, field: str | None = "networks") -> tuple[str, ...]:
    """The networks that are meant, each once; empty for "all" as for none. Raises Refused for what is none."""
    parts = [part for name in names for part in channel_words.parts(name)]
    if any(_folded(part) in _EVERY for part in parts):
        return ()
    return tuple(dict.fromkeys(read(part, field=field) for part in parts))


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    rows = (line.partition(":") for line in data.lines("network_words"))
    return {_folded(word): name for name, _, words in rows for word in words.split(",")}


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", text[:60].casefold())
