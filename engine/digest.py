"""The digest: which should exist by now, and the loop that counts them and draws their picture. Sends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import charts, counting
from engine import policy as policies
from engine.context import Context, Who
from engine.errors import Refused
from engine.policy import Policy
from engine.rules import timing
from storage import cards, digests
from storage.digests import Digest
from storage.model import Workspace

LOOK_BACK = timedelta(hours=20)
"""A daily digest that could not be posted in time is still worth reading this long."""
LEASE = timedelta(seconds=120)
BATCH = 5


async def ask(ctx: Context, who: Who) -> int:
    """An extra digest where the person spoke: yesterday and today so far. The daily one still comes once.

    Returns its id. Raises Refused when there is no channel to post it in.
    """
    now = ctx.now()
    async with ctx.db.begin() as conn:
        policy = await policies.of(conn, who.workspace_id)
        channel = who.channel or await _channel(conn, who.workspace_id, policy, now)
        if not channel:
            raise Refused("Ask for the digest in a channel, or choose a digest channel in the settings.")
        start = timing.slot_on(timing.local_date(now, policy.zone) - timedelta(days=1), time(), policy.zone)
        key = f"asked:{who.user_id}:{now.isoformat(timespec='microseconds')}"[:64]
        digest_id = await _add(
            conn, who.workspace_id, key, channel, start, now, policy.zone, now, who.user_id
        )
    if digest_id is None:
        raise Refused("That digest is being counted already; its card follows here.")
    return digest_id


async def daily(conn: AsyncConnection, workspace: Workspace, *, now: datetime) -> int | None:
    """Insert the daily digest that should exist by now, with its card; its id when it is new.

    It exists from `digest_at` local time on, covers the local day before, and is looked back for 20 hours. A
    workspace that is younger than that day's end has none.
    """
    policy = policies.read(workspace.settings)
    for day in _days(now, policy):
        at = timing.slot_on(day, policy.digest_at, policy.zone)
        start, end = day_of(day - timedelta(days=1), policy.zone)
        if not at <= now < at + LOOK_BACK or workspace.created_at >= end:
            continue
        channel = await _channel(conn, workspace.id, policy, at)
        if channel:
            key = f"digest:{day.isoformat()}"
            return await _add(conn, workspace.id, key, channel, start, end, policy.zone, now, None)
    return None


async def claim(ctx: Context) -> list[Digest]:
    """Digests that are not counted yet."""
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        return await digests.lease(
            conn, me=ctx.me, machine_now=machine_now, until=machine_now + LEASE, limit=BATCH
        )


async def work(ctx: Context, claimed: Sequence[Digest]) -> None:
    """Count, draw and store; the picture stands in the thread of the digest."""
    for row in claimed:
        async with ctx.db.read() as conn:
            figures = await counting.count(conn, row)
        picture = await asyncio.to_thread(charts.png, figures.days)
        async with ctx.db.begin() as conn:
            if not await digests.record(conn, row.id, me=ctx.me, figures=figures.as_json(), chart=picture):
                continue
            await cards.want(conn, row.workspace_id, "digest", row.id, row.channel)
            await cards.want(conn, row.workspace_id, "chart", row.id, row.channel)


def day_of(day: date, zone: str) -> tuple[datetime, datetime]:
    """[start, end) of a local calendar day in UTC: 23, 24 or 25 hours."""
    return timing.slot_on(day, time(), zone), timing.slot_on(day + timedelta(days=1), time(), zone)


def _days(now: datetime, policy: Policy) -> tuple[date, date]:
    today = timing.local_date(now, policy.zone)
    return today, today - timedelta(days=1)


async def _channel(conn: AsyncConnection, workspace_id: str, policy: Policy, at: datetime) -> str:
    """The chosen channel, else that of the campaign that was the newest at `at`: fixed for a day."""
    return policy.digest_channel or await digests.channel_of_newest_campaign(conn, workspace_id, at)


async def _add(
    conn: AsyncConnection,
    workspace_id: str,
    key: str,
    channel: str,
    start: datetime,
    end: datetime,
    zone: str,
    now: datetime,
    asked_by: str | None,
) -> int | None:
    values = {
        "workspace_id": workspace_id, "key": key, "channel": channel, "starts_at": start, "ends_at": end,
        "zone": zone, "asked_by": asked_by, "created_at": now,
    }  # fmt: skip
    digest_id = await digests.add(conn, values)
    if digest_id is not None:
        await cards.want(conn, workspace_id, "digest", digest_id, channel)
    return digest_id
