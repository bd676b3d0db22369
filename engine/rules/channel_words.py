"""What people call the channels: "text" is SMS, "phone" is a call. Pure; whether one can be used is decided elsewhere."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

from engine.errors import Refused
from engine.rules import data
from storage.model import channels

NONE = "none"
"""Written where no channel is meant."""


def read(text: str, *, field: str | None = None) -> str:
    """The channel that is meant; "" for none. Raises Refused, beside `field`, for what is no channel to a person."""
    name = text.strip().lower()
    found = name if name in channels.to_people() else _names().get(_folded(name), "")
    if name and not found:
        known = listed(channels.to_people())
        raise Refused(f"There is no channel called “{text.strip()[:40]}”. There are {known}.", field=field)
    return "" if found == NONE else found


def read_all(names: Iterable[str], usable: Collection[str], *, field: str) -> tuple[str, ...]:
    """The channels that are meant, each once. Raises Refused for what is none, naming the `usable` ones."""
    found: dict[str, None] = {}
    for name in filter(str.strip, names):
        try:
            meant = read(name)
        except Refused:
            meant = ""
        if not meant:
            known = listed(usable) or "none is set up"
            raise Refused(
                f"There is no channel called “{name.strip()[:40]}”. Available: {known}.", field=field
            )
        found[meant] = None
    return tuple(found)


def listed(names: Iterable[str]) -> str:
    """Channels as people call them: "Call, Email, LinkedIn message"."""
    return ", ".join(sorted(channels.known(name).label for name in names))


def parts(text: str) -> list[str]:
    """The entries of a list of channels, as they are written."""
    return [part.strip() for part in re.split(r"[,;|\n]", text) if part.strip()]


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    rows = (line.partition(":") for line in data.lines("channel_words"))
    return {_folded(word): name for name, _, words in rows for word in words.split(",")}


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", text[:60].casefold())
