"""A rehearsal of sixty days for a thousand people: the copy out of the database, the play in memory, the report."""

from __future__ import annotations

import time
from datetime import timedelta

import seeding
import uvloop
from sqlalchemy import insert, update

from benchmarks import databases, drafts, report
from benchmarks.deliver import NOW, Nothing, analysed
from bot.processes import tune
from bot.worker import TURNS
from engine import rehearse
from engine.context import Context, Who
from engine.rules.links import Signer
from engine.writing.rules import TemplateWriter
from storage import rehearsals
from storage.db import Database
from storage.tables import contacts, enrolments, senders

PEOPLE, DAYS = 1_000, 60
TARGET = 10.0
"""Seconds for a thousand people and sixty days (issue 4)."""
ZONES = ("America/New_York", "Europe/Berlin", "Europe/London", "Asia/Tokyo")
OLIVIA = Who("T1", "U1OLIVIA", channel="C1GROWTH", is_admin=True)


def measure(quick: bool) -> report.Part:
    figures: list[report.Figure] = []
    tune()
    for kind in filter(databases.exists, databases.KINDS):
        for what, capped in (("no cap", False), ("20 a day from 5 by 5", True)):
            found = [_run(kind, capped=capped) for _ in range(1 if quick else 3)]
            seconds, sent = [one[0] for one in found], found[0][1]
            name = f"{PEOPLE:,} people, {DAYS} days, {what}: {sent:,} messages, {kind}"
            figures.append(report.against(name, seconds, "s", below=TARGET))
    return report.Part(
        "Rehearsal", "python -m benchmarks.rehearsing", tuple(figures),
        ("Asked for to done, picture included; weekdays 09:00–18:00 in four zones, seven touches.",),
    )  # fmt: skip


def _run(kind: str, *, capped: bool) -> tuple[float, int]:
    with databases.fresh(kind) as url:
        return uvloop.run(rehearsed(url, PEOPLE, capped=capped))


async def rehearsed(url: str, count: int, *, capped: bool) -> tuple[float, int]:
    """Seconds from asking to the report, and how many messages it foresees."""
    ctx = Context(
        Database(url), lambda: NOW, TemplateWriter(), {"email": Nothing()}, {}, Signer((b"k" * 32,)),
        "https://o.example", "bench",
    )  # fmt: skip
    campaign_id = await seeded(ctx.db, count, capped=capped)
    began = time.perf_counter()
    asked = await rehearse.start(ctx, OLIVIA, campaign_id, days=DAYS)
    assert await rehearse.turn(ctx, turns=TURNS)
    taken = time.perf_counter() - began
    async with ctx.db.read() as conn:
        found = await rehearsals.get(conn, "T1", asked)
    await ctx.db.close()
    assert found is not None
    assert found.state == "done", found.error
    assert found.report
    return taken, int(found.report["sent"])


async def seeded(db: Database, count: int, *, capped: bool) -> int:
    """A campaign with an approved strategy of seven touches, and its people waiting."""
    await seeding.add_workspace(db, "T1")
    async with db.begin() as conn:
        campaign = await seeding.campaign(
            conn, "T1", NOW, goal="book demos", offer=drafts.OFFER, window="09:00-18:00", unsettled=True
        )
        await drafts._strategy(conn, campaign)
        limits = {"cap": 20, "warm_from": 5, "warm_by": 5} if capped else {"cap": None, "warm_from": None}
        await conn.execute(update(senders).values(**limits))
    for first in range(0, count, 1_000):
        async with db.begin() as conn:
            people = await seeding.people(conn, "T1", min(1_000, count - first), NOW, first)
            await drafts._describe(conn, people)
            for n, zone in enumerate(ZONES):
                mine = contacts.c.id.in_([id_ for id_ in people if id_ % len(ZONES) == n])
                await conn.execute(update(contacts).where(mine).values(zones=(zone,)))
            waiting = {
                "workspace_id": "T1", "campaign_id": campaign, "step": 0, "state": "waiting",
                "created_at": NOW - timedelta(days=1),
            }  # fmt: skip
            await conn.execute(insert(enrolments), [{**waiting, "contact_id": id_} for id_ in people])
    await analysed(db)
    return campaign


if __name__ == "__main__":
    report.alone(measure)
