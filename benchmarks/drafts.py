"""The draft loop with the template writer: words, score, revision, card and deadline for every planned row."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

import seeding
import uvloop
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks import databases, report
from benchmarks.deliver import NOW
from engine import draft
from engine.context import Context
from engine.rules.links import Signer
from engine.writing import Brief, DraftRequest, Voice, Words
from engine.writing.rules import TemplateWriter
from storage import campaigns
from storage.db import Database
from storage.lifecycle import State
from storage.tables import contacts, messages

TARGET = 10_000
OFFER = "a scheduling tool that answers late carriers by itself"
TITLES = ("VP Operations", "Head of Growth", "Director of Patient Experience", "Office Manager")
NEWS = (
    "opened a second site in Baltimore",
    "raised a seed round",
    "rolled out online booking",
    "hired a new COO",
)


class Timed(TemplateWriter):
    """The template writer, which knows how long it took."""

    seconds = 0.0

    async def draft(self, request: DraftRequest) -> Words:
        began = time.perf_counter()
        words = await super().draft(request)
        self.seconds += time.perf_counter() - began
        return words


def measure(quick: bool) -> report.Part:
    count, runs = (1_000, 1) if quick else (5_000, 3)
    figures = []
    for kind in filter(databases.exists, databases.KINDS):
        found = [_run(kind, count) for _ in range(runs)]
        whole, alone = ([run[at] for run in found] for at in (0, 1))
        figures.append(report.against(f"draft loop, {kind}", whole, "drafts/min", at_least=TARGET))
        ratio = f"{sorted(whole)[runs // 2] / sorted(alone)[runs // 2]:.2f} of it remains"
        figures.append(report.against(f"    the writer alone, {kind}", alone, "drafts/min", ratio=ratio))
    return report.Part("Drafts from templates", "python -m benchmarks.drafts", tuple(figures))


async def rate(url: str, count: int) -> tuple[float, float]:
    """Drafts per minute: of the loop, and of the time inside the writer."""
    writer = Timed()
    ctx = Context(
        Database(url), lambda: NOW, writer, {}, {}, Signer((b"k" * 32,)), "https://o.example", "bench"
    )
    await _planned(ctx.db, count)
    began = time.perf_counter()
    while claimed := await draft.claim(ctx):
        await draft.work(ctx, claimed)
    taken = time.perf_counter() - began
    async with ctx.db.read() as conn:
        drafted = await conn.scalar(select(func.count()).where(messages.c.state == "drafted"))
    await ctx.db.close()
    assert drafted == count, f"only {drafted} of {count} were drafted"
    return count * 60 / taken, count * 60 / writer.seconds


def _run(kind: str, count: int) -> tuple[float, float]:
    with databases.fresh(kind) as url:
        return uvloop.run(rate(url, count))


async def _planned(db: Database, count: int) -> None:
    """`count` planned first touches of one approved strategy, to people of whom something is known."""
    await seeding.add_workspace(db, "T1")
    async with db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", NOW, goal="book demos", offer=OFFER)
        strategy = await _strategy(conn, campaign)
    for first in range(0, count, 1000):
        async with db.begin() as conn:
            people = await seeding.people(conn, "T1", min(1000, count - first), NOW, first)
            await _describe(conn, people)
            await seeding.touches(
                conn, "T1", campaign, people, NOW, state=State.PLANNED, strategy_id=strategy, subject="", body="",
                revision=0, due_at=NOW - timedelta(minutes=1), slot_at=None,
            )  # fmt: skip
    async with db.begin() as conn:
        await conn.exec_driver_sql("ANALYZE")


async def _strategy(conn: AsyncConnection, campaign_id: int) -> int:
    """As the template writer plans it, approved."""
    idea = await TemplateWriter().plan(
        Brief("Spring", goal="book demos", offer=OFFER), Voice(brand="Acme"), ()
    )
    values = {
        "workspace_id": "T1", "campaign_id": campaign_id, "state": "approved", "angle": idea.angle,
        "pillars": idea.pillars, "steps": [asdict(step) for step in idea.steps], "timing": idea.timing,
        "measures": idea.measures, "source": idea.source, "asked_by": "U1OLIVIA", "decided_by": "U1OLIVIA",
        "written_at": NOW, "decided_at": NOW, "created_at": NOW,
    }  # fmt: skip
    return await campaigns.add_strategy(conn, values)


async def _describe(conn: AsyncConnection, people: Sequence[int]) -> None:
    """Title, company and facts: what an import brings."""
    facts = [{"industry": "Logistics", "employees": str(400 + n), "recent news": NEWS[n % 4]} for n in people]
    rows = [
        {
            "who": id_, "title": TITLES[id_ % 4], "company": f"Brightlane {id_}",
            "facts": {name: {"value": value, "source": "people.csv"} for name, value in known.items()},
        }
        for id_, known in zip(people, facts, strict=True)
    ]  # fmt: skip
    await conn.execute(
        update(contacts)
        .where(contacts.c.id == bindparam("who"))
        .values(title=bindparam("title"), company=bindparam("company"), facts=bindparam("facts")),
        rows,
    )


if __name__ == "__main__":
    report.alone(measure)
