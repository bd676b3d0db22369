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
from storage import db, facts, messages, senders
from storage.facts import Situation
from storage.lifecycle import Event
from storage.messages import Change

log = structlog.get_logger(__name__)

BATCH = 100
LEASE = timedelta(seconds=60)
SEND_LIMIT = 18.0
"""Seconds one send may take: under half its lease, so that no lease is ever renewed; over any channel's own limit,
and under what a process gets to finish (bot.worker)."""


@dataclass(frozen=True, slots=True)
class Job:
    """One claimed message: its envelope, what it was claimed from, and how often before it failed in passing."""

    case: Situation
    envelope: Envelope
    attempts: int


class Lane:
    """One channel's delivery in one process: claim, send, record, each in its own transaction.

    What was sent and could not be written down yet is kept and written first at the next turn.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._results: list[record.Result] = []
        self._stopping = False

    async def turn(self, ctx: Context) -> bool:
        """Write down the last batch while the next is claimed, then send that. False when there was nothing to do.

        The two transactions share no lock that either could wait for; on SQLite the second waits for the first.
        """
        kept = bool(self._results)
        started = time.monotonic()
        written, claimed = await asyncio.gather(self.flush(ctx), self._claim(ctx), return_exceptions=True)
        if isinstance(claimed, BaseException):
            raise claimed
        jobs, seen = claimed
        await self._send_all(
            jobs, started
        )  # also when the record failed: what is claimed must not be left behind
        if isinstance(written, BaseException):
            raise written
        return kept or bool(seen)

    async def _claim(self, ctx: Context) -> tuple[list[Job], int]:
        async with ctx.db.begin() as conn:
            return await _claim(ctx, conn, self.channel)

    def stop(self) -> None:
        """Begin no further send; those in flight are finished."""
        self._stopping = True

    async def flush(self, ctx: Context) -> None:
        """Write down what was sent. A result that cannot be written costs only itself: its row becomes unsure."""
        pending = self._results
        if not pending:
            return
        try:
            async with ctx.db.begin() as conn:
                await record.results(ctx, conn, pending)
        except Exception as error:
            if db.is_unavailable(error):
                raise
            log.exception("record_failed", messages=len(pending))
            await self._one_by_one(ctx, pending)
        self._results = []

    async def _one_by_one(self, ctx: Context, pending: Sequence[record.Result]) -> None:
        for result in pending:
            try:
                async with ctx.db.begin() as conn:
                    await record.results(ctx, conn, [result])
            except Exception:
                log.exception("result_lost", message_id=result.case.message.id)

    async def _send_all(self, jobs: Sequence[Job], started: float) -> None:
        free = asyncio.Semaphore(self.channel.limits.concurrency)

        async def one(job: Job) -> None:
            async with free:
                late = time.monotonic() - started > LEASE.total_seconds() / 2
                if self._stopping or late:
                    self._results.append(record.Result(job.case, job.attempts, None, record.NOT_SENT))
                else:
                    await self._send(job)

        await asyncio.gather(*(one(job) for job in jobs))

    async def _send(self, job: Job) -> None:
        """Whatever happens becomes a result at once, so that a batch cut short loses nothing of what it did."""
        try:
            async with asyncio.timeout(SEND_LIMIT):
                receipt: Receipt = await self.channel.send(job.envelope)
            self._results.append(record.Result(job.case, job.attempts, receipt, None))
        except BaseException as error:
            repeatable = bool(self.channel.idempotent_for)
            outcome = retry.judge(error, job.case.message.tries, random.random(), repeatable=repeatable)  # noqa: S311
            self._results.append(record.Result(job.case, job.attempts, None, outcome))
            kind, channel = type(error).__name__, self.channel.name
            log.info("send_failed", message_id=job.case.message.id, channel=channel, kind=kind)
            if not isinstance(error, Exception):
                raise


async def _claim(ctx: Context, conn: AsyncConnection, channel: Channel) -> tuple[list[Job], int]:
    """The jobs to send now, and how many rows were looked at."""
    now, machine_now = ctx.now(), await ctx.db.machine_now(conn)
    sender = await senders.claim(conn, channel.name, now=now, machine_now=machine_now)
    if sender is None:
        return [], 0
    room = senders.room(sender, now)
    limit = BATCH if room is None else min(BATCH, room)
    rows = await messages.due_for(conn, sender.id, now=now, limit=limit)
    cases = await facts.gather(conn, rows, lock=True, sender=sender)
    passed = await _judge(ctx, conn, cases, now)
    moved = await messages.move(
        conn,
        Event.CLAIM,
        [Change(job.case.message.id, revision=job.case.message.revision) for job in passed],
        actor="deliver",
        now=now,
        values={"leased_by": ctx.me, "lease_until": machine_now + LEASE, "note": ""},
    )
    going = [job for job in passed if job.case.message.id in moved]
    touched = [job.case.contact.id for job in going if job.case.contact]
    if touched:
        await facts.touch(conn, touched, now)
    await senders.reserve(conn, sender, len(going), now=now, machine_now=machine_now)
    return going, len(rows)


async def _judge(ctx: Context, conn: AsyncConnection, cases: Sequence[Situation], now: datetime) -> list[Job]:
    """Those that pass, at most one per contact; the rest are held, parked or blocked."""
    passed: list[Job] = []
    stopped: list[tuple[Situation, str, Verdict]] = []
    contacts: set[int] = set()
    policies = {case.message.workspace_id: case.settings for case in cases}
    read = {workspace: policy.read(settings) for workspace, settings in policies.items()}
    for case in cases:
        if case.contact is not None and case.contact.id in contacts:
            continue
        gate, verdict = gates.decide(case, read[case.message.workspace_id], now)
        job = _job(ctx, case, now) if verdict.kind is Kind.PASS else None
        if job is None:
            failed = verdict.kind is Kind.PASS
            stopped.append((case, "envelope", gates.broken(now)) if failed else (case, gate, verdict))
            continue
        passed.append(job)
        if case.contact is not None:
            contacts.add(case.contact.id)
    await record.stopped(ctx, conn, stopped, now)
    return passed


def _job(ctx: Context, case: Situation, now: datetime) -> Job | None:
    """The envelope, before anything is claimed: one that cannot be assembled is held like a check that failed."""
    try:
        return Job(case, envelopes.compose(ctx, case, now), case.message.attempts + 1)
    except Exception:
        log.exception("envelope_failed", message_id=case.message.id)
        return None
