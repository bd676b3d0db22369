"""A process of ours as benchmarks.operations starts it: does each operation many times and says what each took.

`python -m benchmarks.operating ADDRESS CAMPAIGNS` prints one line of JSON. No network but the database's.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import uvloop
from sqlalchemy import select

from benchmarks import campaigning, processes
from benchmarks.deliver import NOW, Nothing, context
from bot.processes import tune
from engine import approve, campaigns, charts, counting
from engine.context import Context, Who
from engine.deliver import Lane
from engine.plan import settle
from handlers.actions import Ref
from handlers.outreach import LISTED
from storage import views
from storage.digests import Digest
from storage.tables import messages

SAMPLES = 200
PICTURE = "digest, its picture"
"""Drawn by the digest's loop when all is counted: nobody and no other operation waits for it."""
LONGEST = 5.0
"""Seconds after which an operation is not done again: what is too slow is measured fewer times."""
OLIVIA = Who("T1", "U1OLIVIA", channel="C1GROWTH", is_admin=True)

Operation = Callable[[int], Awaitable[object]]


class Desk:
    """The operations. The n-th call of each takes the n-th campaign or draft, again from the first after the last."""

    def __init__(self, ctx: Context, lane: Lane, campaign_ids: list[int], drafts: list[int]) -> None:
        self._ctx, self._lane, self._campaigns, self._drafts = ctx, lane, campaign_ids, drafts

    def all(self) -> dict[str, tuple[Operation, int]]:
        """By name, with how often it can be done. What takes drafts away comes after what looks at them."""
        some = len(self._drafts) // 2
        return {
            "list": (self.list, SAMPLES),
            "status": (self.status, SAMPLES),
            "campaign card": (self.card, SAMPLES),
            "draft card": (self.draft, SAMPLES),
            "Home": (self.home, SAMPLES),
            "digest, counted": (self.digest, SAMPLES),
            "approve": (self.approve, min(SAMPLES, some)),
            "reject": (self.reject, min(SAMPLES, some)),
            "claim and record": (self.claim, campaigning.MINUTES),
            "pause": (self.pause, min(SAMPLES, len(self._campaigns))),
            "settle after pause": (self.settle, min(SAMPLES, len(self._campaigns))),
            "resume": (self.resume, min(SAMPLES, len(self._campaigns))),
            "settle after resume": (self.settle, min(SAMPLES, len(self._campaigns))),
        }

    async def list(self, n: int) -> object:
        return await campaigns.newest(self._ctx, OLIVIA, LISTED)

    async def status(self, n: int) -> object:
        found = await campaigns.named(self._ctx, OLIVIA, f"spring {n % len(self._campaigns)}")
        return await campaigns.show(self._ctx, OLIVIA, found.id)

    async def card(self, n: int) -> object:
        return await self._view("campaign", self._campaigns[n % len(self._campaigns)])

    async def draft(self, n: int) -> object:
        return await self._view("message", self._drafts[n % len(self._drafts)])

    async def _view(self, kind: str, id_: int) -> object:
        async with self._ctx.db.read() as conn:
            return await views.load(conn, "T1", kind, id_)

    async def home(self, n: int) -> object:
        async with self._ctx.db.read() as conn:
            return await views.home(conn, "T1")

    async def digest(self, n: int) -> object:
        """Of the day on which as many messages left as there are people."""
        start = NOW.replace(hour=0) - timedelta(days=3)
        row = Digest(1, "T1", "k", "C1GROWTH", start, start + timedelta(days=1), "UTC", None, NOW)
        async with self._ctx.db.read() as conn:
            return await counting.count(conn, row)

    async def picture(self, n: int) -> object:
        """As the loop draws it: in a thread, so that what else is asked meanwhile is answered."""
        days = [charts.Day(NOW.date() - timedelta(days=back), 100, 40, 5) for back in reversed(range(7))]
        return await asyncio.to_thread(charts.png, days)

    async def approve(self, n: int) -> object:
        return await approve.approve(self._ctx, OLIVIA, Ref(self._drafts[2 * n], 1))

    async def reject(self, n: int) -> object:
        return await approve.reject(self._ctx, OLIVIA, Ref(self._drafts[2 * n + 1], 1), "Too long.")

    async def claim(self, n: int) -> object:
        """The clock steps to the next minute, in which a fiftieth becomes due."""
        _clock[0] = n
        return await self._lane.turn(self._ctx)

    async def pause(self, n: int) -> object:
        return await campaigns.pause(self._ctx, OLIVIA, self._campaigns[n])

    async def resume(self, n: int) -> object:
        return await campaigns.resume(self._ctx, OLIVIA, self._campaigns[n])

    async def settle(self, n: int) -> object:
        return await settle.turn(self._ctx)


_clock = [0]


async def main(url: str, count: int) -> None:
    ctx = context(url, lambda: NOW + timedelta(minutes=_clock[0]))
    desk = Desk(ctx, Lane(Nothing()), *await _known(ctx))
    found: dict[str, Any] = {}
    tune()
    for name, (operation, times) in desk.all().items():
        found[name] = await _timed(operation, times)
    peak = processes.peak_so_far()  # the picture's program is as large beside any number of campaigns
    found[PICTURE] = await _timed(desk.picture, 20)
    await ctx.db.close()
    print(json.dumps({"times": found, "peak": peak}))


async def _timed(operation: Operation, times: int) -> list[float]:
    """Milliseconds of each call."""
    taken: list[float] = []
    until = time.perf_counter() + LONGEST
    for n in range(times):
        began = time.perf_counter()
        await operation(n)
        taken.append((time.perf_counter() - began) * 1000)
        if time.perf_counter() > until:
            break
    return taken


async def _known(ctx: Context) -> tuple[list[int], list[int]]:
    async with ctx.db.read() as conn:
        drafts = await conn.scalars(
            select(messages.c.id).where(messages.c.state == "drafted").order_by(messages.c.id)
        )
        ids = list(drafts)
    every = await campaigns.every(ctx, OLIVIA)
    return sorted(campaign.id for campaign in every), ids


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
