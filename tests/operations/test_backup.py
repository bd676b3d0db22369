"""A backup made while everything runs can be put back: cards and due times hold, and work goes on from there."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import seeding
from seeding import Clock
from sqlalchemy import select
from sqlalchemy.engine import make_url
from wires import Wire

from engine.context import Context
from engine.deliver import Lane
from storage import migrate
from storage.db import Database
from storage.lifecycle import State
from storage.tables import cards, metadata
from storage.tables import messages as rows

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


async def test_a_backup_made_while_a_worker_writes_holds_cards_and_due_times_and_work_goes_on(
    ctx: Context, clock: Clock, database_url: str, elsewhere: str, tmp_path: Path
) -> None:
    later = clock() + timedelta(hours=3)
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", clock())
        people = await seeding.people(conn, "T1", 330, clock())
        await seeding.touches(conn, "T1", campaign, people[:300], clock())
        promised = await seeding.touches(
            conn, "T1", campaign, people[300:], clock(), due_at=later, with_cards=True
        )
    before = await kept(ctx.db, promised)
    wire, stopped = Wire(), asyncio.Event()
    worker = asyncio.create_task(deliver_until(stopped, ctx, wire))
    while not wire.sent:
        await asyncio.sleep(0)
    await asyncio.to_thread(back_up, database_url, tmp_path / "backup")
    stopped.set()
    await worker
    await asyncio.to_thread(put_back, tmp_path / "backup", elsewhere)

    assert migrate.is_current(elsewhere)
    db = Database(elsewhere)
    try:
        assert await kept(db, promised) == before
        restored = replace(ctx, db=db)
        clock.forward(hours=3)
        again = Wire()
        await asyncio.gather(deliver(restored, again), deliver(replace(restored, me="another"), again))
        async with db.read() as conn:
            wanted = {
                row.id for row in await conn.execute(select(rows.c.id).where(rows.c.state == State.SENT))
            }
        gone = [int(envelope.key.split(".")[0]) for envelope in again.sent]
        assert len(gone) == len(set(gone))
        assert set(promised) <= set(gone) <= wanted
    finally:
        await db.close()


async def test_every_row_of_every_table_is_in_the_copy(
    ctx: Context, clock: Clock, database_url: str, elsewhere: str, tmp_path: Path
) -> None:
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", clock())
        people = await seeding.people(conn, "T1", 5, clock())
        await seeding.touches(conn, "T1", campaign, people, clock(), with_cards=True)
    back_up(database_url, tmp_path / "backup")
    put_back(tmp_path / "backup", elsewhere)
    copy = Database(elsewhere)
    try:
        assert await everything(copy) == await everything(ctx.db)
    finally:
        await copy.close()
    if elsewhere.startswith("sqlite"):
        with closing(sqlite3.connect(make_url(elsewhere).database or "")) as conn:
            assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert conn.execute("PRAGMA foreign_key_check").fetchall() == []


# --- the commands of docs/operations.md


def back_up(url: str, to: Path) -> None:
    run(command("pg_dump" if url.startswith("postgres") else "python"), url, to)


def put_back(backup: Path, url: str) -> None:
    if url.startswith("sqlite"):
        shutil.copyfile(backup, make_url(url).database or "")
    else:
        run(command("pg_restore"), url, backup)


def command(program: str) -> str:
    """The one line of the page that an operator would copy where this program is at hand."""
    lines = re.findall(r"^ {4,}(.*)$", PAGE.read_text(), re.MULTILINE)
    (found,) = [line for line in lines if line.startswith(f"{program} ")]
    return str(found)


def run(line: str, url: str, backup: Path) -> None:
    """As it stands on the page, with the page's names replaced by ours."""
    database = make_url(url).database if url.startswith("sqlite") else url
    named = line.replace("overture.db", str(database)).replace("backup.db", str(backup))
    named = named.replace('"$DATABASE_URL"', f"'{database}'").replace("backup.dump", str(backup))
    named = re.sub(r"^python ", f"{sys.executable} ", named)
    done = subprocess.run(named, shell=True, capture_output=True, text=True, env=os.environ.copy())
    assert done.returncode == 0, done.stderr


# --- what is looked at


async def deliver_until(stopped: asyncio.Event, ctx: Context, wire: Wire) -> None:
    lane = Lane(wire)
    while not stopped.is_set() and await lane.turn(ctx):
        await asyncio.sleep(0.02)
    await lane.flush(ctx)


async def deliver(ctx: Context, wire: Wire) -> None:
    lane = Lane(wire)
    while await lane.turn(ctx):
        pass


async def kept(db: Database, ids: list[int]) -> list[tuple[Any, ...]]:
    """What people were promised: state, times and cards of these messages."""
    c = rows.c
    promised = select(c.id, c.state, c.due_at, c.slot_at, c.approved_hash, c.body).where(c.id.in_(ids))
    shown = select(*cards.c).where(cards.c.entity_id.in_(ids))
    async with db.read() as conn:
        found = (await conn.execute(promised.order_by(c.id))).all()
        return [tuple(row) for row in (*found, *(await conn.execute(shown.order_by(cards.c.id))).all())]


async def everything(db: Database) -> dict[str, list[str]]:
    async with db.read() as conn:
        return {
            table.name: sorted(repr(tuple(row)) for row in (await conn.execute(select(table))).all())
            for table in metadata.sorted_tables
        }
