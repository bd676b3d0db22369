"""One of our workers as benchmarks.queues starts it: the real delivery lane, nothing on the wire.

`python -m benchmarks.lanes ADDRESS MS` says "ready", waits for a line, and prints when it began, when the last record
was written, and from when to when it waited because it found nothing to claim.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import timedelta

import uvloop
from sqlalchemy import func, select

from benchmarks import peers
from benchmarks.deliver import context
from bot.worker import POLL
from engine.channels import Envelope, Limits, Receipt
from engine.context import Context
from engine.deliver import Lane
from storage.tables import messages

STUCK = 30.0
"""Seconds without a claim after which something must be wrong."""


class Waiting:
    """Takes everything after a while; as many at once as the peers."""

    name = "email"
    provider = "none"
    limits = Limits(concurrency=peers.AT_ONCE)
    idempotent_for = timedelta()

    def __init__(self, milliseconds: int) -> None:
        self._seconds = milliseconds / 1000

    async def send(self, envelope: Envelope) -> Receipt:
        if self._seconds:
            await asyncio.sleep(self._seconds)
        return Receipt(envelope.key)

    async def close(self) -> None: ...


async def main(url: str, milliseconds: int) -> None:
    ctx, lane = context(url), Lane(Waiting(milliseconds))
    await _left(ctx)  # connects
    await asyncio.to_thread(peers.wait_for_go)
    began = ended = time.monotonic()
    idle: list[float] = []
    while True:
        turned = time.monotonic()
        if await lane.turn(ctx):
            ended = time.monotonic()
        elif await _left(ctx):
            assert turned - ended < STUCK, "what is left is held back and will not be sent"
            await ctx.db.idle(POLL)
            idle += (turned, time.monotonic())
        else:
            break
    await ctx.db.close()
    print(began, ended, *idle)


async def _left(ctx: Context) -> int:
    async with ctx.db.read() as conn:
        waiting = messages.c.state.in_(("scheduled", "sending"))
        return int(await conn.scalar(select(func.count()).where(waiting)) or 0)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
