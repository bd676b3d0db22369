"""One of our workers as benchmarks.growth starts it: sends what is due until nothing is, and says what each turn took.

`python -m benchmarks.draining ADDRESS TIMES` steps the clock TIMES times and prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time

import uvloop

from benchmarks import processes
from benchmarks.backlog import LATER
from benchmarks.deliver import NOW, Nothing, context
from engine.channels import Envelope, Receipt
from engine.context import Context
from engine.deliver import Lane

EMPTY_TURNS = 30


class Counting(Nothing):
    """Knows how much it was given."""

    sent = 0

    async def send(self, envelope: Envelope) -> Receipt:
        self.sent += 1
        return await super().send(envelope)


async def main(url: str, times: int) -> None:
    passed = [0]
    ctx = context(url, lambda: NOW + passed[0] * LATER)
    channel = Counting()
    lane, turns, empty = Lane(channel), [], []
    for passed[0] in range(times):
        while (took := await _turn(ctx, lane))[1]:
            turns.append((took[0], processes.resident()))
    for _ in range(EMPTY_TURNS):
        empty.append((await _turn(ctx, lane))[0])
    await ctx.db.close()
    print(json.dumps({"sent": channel.sent, "turns": turns, "empty": empty, "peak": processes.peak_so_far()}))


async def _turn(ctx: Context, lane: Lane) -> tuple[float, bool]:
    """Milliseconds, and whether there was anything to do."""
    began = time.perf_counter()
    moved = await lane.turn(ctx)
    return (time.perf_counter() - began) * 1000, moved


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
