"""Missed: posts whose time passed while their page was stopped or at rest, where no claim looks. Sends nothing."""

from __future__ import annotations

from engine import policy
from engine.context import Context
from engine.deliver import record
from engine.rules import gates
from engine.rules.gates import Kind
from storage import breakers, facts, messages

BATCH = 100


async def turn(ctx: Context) -> bool:
    """One page's posts that are late by more than gates.LATE: they never move (D6), so they say that they were missed,
    and a person may give them another time. One that may have left is asked about."""
    now = ctx.now()
    before = now - gates.LATE
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        sender = await breakers.silent_page(conn, machine_now=machine_now, before=before)
        if sender is None:
            return False
        rows = await messages.due_for(conn, sender.id, now=before, limit=BATCH)
        cases = await facts.gather(conn, [row for row in rows if not row.in_doubt], sender=sender)
        judged = [(case, "slot", gates.slot(case, policy.read(case.settings), now)) for case in cases]
        late = [found for found in judged if found[2].kind is Kind.BLOCK]
        await record.stopped(ctx, conn, late, now)
        doubted = [row for row in rows if row.in_doubt]
        await record.unsure(conn, doubted, "It may have been sent, and its time has passed.", now)
    return bool(late or doubted)
