"""Deliver: claim due rows, judge them, send them, record what happened. Only what may be on the wire is `sending`."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import faults
from engine.channels import Channel, Finder, Receipt
from engine.context import Context
from engine.deliver import claim, envelopes, record
from engine.deliver.claim import Claimed, Job
from engine.errors import Transient, Undeliverable
from engine.rules import breaker, retry
from storage import troubles

log = structlog.get_logger(__name__)

BATCH = 100
IN_DOUBT = 0.25
"""Seconds of sending that a batch is meant to last, as far as there are more messages than connections."""
LEASE = timedelta(seconds=60)
BREATH = 0.02
"""Seconds until a sender that another worker is claiming from is asked for again."""
SEND_LIMIT = 18.0
"""Seconds one send may take: under half its lease, so that no lease is ever renewed; over any channel's own limit,
and under what a process gets to finish (bot.worker)."""


class Lane:
    """One channel's delivery in one process: claim, send, record, each in its own transaction.

    What was sent and could not be written down yet is kept and written first at the next turn.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._results: list[record.Result] = []
        self._stopping = False
        self._bad = 0
        self._halted = False
        self._reach = channel.limits.concurrency

    async def turn(self, ctx: Context) -> bool:
        """Write down the last batch and claim the next, then send that. False when there was nothing to do.

        A batch that failed is written down before: what it tells about the channel must bind the next claim.
        """
        kept = bool(self._results)
        if any(result.outcome for result in self._results):
            await self.flush(ctx)
        started = time.monotonic()
        written, claimed = await (self._in_one(ctx) if ctx.db.is_sqlite else self._at_once(ctx))
        if isinstance(claimed, BaseException):
            raise claimed
        jobs, seen = claimed
        begun = time.monotonic()
        await self._send_all(
            ctx, jobs, started
        )  # also when the record failed: what is claimed must not be left behind
        self._reach = self._reached(len(jobs), time.monotonic() - begun)
        if seen and not jobs:
            await asyncio.sleep(BREATH)
        if isinstance(written, BaseException):
            raise written
        return kept or bool(seen)

    async def _at_once(self, ctx: Context) -> tuple[BaseException | None, Claimed | BaseException]:
        """The two transactions share no lock that either could wait for."""
        written, claimed = await asyncio.gather(self.flush(ctx), self._claim(ctx), return_exceptions=True)
        return written, claimed

    async def _in_one(self, ctx: Context) -> tuple[None, Claimed]:
        """SQLite has one writer, so one transaction for both. If it fails each is tried by itself."""
        pending = self._results
        if not pending:
            return None, await self._claim(ctx)
        try:
            async with ctx.db.begin() as conn:
                await self._record(ctx, conn, pending)
                claimed = await claim.due(ctx, conn, self.channel, most=self._reach, lease=LEASE)
        except Exception as error:
            if troubles.is_unavailable(error):
                raise
            log.exception("record_and_claim_failed", messages=len(pending))
            await self.flush(ctx)
            return None, await self._claim(ctx)
        self._results = []
        await faults.point(faults.Point.RECORDED)
        await self._was_claimed(claimed)
        return None, claimed

    async def _record(self, ctx: Context, conn: AsyncConnection, pending: Sequence[record.Result]) -> None:
        await record.results(ctx, conn, pending)
        await faults.point(faults.Point.RECORDING)

    async def _claim(self, ctx: Context) -> Claimed:
        async with ctx.db.begin() as conn:
            claimed = await claim.due(ctx, conn, self.channel, most=self._reach, lease=LEASE)
        return await self._was_claimed(claimed)

    async def _was_claimed(self, claimed: Claimed) -> Claimed:
        if claimed[0]:
            await faults.point(faults.Point.CLAIMED)
        return claimed

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
                await self._record(ctx, conn, pending)
            await faults.point(faults.Point.RECORDED)
        except Exception as error:
            if troubles.is_unavailable(error):
                raise
            log.exception("record_failed", messages=len(pending))
            pending = await self._one_by_one(ctx, pending)
        else:
            pending = []
        self._results = pending

    async def _one_by_one(self, ctx: Context, pending: Sequence[record.Result]) -> list[record.Result]:
        """Returns those for which the database was away: they are tried again."""
        kept = []
        for result in pending:
            try:
                async with ctx.db.begin() as conn:
                    await record.results(ctx, conn, [result])
            except Exception as error:
                if troubles.is_unavailable(error):
                    kept.append(result)
                else:
                    log.exception("result_lost", message_id=result.case.message.id)
        return kept

    async def _send_all(self, ctx: Context, jobs: Sequence[Job], started: float) -> None:
        sender = jobs[0].case.sender if jobs else None
        self._bad, self._halted = sender.failures if sender else 0, False

        waiting = iter(jobs)

        async def carry() -> None:
            for job in waiting:
                if self._begins_none(started):
                    self._left(job)
                else:
                    await self._send(ctx, job, started)

        connections = min(len(jobs), self.channel.limits.concurrency)
        try:
            await asyncio.gather(*(carry() for _ in range(connections)))
        finally:
            for job in waiting:  # cut off
                self._left(job)

    def _left(self, job: Job) -> None:
        """Claimed and never begun."""
        self._results.append(record.Result(job.case, job.attempts, None, record.NOT_SENT))

    def _begins_none(self, started: float) -> bool:
        return self._stopping or self._halted or time.monotonic() - started > LEASE.total_seconds() / 2

    async def _send(self, ctx: Context, job: Job, started: float) -> None:
        """Whatever happens becomes a result at once, so that a batch cut short loses nothing of what it did."""
        if job.envelope is None:
            self._failed(job, Transient("It could not be assembled.", of_recipient=True))
            return
        try:
            envelope = await envelopes.with_picture(ctx, job.case, job.envelope)
        except BaseException as error:
            self._left(job)
            if not isinstance(error, Exception):
                raise
            log.warning("picture_not_read", message_id=job.case.message.id, kind=type(error).__name__)
            return
        if envelope is not job.envelope and self._begins_none(started):  # reading may have taken long
            self._left(job)
            return
        try:
            async with asyncio.timeout(SEND_LIMIT):
                await faults.point(faults.Point.SENDING)
                if envelope is None:
                    raise Undeliverable("The approved picture is not kept any more; make the post anew.")
                receipt: Receipt = await self.channel.send(envelope)
                await faults.point(faults.Point.ANSWERED)
            self._bad = 0
            self._results.append(record.Result(job.case, job.attempts, receipt, None))
        except BaseException as error:
            self._failed(job, error)
            if not isinstance(error, Exception):
                raise

    def _failed(self, job: Job, error: BaseException) -> None:
        outcome = retry.judge(error, self._before(job), random.random())  # noqa: S311
        self._results.append(record.Result(job.case, job.attempts, None, outcome, by=self.channel.provider))
        self._heed(outcome)
        kind, channel = type(error).__name__, self.channel.name
        log.info("send_failed", message_id=job.case.message.id, channel=channel, kind=kind)

    def _before(self, job: Job) -> retry.Before:
        row, sender = job.case.message, job.case.sender
        return retry.Before(
            tries=row.tries,
            repeatable=bool(self.channel.idempotent_for),
            findable=isinstance(self.channel, Finder),
            doubt=row.in_doubt,
            probe=sender is not None and sender.opened_at is not None,
            post=job.case.feed is not None,
        )

    def _reached(self, sent: int, seconds: float) -> int:
        """How many the next claim may take: a process that dies leaves all it claimed in doubt, so no more than
        leave at once or within IN_DOUBT at the speed of the last batch; at most twice as many as before."""
        fit = int(sent * IN_DOUBT / max(seconds, 0.001))
        return max(self.channel.limits.concurrency, min(BATCH, 2 * self._reach, fit)) if sent else self._reach

    def _heed(self, outcome: retry.Outcome) -> None:
        """What the channel says binds the rest of its batch: a pause, a stop, failure after failure."""
        self._bad = self._bad + 1 if outcome.healthy is False else 0
        if outcome.stops or outcome.pause or self._bad >= breaker.THRESHOLD:
            self._halted = True
