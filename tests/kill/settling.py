"""Waiting for the end: until everything has left, or anything else is so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ledger import Ledger

from storage.lifecycle import State

SETTLED = 120.0
"""Seconds in which what must come comes, on a busy machine."""


async def everything_has_left(ledger: Ledger) -> None:
    left = {State.SCHEDULED, State.SENDING}
    await until(ledger.states, lambda states: not left & set(states), "messages are still to be sent")


async def until(ask: Callable[[], Awaitable[Any]], good: Callable[[Any], bool], what: str) -> None:
    found: Any = None
    try:
        async with asyncio.timeout(SETTLED):
            while not good(found := await ask()):
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"{what}: {found}") from None
