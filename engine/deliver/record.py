"""Writes down what became of claimed messages, and of those that a gate stopped. Sends nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import instead, measure, notices
from engine.channels import Receipt
from engine.context import Context
from engine.deliver import doubt, health
from engine.rules.gates import Kind, Verdict
from engine.rules.retry import Outcome
from storage import breakers, facts, messages, senders
from storage.breakers import Place
from storage.facts import Situation
from storage.lifecycle import Event
from storage.messages import Change
from storage.model import Message

log = structlog.get_logger(__name__)

NOT_SENT = Outcome(Event.RETRY, "It was not its turn yet; it goes on by itself.")
"""Claimed and never begun: the worker stops, was too slow, or the channel failed before its turn came."""
CHECK_ERRORS = 3
"""A gate that raised this often blocks the message (I1)."""


@dataclass(frozen=True, slots=True)
class Result:
    """What happened to one claimed message: a receipt, or an outcome. `by` is the provider it went to."""

    case: Situation
    attempts: int
    receipt: Receipt | None
    outcome: Outcome | None
    by: str = ""


async def results(ctx: Context, conn: AsyncConnection, done: Sequence[Result]) -> None:
    """Move every message of a batch; a late result only counts for the attempt it belongs to.

    Locks are taken in the order sender, contacts, messages.
    """
    now = ctx.now()
    failed = [result for result in done if result.outcome is not None]
    found = health.lessons([(r.case.sender, r.outcome) for r in done if r.case.sender])
    locked = await breakers.lock(conn, [*found, *_places(failed)])
    await facts.lock_contacts(conn, [result.case.contact.id for result in failed if result.case.contact])
    for result in failed:
        if result.outcome is not None and result.outcome.dead_address:
            await measure.bounced(ctx, conn, result.case)
        if result.outcome is not None and result.outcome.opted_out:
            await measure.refused(ctx, conn, result.case)
    await _sent(conn, [result for result in done if result.receipt is not None], now)
    if failed:
        await _not_sent(ctx, conn, failed, now)
    await health.learn(ctx, conn, found, locked)


def _places(results: Sequence[Result]) -> set[Place]:
    """Whose senders get something back."""
    return {(r.case.sender.workspace_id, r.case.sender.channel) for r in results if r.case.sender}


async def unsure(
    conn: AsyncConnection, rows: Sequence[Message], note: str, now: datetime, *, look: datetime | None = None
) -> None:
    """Nobody can know whether these left: it counts as sent, and a person is asked.

    `look`: when the provider is asked, if it can be.
    """
    moved = await messages.move(
        conn,
        Event.LOSE,
        [Change(row.id, {"options": row.options}, attempts=row.attempts) for row in rows],
        actor="deliver",
        now=now,
        values={"note": note, "due_at": look, "sent_at": now},
    )
    await notices.of_messages(conn, [row for row in rows if row.id in moved])


async def stopped(
    ctx: Context, conn: AsyncConnection, verdicts: Sequence[tuple[Situation, str, Verdict]], now: datetime
) -> None:
    """Hold, park or block what a gate stopped at the claim. The note says which and why."""
    groups: dict[Event, list[Change]] = defaultdict(list)
    for case, gate, verdict in verdicts:
        event, values = _consequence(case, gate, verdict, now)
        groups[event].append(Change(case.message.id, values, revision=case.message.revision))
    for event, changes in groups.items():
        moved = await messages.move(conn, event, changes, actor="deliver", now=now)
        if event in (Event.BLOCK, Event.CANCEL, Event.LOSE):
            await notices.of_messages(conn, [c.message for c, *_ in verdicts if c.message.id in moved])


def _consequence(case: Situation, gate: str, verdict: Verdict, now: datetime) -> tuple[Event, dict[str, Any]]:
    """A thread that has begun is neither missed nor blocked: what is out is out, and a person is asked."""
    errors = int(case.message.options.get("check_errors", 0)) + 1 if verdict.failed else 0
    options = {k: v for k, v in case.message.options.items() if k != "check_errors"}
    if errors:
        log.error("gate_failed", gate=gate, message_id=case.message.id, times=errors)
        options["check_errors"] = errors
    values = {"note": verdict.reason, "options": options}
    over = verdict.kind is Kind.BLOCK or errors >= CHECK_ERRORS
    if over and (begun := len(case.message.out)):
        note = f"The thread stopped after post {begun}, which is out. {verdict.reason}"
        return Event.LOSE, {**values, "note": note, "due_at": None, "sent_at": now}
    if gate == "slot" and verdict.kind is Kind.BLOCK:
        return Event.CANCEL, {**values, "note": "missed", "due_at": None}
    if over:
        return Event.BLOCK, {**values, "due_at": None}
    if verdict.until is None:
        return Event.TAKE_BACK, {**values, "due_at": None}
    return Event.HOLD, {**values, "due_at": verdict.until}


async def _sent(conn: AsyncConnection, done: Sequence[Result], now: datetime) -> None:
    new = [r.case.contact.id for r in done if r.case.contact and r.case.contact.status == "new"]
    if new:
        await facts.contacted(conn, sorted(new))
    await notices.published(conn, [r.case.message for r in done if r.case.feed])
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
    over = [result.case for result in failed if result.outcome and result.outcome.event is Event.FAIL]
    proposed = await instead.proposals(ctx, conn, over) if over else {}
    for result in failed:
        assert result.outcome is not None
        change = _failure(result, result.outcome, now, proposed.get(result.case.message.id))
        groups[result.outcome.event].append((result, change))
    for event, pairs in groups.items():
        changes = [change for _, change in pairs]
        moved = await messages.move(conn, event, changes, actor="deliver", now=now)
        for result, _ in pairs:
            if result.case.message.id not in moved or result.outcome is None:
                continue
            if not (result.outcome.left or result.case.message.in_doubt):
                await _give_back(conn, result)
            if event is not Event.RETRY:
                await notices.of_message(conn, result.case.message, result.case.campaign)


def _failure(result: Result, outcome: Outcome, now: datetime, proposed: Mapping[str, str] | None) -> Change:
    """What may have left counts as sent for caps and the 48 hours; in doubt it may only be repeated as it was.

    `proposed` is the channel that its card offers instead.
    """
    row = result.case.message
    lost = outcome.event is Event.LOSE
    options = doubt.noted(row, result.by, now) if outcome.left else dict(row.options)
    options = {name: value for name, value in options.items() if name != "instead"}
    options |= row.noting_out(outcome.out) if outcome.out else {}
    if proposed:
        options["instead"] = dict(proposed)
    values: dict[str, Any] = {
        "note": outcome.note,
        "tries": row.tries + int(outcome.burnt),
        "due_at": now + outcome.wait if outcome.event is Event.RETRY or outcome.wait else None,
        "sent_at": now if lost else None,
        "options": options,
    }
    return Change(row.id, values, attempts=result.attempts)


async def _give_back(conn: AsyncConnection, result: Result) -> None:
    """What surely did not leave touched nobody and used up nothing."""
    contact = result.case.contact
    if contact is not None:
        await facts.untouch(conn, contact.id, before=contact.touched_at)
    if result.case.sender is not None:
        await senders.give_back(conn, result.case.sender, 1)
