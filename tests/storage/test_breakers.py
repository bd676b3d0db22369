"""A channel that fails: its breaker, its probes, its stops and pauses, shared by all workers through the database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from seeding import Clock, add_workspace
from sqlalchemy import select, update
from wires import Wire, deliver, seeded

from engine import errors
from engine.channels import Envelope, Limits, Receipt
from engine.context import Context, Who
from engine.deliver import Lane, health, recover
from engine.errors import Refused
from engine.rules import breaker
from storage.lifecycle import State
from storage.tables import cards, contacts, senders, timeline
from storage.tables import messages as rows

DOWN = errors.Transient("The mail server cannot be reached.")


async def sender_of(ctx: Context, workspace: str = "T1") -> Any:
    async with ctx.db.read() as conn:
        return (await conn.execute(select(senders).where(senders.c.workspace_id == workspace))).one()


async def rested(ctx: Context) -> None:
    """The time of the next probe has come."""
    async with ctx.db.begin() as conn:
        await conn.execute(update(senders).values(not_before=await ctx.db.machine_now(conn)))


async def found(ctx: Context, table: Any, *columns: Any) -> list[Any]:
    async with ctx.db.read() as conn:
        return list((await conn.execute(select(*columns).order_by(table.c.id))).all())


async def test_five_failures_open_it_and_the_rest_of_the_batch_is_not_even_tried(ctx: Context) -> None:
    await seeded(ctx, 40)
    wire = Wire(DOWN)
    wire.limits = type(wire.limits)(concurrency=1)
    await deliver(ctx, wire)
    sender = await sender_of(ctx)
    assert len(wire.sent) == breaker.THRESHOLD
    assert (sender.failures, sender.cause, sender.used) == (5, DOWN.reason, 0)
    assert sender.opened_at == ctx.now()
    states = await found(ctx, rows, rows.c.state, rows.c.tries)
    assert (
        sorted((row.state, row.tries) for row in states)
        == [(State.SCHEDULED, 0)] * 35 + [(State.SCHEDULED, 1)] * 5
    )
    assert {row.touched_at for row in await found(ctx, contacts, contacts.c.touched_at)} == {None}


async def test_what_was_in_flight_when_another_worker_opened_it_neither_closes_it_nor_tells_again(
    ctx: Context,
) -> None:
    await seeded(ctx, 40)
    over = asyncio.Event()

    class Slow(Wire):
        limits = Limits(concurrency=6)

        async def send(self, envelope: Envelope) -> Receipt:
            await over.wait()
            receipt = await super().send(envelope)
            if len(self.sent) == 6:
                raise DOWN
            return receipt

    lane, slow = Lane(wire := Slow()), replace(ctx, me="slow")
    flying = asyncio.create_task(lane.turn(slow))
    while State.SENDING not in {row.state for row in await found(ctx, rows, rows.c.state)}:
        await asyncio.sleep(0)
    await deliver(ctx, Wire(DOWN))
    over.set()
    await flying
    await lane.flush(slow)
    assert len(wire.sent) == 6
    assert (await sender_of(ctx)).opened_at is not None
    told = await found(ctx, timeline, timeline.c.entity, timeline.c.event)
    assert [row.event for row in told if row.entity == "sender"] == ["opened"]


async def test_failures_between_successes_are_not_in_a_row(ctx: Context) -> None:
    await seeded(ctx, 60)

    class Flaky(Wire):
        async def send(self, envelope: Envelope) -> Receipt:
            self.error = DOWN if len(self.sent) % 2 else None
            return await super().send(envelope)

    wire = Flaky()
    wire.limits = type(wire.limits)(concurrency=1)
    await deliver(ctx, wire)
    assert len(wire.sent) == 60
    sender = await sender_of(ctx)
    assert (sender.failures, sender.opened_at) == (1, None)


async def test_while_it_rests_no_worker_tries_and_no_try_is_used_up(ctx: Context, clock: Clock) -> None:
    ids = await seeded(ctx, 30)
    await deliver(ctx, Wire(DOWN))
    clock.forward(hours=6)
    await deliver(ctx, wire := Wire(DOWN), lanes=3)
    assert wire.sent == []
    for _ in range(6):
        await rested(ctx)
        await deliver(ctx, wire, lanes=3)
    assert len(wire.sent) == 6  # one probe each time, whoever was there
    assert {row.state for row in await found(ctx, rows, rows.c.state)} == {State.SCHEDULED}
    assert sum(row.tries for row in await found(ctx, rows, rows.c.tries)) == len(ids)  # of the first batch
    assert (await sender_of(ctx)).failures == 5 + 6


async def test_a_probe_that_succeeds_closes_it_and_all_go_out_once(ctx: Context, clock: Clock) -> None:
    ids = await seeded(ctx, 30)
    await deliver(ctx, Wire(DOWN))
    clock.forward(hours=6)
    await rested(ctx)
    await deliver(ctx, wire := Wire(), lanes=3)
    assert sorted(int(envelope.key.split(".")[0]) for envelope in wire.sent) == ids
    sender = await sender_of(ctx)
    assert (sender.failures, sender.opened_at, sender.cause, sender.not_before) == (0, None, "", None)


async def test_other_workspaces_and_channels_go_on(ctx: Context) -> None:
    await add_workspace(ctx.db, "T2")
    await seeded(ctx, 10)
    theirs = await seeded(ctx, 10, "T2")

    class HalfDown(Wire):
        async def send(self, envelope: Envelope) -> Receipt:
            self.error = None if int(envelope.key.split(".")[0]) in theirs else DOWN
            return await super().send(envelope)

    await deliver(ctx, HalfDown())
    assert (await sender_of(ctx)).opened_at is not None
    assert (await sender_of(ctx, "T2")).opened_at is None
    async with ctx.db.read() as conn:
        left = await conn.execute(select(rows.c.id).where(rows.c.state == State.SENT))
        assert sorted(left.scalars()) == theirs


@pytest.mark.parametrize(
    "error", [errors.Undeliverable("no such user"), errors.Transient("greylisted", of_recipient=True)]
)
async def test_refusals_of_recipients_open_nothing(ctx: Context, error: Exception) -> None:
    await seeded(ctx, 30)
    await deliver(ctx, wire := Wire(error))
    assert len(wire.sent) == 30
    assert (await sender_of(ctx)).opened_at is None


async def test_a_pause_the_provider_asks_for_binds_all_workers_to_the_second(ctx: Context) -> None:
    await seeded(ctx, 120)
    wire = Wire(errors.RateLimited("slow down", timedelta(seconds=90)))
    wire.limits = type(wire.limits)(concurrency=1)
    async with ctx.db.read() as conn:
        before = await ctx.db.machine_now(conn)
    await deliver(ctx, wire, lanes=2)
    sender = await sender_of(ctx)
    async with ctx.db.read() as conn:
        after = await ctx.db.machine_now(conn)
    assert len(wire.sent) <= 2  # at most one per worker that was at it already
    assert before <= sender.not_before - timedelta(seconds=90) <= after
    assert {row.tries for row in await found(ctx, rows, rows.c.tries)} == {0}
    assert sender.opened_at is None


async def test_a_fault_of_the_set_up_stops_the_sender_and_tells_the_admins_once(
    ctx: Context, olivia: Who
) -> None:
    await seeded(ctx, 20)
    broken = Wire(errors.Misconfigured("The login was refused."))
    broken.limits = type(broken.limits)(concurrency=1)
    await deliver(ctx, broken, lanes=2)
    assert len(broken.sent) <= 2
    sender = await sender_of(ctx)
    assert sender.stopped == "The login was refused."
    for _ in range(3):
        await health.try_now(ctx, olivia, sender.id)
        await deliver(ctx, broken)
    shown = await found(ctx, cards, cards.c.kind, cards.c.entity_id, cards.c.ts)
    assert [(card.kind, card.entity_id) for card in shown if card.kind == "sender"] == [("sender", sender.id)]
    assert {(row.state, row.tries) for row in await found(ctx, rows, rows.c.state, rows.c.tries)} == {
        (State.SCHEDULED, 0)
    }
    await health.try_now(ctx, olivia, sender.id)
    await deliver(ctx, wire := Wire())
    assert len(wire.sent) == 20
    sender = await sender_of(ctx)
    assert (sender.stopped, sender.opened_at) == ("", None)


async def test_its_life_is_in_the_timeline_with_who_tried(ctx: Context, olivia: Who) -> None:
    await seeded(ctx, 10)
    await deliver(ctx, Wire(DOWN))
    sender = await sender_of(ctx)
    await health.try_now(ctx, olivia, sender.id)
    await deliver(ctx, Wire())
    told = await found(ctx, timeline, timeline.c.entity, timeline.c.event, timeline.c.actor)
    assert [(line.event, line.actor) for line in told if line.entity == "sender"] == [
        ("opened", "deliver"),
        ("try_now", olivia.user_id),
        ("closed", "deliver"),
    ]
    with pytest.raises(Refused):
        await health.try_now(ctx, olivia, sender.id)
    with pytest.raises(Refused):
        await health.try_now(ctx, Who("T2", "U9"), sender.id)


# --- a provider that keeps our key


class Keyed(Wire):
    provider = "keyed"
    idempotent_for = timedelta(hours=24)


async def test_an_unknown_outcome_is_repeated_under_its_key_and_blocks_the_contact_meanwhile(
    ctx: Context, clock: Clock
) -> None:
    (id_,) = await seeded(ctx, 1)
    await deliver(ctx, first := Keyed(errors.Unknown("cut off")))
    (contact,) = await found(ctx, contacts, contacts.c.touched_at)
    assert contact.touched_at == ctx.now()
    clock.forward(minutes=10)
    await deliver(ctx, second := Keyed())
    keys = [envelope.key for envelope in [*first.sent, *second.sent]]
    assert keys[0].startswith(f"{id_}.1.0-")
    assert keys == keys[:1] * 2
    assert [row.state for row in await found(ctx, rows, rows.c.state)] == [State.SENT]


@pytest.mark.parametrize(
    ("wire", "later"), [(Wire(), timedelta(minutes=10)), (Keyed(), timedelta(hours=23, minutes=30))]
)
async def test_what_can_no_longer_be_repeated_safely_becomes_unsure(
    ctx: Context, clock: Clock, wire: Wire, later: timedelta
) -> None:
    """Another provider took over, or the key is about to be forgotten."""
    await seeded(ctx, 1)
    await deliver(ctx, Keyed(errors.Unknown("cut off")))
    clock.forward(seconds=int(later.total_seconds()))
    wire.sent.clear()
    await deliver(ctx, wire)
    (row,) = await found(ctx, rows, rows.c.state, rows.c.sent_at)
    assert (wire.sent, row.state, row.sent_at) == ([], State.UNSURE, ctx.now())
    assert [card.kind for card in await found(ctx, cards, cards.c.kind)] == ["message"]


@pytest.mark.parametrize(
    ("claimed", "now", "state"),
    [
        (Keyed(), Keyed(), State.SCHEDULED),
        (Keyed(), Wire(), State.UNSURE),
        (Wire(), Keyed(), State.UNSURE),
        (Wire(), Wire(), State.UNSURE),
    ],
)
async def test_a_dead_worker_s_message_is_repeated_only_where_its_own_provider_knows_the_key(
    ctx: Context, claimed: Wire, now: Wire, state: State
) -> None:
    (id_,) = await seeded(ctx, 1)
    lane = Lane(claimed)
    await lane._claim(ctx)  # and the worker dies
    async with ctx.db.begin() as conn:
        past = await ctx.db.machine_now(conn) - timedelta(seconds=1)
        await conn.execute(update(rows).values(lease_until=past))
    ctx.channels["email"] = now  # type: ignore[index]
    now.sent.clear()
    assert await recover.turn(ctx)
    assert [row.state for row in await found(ctx, rows, rows.c.state)] == [state]
    await deliver(ctx, now)
    assert [envelope.key.partition("-")[0] for envelope in now.sent] == [f"{id_}.1.0"] * (
        state is State.SCHEDULED
    )
