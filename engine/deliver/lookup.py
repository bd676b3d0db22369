"""Lookup: where the provider can be asked, an unknown outcome is resolved without a person.

Asked three times over a quarter of an hour, since a provider may show late what it took. What it then still does
not have was not sent and goes out again, a thread from the post that is missing; what it cannot tell stays unsure,
and a person decides: after an hour of asking, or at once where it tells nobody. A look that fails says nothing about
sending: it stops no sender, and opens no breaker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.channels import Finder, Receipt
from engine.context import Context
from engine.deliver import doubt, envelopes
from engine.errors import ChannelError, PartlyOut, Unaskable, Unknown
from engine.rules import retry
from storage import breakers, facts, messages, senders
from storage.facts import Situation
from storage.lifecycle import Event, State
from storage.messages import Change
from storage.model import Message, Sender

log = structlog.get_logger(__name__)

BATCH = 20
LEASE = timedelta(seconds=60)
LOOK_LIMIT = 25.0
"""Seconds one look may take: under half the lease."""
WAITS = (timedelta(minutes=2), timedelta(minutes=12))
"""After the first and the second time that the provider does not have it."""
AFTER_TROUBLE = timedelta(minutes=5)
TROUBLES = 12
"""So often the provider may fail to tell; then only a person can."""


async def claim(ctx: Context) -> Sequence[Message]:
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        return await messages.lease(
            conn, State.UNSURE, me=ctx.me, now=ctx.now(), machine_now=machine_now,
            until=machine_now + LEASE, limit=BATCH,
        )  # fmt: skip


async def work(ctx: Context, rows: Sequence[Message]) -> None:
    """Ask about each, then write down what was said. Raises nothing a provider may do."""
    async with ctx.db.read() as conn:
        cases = await facts.gather(conn, rows)
    said = await asyncio.gather(*(_ask(ctx, case) for case in cases))
    for case, answer in zip(cases, said, strict=True):
        async with ctx.db.begin() as conn:
            await _write(ctx, conn, case, answer)


async def _ask(ctx: Context, case: Situation) -> Receipt | Exception | None:
    """The receipt, None when it did not arrive, or why it cannot be told."""
    channel = ctx.channels.get(case.message.channel)
    if not isinstance(channel, Finder) or not doubt.went_to(case.message, channel):
        return Unaskable("")
    try:
        envelope = envelopes.compose(ctx, case, case.message.sent_at or ctx.now())
        async with asyncio.timeout(LOOK_LIMIT):
            return await channel.find(envelope)
    except Exception as error:
        log.info("look_failed", message_id=case.message.id, kind=type(error).__name__)
        if not isinstance(error, ChannelError | TimeoutError | OSError):
            log.exception("look_broken", message_id=case.message.id)
        return error


async def _write(
    ctx: Context, conn: AsyncConnection, case: Situation, said: Receipt | Exception | None
) -> None:
    row, now = case.message, ctx.now()
    looks = {"looks": 0, "troubles": 0, **row.options.get("looked", {})}
    trouble = isinstance(said, Exception) and not isinstance(said, PartlyOut)
    looks["troubles" if trouble else "looks"] += 1
    options = {**row.options, "looked": looks}
    told = {"note": said.reason} if isinstance(said, Unknown | Unaskable) and said.reason else {}
    if isinstance(said, PartlyOut):
        options |= row.noting_out(said.out)
    if isinstance(said, Receipt):
        url = {"url": said.url} if said.url else {}
        found: dict[str, object] = {"provider_id": said.provider_id, "note": "", "due_at": None}
        found["options"] = {**row.options, **url}
        if await _move(ctx, conn, Event.SENT, row, found) and row.contact_id:
            await facts.contacted(conn, [row.contact_id])
    elif isinstance(said, Unaskable) or looks["troubles"] >= TROUBLES:
        await _move(ctx, conn, Event.HOLD, row, {"due_at": None, "options": options, **told})
    elif trouble:
        later = now + AFTER_TROUBLE
        await _move(ctx, conn, Event.HOLD, row, {"due_at": later, "options": options, **told})
    elif looks["looks"] <= len(WAITS):
        later = now + WAITS[looks["looks"] - 1]
        await _move(ctx, conn, Event.HOLD, row, {"due_at": later, "options": options, **told})
    elif isinstance(said, PartlyOut):
        await _go_on(ctx, conn, row, said)
    else:
        await _not_there(ctx, conn, row)


async def _not_there(ctx: Context, conn: AsyncConnection, row: Message) -> None:
    """The provider never had it: like any send that failed in passing, it used up one try."""
    mine = (await breakers.lock(conn, [(row.workspace_id, row.channel)])).popitem()[1]
    await facts.lock_contacts(conn, [row.contact_id] if row.contact_id else [])
    tries = row.tries + 1
    options = {name: value for name, value in row.options.items() if name not in ("looked", "doubt")}
    values: dict[str, object] = {"tries": tries, "sent_at": None, "options": options}
    if tries >= retry.TRIES:
        note = f"Gave up after {retry.TRIES} tries. The provider does not have it."
        moved = await _move(ctx, conn, Event.FAIL, row, {**values, "note": note, "due_at": None})
    else:
        note = "The provider does not have it, so it is sent again."
        moved = await _move(ctx, conn, Event.RETRY, row, {**values, "note": note, "due_at": ctx.now()})
    if moved:
        for sender in mine:
            if sender.id == row.sender_id and _today(sender, row):
                await senders.give_back(conn, sender, 1)
        if row.contact_id:
            await facts.retouch(conn, row.contact_id, without=row.id)


async def _go_on(ctx: Context, conn: AsyncConnection, row: Message, said: PartlyOut) -> None:
    """The thread goes on after the posts that are out, as long as it has tries left; they count as sent already."""
    options = {name: value for name, value in row.options.items() if name not in ("looked", "doubt")}
    values = {"options": options | row.noting_out(said.out), "tries": row.tries + 1}
    if row.tries + 1 >= retry.TRIES:
        note = f"Gave up after {retry.TRIES} tries. {said.reason}"
        values["options"] = dict(row.options) | row.noting_out(said.out)
        await _move(ctx, conn, Event.HOLD, row, {**values, "note": note, "due_at": None})
    else:
        note = f"{said.reason} It goes on after that."
        await _move(
            ctx, conn, Event.RETRY, row, {**values, "note": note, "due_at": ctx.now(), "sent_at": None}
        )


def _today(sender: Sender, row: Message) -> bool:
    """Whether the try still counts against the sender's cap of today."""
    if sender.resets_at is None or row.sent_at is None:
        return False
    return sender.resets_at - timedelta(days=1) <= row.sent_at


async def _move(
    ctx: Context, conn: AsyncConnection, event: Event, row: Message, values: dict[str, object]
) -> bool:
    """False when a person decided meanwhile: that ended our lease."""
    change = Change(row.id, values, attempts=row.attempts)
    return bool(await messages.move(conn, event, [change], actor="look up", now=ctx.now(), leased_by=ctx.me))
