"""A channel for tests that keeps what it was given and fails the way it is told to, messages for it, and its lanes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import seeding
from seeding import Clock
from sqlalchemy import select

from engine.channels import Channel, Envelope, Limits, Receipt
from engine.context import Context
from engine.deliver import Lane, lookup
from storage.tables import messages


class Wire:
    name = "email"
    provider = "wire"
    limits = Limits(concurrency=50)
    idempotent_for = timedelta()

    def __init__(self, error: Exception | None = None) -> None:
        self.sent: list[Envelope] = []
        self.error = error

    async def send(self, envelope: Envelope) -> Receipt:
        await asyncio.sleep(0)
        self.sent.append(envelope)
        if self.error is not None:
            raise self.error
        return Receipt(f"<{envelope.key}>")

    async def close(self) -> None: ...


async def seeded(ctx: Context, count: int, workspace: str = "T1", **values: Any) -> list[int]:
    """A campaign, so many people, and an approved touch to each that is due, but for what `values` say."""
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, workspace, ctx.now())
        found = await seeding.people(conn, workspace, count, ctx.now())
        return await seeding.touches(conn, workspace, campaign, found, ctx.now(), **values)


async def row_of(ctx: Context, id_: int) -> Any:
    async with ctx.db.read() as conn:
        return (await conn.execute(select(messages).where(messages.c.id == id_))).one()


async def deliver(ctx: Context, wire: Wire, lanes: int = 1) -> None:
    """Run `lanes` workers until none has anything to do."""

    async def until_idle(n: int) -> None:
        lane, mine = Lane(wire), replace(ctx, me=f"worker-{n}")
        while await lane.turn(mine):
            pass

    await asyncio.gather(*(until_idle(n) for n in range(lanes)))


async def pass_time(ctx: Context, clock: Clock, channel: Channel, minutes: int) -> None:
    """Deliver what is due and look up what is in doubt, minute by minute."""
    lane = Lane(channel)
    for _ in range(minutes):
        while await lane.turn(ctx):
            pass
        while claimed := await lookup.claim(ctx):
            await lookup.work(ctx, claimed)
        clock.forward(minutes=1)
