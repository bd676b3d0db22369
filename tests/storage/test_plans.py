"""Claims use their index on both databases: their cost must not grow with the backlog."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import seeding
from seeding import Clock
from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import Select

from storage import messages, senders
from storage.db import Database
from storage.lifecycle import State

CLAIMS: list[tuple[str, Callable[[], Select[Any]], str]] = [
    *(
        (f"lease {state}", lambda state=state: messages._due(state, 100), f"ix_messages_{state}_due")
        for state in (State.PLANNED, State.DRAFTED, State.APPROVED)
    ),
    ("due for a sender", lambda: messages._DUE_FOR, "ix_messages_scheduled_due"),
    ("a sender with due rows", lambda: senders._CLAIM, "ix_messages_scheduled_due"),
]


@pytest.mark.parametrize(("name", "statement", "index"), CLAIMS, ids=[claim[0] for claim in CLAIMS])
async def test_a_claim_reads_its_partial_index(
    db: Database, workspace: str, clock: Clock, name: str, statement: Callable[[], Select[Any]], index: str
) -> None:
    async with db.begin() as conn:
        campaign = await seeding.campaign(conn, workspace, clock())
        people = await seeding.people(conn, workspace, 2_000, clock())
        later = clock() + timedelta(days=30)
        states = (State.PLANNED, State.DRAFTED, State.APPROVED, State.SCHEDULED)
        for n, state in enumerate(states):
            chunk = people[n * 500 : (n + 1) * 500]
            await seeding.touches(conn, workspace, campaign, chunk, clock(), state=state, due_at=later)
    async with db.begin() as conn:
        await conn.exec_driver_sql("ANALYZE")
        plan = await explained(db, conn, statement())
    assert index in plan, plan


async def explained(db: Database, conn: Any, statement: Select[Any]) -> str:
    dialect: Any = sqlite.dialect() if db.is_sqlite else postgresql.dialect(paramstyle="named")
    compiled = str(statement.compile(dialect=dialect))
    values = {
        ":now": "'2026-11-24 10:00:00+00'",
        ":machine_now": "'2026-11-24 10:00:00+00'",
        ":channel": "'email'",
    }
    values |= {":sender_id": "1", ":n": "100"}
    if db.is_sqlite:
        names = list(statement.compile(dialect=dialect).positiontup)
        given = statement.compile(dialect=dialect).params
        for name in names:
            value = values.get(f":{name}", repr(given.get(name)))
            compiled = compiled.replace("?", value, 1)
        rows = await conn.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))
        return "\n".join(str(row[3]) for row in rows)
    import re

    given = statement.compile(dialect=dialect).params
    compiled = re.sub(
        r":(\w+)",
        lambda found: values.get(f":{found[1]}", repr(given.get(found[1]))),
        compiled.replace("::", "§"),
    ).replace("§", "::")
    await conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
    rows = await conn.exec_driver_sql(f"EXPLAIN {compiled}")
    return "\n".join(str(row[0]) for row in rows)
