"""The loops: what time does. Each turn claims due rows, acts and records; the rest is waiting."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import structlog

from engine import (
    approve,
    deliver,
    digest,
    draft,
    imports,
    pictures,
    plan,
    pulls,
    rehearse,
    retain,
    runs,
    schedule,
    scores,
    silence,
    tasks,
)
from engine.context import Context
from engine.deliver import lookup, missed, recover
from engine.many import apply, count
from engine.plan import accounts, calendar_days, sequence, settle
from storage import troubles

log = structlog.get_logger(__name__)

T = TypeVar("T")
Turn = Callable[[Context], Awaitable[bool]]
POLL = 1.0
LONGEST_PAUSE = 30.0
"""Seconds a loop that keeps failing waits at most: so soon it goes on once the database is back."""
FINISH = 20.0
"""Seconds that work in flight gets after SIGTERM before it is cut off."""


def leased(
    claim: Callable[[Context], Awaitable[Sequence[T]]], work: Callable[[Context, Sequence[T]], Awaitable[Any]]
) -> Turn:
    """A turn of a loop that leases rows in one transaction and works on them outside it."""

    async def turn(ctx: Context) -> bool:
        claimed = await claim(ctx)
        if claimed:
            await work(ctx, claimed)
        return bool(claimed)

    return turn


LOOPS: tuple[tuple[str, Turn], ...] = (
    ("plan", leased(plan.claim, plan.work)),
    ("calendar", leased(calendar_days.claim, calendar_days.work)),
    ("settle", settle.turn),
    ("draft", leased(draft.claim, draft.work)),
    ("count", count.turn),
    ("approve many", apply.turn),
    ("expire", approve.expire),
    ("schedule", schedule.turn),
    ("tasks", tasks.turn),
    ("recover", recover.turn),
    ("missed", missed.turn),
    ("look up", leased(lookup.claim, lookup.work)),
    ("advance", sequence.turn),
    ("accounts", accounts.turn),
    ("silence", silence.turn),
    ("pull", leased(pulls.claim, pulls.work)),
    ("digest", leased(digest.claim, digest.work)),
    ("retain", leased(retain.claim, retain.work)),
    ("run", runs.turn),
    ("score", scores.turn),
)


TURNS = tuple(turn for name, turn in LOOPS if name not in rehearse.LEFT_OUT)
"""The loops that move outreach on: what a rehearsal plays."""


class Worker:
    """Every loop of one process: the engine's, one delivery lane per channel, and the reconciler if there is Slack."""

    def __init__(self, ctx: Context, *, fetch: imports.Fetch, extra: Sequence[tuple[str, Turn]] = ()) -> None:
        """`fetch` reads a file that was shared in Slack; `extra` are loops that need Slack."""
        self._ctx = ctx
        intake = leased(imports.claim, partial(imports.work, fetch=fetch))
        images = leased(pictures.claim, partial(pictures.work, fetch=fetch))
        self._lanes = [deliver.Lane(channel) for channel in ctx.channels.values()]
        play = partial(rehearse.turn, turns=TURNS)
        lanes = [(f"deliver {lane.channel.name}", lane.turn) for lane in self._lanes]
        given = [("import", intake), ("pictures", images)]
        self._loops: list[tuple[str, Turn]] = [*given, *LOOPS, *lanes, ("rehearse", play), *extra]
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Until `stop` is called; then what is in flight is finished and recorded, and nothing more is claimed."""
        tasks = [asyncio.create_task(self._loop(name, turn), name=name) for name, turn in self._loops]
        await self._stopping.wait()
        for lane in self._lanes:
            lane.stop()
        self._ctx.db.wake()
        _, late = await asyncio.wait(tasks, timeout=FINISH)
        for task in late:
            log.warning("cut_off", loop=task.get_name())
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for lane in self._lanes:
            await self._flush(lane)

    async def _flush(self, lane: deliver.Lane) -> None:
        """One lane that cannot write down what it sent keeps no other from it."""
        try:
            await lane.flush(self._ctx)
        except Exception as error:
            cause = troubles.cause(error)
            log.error(
                "flush_failed",
                loop=f"deliver {lane.channel.name}",
                database=cause,
                exc_info=None if cause else error,
            )

    def stop(self) -> None:
        self._stopping.set()

    async def drain(self) -> None:
        """Run all loops in turn, unpaced, until one after the other had nothing to do."""
        idle = 0
        for _, turn in itertools.cycle(self._loops):
            idle += 1
            while await turn(self._ctx):
                idle = 1
            if idle == len(self._loops):
                return

    async def _loop(self, name: str, turn: Turn) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                moved = await turn(self._ctx)
            except Exception as error:
                failures += 1
                _failed(name, failures, error)
                await self._pause(pause_after(failures))
                continue
            if failures:
                log.info("loop_resumed", loop=name, after=failures)
            failures = 0
            if moved:
                self._ctx.db.wake()
                await asyncio.sleep(0)
            else:
                await self._ctx.db.idle(POLL)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


def pause_after(failures: int) -> float:
    """Seconds, doubling up to LONGEST_PAUSE; spread out, so that the loops of all workers do not come back at once."""
    return min(LONGEST_PAUSE, 0.5 * 2.0 ** min(failures, 10)) * random.uniform(0.5, 1.0)  # noqa: S311


def _failed(name: str, times: int, error: Exception) -> None:
    """One line. What passes by itself needs no way through the code."""
    cause = troubles.cause(error)
    if cause:
        log.warning("loop_waits", loop=name, times=times, database=cause)
    elif isinstance(error, OSError):
        log.warning("loop_failed", loop=name, times=times, kind=type(error).__name__)
    else:
        log.error("loop_failed", loop=name, times=times, exc_info=error)
