"""A day with many posts due: how long one process takes, and what becomes of each when networks fail now and then (K9)."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import seeding
import uvloop
from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks import databases, report
from benchmarks.deliver import NOW, analysed, context
from bot import logs
from bot.processes import tune
from engine.channels import Envelope, Limits, Receipt
from engine.context import Context
from engine.deliver import Lane, lookup
from engine.errors import Transient, Unknown
from engine.rules import similarity
from storage import brands as brand_rows
from storage import senders
from storage.lifecycle import State
from storage.tables import brands, feeds, messages

POSTS, BRANDS = 10_000, 50
SECONDS = 60.0
TAKES = 0.02
"""Seconds a network needs for one post."""
EXACT = 0.999
NETWORKS = ("linkedin", "facebook", "x")


class Network:
    """Keeps what it accepted. Fails before it accepts, or says nothing afterwards, as often as it is told to."""

    provider = "stand-in"
    limits = Limits(concurrency=8)
    idempotent_for = timedelta()

    def __init__(
        self, name: str, *, transient: float = 0.0, silent: float = 0.0, takes: float = TAKES
    ) -> None:
        self.name, self._transient, self._silent, self._takes = name, transient, silent, takes
        self._dice = random.Random(name)
        self.accepted: Counter[str] = Counter()

    async def send(self, envelope: Envelope) -> Receipt:
        await asyncio.sleep(self._takes)
        if self._dice.random() < self._transient:
            raise Transient("The network is busy.")
        silent = self._dice.random() < self._silent
        if not silent or self._dice.random() < 0.5:
            self.accepted[envelope.body] += 1
        if silent:
            raise Unknown("No answer came.")
        return Receipt(envelope.key)

    async def find(self, envelope: Envelope) -> Receipt | None:
        """All three list what a page has published; LinkedIn for organisations, with a permission of its own."""
        return Receipt(envelope.key) if self.accepted[envelope.body] else None

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the posts: published exactly once by themselves, and the others."""

    count: int
    once: int
    unsure: int
    twice: int

    @property
    def rest(self) -> str:
        return f"{self.unsure} unsure, {self.count - self.once - self.unsure} missed or failed, {self.twice} twice"


def measure(quick: bool) -> report.Part:
    count = 1_000 if quick else POSTS
    logs.configure("CRITICAL")
    figures: list[report.Figure] = []
    for kind in filter(databases.exists, databases.KINDS):
        with databases.fresh(kind) as url:
            taken = uvloop.run(_day(url, count))
        figures.append(report.against(f"{count:,} posts due, {kind}", [taken], "s", below=SECONDS))
        with databases.fresh(kind) as url:
            found = uvloop.run(_failing(url, count))
        what = f"published once without a person, {kind}"
        figures.append(report.against(what, [found.once / found.count * 100], "%", at_least=EXACT * 100))
        figures.append(report.Figure("    the rest", found.rest, "", "0 twice", not found.twice))
    return report.Part(
        "A day's posts", "python -m benchmarks.posting", tuple(figures),
        (
            f"{BRANDS} brands, three networks that take {TAKES * 1000:g} ms a post, one process",
            "then 10 % of the tries fail in passing, and 1 % get no answer, of which half arrived;",
            "each network can be asked what it published",
        ),
    )  # fmt: skip


async def _day(url: str, count: int) -> float:
    """Seconds from the first claim to the last record."""
    ctx = await _prepared(url, count)
    began = time.perf_counter()
    await asyncio.gather(*(_drained(ctx, Network(name)) for name in NETWORKS))
    taken = time.perf_counter() - began
    assert await _counted(ctx, messages.c.state == State.SENT) == count
    await ctx.db.close()
    return taken


async def _failing(url: str, count: int) -> Outcome:
    now = [NOW]
    ctx = await _prepared(url, count, now)
    networks = [Network(name, transient=0.1, silent=0.01, takes=0.0) for name in NETWORKS]
    ctx.channels.update({network.name: network for network in networks})  # type: ignore[attr-defined]
    for _ in range(35):
        for network in networks:
            await _drained(ctx, network)
        while claimed := await lookup.claim(ctx):
            await lookup.work(ctx, claimed)
        now[0] += timedelta(minutes=1)
    found = await _outcome(ctx, networks)
    await ctx.db.close()
    return found


async def _outcome(ctx: Context, networks: Sequence[Network]) -> Outcome:
    count = await _counted(ctx)
    sent, unsure = [await _counted(ctx, messages.c.state == state) for state in (State.SENT, State.UNSURE)]
    accepted = sum((network.accepted for network in networks), Counter[str]())
    twice = sum(times > 1 for times in accepted.values())
    return Outcome(count, min(sent, len(accepted)) - twice, unsure, twice)


async def _drained(ctx: Context, network: Network) -> None:
    lane = Lane(network)
    while await lane.turn(ctx):
        pass


async def _counted(ctx: Context, *conditions: ColumnElement[bool]) -> int:
    async with ctx.db.read() as conn:
        found = select(func.count()).select_from(messages).where(*conditions)
        return int((await conn.execute(found)).scalar_one())


async def _prepared(url: str, count: int, now: list[datetime] | None = None) -> Context:
    """`count` approved posts due now, spread over brands and networks."""
    ctx = context(url, (lambda: now[0]) if now else (lambda: NOW))
    await seeding.add_workspace(ctx.db, "T1")
    async with ctx.db.begin() as conn:
        places = [await _feed(conn, n, name) for n in range(BRANDS) for name in NETWORKS]
    for start in range(0, count, 1_000):
        rows = [_post(n, *places[n % len(places)]) for n in range(start, min(start + 1_000, count))]
        async with ctx.db.begin() as conn:
            await conn.execute(insert(messages), rows)
    await analysed(ctx.db)
    tune()
    return ctx


async def _feed(conn: AsyncConnection, n: int, network: str) -> tuple[int, int, str, int, str]:
    """Brand, feed, network, sender and address of the n-th brand on a network."""
    address = f"{network}-{n}"
    found = await conn.execute(select(brands.c.id).where(brands.c.name == f"Brand {n}"))
    brand = found.scalar_one_or_none() or await brand_rows.add(conn, "T1", f"Brand {n}")
    feed = await brand_rows.ensure_feed(conn, "T1", brand, network)
    await conn.execute(update(feeds).where(feeds.c.id == feed.id).values(address=address))
    sender = await senders.ensure(conn, "T1", network, address=address, feed_id=feed.id)
    return brand, feed.id, network, sender, address


def _post(n: int, brand: int, feed: int, network: str, sender: int, address: str) -> dict[str, Any]:
    body = f"Post {n}: what a calendar holds, told in one plain sentence."
    return {
        "workspace_id": "T1", "brand_id": brand, "feed_id": feed, "sender_id": sender, "channel": network, "step": 1,
        "fallbacks": (), "subject": "", "body": body, "options": {}, "state": State.SCHEDULED, "revision": 1,
        "approved_revision": 1, "approved_by": "U1OLIVIA",
        "approved_hash": similarity.words_hash("", body, network, address), "due_at": NOW, "slot_at": NOW,
        "dedupe_key": f"post:{n}", "content_hash": f"{n:x}", "created_at": NOW,
    }  # fmt: skip


if __name__ == "__main__":
    report.alone(measure)
