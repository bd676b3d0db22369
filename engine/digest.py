"""The digest of a day and the summary of a week: which should exist by now, and the loop that counts them and draws
their picture. Sends nothing.
"""

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
WEEK_LOOK_BACK = timedelta(days=3)
"""A summary of a week as long."""
LEASE = timedelta(seconds=120)
BATCH = 5


async def ask(ctx: Context, who: Who, *, week: bool = False) -> int:
    """An extra digest where the person spoke: yesterday and today so far, or last week. The others still come once.

    Returns its id. Raises Refused when there is no channel to post it in.
    """
    now = ctx.now()
    async with ctx.db.begin() as conn:
        policy = await policies.of(conn, who.workspace_id)
        channel = who.channel or await _channel(conn, who.workspace_id, policy, now)
        if not channel:
            raise Refused("Ask for the digest in a channel, or choose a digest channel in the settings.")
        today = timing.local_date(now, policy.zone)
        start, end = day_of(today - timedelta(days=1), policy.zone)[0], now
        if week:
            start, end = week_of(today - timedelta(days=7), policy.zone)
        key = f"asked:{who.user_id}:{now.isoformat(timespec='microseconds')}"[:64]
        digest_id = await _add(
            conn, who.workspace_id, key, channel, start, end, policy.zone, now, who.user_id
        )
        if digest_id is None:
            raise Refused("That digest is being counted already; its card follows here.")
        await cards.want(conn, who.workspace_id, "digest", digest_id, channel)
    return digest_id


async def daily(conn: AsyncConnection, workspace: Workspace, *, now: datetime) -> int | None:
    """Insert the daily digest that should exist by now, with its card; its id when it is new.

    It exists from `digest_at` local time on, covers the local day before, and is looked back for 20 hours. A
    workspace that is younger than that day's end has none.
    """
    policy = policies.read(workspace.settings)
    today = timing.local_date(now, policy.zone)
    for day in (today, today - timedelta(days=1)):
        at = timing.slot_on(day, policy.digest_at, policy.zone)
        if at <= now < at + LOOK_BACK:
            covered = day_of(day - timedelta(days=1), policy.zone)
            channel = await _channel(conn, workspace.id, policy, at)
            digest_id = await _due(
                conn, workspace, f"digest:{day.isoformat()}", channel, covered, policy, now
            )
            if digest_id is not None:
                await cards.want(conn, workspace.id, "digest", digest_id, channel)
            return digest_id
    return None


async def weekly(conn: AsyncConnection, workspace: Workspace, *, now: datetime) -> int | None:
    """Insert the weekly summary that should exist by now; its id when it is new.

    It covers the week from Monday to Sunday before, exists from `digest_at` local time of the day `weekly_on` on, and is
    looked back for three days. Its key names the week: another day in the settings brings no week twice. Its card is
    posted when it is counted, so that its picture stands right below it and not below the daily one.
    """
    policy = policies.read(workspace.settings)
    if policy.weekly_on == policies.NEVER:
        return None
    today = timing.local_date(now, policy.zone)
    this = today - timedelta(days=today.weekday())
    for monday in (this, this - timedelta(days=7)):
        day = monday + timedelta(days=policies.WEEKDAYS.index(policy.weekly_on))
        at = timing.slot_on(day, policy.digest_at, policy.zone)
        if at <= now < at + WEEK_LOOK_BACK:
            first = monday - timedelta(days=7)
            covered = week_of(first, policy.zone)
            channel = await _channel(conn, workspace.id, policy, at)
            return await _due(conn, workspace, f"week:{first.isoformat()}", channel, covered, policy, now)
    return None


async def claim(ctx: Context) -> list[Digest]:
    """Digests that are not counted yet."""
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        return await digests.lease(
            conn, me=ctx.me, machine_now=machine_now, until=machine_now + LEASE, limit=BATCH
        )


async def work(ctx: Context, claimed: Sequence[Digest]) -> None:
    """Count, draw and store; the picture stands below the digest."""
    for row in claimed:
        async with ctx.db.read() as conn:
            figures = await counting.count(conn, row)
        picture = await asyncio.to_thread(charts.png, figures.days, is_week=figures.is_week)
        async with ctx.db.begin() as conn:
            if not await digests.record(conn, row.id, me=ctx.me, figures=figures.as_json(), chart=picture):
                continue
            await cards.want(conn, row.workspace_id, "digest", row.id, row.channel)
            await cards.want(conn, row.workspace_id, "chart", row.id, row.channel)


def day_of(day: date, zone: str) -> tuple[datetime, datetime]:
    """[start, end) of a local calendar day in UTC: 23, 24 or 25 hours."""
    return timing.slot_on(day, time(), zone), timing.slot_on(day + timedelta(days=1), time(), zone)


def week_of(day: date, zone: str) -> tuple[datetime, datetime]:
    """[start, end) in UTC of the local week, Monday to Sunday, in which the day is."""
    monday = day - timedelta(days=day.weekday())
    return day_of(monday, zone)[0], day_of(monday + timedelta(days=6), zone)[1]


async def _due(
    conn: AsyncConnection,
    workspace: Workspace,
    key: str,
    channel: str,
    covered: tuple[datetime, datetime],
    policy: Policy,
    now: datetime,
) -> int | None:
    """One that comes by itself, for a time in which the workspace was there, where there is a channel for it."""
    start, end = covered
    if not channel or workspace.created_at >= end:
        return None
    return await _add(conn, workspace.id, key, channel, start, end, policy.zone, now, None)


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
    return await digests.add(conn, values)
