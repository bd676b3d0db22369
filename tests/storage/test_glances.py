"""One reading statement without a transaction around it, beside transactions on the same connections."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import troubles
from storage.db import Database
from storage.tables import slack_events, workspaces


async def open_after_a_statement(conn: AsyncConnection) -> bool:
    """Whether the statement left a transaction open behind it."""
    await conn.execute(select(workspaces.c.id))
    driver: Any = (await conn.get_raw_connection()).driver_connection
    if conn.dialect.name == "sqlite":
        return bool(driver.in_transaction)
    return bool(driver.info.transaction_status != TransactionStatus.IDLE)


async def test_a_glance_opens_no_transaction_and_a_reading_after_it_does(
    db: Database, workspace: str
) -> None:
    for _ in range(5):  # more often than a pool has connections that were never used
        async with db.glance() as conn:
            assert not await open_after_a_statement(conn)
        async with db.read() as conn:
            assert await open_after_a_statement(conn)


async def test_each_glance_sees_what_was_stored_before_it(db: Database, workspace: str) -> None:
    for n in range(3):
        async with db.begin() as conn:
            row = {"workspace_id": workspace, "event_id": f"E{n}", "at": db.now()}
            await conn.execute(insert(slack_events).values(row))
        async with db.glance() as conn:
            assert len((await conn.execute(select(slack_events.c.event_id))).all()) == n + 1


async def test_a_statement_that_fails_in_a_glance_spoils_no_connection(db: Database, workspace: str) -> None:
    for _ in range(5):
        with pytest.raises(SQLAlchemyError):
            async with db.glance() as conn:
                await conn.execute(text("SELECT nothing FROM nowhere"))
        async with db.glance() as conn:
            assert (await conn.execute(select(workspaces.c.id))).scalar_one() == workspace


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # a file always answers
async def test_a_glance_that_gets_no_answer_ends_in_time(db: Database, workspace: str) -> None:
    with pytest.raises(SQLAlchemyError) as caught:
        async with db.glance() as conn:
            await conn.execute(text("SELECT pg_sleep(30)"))
    assert troubles.cause(caught.value) == troubles.AWAY
    async with db.glance() as conn:
        assert (await conn.execute(select(workspaces.c.id))).scalar_one() == workspace
