"""The deliver loop with a channel that does nothing: facts, gates, moves, timeline and stale cards included."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop

from benchmarks import databases
from engine.channels import Envelope, Limits, Receipt
from engine.context import Context
from engine.deliver import Lane
from engine.rules.links import Signer
from engine.writing.rules import TemplateWriter
from storage.db import Database

sys.path.append(str(Path(__file__).parents[1] / "tests"))
import seeding
from seeding import add_workspace

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


class Nothing:
    """Takes everything at once."""

    name = "email"
    limits = Limits(concurrency=100)
    idempotent_for = timedelta()

    async def send(self, envelope: Envelope) -> Receipt:
        return Receipt(envelope.key)

    async def close(self) -> None: ...


async def prepared(url: str, count: int) -> Context:
    db = Database(url)
    await add_workspace(db, "T1")
    for first in range(0, count, 1000):
        async with db.begin() as conn:
            if first == 0:
                campaign = await seeding.campaign(conn, "T1", NOW)
            people = await seeding.people(conn, "T1", 1000, NOW, first)
            await seeding.touches(conn, "T1", campaign, people, NOW, with_cards=True)
    async with db.begin() as conn:
        await conn.exec_driver_sql("ANALYZE")
    return Context(
        db, lambda: NOW, TemplateWriter(), {}, {}, Signer((b"k" * 32,)), "https://o.example", "bench"
    )


async def rate(url: str, count: int) -> float:
    """Messages per second over the whole loop."""
    ctx = await prepared(url, count)
    lane = Lane(Nothing())
    began = time.perf_counter()
    while await lane.turn(ctx):
        pass
    taken = time.perf_counter() - began
    await ctx.db.close()
    return count / taken


async def statements(url: str, count: int) -> dict[str, tuple[int, float]]:
    """Where the time goes: statements by their first words, as (times, seconds), and the rest in Python."""
    from sqlalchemy import event

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
    lane = Lane(Nothing())
    began = time.perf_counter()
    while await lane.turn(ctx):
        pass
    whole = time.perf_counter() - began
    await ctx.db.close()
    found = {name: (int(times), seconds) for name, (times, seconds) in spent.items()}
    return found | {"everything else": (0, whole - sum(seconds for _, seconds in found.values()))}


async def main(count: int = 10_000) -> None:
    for kind in ("sqlite", "postgresql"):
        with databases.fresh(kind) as url:
            if url:
                print(f"deliver {kind}: {await rate(url, count):,.0f} messages/s")
        with databases.fresh(kind) as url:
            if url:
                cost = await statements(url, count)
                for name, (times, seconds) in sorted(cost.items(), key=lambda item: -item[1][1])[:14]:
                    print(f"    {seconds / count * 1e6:6.1f} µs a message  {times:5} ×  {name}")


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
