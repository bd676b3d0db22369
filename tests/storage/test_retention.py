"""Retention: events past their time go, once a day and counted; what must stay stays."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import seeding
from seeding import Clock
from sqlalchemy import func, insert, select

from bot import clock as ticking
from engine import counting, digest, retain
from engine.context import Context, Who
from storage import contacts, digests, retentions
from storage.tables import engagements, slack_events, suppressions, timeline
from storage.tables import messages as rows


async def seeded(ctx: Context, old: int, young: int) -> None:
    """Events on one message, a second inside and outside of the 90 days, in two workspaces."""
    await seeding.add_workspace(ctx.db, "T2")
    async with ctx.db.begin() as conn:
        for workspace in ("T1", "T2"):
            campaign = await seeding.campaign(conn, workspace, ctx.now())
            people = await seeding.people(conn, workspace, 1, ctx.now())
            (message,) = await seeding.touches(conn, workspace, campaign, people, ctx.now())
            edge = ctx.now() - timedelta(days=90)
            ages = [edge - timedelta(seconds=1)] * old + [edge + timedelta(seconds=1)] * young
            facts = [
                {
                    "workspace_id": workspace, "message_id": message, "kind": "opened", "at": at, "human": True,
                    "dedupe_key": f"k{n}", "detail": {},
                }
                for n, at in enumerate(ages)
            ]  # fmt: skip
            await conn.execute(insert(engagements), facts)
            await conn.execute(insert(slack_events).values(workspace_id=workspace, event_id="E1", at=ages[0]))
        await contacts.suppress(
            conn, "T1", ["gone"], cause="asked", by="U1", now=ctx.now() - timedelta(days=400)
        )


async def count(ctx: Context, table: object, workspace: str = "T1") -> int:
    async with ctx.db.read() as conn:
        found = select(func.count()).select_from(table).where(table.c.workspace_id == workspace)  # type: ignore[arg-type, attr-defined]
        return int((await conn.execute(found)).scalar_one())


async def cleared(ctx: Context, workers: int = 1) -> None:
    async def until_idle(n: int) -> None:
        mine = replace(ctx, me=f"worker-{n}")
        while claimed := await retain.claim(mine):
            await retain.work(mine, claimed)

    await asyncio.gather(*(until_idle(n) for n in range(workers)))


async def test_events_older_than_ninety_days_go_and_nothing_else_does(ctx: Context, clock: Clock) -> None:
    await seeded(ctx, old=2_500, young=3)
    kept = [await count(ctx, table) for table in (rows, suppressions)]
    history = await count(ctx, timeline)
    await ticking.tick(ctx)
    await ticking.tick(ctx)
    await cleared(ctx, workers=2)
    for workspace in ("T1", "T2"):
        assert await count(ctx, engagements, workspace) == 3
        assert await count(ctx, slack_events, workspace) == 0
    assert [await count(ctx, table) for table in (rows, suppressions)] == kept
    assert await count(ctx, timeline) == history + 1
    async with ctx.db.read() as conn:
        day = timedelta(days=1)
        assert await retentions.removed(conn, "T1", clock() - day, clock() + day) == 2_500


async def test_the_digest_says_how_many_and_the_next_day_clears_again(
    ctx: Context, clock: Clock, olivia: Who
) -> None:
    await seeded(ctx, old=1, young=1)
    await ticking.tick(ctx)
    await cleared(ctx)
    clock.forward(minutes=1)
    assert await digest.ask(ctx, olivia)
    async with ctx.db.begin() as conn:
        (row,) = await digests.lease(
            conn, me="w", machine_now=clock(), until=clock() + timedelta(minutes=1), limit=1
        )
        assert "1 event past their time were removed." in (await counting.count(conn, row)).notes()
    clock.forward(days=1)
    await ticking.tick(ctx)
    await cleared(ctx)
    assert await count(ctx, engagements) == 0


async def test_a_worker_that_lost_its_lease_removes_no_more(ctx: Context) -> None:
    await seeded(ctx, old=5, young=0)
    await ticking.tick(ctx)
    claimed = await retain.claim(replace(ctx, me="slow"))
    async with ctx.db.begin() as conn:
        row = claimed[0]
        assert await retentions.clear(conn, row, me="another", before=ctx.now()) is None
    assert await count(ctx, engagements) == 5


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_planner_of_sqlite_learns_once_a_day_what_a_table_has_become(
    ctx: Context, clock: Clock
) -> None:
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", ctx.now())
        people = await seeding.people(conn, "T1", 200, ctx.now())
        await seeding.touches(conn, "T1", campaign, people, ctx.now())
        for id_ in people[:3]:
            await conn.execute(select(rows.c.id).where(rows.c.contact_id == id_, rows.c.state == "sent"))
    assert await counted(ctx) == 0
    await ticking.tick(ctx)
    await cleared(ctx)
    assert await counted(ctx) == 200


async def counted(ctx: Context) -> int:
    """The messages that the planner believes there are."""
    async with ctx.db.read() as conn:
        if not (
            await conn.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")
        ).first():
            return 0
        told = "SELECT stat FROM sqlite_stat1 WHERE idx = 'ix_messages_contact'"
        return int(str((await conn.exec_driver_sql(told)).scalar_one()).split()[0])
