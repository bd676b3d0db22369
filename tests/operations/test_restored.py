"""After an older backup was put back, nothing leaves a second time unless a person says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import seeding
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from seeding import Clock
from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.pool import NullPool
from test_backup import everything
from typer.testing import CliRunner
from wires import Wire

from bot.__main__ import cli
from bot.worker import Worker
from engine import campaigns as people_and_campaigns
from engine import restore
from engine.context import Context, Who
from engine.deliver import people
from storage import numbering
from storage.db import Database, normalise
from storage.lifecycle import State
from storage.model import Autonomy, CampaignStatus
from storage.tables import campaigns, cards, contacts, messages, metadata, revisions

OLIVIA = Who("T1", "U1OLIVIA", channel="C1GROWTH", is_admin=True)


async def nothing(workspace_id: str, url: str) -> AsyncIterator[bytes]:
    yield b""


async def drain(ctx: Context) -> list[int]:
    """Run every loop until none has anything to do; the messages that left."""
    wire = Wire()
    await Worker(replace(ctx, channels={"email": wire}), fetch=nothing).drain()
    return [int(envelope.key.split(".")[0]) for envelope in wire.sent]


async def seeded(ctx: Context, **of_the_campaign: object) -> dict[str, int]:
    """One message of each state in which a backup may have caught what left afterwards."""
    now = ctx.now()
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", now, **of_the_campaign)
        who = await seeding.people(conn, "T1", 5, now)
        common = {"with_cards": True}
        due = await seeding.touches(conn, "T1", campaign, who[:1], now, **common)  # type: ignore[arg-type]
        later = await seeding.touches(
            conn, "T1", campaign, who[1:2], now, due_at=now + timedelta(days=3), with_cards=True
        )
        approved = await seeding.touches(
            conn, "T1", campaign, who[2:3], now, state=State.APPROVED, with_cards=True
        )
        drafted = await seeding.touches(
            conn, "T1", campaign, who[3:4], now, state=State.DRAFTED,
            due_at=now + timedelta(days=5), with_cards=True,
        )  # fmt: skip
        words = {"message_id": drafted[0], "revision": 1, "score": 95, "findings": [], "created_at": now}
        await conn.execute(insert(revisions), words)
        planned = await seeding.touches(conn, "T1", campaign, who[4:], now, state=State.PLANNED)
    return {
        "campaign": campaign, "due": due[0], "later": later[0], "approved": approved[0],
        "drafted": drafted[0], "planned": planned[0],
    }  # fmt: skip


async def state(db: Database, id_: int) -> str:
    async with db.read() as conn:
        return str((await conn.execute(select(messages.c.state).where(messages.c.id == id_))).scalar_one())


async def test_without_the_hold_the_same_messages_would_leave(ctx: Context) -> None:
    made = await seeded(ctx)
    assert set(await drain(ctx)) == {made["due"], made["approved"]}


async def test_what_may_have_left_asks_and_what_cannot_have_left_keeps_its_time(
    ctx: Context, clock: Clock
) -> None:
    made = await seeded(ctx, autonomy="auto", autonomy_by="U1OLIVIA")
    found = await restore.hold(ctx.db, clock())
    assert found == restore.Tally(unsure=2, drafts=1, paused=1, reviewed=1)
    assert await drain(ctx) == []
    clock.forward(days=4)
    assert await drain(ctx) == []
    states = {name: await state(ctx.db, made[name]) for name in ("due", "approved", "later", "drafted")}
    assert states == {"due": "unsure", "approved": "unsure", "later": "approved", "drafted": "drafted"}
    async with ctx.db.read() as conn:
        held = (await conn.execute(select(campaigns.c.status, campaigns.c.autonomy))).one()
        stale = {row.entity_id for row in await conn.execute(select(cards).where(cards.c.wanted > 1))}
        warned = (await conn.execute(select(revisions.c.score, revisions.c.findings))).one()
        touched = (await conn.execute(select(contacts.c.id).where(contacts.c.touched_at.is_not(None)))).all()
    assert tuple(held) == (CampaignStatus.PAUSED, Autonomy.REVIEW)
    assert {made["due"], made["approved"], made["drafted"]} <= stale
    assert (warned.score, [one["code"] for one in warned.findings]) == (45, ["restored"])
    assert len(touched) == 2


async def test_a_person_says_which_left_and_the_other_leaves_once_after_the_campaign_resumes(
    ctx: Context, clock: Clock
) -> None:
    made = await seeded(ctx)
    await restore.hold(ctx.db, clock())
    await people.confirm(ctx, OLIVIA, made["due"])
    await people.send_again(ctx, OLIVIA, made["approved"])
    clock.forward(minutes=1)
    assert await drain(ctx) == [], "the campaign is still paused"
    await people_and_campaigns.resume(ctx, OLIVIA, made["campaign"])
    assert await drain(ctx) == [made["approved"]]
    clock.forward(days=4)
    assert await drain(ctx) == [made["later"]]


async def test_a_second_hold_changes_nothing_more(ctx: Context, clock: Clock) -> None:
    await seeded(ctx, autonomy="first", autonomy_by="U1OLIVIA")
    await restore.hold(ctx.db, clock())
    before = await everything(ctx.db)
    assert await restore.hold(ctx.db, clock()) == restore.Tally()
    assert await everything(ctx.db) == before


async def test_each_workspace_is_held(ctx: Context, clock: Clock) -> None:
    await seeding.add_workspace(ctx.db, "T2")
    async with ctx.db.begin() as conn:
        for workspace in ("T1", "T2"):
            campaign = await seeding.campaign(conn, workspace, clock())
            who = await seeding.people(conn, workspace, 2, clock())
            await seeding.touches(conn, workspace, campaign, who, clock())
    found = await restore.hold(ctx.db, clock())
    assert (found.unsure, found.paused) == (4, 2)
    assert await drain(ctx) == []


async def test_ids_go_on_far_beyond_those_that_were_lost(ctx: Context, database_url: str) -> None:
    made = await seeded(ctx)
    before = await everything(ctx.db)
    await ctx.db.close()
    for _ in range(2):
        numbering.leave_gap(database_url)
        assert await everything(ctx.db) == before
        await ctx.db.close()
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", ctx.now(), name="Later")
        who = await seeding.people(conn, "T1", 1, ctx.now(), first=5)
        (new,) = await seeding.touches(conn, "T1", campaign, who, ctx.now())
    assert min(campaign, who[0], new) > max(made.values()) + numbering.GAP
    url = normalise(database_url)
    if url.get_backend_name() == "sqlite":
        url = url.set(drivername="sqlite")
    with create_engine(url, poolclass=NullPool).connect() as sync:
        assert compare_metadata(MigrationContext.configure(sync), metadata) == []
        if url.get_backend_name() == "sqlite":
            assert sync.execute(text("PRAGMA foreign_key_check")).all() == []
            assert sync.execute(text("PRAGMA integrity_check")).all() == [("ok",)]


def test_every_table_that_counts_its_rows_is_counted_on() -> None:
    assert {"messages", "campaigns", "strategies", "contacts", "replies", "cards"} <= set(numbering.COUNTED)
    assert not {"workspaces", "secrets", "revisions"} & set(numbering.COUNTED)


@pytest.mark.usefixtures("workspace")
def test_the_command_says_what_it_held(database_url: str, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["restored"], env={"DATABASE_URL": database_url})
    assert (result.exit_code, "0 messages may have left" in result.output) == (0, True)
