"""A claim takes what leaves at once or within a quarter of a second: a dead process leaves all it claimed in doubt."""

from __future__ import annotations

import asyncio

import seeding
from wires import Wire

from engine import deliver
from engine.channels import Envelope, Limits, Receipt
from engine.context import Context


class Timed(Wire):
    """Takes `seconds` for each message, on four connections, and notes how many were claimed together."""

    limits = Limits(concurrency=4)

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    async def send(self, envelope: Envelope) -> Receipt:
        await asyncio.sleep(self.seconds)
        return await super().send(envelope)


async def claims(ctx: Context, wire: Wire, count: int) -> list[int]:
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", ctx.now())
        found = await seeding.people(conn, "T1", count, ctx.now())
        await seeding.touches(conn, "T1", campaign, found, ctx.now())
    lane, sizes = deliver.Lane(wire), []
    while len(wire.sent) < count:
        before = len(wire.sent)
        await lane.turn(ctx)
        sizes.append(len(wire.sent) - before)
    return sizes


async def test_a_slow_provider_is_given_what_its_connections_carry(ctx: Context) -> None:
    assert await claims(ctx, Timed(0.3), 12) == [4, 4, 4]


async def test_a_fast_provider_is_given_more_but_never_more_than_a_batch(ctx: Context) -> None:
    sizes = await claims(ctx, Timed(0), 400)
    assert sizes[0] == 4
    assert sizes[1] > 4
    assert max(sizes) <= deliver.BATCH
