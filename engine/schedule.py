"""Schedule: approved rows get the next hour that is right for their recipient, or their post's own time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context
from engine.rules import gates, timing
from engine.rules.gates import Kind
from storage import facts, messages, senders
from storage.facts import Situation
from storage.lifecycle import Event, State
from storage.messages import Change

BATCH = 200
LEASE = timedelta(seconds=30)


async def turn(ctx: Context) -> bool:
    """Give slots to one batch of approved rows; False when there are none."""
    now = ctx.now()
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        due = await messages.lease(
            conn, State.APPROVED, me=ctx.me, now=now, machine_now=machine_now,
            until=machine_now + LEASE, limit=BATCH,
        )  # fmt: skip
        cases = [await _with_sender(conn, case) for case in await facts.gather(conn, due)]
        groups: dict[Event, list[Change]] = defaultdict(list)
        for case in cases:
            event, values = consequence(case, policy.read(case.settings), now)
            groups[event].append(Change(case.message.id, values))
        await _write(ctx, conn, groups, now)
    return bool(due)


def consequence(
    case: Situation, rules: policy.Policy, now: datetime, *, unapproved: bool = False
) -> tuple[Event, dict[str, Any]]:
    """What becomes of an approved row: its slot, or why it has none. Pure.

    `unapproved` asks what an approval would bring: the approval gate is left out.
    """
    sender = {"sender_id": case.sender.id if case.sender else None, "slot_at": case.message.slot_at}
    gate, verdict = gates.decide(case, rules, now, leave_out=("approval",) if unapproved else ())
    if verdict.kind is Kind.BLOCK and gate == "slot":
        return Event.CANCEL, {**sender, "due_at": None, "note": "missed"}
    if verdict.kind is Kind.BLOCK:
        return Event.BLOCK, {**sender, "due_at": None, "note": verdict.reason}
    if verdict.kind is Kind.HOLD and verdict.until is None:
        return Event.PARK, {**sender, "due_at": None, "note": verdict.reason}
    if case.feed is not None:
        slot = case.message.slot_at or now
        return Event.SCHEDULE, {**sender, "due_at": slot, "slot_at": slot, "note": verdict.reason}
    try:
        slot = slot_for(case, rules, max(now, case.message.slot_at or now, verdict.until or now))
    except ValueError:
        zones = ", ".join(gates.zones_of(case, rules))
        note = f"There is no hour that suits all possible zones ({zones}). Set the contact's zone."
        return Event.BLOCK, {**sender, "due_at": None, "note": note[:500]}
    return Event.SCHEDULE, {**sender, "due_at": slot, "slot_at": slot, "note": verdict.reason}


def slot_for(case: Situation, rules: policy.Policy, earliest: datetime) -> datetime:
    """The first moment from `earliest` inside the recipient's window."""
    zones, hours = gates.zones_of(case, rules), gates.window_of(case, rules)
    return timing.next_open(earliest, zones, hours, case.contact.country if case.contact else "")


async def _with_sender(conn: AsyncConnection, case: Situation) -> Situation:
    if case.sender is not None:
        return case
    found = await senders.of_channel(conn, case.message.workspace_id, case.message.channel)
    return replace(case, sender=found)


async def _write(
    ctx: Context, conn: AsyncConnection, groups: dict[Event, list[Change]], now: datetime
) -> None:
    for event, changes in groups.items():
        await messages.move(conn, event, changes, actor="schedule", now=now, leased_by=ctx.me)
