"""Deliver's claim: sender, rows, contacts and gates in one transaction, whoever else is claiming."""

from __future__ import annotations

from datetime import timedelta

import pytest
import seeding
from seeding import Clock
from sqlalchemy import select, update
from wires import Wire, deliver, row_of, seeded

from engine import errors
from engine.context import Context
from engine.deliver import Lane
from storage import contacts as people_rows
from storage import senders as sender_rows
from storage import workspaces
from storage.lifecycle import State
from storage.tables import campaigns, contacts, senders
from storage.tables import messages as rows


async def test_two_workers_send_each_message_once(ctx: Context) -> None:
    ids = await seeded(ctx, 350)
    wire = Wire()
    await deliver(ctx, wire, lanes=2)
    assert sorted(int(envelope.key.split(".")[0]) for envelope in wire.sent) == ids
    async with ctx.db.read() as conn:
        found = (
            await conn.execute(select(rows.c.state, rows.c.sent_at, rows.c.provider_id, rows.c.leased_by))
        ).all()
    assert {(row.state, row.sent_at, row.leased_by) for row in found} == {(State.SENT, ctx.now(), None)}
    assert len({row.provider_id for row in found}) == len(ids)


async def test_two_campaigns_never_touch_a_contact_twice_within_48_hours(ctx: Context, clock: Clock) -> None:
    async with ctx.db.begin() as conn:
        first = await seeding.campaign(conn, "T1", ctx.now())
        second = await seeding.campaign(conn, "T1", ctx.now(), name="Autumn")
        found = await seeding.people(conn, "T1", 150, ctx.now())
        for campaign in (first, second):
            await seeding.touches(conn, "T1", campaign, found, ctx.now())
    wire = Wire()
    await deliver(ctx, wire, lanes=3)
    assert len(wire.sent) == len({envelope.to for envelope in wire.sent}) == 150
    clock.forward(hours=47)
    await deliver(ctx, wire, lanes=3)
    assert len(wire.sent) == 150
    clock.forward(hours=30)  # two calendar days apart in every case
    await deliver(ctx, wire, lanes=3)
    assert len(wire.sent) == 300


async def test_a_cap_is_never_passed_and_the_rest_waits_for_tomorrow(ctx: Context, clock: Clock) -> None:
    await seeded(ctx, 250)
    async with ctx.db.begin() as conn:
        await conn.execute(update(senders).values(cap=120))
    wire = Wire()
    await deliver(ctx, wire, lanes=3)
    assert len(wire.sent) == 120
    clock.forward(days=1)
    await deliver(ctx, wire, lanes=3)
    assert len(wire.sent) == 240


@pytest.mark.parametrize(
    ("error", "state", "tries", "touched"),
    [
        (errors.Transient("greylisted"), State.SCHEDULED, 1, False),
        (errors.RateLimited("slow down", timedelta(seconds=90)), State.SCHEDULED, 0, False),
        (errors.Undeliverable("no such mailbox"), State.FAILED, 0, False),
        (errors.Misconfigured("bad login"), State.SCHEDULED, 0, False),
        (errors.Unknown("cut off after the text"), State.UNSURE, 0, True),
        (RuntimeError("anything else"), State.UNSURE, 0, True),
    ],
)
async def test_what_became_of_a_send_is_written_down(
    ctx: Context, error: Exception, state: State, tries: int, touched: bool
) -> None:
    (id_,) = await seeded(ctx, 1)
    wire = Wire(error)
    await deliver(ctx, wire)
    row = await row_of(ctx, id_)
    assert (row.state, row.tries, len(wire.sent)) == (state, tries, 1)
    async with ctx.db.read() as conn:
        contact = (await conn.execute(select(contacts))).one()
        sender = (await conn.execute(select(senders))).one()
    assert (contact.touched_at is not None) == touched
    assert (contact.status == "contacted") is False
    assert sender.used == int(touched)
    assert (sender.stopped != "") == isinstance(error, errors.Misconfigured)


