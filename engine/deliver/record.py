"""Writes down what became of claimed messages, and of those that a gate stopped. Sends nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import measure
from engine.channels import Receipt
from engine.context import Context
from engine.rules.gates import Kind, Verdict
from engine.rules.retry import Outcome
from storage import facts, messages, senders
from storage.facts import Situation
from storage.lifecycle import Event
from storage.messages import Change

log = structlog.get_logger(__name__)

NOT_SENT = Outcome(Event.RETRY, "The worker was too slow to send it; it is tried again.")
CHECK_ERRORS = 3
"""A gate that raised this often blocks the message (I1)."""


@dataclass(frozen=True, slots=True)
class Result:
    """What happened to one claimed message: a receipt, or an outcome."""

    case: Situation
    attempts: int
    receipt: Receipt | None
    outcome: Outcome | None


async def results(ctx: Context, conn: AsyncConnection, done: Sequence[Result]) -> None:
    """Move every message of a batch; a late result only counts for the attempt it belongs to.

    Locks are taken in the order sender, contacts, messages.
    """
    now = ctx.now()
    failed = [result for result in done if result.outcome is not None]
    await senders.lock(conn, sorted({result.case.message.sender_id or 0 for result in failed}))
    await facts.lock_contacts(conn, [result.case.contact.id for result in failed if result.case.contact])
    for result in failed:
        if result.outcome is not None and result.outcome.dead_address:
            await measure.bounced(ctx, conn, result.case)
    await _sent(conn, [result for result in done if result.receipt is not None], now)
    if failed:
        await _not_sent(ctx, conn, failed, now)


async def stopped(
    ctx: Context, conn: AsyncConnection, verdicts: Sequence[tuple[Situation, str, Verdict]], now: datetime
) -> None:
    """Hold, park or block what a gate stopped at the claim. The note says which and why."""
    groups: dict[Event, list[Change]] = defaultdict(list)
    for case, gate, verdict in verdicts:
        event, values = _consequence(case, gate, verdict)
        groups[event].append(Change(case.message.id, values, revision=case.message.revision))
    for event, changes in groups.items():
        await messages.move(conn, event, changes, actor="deliver", now=now)


def _consequence(case: Situation, gate: str, verdict: Verdict) -> tuple[Event, dict[str, Any]]:
    errors = int(case.message.options.get("check_errors", 0)) + 1 if verdict.failed else 0
    options = {k: v for k, v in case.message.options.items() if k != "check_errors"}
    if errors:
        log.error("gate_failed", gate=gate, message_id=case.message.id, times=errors)
        options["check_errors"] = errors
    values = {"note": verdict.reason, "options": options}
    if gate == "slot" and verdict.kind is Kind.BLOCK:
        return Event.CANCEL, {**values, "note": "missed", "due_at": None}
    if verdict.kind is Kind.BLOCK or errors >= CHECK_ERRORS:
        return Event.BLOCK, {**values, "due_at": None}
    if verdict.until is None:
        return Event.TAKE_BACK, {**values, "due_at": None}
    return Event.HOLD, {**values, "due_at": verdict.until}


async def _sent(conn: AsyncConnection, done: Sequence[Result], now: datetime) -> None:
    new = [r.case.contact.id for r in done if r.case.contact and r.case.contact.status == "new"]
    if new:
        await facts.contacted(conn, sorted(new))
    values = {"sent_at": now, "due_at": None, "note": ""}
    for changes in _by_columns(_arrival(result) for result in done):
        await messages.move(conn, Event.SENT, changes, actor="deliver", now=now, values=values)


def _arrival(result: Result) -> Change:
    """The provider's id, and the address where people can see it if there is one."""
    receipt, row = result.receipt, result.case.message
    assert receipt is not None
    values: dict[str, Any] = {"provider_id": receipt.provider_id}
    if receipt.url:
        values["options"] = {**row.options, "url": receipt.url}
    return Change(row.id, values, attempts=result.attempts)


def _by_columns(changes: Iterable[Change]) -> list[list[Change]]:
    """Grouped so that all of a group name the same columns."""
    groups: dict[tuple[str, ...], list[Change]] = defaultdict(list)
    for change in changes:
        groups[tuple(change.values)].append(change)
    return list(groups.values())


async def _not_sent(ctx: Context, conn: AsyncConnection, failed: Sequence[Result], now: datetime) -> None:
    groups: dict[Event, list[tuple[Result, Change]]] = defaultdict(list)
    for result in failed:
        outcome, row = result.outcome, result.case.message
        assert outcome is not None
        values: dict[str, Any] = {"note": outcome.note, "tries": row.tries + int(outcome.burnt)}
        values["due_at"] = now + outcome.wait if outcome.event is Event.RETRY else None
        values["sent_at"] = now if outcome.left else None  # it counts as sent for caps and the 48 hours
        groups[outcome.event].append((result, Change(row.id, values, attempts=result.attempts)))
    for event, pairs in groups.items():
        changes = [change for _, change in pairs]
        moved = await messages.move(conn, event, changes, actor="deliver", now=now)
        for result, _ in pairs:
            if result.case.message.id in moved and result.outcome and not result.outcome.left:
                await _give_back(conn, result)
    await _teach_senders(ctx, conn, failed)


async def _give_back(conn: AsyncConnection, result: Result) -> None:
    """What surely did not leave touched nobody and used up nothing."""
    contact = result.case.contact
    if contact is not None:
        await facts.untouch(conn, contact.id, before=contact.touched_at)
    await senders.give_back(conn, result.case.message.sender_id or 0, 1)


async def _teach_senders(ctx: Context, conn: AsyncConnection, done: Sequence[Result]) -> None:
    machine_now = await ctx.db.machine_now(conn)
    for sender_id in sorted({result.case.message.sender_id or 0 for result in done}):
        mine = [r.outcome for r in done if r.outcome and r.case.message.sender_id == sender_id]
        stops = next((outcome.stops for outcome in mine if outcome.stops), "")
        pause = max(outcome.pause for outcome in mine)
        if stops:
            log.error("sender_stopped", sender_id=sender_id, reason=stops)
            await senders.set_state(conn, sender_id, stopped=stops)
        elif pause:
            await senders.set_state(conn, sender_id, not_before=machine_now + pause)
