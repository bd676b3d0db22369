"""A run takes the next contacts and tells what the channel itself would tell; a dry run leaves nothing behind."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import seeding
from sqlalchemy import insert, select

from bot.worker import Worker
from engine import runs
from engine.channels import Envelope, Limits, Receipt
from engine.context import Context, Who
from engine.errors import Undeliverable
from storage import campaigns
from storage import runs as run_rows
from storage.db import Database
from storage.lifecycle import State
from storage.tables import messages, metadata, suppressions

OWN = {"runs", "cards"}
"""Where a run itself stands: its row and its card."""


class Log:
    """A channel that keeps what it took and refuses what it is told to."""

    name = provider = "email"
    limits = Limits()
    idempotent_for = timedelta()

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.refused: list[str] = []
        self.unknown: set[str] = set()

    async def send(self, envelope: Envelope) -> Receipt:
        await asyncio.sleep(0)
        if envelope.to in self.unknown:
            self.refused.append(envelope.to)
            raise Undeliverable("The address does not exist.")
        self.taken.append(envelope.to)
        return Receipt(f"<{envelope.key}>")

    async def close(self) -> None: ...


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def desk(ctx: Context, log: Log) -> Context:
    return replace(ctx, channels={"email": log})


async def nothing(workspace: str, url: str) -> AsyncIterator[bytes]:
    yield b""


async def a_campaign(ctx: Context, count: int, state: State = State.APPROVED) -> int:
    """With an approved strategy and one message each, which no loop looks at for three days by itself."""
    async with ctx.db.begin() as conn:
        made = await seeding.campaign(conn, "T1", ctx.now(), touches=1)
        step = {"number": 1, "channel": "email", "wait_days": 0, "purpose": "call"}
        await campaigns.add_strategy(
            conn,
            {
                "workspace_id": "T1", "campaign_id": made, "state": "approved", "steps": [step],
                "asked_by": "U1OLIVIA", "written_at": ctx.now(), "created_at": ctx.now(),
            },
        )  # fmt: skip
        ids = await seeding.people(conn, "T1", count, ctx.now())
        at = ctx.now() + timedelta(days=3)
        await seeding.touches(conn, "T1", made, ids, ctx.now(), state=state, due_at=at, slot_at=None)
    return made


async def told(ctx: Context, who: Who, campaign_id: int, **options: Any) -> dict[str, Any]:
    """What a run's card says in the end."""
    asked = await runs.start(ctx, who, campaign_id, **options)
    desk = Worker(ctx, fetch=nothing)
    while True:
        await desk.drain()
        async with ctx.db.read() as conn:
            found = await run_rows.get(conn, "T1", asked)
        assert found is not None
        if found.state == "done":
            return dict(found.report or {})
        await asyncio.sleep(runs.LOOK_AGAIN.total_seconds() / 5)


async def dumped(db: Database) -> dict[str, str]:
    async with db.read() as conn:
        found = {}
        for table in metadata.sorted_tables:
            if table.name not in OWN:
                rows = sorted(repr(tuple(row)) for row in await conn.execute(select(table)))
                found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return found


def numbers(report: dict[str, Any]) -> tuple[int, int, int, int]:
    return report["processed"], report["sent"], report["failed"], report["skipped"]


@pytest.mark.parametrize("state", [State.PLANNED, State.DRAFTED, State.APPROVED])
async def test_a_dry_run_previews_sends_nothing_and_records_nothing(
    desk: Context, olivia: Who, log: Log, state: State
) -> None:
    made = await a_campaign(desk, 12, state)
    await Worker(desk, fetch=nothing).drain()
    before = await dumped(desk.db)
    report = await told(desk, olivia, made, dry=True)
    assert numbers(report) == (10, 0, 0, 0)
    assert len(report["preview"]) == 10
    assert (await dumped(desk.db), log.taken) == (before, [])


async def test_two_broken_leads_among_ten_leave_eight_sent_and_both_named(
    desk: Context, olivia: Who, log: Log
) -> None:
    made = await a_campaign(desk, 10)
    log.unknown = {"ada3@lovelace.example"}
    async with desk.db.begin() as conn:
        stopped = {
            "workspace_id": "T1", "kind": "address", "key": "ada5@lovelace.example", "cause": "opt_out",
            "added_by": "U1OLIVIA", "created_at": desk.now(),
        }  # fmt: skip
        await conn.execute(insert(suppressions).values(**stopped))
    report = await told(desk, olivia, made)
    assert numbers(report) == (10, 8, 1, 1)
    assert (len(log.taken), log.refused) == (8, ["ada3@lovelace.example"])
    assert {line["who"] for line in report["named"]} == {"Ada3", "Ada5"}


async def test_each_run_takes_the_next_ten_and_the_last_finds_none(
    desk: Context, olivia: Who, log: Log
) -> None:
    made = await a_campaign(desk, 12)
    assert numbers(await told(desk, olivia, made)) == (10, 10, 0, 0)
    assert numbers(await told(desk, olivia, made, dry=True)) == (2, 0, 0, 0)
    assert numbers(await told(desk, olivia, made)) == (2, 2, 0, 0)
    for dry in (True, False):
        assert numbers(await told(desk, olivia, made, dry=dry)) == (0, 0, 0, 0)
    assert len(log.taken) == len(set(log.taken)) == 12


async def test_a_run_sends_only_what_was_approved(desk: Context, olivia: Who, log: Log) -> None:
    made = await a_campaign(desk, 3, State.DRAFTED)
    report = await told(desk, olivia, made)
    assert numbers(report) == (3, 0, 0, 0)
    assert report["waiting"] == 3
    assert log.taken == []
    async with desk.db.read() as conn:
        states = {row[0] for row in await conn.execute(select(messages.c.state))}
    assert states == {"drafted"}


async def test_what_is_due_goes_before_older_rows_that_wait_for_tomorrow(desk: Context, olivia: Who) -> None:
    made = await a_campaign(desk, 10, State.SCHEDULED)
    async with desk.db.begin() as conn:
        people = await seeding.people(conn, "T1", 2, desk.now(), first=10)
        (older,) = await seeding.touches(conn, "T1", made, people[:1], desk.now())
        (oldest,) = await seeding.touches(
            conn, "T1", made, people[1:], desk.now(), due_at=desk.now() - timedelta(hours=1)
        )
    asked = await runs.start(desk, olivia, made, batch=3)
    await runs.turn(desk)
    async with desk.db.read() as conn:
        found = await run_rows.get(conn, "T1", asked)
    assert found is not None
    assert (found.report or {})["chosen"] == [oldest, older, 1]
