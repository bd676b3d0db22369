"""Messages whose sender has a daily cap, and a channel that counts what left: for the tests of caps."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

import seeding
import wires
from sqlalchemy import select, update

from engine import errors, schedule
from engine.channels import Envelope, Receipt
from engine.context import Context
from engine.rules import timing
from storage.lifecycle import State
from storage.tables import messages as rows
from storage.tables import senders

WARMING = {"cap": 20, "warm_from": 5, "warm_by": 5}


class Wire(wires.Wire):
    """Fails as often as it was told to."""

    def __init__(self, failures: int = 0) -> None:
        super().__init__()
        self.failures = failures

    async def send(self, envelope: Envelope) -> Receipt:
        if self.failures:
            self.failures -= 1
            raise errors.Transient("greylisted")
        return await super().send(envelope)


async def deliver(ctx: Context, wire: Wire, lanes: int = 2) -> int:
    """How many left while `lanes` workers did all there was to do."""
    before = len(wire.sent)
    await wires.deliver(ctx, wire, lanes)
    return len(wire.sent) - before


async def scheduled(ctx: Context, workers: int = 1) -> None:
    async def until_idle(n: int) -> None:
        while await schedule.turn(replace(ctx, me=f"worker-{n}")):
            pass

    await asyncio.gather(*(until_idle(n) for n in range(workers)))


async def seeded(ctx: Context, count: int, limits: dict[str, Any], **values: Any) -> tuple[int, list[int]]:
    """A campaign with `count` messages, by default approved ones, whose sender has these limits."""
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", ctx.now())
        await conn.execute(update(senders).values(**limits))
        found = await seeding.people(conn, "T1", count, ctx.now())
        given = {"state": State.APPROVED, "slot_at": None, "approved_at": ctx.now(), **values}
        return campaign, await seeding.touches(conn, "T1", campaign, found, ctx.now(), **given)


async def every(ctx: Context) -> list[Any]:
    async with ctx.db.read() as conn:
        return list((await conn.execute(select(rows).order_by(rows.c.id))).all())


async def by_day(ctx: Context, zone: str = "UTC") -> dict[int, int]:
    """Day of the month → how many are scheduled for it."""
    found = [row for row in await every(ctx) if row.state == State.SCHEDULED]
    return dict(sorted(Counter(timing.local_date(row.due_at, zone).day for row in found).items()))


async def only_sender(ctx: Context) -> Any:
    async with ctx.db.read() as conn:
        return (await conn.execute(select(senders))).one()
