"""Rehearsal: what the next weeks of a campaign would bring, played by the real stages on a copy with sending off (B5).

A rehearsal is asked for here and worked out by a loop. It changes no row but its own and opens no connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from engine import policy, volume
from engine.context import Context, Who
from engine.errors import Refused
from engine.rehearse import report
from engine.rehearse.play import Progress, Turn, play
from engine.rehearse.script import Played, Script
from storage import campaigns, cards, copying, marks, rehearsals
from storage.model import CampaignStatus
from storage.rehearsals import Rehearsal

log = structlog.get_logger(__name__)

DAYS, MOST_DAYS = 60, 180
PEOPLE = 20_000
"""Contacts of all live campaigns together that a rehearsal holds in memory at most."""
LEASE = timedelta(seconds=60)
BEAT = 1.0
"""Seconds between two looks at how far it is."""
LEFT_OUT = frozenset(
    {"approve many", "calendar", "count", "digest", "look up", "missed", "pull", "recover", "retain", "run"}
)
"""Loops (bot.worker) that move no touch on, or that ask somebody outside."""


async def start(ctx: Context, who: Who, campaign_id: int, *, days: int = DAYS) -> int:
    """Leave a rehearsal; its card shows what it finds. Raises Refused for a campaign that cannot run."""
    async with ctx.db.begin() as conn:
        campaign = await campaigns.get(conn, who.workspace_id, campaign_id)
        if campaign is None:
            raise Refused("That campaign no longer exists.")
        if campaign.status in (CampaignStatus.PAUSED, CampaignStatus.CANCELLED):
            hint = " Resume it first." if campaign.status is CampaignStatus.PAUSED else ""
            raise Refused(f"“{campaign.name}” is {campaign.status}.{hint}")
        if await rehearsals.is_open(conn, who.workspace_id, campaign_id):
            raise Refused(f"“{campaign.name}” is being rehearsed already; its card follows.")
        rehearsal_id = await rehearsals.add(
            conn,
            {
                "workspace_id": who.workspace_id, "campaign_id": campaign_id, "days": days,
                "asked_by": who.user_id, "channel": who.channel, "created_at": ctx.now(),
            },
        )  # fmt: skip
        parent = ("campaign", campaign_id)
        await cards.want(conn, who.workspace_id, "rehearsal", rehearsal_id, who.channel, parent=parent)
    return rehearsal_id


async def compare(ctx: Context, who: Who, rehearsal_id: int) -> None:
    """Keep beside what was foreseen what really left up to now; the card shows both. Raises Refused."""
    now = ctx.now()
    async with ctx.db.begin() as conn:
        found = await rehearsals.get(conn, who.workspace_id, rehearsal_id)
        if found is None or found.state != "done" or found.begun_at is None:
            raise Refused("This rehearsal has nothing to compare with.")
        planned = _sent(await rehearsals.touches(conn, who.workspace_id, rehearsal_id))
        until = min(now, found.begun_at + timedelta(days=found.days))
        real = await rehearsals.left(conn, who.workspace_id, found.campaign_id, found.begun_at, until)
        compared = report.compare(planned, real, until, found.zone)
        await rehearsals.keep_comparison(conn, who.workspace_id, rehearsal_id, compared)
        await marks.stale(conn, "rehearsal", [rehearsal_id])


async def again(ctx: Context, who: Who, rehearsal_id: int) -> int:
    """The same campaign for as many days, from now on. Raises Refused."""
    async with ctx.db.read() as conn:
        found = await rehearsals.get(conn, who.workspace_id, rehearsal_id)
    if found is None:
        raise Refused("That rehearsal no longer exists.")
    here = who if who.channel else replace(who, channel=found.channel)
    return await start(ctx, here, found.campaign_id, days=found.days)


async def turn(ctx: Context, *, turns: Sequence[Turn]) -> bool:
    """Work out one rehearsal; False when none waits. `turns` are the loops that move outreach on."""
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        found = await rehearsals.lease(conn, me=ctx.me, machine_now=machine_now, until=machine_now + LEASE)
    if found is None:
        return False
    try:
        await _work(ctx, found, turns)
    except Refused as refusal:
        await _write(ctx, found, state="failed", error=refusal.sentence)
    except Exception:
        log.exception("rehearsal_failed", rehearsal_id=found.id)
        await _write(ctx, found, state="failed", error="The rehearsal broke off. Ask for it again.")
    return True


async def _work(ctx: Context, found: Rehearsal, turns: Sequence[Turn]) -> None:
    script, zone = await _script(ctx, found)
    played = await _played(ctx, found, script, turns)
    if played is None:
        return
    said = report.of(played, zone)
    days = volume.days_of(said["days"])
    picture = await asyncio.to_thread(volume.png, days) if days else None
    said["alt"] = volume.alt_text(days) if days else ""
    await _write(
        ctx, found, state="done", begun_at=script.begins, zone=zone, reached=found.days, report=said,
        touches=[touch.as_json() for touch in played.touches], chart=picture,
    )  # fmt: skip


async def _script(ctx: Context, found: Rehearsal) -> tuple[Script, str]:
    """The copy, and the zone whose days are told. Raises Refused when it would be too large."""
    workspace_id, campaign_id = found.workspace_id, found.campaign_id
    async with ctx.db.read() as conn:
        people = await copying.people(conn, workspace_id, campaign_id, PEOPLE + 1)
        if len(people) > PEOPLE:
            raise Refused(
                f"More than {PEOPLE:,} people wait in live campaigns: too many to rehearse at once."
            )
        rows = await copying.read(conn, workspace_id, campaign_id, people)
        zone = (await policy.of(conn, workspace_id)).zone
    who = Who(workspace_id, found.asked_by, found.channel, is_admin=True)
    return Script(who, campaign_id, rows, ctx.now(), found.days), zone


async def _played(ctx: Context, found: Rehearsal, script: Script, turns: Sequence[Turn]) -> Played | None:
    """Play it in a thread of its own, and tell how far it is; None when somebody else took it over."""
    progress = Progress()
    work = asyncio.create_task(asyncio.to_thread(lambda: asyncio.run(play(ctx, script, turns, progress))))
    try:
        while not (await asyncio.wait({work}, timeout=BEAT))[0]:
            if not await _beat(ctx, found, progress.reached):
                return None
        return await work
    finally:
        progress.unwanted.set()
        await asyncio.gather(work, return_exceptions=True)


async def _beat(ctx: Context, found: Rehearsal, reached: int) -> bool:
    async with ctx.db.begin() as conn:
        until = await ctx.db.machine_now(conn) + LEASE
        held = await rehearsals.write(conn, found, me=ctx.me, reached=reached, lease_until=until)
        await marks.stale(conn, "rehearsal", [found.id])
    return held


async def _write(ctx: Context, found: Rehearsal, **values: Any) -> None:
    """What it came to, with its picture and its rows as files beneath the card."""
    async with ctx.db.begin() as conn:
        ended = {"leased_by": None, "lease_until": None}
        if not await rehearsals.write(conn, found, me=ctx.me, **values, **ended):
            return
        await marks.stale(conn, "rehearsal", [found.id])
        if values["state"] != "done":
            return
        for kind in ("rehearsal_chart", "rehearsal_rows") if values["chart"] else ("rehearsal_rows",):
            parent = ("campaign", found.campaign_id)
            await cards.want(conn, found.workspace_id, kind, found.id, found.channel, parent=parent)


def _sent(touches: Sequence[Any]) -> list[report.Sent]:
    return [
        (touch["contact"], touch["step"], touch["channel"], datetime.fromisoformat(touch["at"]))
        for touch in touches
        if touch["state"] == "sent"
    ]
