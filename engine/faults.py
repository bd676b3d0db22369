"""Named places on a message's way out at which the kill tests end a process.

In production no hook is installed and a place costs one comparison. No setting and no environment variable
reaches this: only tests/kill/child.py calls `install`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum


class Point(StrEnum):
    """In the order in which one message passes them; the last is on the way of those whose worker died."""

    CLAIMING = "claiming"  # moved to sending, not committed
    CLAIMED = "claimed"  # committed, nothing on the wire
    SENDING = "sending"  # this one is next on the wire
    ON_THE_WIRE = "on_the_wire"  # handed over, the answer not understood yet
    ANSWERED = "answered"  # the provider has it, nobody remembers it yet
    RECORDING = "recording"  # what happened is written, not committed
    RECORDED = "recorded"  # committed, the next batch not begun
    RECOVERING = "recovering"  # a dead worker's rows are moved on, not committed


Hook = Callable[[Point], Awaitable[None]]

_hook: Hook | None = None


async def point(name: Point) -> None:
    """Nothing, unless a test installed a hook in this process."""
    if _hook is not None:
        await _hook(name)


def install(hook: Hook) -> None:
    """For the kill tests' own child processes alone."""
    global _hook  # noqa: PLW0603
    _hook = hook
