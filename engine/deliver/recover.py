"""Recover: what becomes of messages whose worker died between claim and record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from engine import faults
from engine.channels import Finder
from engine.context import Context
from engine.deliver import doubt, record
from engine.rules import retry
from storage import messages
from storage.lifecycle import Event
from storage.messages import Change
from storage.model import Message


async def turn(ctx: Context) -> bool:
    """Rows whose worker died between claim and record. Where the provider keeps our key they are sent again under it;
    where it can be asked, it is; otherwise nobody can know whether they left, so a person is asked."""
    now = ctx.now()
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        lost = [_doubted(row, now) for row in await messages.expired_sends(conn, machine_now=machine_now)]
        again = [row for row in lost if _repeatable(ctx, row, now)]
        changes = [Change(row.id, {"options": row.options}, attempts=row.attempts) for row in again]
        note = "The worker stopped while this was leaving; it is repeated under the same key."
        values = {"note": note, "due_at": now}
        await messages.move(conn, Event.RETRY, changes, actor="deliver", now=now, values=values)
        asked = [row for row in lost if row not in again]
        note = "The worker stopped while this was leaving; it may have been sent."
        for look in (True, False):
            rows = [row for row in asked if _can_look(ctx, row) is look]
            await record.unsure(conn, rows, note, now, look=now + retry.FIRST_LOOK if look else None)
        if lost:
            await faults.point(faults.Point.RECOVERING)
    return bool(lost)


def _doubted(row: Message, now: datetime) -> Message:
    """The lease names the provider that it went to."""
    return replace(row, options=doubt.noted(row, (row.leased_by or "").rpartition("@")[2], now))


def _repeatable(ctx: Context, row: Message, now: datetime) -> bool:
    channel = ctx.channels.get(row.channel)
    return channel is not None and doubt.may_repeat(row.options["doubt"], channel, now)


def _can_look(ctx: Context, row: Message) -> bool:
    channel = ctx.channels.get(row.channel)
    return isinstance(channel, Finder) and doubt.went_to(row, channel)
