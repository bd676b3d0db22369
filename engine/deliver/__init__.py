"""Deliver: claim due rows, judge them, send them, record what happened.

The claim is one transaction: sender, rows, contacts, gates, reservation. Only what may be on the wire is `sending`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.channels import Channel, Envelope, Receipt
from engine.context import Context
from engine.deliver import envelopes, record
from engine.rules import gates, retry
from engine.rules.gates import Kind, Verdict
from storage import facts, messages, senders
from storage.facts import Situation
from storage.lifecycle import Event
from storage.messages import Change

log = structlog.get_logger(__name__)

BATCH = 100
LEASE = timedelta(seconds=60)
SEND_LIMIT = 25.0
"""Seconds one send may take: under half its lease, so that no lease is ever renewed; over any channel's own limit."""


@dataclass(frozen=True, slots=True)
class Job:
    """One claimed message: its envelope, what it was claimed from, and how often before it failed in passing."""

    case: Situation
    envelope: Envelope
    attempts: int


class Lane:
    """One channel's delivery in one process. What was sent is recorded in the transaction of the next claim."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._results: list[record.Result] = []

    async def turn(self, ctx: Context) -> bool:
        """Record the last batch, claim the next, send it. False when there was nothing to do."""
        started = time.monotonic()
        async with ctx.db.begin() as conn:
            recorded = await self._record(ctx, conn)
            jobs, seen = await _claim(ctx, conn, self.channel)
        self._results = []
        if jobs:
            self._results = await _send_all(self.channel, jobs, started)
        return bool(recorded or seen)

    async def flush(self, ctx: Context) -> None:
        """Record what was sent and claim no more: the last act of a process."""
        if self._results:
            async with ctx.db.begin() as conn:
                await self._record(ctx, conn)
            self._results = []

    async def _record(self, ctx: Context, conn: AsyncConnection) -> int:
        if self._results:
            await record.results(ctx, conn, self._results)
        return len(self._results)


async def _claim(ctx: Context, conn: AsyncConnection, channel: Channel) -> tuple[list[Job], int]:
    """The jobs to send now, and how many rows were looked at."""
    now, machine_now = ctx.now(), await ctx.db.machine_now(conn)
    sender = await senders.claim(conn, channel.name, now=now, machine_now=machine_now)
    if sender is None:
        return [], 0
    room = senders.room(sender, now)
    limit = BATCH if room is None else min(BATCH, room)
    rows = await messages.due_for(conn, sender.id, now=now, limit=limit)
    cases = await facts.gather(conn, rows, lock=True)
    passed = await _judge(ctx, conn, cases, now)
    moved = await messages.move(
        conn,
        Event.CLAIM,
        [Change(case.message.id, revision=case.message.revision) for case in passed],
        actor="deliver",
        now=now,
        values={"leased_by": ctx.me, "lease_until": machine_now + LEASE, "note": ""},
    )
    going = [case for case in passed if case.message.id in moved]
    touched = [case.contact.id for case in going if case.contact]
    if touched:
        await facts.touch(conn, touched, now)
    await senders.reserve(conn, sender, len(going), now=now, machine_now=machine_now)
    return [Job(case, envelopes.compose(ctx, case, now), case.message.attempts + 1) for case in going], len(
        rows
    )


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
        if verdict.kind is not Kind.PASS:
            stopped.append((case, gate, verdict))
            continue
        passed.append(case)
        if case.contact is not None:
            contacts.add(case.contact.id)
    await record.stopped(ctx, conn, stopped, now)
    return passed


async def _send_all(channel: Channel, jobs: Sequence[Job], started: float) -> list[record.Result]:
    free = asyncio.Semaphore(channel.limits.concurrency)

    async def one(job: Job) -> record.Result:
        async with free:
            return await _send(channel, job, started)

    return list(await asyncio.gather(*(one(job) for job in jobs)))


async def _send(channel: Channel, job: Job, started: float) -> record.Result:
    """Never raises: whatever happens becomes a result. Nothing goes out once half the lease has passed."""
    if time.monotonic() - started > LEASE.total_seconds() / 2:
        return record.Result(job.case, job.attempts, None, record.NOT_SENT)
    try:
        async with asyncio.timeout(SEND_LIMIT):
            receipt: Receipt = await channel.send(job.envelope)
        return record.Result(job.case, job.attempts, receipt, None)
    except Exception as error:
        log.info(
            "send_failed", message_id=job.case.message.id, channel=channel.name, kind=type(error).__name__
        )
        repeatable = bool(channel.idempotent_for)
        outcome = retry.judge(error, job.case.message.tries, random.random(), repeatable=repeatable)  # noqa: S311
        return record.Result(job.case, job.attempts, None, outcome)
