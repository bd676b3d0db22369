"""Where a person answered before: what the ladder gives way to once there is enough of it (F3). Pure.

Opens and clicks are no answers, whoever made them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from storage.histories import Past
from storage.model import ReplyClass

LEAST = 2
"""Messages that they must have answered on a channel before it can come first."""
ANSWERS = (
    ReplyClass.INTERESTED, ReplyClass.QUESTION, ReplyClass.NOT_NOW, ReplyClass.REFERRAL, ReplyClass.NEUTRAL
)  # fmt: skip
"""What counts as one: a no, an opt-out, an unclear and an automatic answer speak for no channel."""
_NOTHING = Past(0, 0)


def better(meant: str, free: Sequence[str], past: Mapping[str, Past]) -> str:
    """The channel to take instead of `meant`, the ladder's; empty when the ladder stands.

    `free` are the channels that may be used, in the ladder's order. One comes first with at least LEAST answers, more
    of them than on `meant`, and in a larger share of what was sent there.
    """
    known = past.get(meant, _NOTHING)
    ahead = [name for name in free if name != meant and _beats(past.get(name, _NOTHING), known)]
    return max(ahead, key=lambda name: (past[name].answered, past[name].share), default="")


def told(channel: str, meant: str, past: Mapping[str, Past], named: Callable[[str], str]) -> str:
    """The numbers that it rests on; `named` is what a channel is called within a sentence."""
    won, known = past[channel], past.get(meant, _NOTHING)
    other = (
        f"{known.answered} of {known.sent} by {named(meant)}" if known.sent else f"none by {named(meant)} yet"
    )
    return f"they answered {won.answered} of {won.sent} by {named(channel)}, {other}"


def _beats(one: Past, known: Past) -> bool:
    return one.answered >= LEAST and one.answered > known.answered and one.share > known.share
