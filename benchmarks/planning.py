"""Planning: a hundred campaigns' strategies and every touch of their sequences; and what an enrolment costs beside many."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import seeding
import uvloop
from sqlalchemy import insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks import databases, drafts, report
from benchmarks.deliver import NOW, Nothing, analysed
from bot.processes import tune
from engine import companies, draft, plan
from engine.context import Context, Who
from engine.plan import accounts, sequence, settle
from engine.rules.links import Signer
from engine.writing.rules import TemplateWriter
from storage import campaigns as campaign_rows
from storage.db import Database
from storage.tables import accounts as account_table
from storage.tables import contacts, enrolments, members, messages, senders

CAMPAIGNS, PEOPLE, TOUCHES = 100, 10, 20
TARGET = 5.0
"""Seconds for all of them (issue 4)."""
SIZES = (1_000, 10_000, 100_000)
DRAFTED = 1_000
"""Drafts written beside ever more enrolments: what is just in time costs the same however many wait."""
SAME = 1.5
OLIVIA = Who("T1", "U1OLIVIA", channel="C1GROWTH", is_admin=True)


def measure(quick: bool) -> report.Part:
    figures: list[report.Figure] = []
    tune()
    shape = f"{CAMPAIGNS} campaigns × {PEOPLE} people × {TOUCHES} touches"
    for kind in filter(databases.exists, databases.KINDS):
        for what, by_account in (("of accounts", True), ("of contacts", False)):
            found = [_planned(kind, by_account=by_account) for _ in range(1 if quick else 3)]
            name = f"{shape}, {what}: {found[0][1]:,} touches, {kind}"
            figures.append(report.against(name, [one[0] for one in found], "s", below=TARGET))
        figures += _growth(kind, SIZES[:2] if quick else SIZES)
    return report.Part(
        "Planning", "python -m benchmarks.planning", tuple(figures),
        (
            "Planned: the strategies written and every touch put down with person, channel and slot, as each leaves in"
            " turn; an account has one sequence for its people. Leaving itself is not counted.",
            f"Growth: µs an enrolment to begin all, and µs a draft of {DRAFTED:,} that are due beside them.",
        ),
    )  # fmt: skip


def _planned(kind: str, *, by_account: bool) -> tuple[float, int]:
    with databases.fresh(kind) as url:
        return uvloop.run(planned(url, by_account=by_account))


def _growth(kind: str, sizes: tuple[int, ...]) -> list[report.Figure]:
    found = {}
    for size in sizes:
        with databases.fresh(kind) as url:
            found[size] = uvloop.run(begun(url, size))
    figures = []
    for at, what in enumerate(("begin an enrolment", "draft just in time")):
        first = found[sizes[0]][at]
        for size in sizes:
            ratio = found[size][at] / first
            asked = (f"≤ {SAME:g} × {sizes[0]:,}", ratio <= SAME) if size == sizes[-1] else ("", None)
            figures.append(
                report.Figure(
                    f"{what}, {size:,} enrolments, {kind}",
                    f"{found[size][at]:,.0f} µs",
                    f"{ratio:.2f} ×",
                    *asked,
                )
            )
    return figures


class Watch:
    """Adds up what is timed."""

    def __init__(self) -> None:
        self.seconds = 0.0

    async def __call__(self, work: Callable[[], Awaitable[object]]) -> None:
        began = time.perf_counter()
        await work()
        self.seconds += time.perf_counter() - began


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def context(url: str, clock: Callable[[], datetime]) -> Context:
    return Context(
        Database(url), clock, TemplateWriter(), {"email": Nothing()}, {}, Signer((b"k" * 32,)), "https://o.example",
        "bench",
    )  # fmt: skip


async def planned(url: str, *, by_account: bool) -> tuple[float, int]:
    """Seconds for the strategies and all touches, and how many touches there are."""
    clock, watch = Clock(), Watch()
    ctx = context(url, clock)
    made = await _campaigns(ctx, by_account=by_account)
    asked = [await plan.ask(ctx, OLIVIA, id_) for id_ in made]
    await watch(lambda: _strategies(ctx))
    for strategy in asked:
        await plan.approve(ctx, OLIVIA, strategy)
    if by_account:
        async with ctx.db.begin() as conn:
            await conn.execute(update(members).values(approved_by=OLIVIA.user_id))
    await watch(lambda: _drained(ctx))
    while await _leave(ctx, clock):
        await watch(lambda: _drained(ctx))
    async with ctx.db.read() as conn:
        count = len((await conn.execute(select(messages.c.id))).all())
    await ctx.db.close()
    wanted = CAMPAIGNS * TOUCHES * (1 if by_account else PEOPLE)
    assert count == wanted, f"{count} touches were planned, not {wanted}"
    return watch.seconds, count


async def begun(url: str, size: int) -> tuple[float, float]:
    """Microseconds an enrolment to begin them all, and a draft of the first DRAFTED that are due."""
    ctx = context(url, lambda: NOW)
    await seeding.add_workspace(ctx.db, "T1")
    async with ctx.db.begin() as conn:
        made = await seeding.campaign(conn, "T1", NOW, goal="book demos", offer=drafts.OFFER, unsettled=True)
        await drafts._strategy(conn, made)
    for first in range(0, size, 1_000):
        async with ctx.db.begin() as conn:
            people = await seeding.people(conn, "T1", min(1_000, size - first), NOW, first)
            await drafts._describe(conn, people)
        await _enrolled(ctx, made, people)
    await analysed(ctx.db)
    began = time.perf_counter()
    await _drained(ctx)
    settled = time.perf_counter() - began
    async with ctx.db.begin() as conn:
        later = literal(NOW + timedelta(days=30), messages.c.due_at.type)
        first_ids = select(messages.c.id).order_by(messages.c.id).limit(DRAFTED)
        await conn.execute(update(messages).where(messages.c.id.not_in(first_ids)).values(due_at=later))
    began = time.perf_counter()
    written = 0
    while claimed := await draft.claim(ctx):
        await draft.work(ctx, claimed)
        written += len(claimed)
    taken = time.perf_counter() - began
    await ctx.db.close()
    assert written == DRAFTED
    return settled / size * 1e6, taken / DRAFTED * 1e6


async def _campaigns(ctx: Context, *, by_account: bool) -> list[int]:
    await seeding.add_workspace(ctx.db, "T1")
    made = []
    for n in range(CAMPAIGNS):
        async with ctx.db.begin() as conn:
            id_ = await seeding.campaign(
                conn, "T1", NOW, name=f"Spring {n}", goal="book demos", offer=drafts.OFFER, touches=TOUCHES,
                status="draft", by_account=by_account,
            )  # fmt: skip
            people = await seeding.people(conn, "T1", PEOPLE, NOW, n * PEOPLE)
            if by_account:
                await _company(ctx, conn, id_, n, people)
        if not by_account:
            await _enrolled(ctx, id_, people)
        made.append(id_)
    async with ctx.db.begin() as conn:
        await conn.execute(update(senders).values(cap=None, warm_from=None))
    await analysed(ctx.db)
    return made


async def _enrolled(ctx: Context, campaign_id: int, people: list[int]) -> None:
    waiting = {
        "workspace_id": "T1",
        "campaign_id": campaign_id,
        "step": 0,
        "state": "waiting",
        "created_at": NOW,
    }
    async with ctx.db.begin() as conn:
        await conn.execute(insert(enrolments), [{**waiting, "contact_id": id_} for id_ in people])


async def _company(ctx: Context, conn: AsyncConnection, campaign_id: int, n: int, people: list[int]) -> None:
    """All of them work for one company, the first is its lead."""
    row = {"workspace_id": "T1", "key": f"brightlane {n}", "name": f"Brightlane {n}", "created_at": NOW}
    result = await conn.execute(insert(account_table).returning(account_table.c.id), row)
    await conn.execute(
        update(contacts).where(contacts.c.id.in_(people)).values(account_id=result.scalar_one(), title="CTO")
    )
    found = (await campaign_rows.by_ids(conn, [campaign_id]))[campaign_id]
    await companies.enrol(ctx, conn, OLIVIA.user_id, found, people[:1], lead=people[0], whole=True)


async def _strategies(ctx: Context) -> None:
    while claimed := await plan.claim(ctx):
        await plan.work(ctx, claimed)


async def _drained(ctx: Context) -> None:
    """Until no sequence has a next touch to be planned."""
    while await settle.turn(ctx) or await sequence.turn(ctx) or await accounts.turn(ctx):
        pass


async def _leave(ctx: Context, clock: Clock) -> bool:
    """Every touch there is has left at its slot; False when there was none."""
    c = messages.c
    async with ctx.db.begin() as conn:
        slots = await conn.execute(select(c.slot_at).where(c.state == "planned"))
        moments = [row[0] or clock.now for row in slots]
        if not moments:
            return False
        clock.now = max(clock.now, *moments)
        at = literal(clock.now, c.sent_at.type)
        left = update(messages).where(c.state == "planned").values(state="sent", sent_at=at, due_at=None)
        await conn.execute(left)
        await conn.execute(update(contacts).values(touched_at=at))
        await conn.execute(update(enrolments).where(enrolments.c.state == "active").values(next_at=at))
    return True


if __name__ == "__main__":
    report.alone(measure)
