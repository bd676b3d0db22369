"""The deliver loop with a channel that does nothing: facts, gates, moves, timeline and stale cards included."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import seeding
import uvloop
from sqlalchemy import event, func, select

from benchmarks import databases, report
from bot.processes import tune
from engine.channels import Envelope, Limits, Receipt
from engine.context import Context
from engine.deliver import Lane
from engine.rules.links import Signer
from engine.writing.rules import TemplateWriter
from storage.db import Database
from storage.tables import messages

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TARGETS = {"sqlite": 6_500, "postgresql": 5_000}
LINES = 14


class Nothing:
    """Takes everything at once."""

    name = "email"
    provider = "none"
    limits = Limits()
    idempotent_for = timedelta()

    async def send(self, envelope: Envelope) -> Receipt:
        return Receipt(envelope.key)

    async def close(self) -> None: ...


def measure(quick: bool) -> report.Part:
    count, runs = (2_000, 1) if quick else (10_000, 3)
    figures: list[report.Figure] = []
    notes: list[str] = []
    for kind, target in TARGETS.items():
        if not databases.exists(kind):
            continue
        found = [_run(kind, count) for _ in range(runs)]
        figures.append(report.against(f"deliver, {kind}", found, "messages/s", at_least=target))
        with databases.fresh(kind) as url:
            notes += [
                "",
                f"{kind}: µs a message, times a statement ran",
                *_lines(uvloop.run(statements(url, count)), count),
            ]
    return report.Part(
        "Deliver loop, nothing sent", "python -m benchmarks.deliver", tuple(figures), tuple(notes)
    )


async def rate(url: str, count: int) -> float:
    """Messages per second over the whole loop."""
    ctx = await prepared(url, count)
    taken = await _drained(ctx, count)
    await ctx.db.close()
    return count / taken


async def statements(url: str, count: int) -> dict[str, tuple[int, float]]:
    """Where the time goes: statements by their first words, as (times, seconds), and the rest in Python."""
    ctx = await prepared(url, count)
    spent: dict[str, list[float]] = defaultdict(lambda: [0, 0.0])
    engine = ctx.db._writer.sync_engine

    def before(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        conn.info["began"] = time.perf_counter()

    def after(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        words = " ".join(statement.split()[:3])[:40]
        spent[words][0] += 1
        spent[words][1] += time.perf_counter() - conn.info["began"]

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    whole = await _drained(ctx, count)
    await ctx.db.close()
    found = {name: (int(times), seconds) for name, (times, seconds) in spent.items()}
    return found | {"Python, commits and waiting": (0, whole - sum(seconds for _, seconds in found.values()))}


async def prepared(url: str, count: int, workspaces: int = 1) -> Context:
    """`count` scheduled messages to as many contacts in each workspace, each with a card that was drawn."""
    ctx = context(url)
    for workspace in (f"T{n + 1}" for n in range(workspaces)):
        await seeding.add_workspace(ctx.db, workspace)
        for first in range(0, count, 1000):
            async with ctx.db.begin() as conn:
                if first == 0:
                    campaign = await seeding.campaign(conn, workspace, NOW)
                people = await seeding.people(conn, workspace, min(1000, count - first), NOW, first)
                await seeding.touches(conn, workspace, campaign, people, NOW, with_cards=True)
    await analysed(ctx.db)
    tune()
    return ctx


def context(url: str, now: Callable[[], datetime] = lambda: NOW) -> Context:
    """What a worker without channels and without Slack has."""
    signer = Signer((b"k" * 32,))
    return Context(Database(url), now, TemplateWriter(), {}, {}, signer, "https://o.example", "bench")


async def analysed(db: Database) -> None:
    """Fresh statistics for the planner, as autovacuum would gather them."""
    async with db.begin() as conn:
        await conn.exec_driver_sql("ANALYZE")


async def _drained(ctx: Context, count: int) -> float:
    """Seconds until nothing is due. A run that did not send everything has no figure."""
    lane = Lane(Nothing())
    began = time.perf_counter()
    while await lane.turn(ctx):
        pass
    taken = time.perf_counter() - began
    async with ctx.db.read() as conn:
        sent = await conn.scalar(select(func.count()).where(messages.c.state == "sent"))
    assert sent == count, f"only {sent} of {count} were sent"
    return taken


def _run(kind: str, count: int) -> float:
    with databases.fresh(kind) as url:
        return uvloop.run(rate(url, count))


def _lines(cost: dict[str, tuple[int, float]], count: int) -> list[str]:
    first = sorted(cost.items(), key=lambda item: -item[1][1])[:LINES]
    return [f"{seconds / count * 1e6:7.1f} µs  {times or '':>5}  {name}" for name, (times, seconds) in first]


if __name__ == "__main__":
    report.alone(measure)
