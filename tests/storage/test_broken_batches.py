"""A batch that is cut short, answers late or fails in part: each of its messages is on record as it really left."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from seeding import Clock
from sqlalchemy import select, update
from wires import Wire, deliver, row_of, seeded

from engine import errors
from engine.channels import Envelope, Limits, Receipt
from engine.context import Context, Who
from engine.deliver import Lane, people, recover
from engine.rules.links import Signer
from storage.lifecycle import State
from storage.tables import contacts, senders
from storage.tables import messages as rows
from storage.tables import workspaces as offices


async def test_a_worker_that_died_leaves_unsure_and_its_late_answer_still_counts(ctx: Context) -> None:
    (id_,) = await seeded(ctx, 1)
    seen: list[str] = []

    class Slow(Wire):
        async def send(self, envelope: Envelope) -> Receipt:
            async with ctx.db.begin() as conn:
                past = await ctx.db.machine_now(conn) - timedelta(seconds=1)
                await conn.execute(update(rows).values(lease_until=past))
            await recover.turn(ctx)
            seen.append((await row_of(ctx, id_)).state)
            return await super().send(envelope)

    await deliver(ctx, Slow())
    assert seen == [State.UNSURE]
    assert (await row_of(ctx, id_)).state == State.SENT


async def test_an_answer_to_an_older_attempt_takes_nothing_back(ctx: Context, olivia: Who) -> None:
    """Worker A is late, a person sends again, worker B sends; A's failure must not free the contact."""
    (id_,) = await seeded(ctx, 1)

    class Late(Wire):
        async def send(self, envelope: Envelope) -> Receipt:
            async with ctx.db.begin() as conn:
                past = await ctx.db.machine_now(conn) - timedelta(seconds=1)
                await conn.execute(update(rows).values(lease_until=past))
            await recover.turn(ctx)
            await people.send_again(ctx, olivia, id_)
            async with ctx.db.begin() as conn:
                await conn.execute(update(rows).values(due_at=ctx.now()))
            await deliver(ctx, Wire())
            raise errors.Transient("busy")

    await deliver(ctx, Late())
    async with ctx.db.read() as conn:
        contact, sender = (
            (await conn.execute(select(contacts))).one(),
            (await conn.execute(select(senders))).one(),
        )
    assert (await row_of(ctx, id_)).state == State.SENT
    assert contact.touched_at == ctx.now()
    assert sender.used == 2


async def test_a_batch_cut_short_keeps_what_it_did(ctx: Context) -> None:
    ids = await seeded(ctx, 5)

    class Hangs(Wire):
        async def send(self, envelope: Envelope) -> Receipt:
            if envelope.key.startswith(f"{ids[0]}."):
                await asyncio.sleep(60)
            return await super().send(envelope)

    wire = Hangs()
    lane = Lane(wire)
    task = asyncio.create_task(lane.turn(ctx))
    while len(wire.sent) < 4:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await lane.flush(ctx)
    async with ctx.db.read() as conn:
        found = {row.id: row.state for row in await conn.execute(select(rows.c.id, rows.c.state))}
    assert found == {ids[0]: State.UNSURE} | dict.fromkeys(ids[1:], State.SENT)


async def test_what_a_batch_cut_short_never_began_goes_back(ctx: Context) -> None:
    ids = await seeded(ctx, 5)
    begun = asyncio.Event()

    class Hangs(Wire):
        async def send(self, envelope: Envelope) -> Receipt:
            begun.set()
            return await asyncio.sleep(60, Receipt(""))

    wire = Hangs()
    wire.limits = Limits(concurrency=1)
    lane = Lane(wire)
    lane._reach = 5
    task = asyncio.create_task(lane.turn(ctx))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await lane.flush(ctx)
    async with ctx.db.read() as conn:
        found = {row.id: (row.state, row.tries) for row in await conn.execute(select(rows))}
    assert found == {ids[0]: (State.UNSURE, 0)} | dict.fromkeys(ids[1:], (State.SCHEDULED, 0))


async def test_a_message_that_cannot_be_assembled_waits_and_holds_up_no_other(
    ctx: Context, clock: Clock
) -> None:
    ids = await seeded(ctx, 3)

    class Fails(Signer):
        def sign(self, purpose: str, message_id: int, n: int = 0) -> str:
            if message_id == ids[1]:
                raise ValueError("a token that cannot be made")
            return super().sign(purpose, message_id, n)

    wire, broken = Wire(), replace(ctx, signer=Fails((b"k" * 32,)))
    await deliver(broken, wire)
    assert [int(envelope.key.split(".")[0]) for envelope in wire.sent] == [ids[0], ids[2]]
    row = await row_of(ctx, ids[1])
    assert (row.state, row.tries, row.due_at > clock()) == (State.SCHEDULED, 1, True)
    for _ in range(3):
        clock.forward(hours=2)
        await deliver(broken, wire)
    row = await row_of(ctx, ids[1])
    assert (row.state, len(wire.sent)) == (State.FAILED, 2)
    assert "could not be assembled" in row.note


async def test_a_lane_that_is_stopping_begins_nothing_and_loses_nothing(ctx: Context) -> None:
    ids = await seeded(ctx, 3)
    lane = Lane(wire := Wire())
    lane.stop()
    await lane.turn(ctx)
    await lane.flush(ctx)
    assert wire.sent == []
    async with ctx.db.read() as conn:
        found = (await conn.execute(select(rows.c.id, rows.c.state, rows.c.tries))).all()
        contact = (await conn.execute(select(contacts.c.touched_at))).scalars().all()
    assert [(row.id, row.state, row.tries) for row in found] == [(id_, State.SCHEDULED, 0) for id_ in ids]
    assert contact == [None] * 3


async def test_one_result_that_cannot_be_written_costs_only_itself(ctx: Context) -> None:
    ids = await seeded(ctx, 3)

    class Odd(Wire):
        async def send(self, envelope: Envelope) -> Receipt:
            await super().send(envelope)
            return Receipt(object() if envelope.key.startswith(f"{ids[1]}.") else "ok")  # type: ignore[arg-type]

    await deliver(ctx, Odd())
    async with ctx.db.read() as conn:
        found = {row.id: row.state for row in await conn.execute(select(rows.c.id, rows.c.state))}
    assert found == {ids[0]: State.SENT, ids[1]: State.SENDING, ids[2]: State.SENT}


async def test_a_claim_that_fails_does_not_undo_the_record_of_what_was_sent(ctx: Context) -> None:
    ids = await seeded(ctx, 3)
    wire = Wire()
    wire.limits = Limits(concurrency=1)
    lane = Lane(wire)
    await lane.turn(ctx)
    async with ctx.db.begin() as conn:
        await conn.execute(update(offices).values(settings=["no settings"]))
    with pytest.raises(ValueError, match="dictionary"):
        await lane.turn(ctx)
    async with ctx.db.read() as conn:
        found = {row.id: row.state for row in await conn.execute(select(rows.c.id, rows.c.state))}
    assert found == {ids[0]: State.SENT, ids[1]: State.SCHEDULED, ids[2]: State.SCHEDULED}


async def test_what_never_arrived_may_be_sent_again_at_once(ctx: Context, olivia: Who, clock: Clock) -> None:
    (id_,) = await seeded(ctx, 1)
    await deliver(ctx, Wire(errors.Unknown("cut off")))
    await people.send_again(ctx, olivia, id_)
    clock.forward(minutes=1)
    await deliver(ctx, wire := Wire())
    assert [envelope.key.partition("-")[0] for envelope in wire.sent] == [f"{id_}.1.1"]