async def test_a_passing_failure_is_tried_four_times_and_no_more(ctx: Context, clock: Clock) -> None:
    (id_,) = await seeded(ctx, 1)
    wire = Wire(errors.Transient("busy"))
    for _ in range(8):
        await deliver(ctx, wire)
        clock.forward(hours=6)
    assert len(wire.sent) == 4
    assert (await row_of(ctx, id_)).state == State.FAILED


async def test_a_paused_campaign_sends_nothing_from_the_moment_it_is_paused(ctx: Context) -> None:
    await seeded(ctx, 20)
    async with ctx.db.begin() as conn:
        await conn.execute(update(campaigns).values(status="paused"))
    wire = Wire()
    await deliver(ctx, wire)
    assert wire.sent == []


@pytest.mark.parametrize("change", ["words", "address", "suppressed", "unapproved", "no postal address"])
async def test_what_was_not_approved_as_it_is_does_not_leave(ctx: Context, change: str) -> None:
    (id_,) = await seeded(ctx, 1)
    async with ctx.db.begin() as conn:
        if change == "words":
            await conn.execute(update(rows).values(body="Other words than those that were seen by anybody."))
        elif change == "address":
            await conn.execute(update(contacts).values(email="mallory@elsewhere.example"))
        elif change == "unapproved":
            await conn.execute(update(rows).values(approved_by=None))
        elif change == "suppressed":
            key = (await conn.execute(select(contacts.c.block_key))).scalar_one()
            await people_rows.suppress(conn, "T1", [key], cause="asked", by="U1", now=ctx.now())
        else:
            brand = await workspaces.default_brand(conn, "T1")
            assert brand is not None
            await workspaces.set_brand(conn, "T1", brand.id, {"postal_address": " "})
    wire = Wire()
    await deliver(ctx, wire)
    row = await row_of(ctx, id_)
    assert (wire.sent, row.state) == ([], State.BLOCKED)
    assert row.note


async def test_a_post_whose_time_has_passed_is_missed_and_not_sent(ctx: Context) -> None:
    (id_,) = await seeded(ctx, 1)
    async with ctx.db.begin() as conn:
        brand = await workspaces.default_brand(conn, "T1")
        assert brand is not None
        await workspaces.set_feed(conn, "T1", brand.id, "linkedin", address="urn:li:person:1", name="Acme")
        feed = await workspaces.feed(conn, "T1", "linkedin")
        assert feed is not None
        long_ago = ctx.now() - timedelta(days=4)
        await conn.execute(
            update(rows).values(
                feed_id=feed.id, contact_id=None, campaign_id=None, slot_at=long_ago, due_at=long_ago
            )
        )
    wire = Wire()
    await deliver(ctx, wire)
    row = await row_of(ctx, id_)
    assert (wire.sent, row.state, row.note) == ([], State.CANCELLED, "missed")


async def test_each_sender_gets_its_turn(ctx: Context) -> None:
    await seeding.add_workspace(ctx.db, "T2")
    async with ctx.db.begin() as conn:
        for workspace in ("T1", "T2"):
            campaign = await seeding.campaign(conn, workspace, ctx.now())
            found = await seeding.people(conn, workspace, 250, ctx.now())
            await seeding.touches(conn, workspace, campaign, found, ctx.now())
    wire = Wire()
    lane = Lane(wire)
    await lane.turn(ctx)
    await lane.turn(ctx)
    async with ctx.db.read() as conn:
        first_two = {
            row.workspace_id
            for row in await conn.execute(select(rows.c.workspace_id).where(rows.c.state != State.SCHEDULED))
        }
    assert first_two == {"T1", "T2"}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_sender_that_another_worker_holds_is_asked_for_again_at_once(ctx: Context) -> None:
    await seeded(ctx, 1)
    lane = Lane(wire := Wire())
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        assert await sender_rows.claim(conn, "email", now=ctx.now(), machine_now=machine_now)
        assert await lane.turn(ctx), "it is not idle: it would wait for a second"
        assert wire.sent == []
    await deliver(ctx, wire)
    assert len(wire.sent) == 1
