"""Pulls what networks count about posts, one hour, a day and a week after each went out. Sends nothing.

The latest counts are kept; what a network does not tell stays unknown. A strong topic has tomorrow's drafts go on with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

import structlog

from engine import signals
from engine.channels.counts import Counts
from engine.channels.per_feed import PerFeed
from engine.context import Context
from engine.errors import ChannelError, Transient
from engine.rules import signals as rules
from storage import facts, marks, measurements, messages
from storage.facts import Situation
from storage.measurements import Measurement

log = structlog.get_logger(__name__)

AFTER = (timedelta(hours=1), timedelta(hours=24), timedelta(days=7))
LEASE = timedelta(seconds=120)
BATCH, AT_ONCE = 40, 8
AGAIN = timedelta(minutes=15)
LIMIT = 25.0
"""Seconds one pull may take: a batch of them stays under half the lease."""


async def claim(ctx: Context) -> list[Measurement]:
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        return await measurements.lease(
            conn, me=ctx.me, now=ctx.now(), machine_now=machine_now, until=machine_now + LEASE, limit=BATCH
        )


async def work(ctx: Context, claimed: Sequence[Measurement]) -> None:
    """Ask outside any transaction, record each in its own."""
    async with ctx.db.read() as conn:
        rows = [await messages.locate(conn, found.message_id) for found in claimed]
        known = [row for row in rows if row is not None]
        cases = {case.message.id: case for case in await facts.gather(conn, known)} if known else {}
    free = asyncio.Semaphore(AT_ONCE)

    async def one(found: Measurement) -> None:
        async with free:
            counts, again = await _ask(ctx, cases[found.message_id])
        await _record(ctx, found, cases[found.message_id], counts, again)

    await asyncio.gather(*(one(found) for found in claimed if found.message_id in cases))


def following(sent_at: datetime, now: datetime) -> tuple[int, datetime | None]:
    """How many pulls are behind a post at `now`, and when the next one is due; None after the last."""
    behind = sum(sent_at + after <= now for after in AFTER)
    return behind, sent_at + AFTER[behind] if behind < len(AFTER) else None


async def _ask(ctx: Context, case: Situation) -> tuple[Counts | None, bool]:
    """The counts, None where the network tells none; and whether it may be asked again soon."""
    channel, feed = ctx.channels.get(case.message.channel), case.feed
    if not isinstance(channel, PerFeed) or feed is None:
        return None, False
    try:
        async with asyncio.timeout(LIMIT):
            return await channel.count(str(feed.id), feed.address, case.message.provider_id), False
    except (ChannelError, TimeoutError) as error:
        log.info("counts_unknown", message_id=case.message.id, kind=type(error).__name__)
        return None, isinstance(error, Transient | TimeoutError)


async def _record(
    ctx: Context, found: Measurement, case: Situation, counts: Counts | None, again: bool
) -> None:
    now = ctx.now()
    pulls, due_at = following(case.message.sent_at or now, now)
    if again and found.pulls < pulls:
        soon = now + AGAIN
        pulls, due_at = found.pulls, min(soon, due_at) if due_at else _last_chance(case, soon)
    told = {name: value for name, value in asdict(counts).items() if value is not None} if counts else {}
    async with ctx.db.begin() as conn:
        await measurements.write(conn, found, told, pulls=pulls, due_at=due_at, at=now if told else None)
        if not told:
            return
        await marks.stale(conn, "message", [case.message.id])
        if rules.share((told.get("engagements", 0), told.get("impressions", 0))) and case.feed:
            await signals.renew(ctx, conn, case.brand, actor="pull", feed_id=case.feed.id)


def _last_chance(case: Situation, soon: datetime) -> datetime | None:
    """After the last pull a network that is busy is asked for one more day."""
    sent = case.message.sent_at
    return soon if sent is not None and soon < sent + AFTER[-1] + timedelta(days=1) else None
