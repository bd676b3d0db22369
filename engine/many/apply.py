"""Carries out what was approved together: each draft with the words that were counted, judged once more."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import approve, four_eyes, policy
from engine.context import Context
from engine.many import count
from storage import bulk_decisions, bulks, facts, marks, messages
from storage.facts import Situation
from storage.lifecycle import Event, State
from storage.messages import Change
from storage.model import BulkDecision

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
BATCH = 200


class _Lost(Exception):
    """The lease ended meanwhile: another worker has the decision, nothing of this batch is written."""


async def turn(ctx: Context) -> bool:
    """One batch of each decision that is not carried out yet."""
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        found = await bulk_decisions.lease(
            conn, me=ctx.me, machine_now=machine_now, until=machine_now + LEASE
        )
    for made in found:
        try:
            async with ctx.db.begin() as conn:
                await _batch(ctx, conn, made)
        except _Lost:
            log.info("bulk_lost", decision=made.id)
    return bool(found)


async def _batch(ctx: Context, conn: AsyncConnection, made: BulkDecision) -> None:
    pairs = await bulk_decisions.covered(conn, made, BATCH)
    undecided = [(row, seen) for row, seen in pairs if row.state == State.DRAFTED]
    same = count.unchanged(undecided)
    cases = await facts.gather(conn, same) if same else []
    kept = await _kept(ctx, conn, made, cases)
    changes = [
        Change(case.message.id, approve.approval(ctx, case, made.decided_by), case.message.revision)
        for case in cases
        if case.message.id not in kept
    ]
    moved = await messages.move(
        conn, Event.APPROVE, changes, actor=made.decided_by, now=ctx.now(), workspace_id=made.workspace_id
    )
    approved = made.approved + len(moved)
    changed = made.changed + len(undecided) - len(same) + len(changes) - len(moved)
    done = len(pairs) < BATCH
    written = await bulk_decisions.write(
        conn, made, me=ctx.me, state="done" if done else "open", approved=approved, changed=changed,
        kept=made.kept + len(kept), cursor=pairs[-1][0].id if pairs else made.cursor,
    )  # fmt: skip
    if not written:
        raise _Lost
    await marks.stale(conn, "bulk", [made.bulk_id])
    if done:
        await marks.note(
            conn, made.workspace_id, "bulk", made.bulk_id, "approve", actor=made.decided_by, now=ctx.now(),
            detail=f"count {made.number}: {approved} approved, {changed} changed since, {made.kept + len(kept)} kept",
        )  # fmt: skip


async def _kept(ctx: Context, conn: AsyncConnection, made: BulkDecision, cases: list[Situation]) -> set[int]:
    """Those that no longer pass, which are left out from now on, and those that need another person."""
    if not cases:
        return set()
    problems = {id_: problem for id_, problem in (await count.judge(ctx, conn, cases)).items() if problem}
    for case in cases:
        if problem := problems.get(case.message.id):
            await bulks.no_longer_passes(conn, made.workspace_id, made.bulk_id, case.message, problem)
    rules = policy.read(cases[0].settings)
    return {*problems, *(await four_eyes.own(conn, made.decided_by, cases, rules))}
