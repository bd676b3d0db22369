"""Counts drafts that belong together: judges those with words nobody counted yet, and names the count anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import approve, policy, review
from engine.context import Context
from engine.rules import autonomy, many
from storage import bulks, facts, marks, pictures, revisions
from storage.facts import Situation
from storage.model import Message, attached

LEASE = timedelta(seconds=30)
BATCH = 200


async def turn(ctx: Context) -> bool:
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        found = await bulks.lease(conn, me=ctx.me, machine_now=machine_now, until=machine_now + LEASE)
    for bulk in found:
        async with ctx.db.begin() as conn:
            if not bulk.number:
                await bulks.gather(conn, bulk)
            rows = await bulks.uncounted(conn, bulk, BATCH)
            problems = await judge(ctx, conn, await facts.gather(conn, rows) if rows else ())
            judged = [(row, problems[row.id]) for row in rows]
            if await bulks.count(conn, bulk, judged, me=ctx.me, done=len(rows) < BATCH):
                await marks.stale(conn, "bulk", [bulk.id])
    return bool(found)


async def judge(ctx: Context, conn: AsyncConnection, cases: Sequence[Situation]) -> dict[int, str]:
    """message → why it is not approved with many, by its present words and today's gates; empty when it is."""
    worded = await revisions.current(conn, [case.message.id for case in cases])
    read = await pictures.awaited(conn, [case.message.id for case in cases if case.feed is not None])
    told = {}
    for case in cases:
        found = worded.get(case.message.id)
        obstacle = approve.READING if case.message.id in read else ""
        told[case.message.id] = many.problem(
            found.score if found else None,
            found.findings if found else (),
            obstacle=obstacle or review.obstacle(case, policy.read(case.settings), ctx.now()),
            alone=autonomy.on_its_own(case.message),
            guessed=case.contact is not None and case.contact.guessed,
            wants_picture=attached.is_missing(case.message),
        )
    return told


def unchanged(pairs: Sequence[tuple[Message, int]]) -> list[Message]:
    """Those whose present words are the ones that were counted."""
    return [row for row, seen in pairs if row.revision == seen]
