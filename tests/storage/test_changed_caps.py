"""Caps that change: by the settings, for a campaign of its own, and on an installation that was there before them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import seeding
from alembic import command
from capped import WARMING, Wire, by_day, deliver, every, only_sender, scheduled, seeded
from seeding import Clock
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from engine import campaigns, policy
from engine.context import Context, Who
from engine.plan import settle
from engine.rules import caps, timing
from storage import migrate
from storage import senders as sender_rows
from storage.db import Database
from storage.lifecycle import State
from storage.tables import campaigns as campaign_table
from storage.tables import senders, timeline


async def test_a_changed_cap_gives_what_waits_a_new_day(ctx: Context, olivia: Who) -> None:
    await seeded(ctx, 30, WARMING)
    await scheduled(ctx)
    await policy.change(ctx, olivia, {"email_cap": 8})
    await scheduled(ctx)
    assert await by_day(ctx) == {24: 5, 25: 8, 26: 8, 27: 8, 28: 1}
    await policy.change(ctx, olivia, {"email_warm_up": "none", "email_cap": 12})
    await scheduled(ctx)
    assert await by_day(ctx) == {24: 12, 25: 12, 26: 6}
    await policy.change(ctx, olivia, {"email_cap": "none"})
    await scheduled(ctx)
    assert await by_day(ctx) == {24: 30}
    assert {row.note for row in await every(ctx)} == {""}


async def test_another_setting_changes_no_cap(ctx: Context, olivia: Who) -> None:
    await seeded(ctx, 1, {"cap": 7, "warm_from": 2, "warm_by": 1})
    await policy.change(ctx, olivia, {"zone": "Europe/Berlin"})
    found = await only_sender(ctx)
    assert (found.cap, found.warm_from, found.warm_by) == (7, 2, 1)
    await policy.change(ctx, olivia, {"email_cap": 9})
    found = await only_sender(ctx)
    assert (found.cap, found.warm_from, found.warm_by) == (9, 2, 1)
    async with ctx.db.read() as conn:
        assert (await policy.of(conn, "T1")).cap_of("email") == caps.Cap(9, caps.WarmUp(5, 5))


async def test_a_cap_of_a_campaign_replaces_cap_and_warm_up_and_counts_by_itself(
    ctx: Context, olivia: Who, clock: Clock
) -> None:
    campaign, _ = await seeded(ctx, 12, WARMING)
    async with ctx.db.begin() as conn:
        other = await seeding.campaign(conn, "T1", ctx.now(), name="Autumn")
        found = await seeding.people(conn, "T1", 12, ctx.now(), first=12)
        await seeding.touches(
            conn, "T1", other, found, ctx.now(), state=State.APPROVED, slot_at=None, approved_at=ctx.now()
        )
    await scheduled(ctx)
    assert await by_day(ctx) == {24: 5, 25: 10, 26: 9}
    said = await campaigns.set_cap(ctx, olivia, campaign, 9)
    assert "9 a day" in said
    while await settle.turn(ctx):
        pass
    await scheduled(ctx)
    mine = [row for row in await every(ctx) if row.campaign_id == campaign]
    days = Counter(timing.local_date(row.due_at, "UTC").day for row in mine)
    assert days == {24: 9, 25: 3}
    wire = Wire()
    assert await deliver(ctx, wire) >= 9
    async with ctx.db.read() as conn:
        own = (await conn.execute(select(senders).where(senders.c.campaign_id == campaign))).one()
        shared = await sender_rows.of_channel(conn, "T1", "email")
        named = (
            await conn.execute(
                select(campaign_table.c.cap, campaign_table.c.cap_by).where(campaign_table.c.id == campaign)
            )
        ).first()
        audit = (
            await conn.execute(select(timeline.c.actor, timeline.c.detail).where(timeline.c.event == "cap"))
        ).all()
    assert shared is not None
    assert (own.address, own.cap, own.warm_from, own.used) == (shared.address, 9, None, 9)
    assert shared.id != own.id
    assert tuple(named or ()) == (9, "U1OLIVIA")
    assert [tuple(row) for row in audit] == [("U1OLIVIA", "9 a day")]
    await campaigns.set_cap(ctx, olivia, campaign, None)
    while await settle.turn(ctx):
        pass
    await scheduled(ctx)
    left = {row.sender_id for row in await every(ctx) if row.state == State.SCHEDULED}
    assert left == {shared.id}


async def test_two_workers_give_a_campaign_one_sender_of_its_own(ctx: Context) -> None:
    campaign, _ = await seeded(ctx, 450, WARMING)
    async with ctx.db.begin() as conn:
        await conn.execute(update(campaign_table).values(cap=300, cap_by="U1OLIVIA"))
    await scheduled(ctx, workers=3)
    assert await by_day(ctx) == {24: 300, 25: 150}
    async with ctx.db.read() as conn:
        own = await conn.execute(
            select(func.count()).select_from(senders).where(senders.c.campaign_id == campaign)
        )
        assert own.scalar_one() == 1


async def test_an_installation_that_sends_already_is_not_slowed_down(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'older.db'}"
    engine = migrate._engine(migrate.normalise(url))
    with engine.begin() as connection:
        command.upgrade(migrate._config(connection), "0002")
        created = "2026-11-01 00:00:00.000000+00:00"
        for id_, settings in (("T1", '{"zone": "Europe/Berlin"}'), ("T2", '{"email_cap": 50}'), ("T3", "{}")):
            connection.exec_driver_sql(
                "INSERT INTO workspaces (id, name, settings, created_at) VALUES (?, ?, ?, ?)",
                (id_, "Acme", settings, created),
            )
        for id_, cap in (("T1", None), ("T2", 50)):
            connection.exec_driver_sql(
                "INSERT INTO senders (workspace_id, channel, address, cap) VALUES (?, 'email', 'a@b.example', ?)",
                (id_, cap),
            )
    engine.dispose()
    migrate.upgrade(url)
    db = Database(url)
    async with db.read() as conn:
        found = (await conn.execute(select(senders.c.cap, senders.c.warm_from))).all()
        read = {id_: await policy.of(conn, id_) for id_ in ("T1", "T2", "T3")}
    await db.close()
    assert [tuple(row) for row in found] == [(None, None), (50, None)]
    assert {id_: rules.email_cap for id_, rules in read.items()} == {"T1": None, "T2": 50, "T3": 20}
    assert read["T1"].zone == "Europe/Berlin"


async def test_a_shared_address_exists_once(ctx: Context) -> None:
    await seeded(ctx, 1, {"cap": None})
    with pytest.raises(IntegrityError):
        async with ctx.db.begin() as conn:
            same = {"workspace_id": "T1", "channel": "email", "address": "olivia@acme.example"}
            await conn.execute(insert(senders).values(**same))
