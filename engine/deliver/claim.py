"""The claim: one transaction in which a sender is taken, its due rows are judged, and those that pass are reserved.

Only what is about to be sent becomes `sending`; the rest is held, parked or blocked. Sends nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import faults, policy
from engine.channels import Channel, Envelope
from engine.context import Context
from engine.deliver import doubt, envelopes, record
from engine.rules import gates
from engine.rules.verdicts import PASS, Verdict
from storage import breakers, facts, messages, senders
from storage.facts import Situation
from storage.lifecycle import Event
from storage.messages import Change

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One claimed message: what it was claimed from, which attempt it is, and its envelope; None when it has none
    because it could not be assembled."""

    case: Situation
    attempts: int
    envelope: Envelope | None


Claimed = tuple[list[Job], int]
"""The jobs to send now, and how many rows were looked at."""


async def due(
    ctx: Context, conn: AsyncConnection, channel: Channel, *, most: int, lease: timedelta
) -> Claimed:
    """At most `most`, each leased for `lease` of machine time."""
    machine_now = await ctx.db.machine_now(conn)  # first: it sets the clock that `now` reads
    now = ctx.now()
    sender = await senders.claim(conn, channel.name, now=now, machine_now=machine_now)
    if sender is None:
        return [], int(await senders.is_waiting(conn, channel.name, now=now, machine_now=machine_now))
    room = senders.room(sender, now)
    limit = 1 if sender.opened_at else most if room is None else min(most, room)
    rows = await messages.due_for(conn, sender.id, now=now, limit=limit)
    cases = await facts.gather(conn, rows, lock=True, sender=sender)
    passed = await _judge(ctx, conn, await _certain(conn, channel, cases, now), now)
    taking = messages.move(
        conn,
        Event.CLAIM,
        [Change(case.message.id, revision=case.message.revision) for case in passed],
        actor="deliver",
        now=now,
        values={"leased_by": f"{ctx.me}@{channel.provider}", "lease_until": machine_now + lease, "note": ""},
    )
    moved, jobs = await asyncio.gather(taking, _assembled(ctx, passed, now))  # while the database writes
    going = [job for job in jobs if job.case.message.id in moved]
    touched = [job.case.contact.id for job in going if job.case.contact]
    if touched:
        await facts.touch(conn, touched, now)
    await senders.reserve(conn, sender, len(going), now=now, machine_now=machine_now)
    if sender.opened_at and going:
        await breakers.probing(conn, sender, machine_now + lease)
    await faults.point(faults.Point.CLAIMING)
    return going, len(rows)


async def _certain(
    conn: AsyncConnection, channel: Channel, cases: Sequence[Situation], now: datetime
) -> list[Situation]:
    """All but those whose last try may have arrived and can no longer be repeated safely: a person is asked."""
    doubted = [case.message for case in cases if case.message.in_doubt]
    lost = [row for row in doubted if not doubt.may_repeat(row.options["doubt"], channel, now)]
    if not lost:
        return list(cases)
    await record.unsure(conn, lost, "It may have been sent, and repeating it is no longer safe.", now)
    return [case for case in cases if case.message not in lost]


async def _judge(
    ctx: Context, conn: AsyncConnection, cases: Sequence[Situation], now: datetime
) -> list[Situation]:
    """Those that pass, at most one per contact; the rest are held, parked or blocked."""
    passed: list[Situation] = []
    stopped: list[tuple[Situation, str, Verdict]] = []
    contacts: set[int] = set()
    policies = {case.message.workspace_id: case.settings for case in cases}
    read = {workspace: policy.read(settings) for workspace, settings in policies.items()}
    for case in cases:
        if case.contact is not None and case.contact.id in contacts:
            continue
        gate, verdict = gates.decide(case, read[case.message.workspace_id], now)
        if verdict.kind is not PASS:
            stopped.append((case, gate, verdict))
            continue
        passed.append(case)
        if case.contact is not None:
            contacts.add(case.contact.id)
    await record.stopped(ctx, conn, stopped, now)
    return passed


async def _assembled(ctx: Context, cases: Sequence[Situation], now: datetime) -> list[Job]:
    return [Job(case, case.message.attempts + 1, _envelope(ctx, case, now)) for case in cases]


def _envelope(ctx: Context, case: Situation, now: datetime) -> Envelope | None:
    try:
        return envelopes.compose(ctx, case, now)
    except Exception:
        log.exception("envelope_failed", message_id=case.message.id)
        return None
