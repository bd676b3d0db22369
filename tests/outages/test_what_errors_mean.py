"""Every error a database really raises: try at once, try later, or a defect."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
from scene import on_postgres, on_sqlite, until
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from storage import engines, troubles
from storage.db import Database
from storage.tables import slack_events


async def fault(db: Database, statement: str) -> Exception:
    with pytest.raises((SQLAlchemyError, troubles.Away)) as caught:
        async with db.begin() as conn:
            await conn.execute(text(statement))
    return caught.value


@on_postgres
@pytest.mark.parametrize(
    ("state", "cause", "collision"),
    [
        ("08006", "away", False), ("25006", "readonly", False), ("25P03", "away", False),
        ("40001", "busy", True), ("40P01", "busy", True), ("53100", "full", False), ("53200", "busy", False),
        ("53300", "busy", False), ("55P03", "busy", False), ("57014", "busy", False), ("57P01", "away", False),
        ("57P02", "away", False), ("57P03", "away", False), ("58030", "disk", False),
        ("22001", "", False), ("23505", "", False), ("23514", "", False), ("42P01", "", False),
        ("XX001", "", False), ("P0001", "", False),
    ],
)  # fmt: skip
async def test_a_state_of_postgresql(db: Database, state: str, cause: str, collision: bool) -> None:
    error = await fault(db, f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$")
    assert isinstance(error, DBAPIError)
    assert (troubles.cause(error), troubles.is_collision(error)) == (cause, collision)
    async with db.begin() as conn:  # and the next one does not suffer from it
        assert (await conn.execute(text("SELECT 1"))).scalar_one() == 1


@on_postgres
async def test_no_such_server_and_no_such_database(db: Database) -> None:
    for url in ("postgresql://127.0.0.1:1/x", db.url.set(database="nowhere").render_as_string()):
        other = Database(url)
        assert troubles.cause(await fault(other, "SELECT 1")) == troubles.AWAY
        await other.close()


@on_postgres
async def test_a_lock_that_is_not_given_in_time(db: Database) -> None:
    async with db.begin() as conn:
        await conn.execute(text("LOCK TABLE slack_events"))
        waited = await fault(db, "SET LOCAL lock_timeout = 50; LOCK TABLE slack_events")
    assert (troubles.cause(waited), troubles.is_collision(waited)) == (troubles.BUSY, False)


async def test_a_pool_that_is_exhausted(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "WAIT", 5.0)
    held, done = asyncio.Semaphore(0), asyncio.Event()

    async def hold() -> None:
        async with db.begin():
            held.release()
            await done.wait()

    size = 1 if db.is_sqlite else 15
    holders = [asyncio.create_task(hold()) for _ in range(size)]
    for _ in range(size):
        await held.acquire()
    assert troubles.cause(await fault(db, "SELECT 1")) == troubles.BUSY
    done.set()
    await asyncio.gather(*holders)
    async with db.begin() as conn:
        await conn.execute(text("SELECT 1"))


@on_sqlite
async def test_a_sqlite_file_that_is_full_and_then_is_not(db: Database) -> None:
    async with db.begin() as conn:
        pages = (await conn.execute(text("PRAGMA page_count"))).scalar_one()
        await conn.execute(text(f"PRAGMA max_page_count = {pages}"))
    fill = "INSERT INTO secrets (name, value) VALUES ('x', printf('%.*c', 200000, 'x'))"
    assert troubles.cause(await fault(db, fill)) == troubles.FULL
    assert db.unwritable == troubles.FULL
    async with db.begin() as conn:
        await conn.execute(text("PRAGMA max_page_count = 100000"))
        await conn.execute(text(fill))


@on_sqlite
async def test_a_sqlite_file_that_another_process_writes_to(db: Database) -> None:
    async with db.begin():
        pass
    other = sqlite3.connect(str(db.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    locked = await fault(db, "SELECT 1")
    other.close()
    assert (troubles.cause(locked), troubles.is_collision(locked)) == (troubles.BUSY, False)
    async with db.begin() as conn:
        await conn.execute(slack_events.insert().values(workspace_id="T1", event_id="E", at=db.now()))


@pytest.mark.parametrize(
    ("content", "cause"), [(b"no database at all, only words" * 100, ""), (None, troubles.AWAY)]
)
async def test_a_sqlite_file_that_is_none(tmp_path: Path, content: bytes | None, cause: str) -> None:
    path = tmp_path / "folder" / "overture.db"
    if content is not None:
        path.parent.mkdir()
        path.write_bytes(content)
    db = Database(f"sqlite:///{path}")
    assert troubles.cause(await fault(db, "SELECT * FROM workspaces")) == cause
    await db.close()

    async def no_thread_is_left() -> bool:  # it says goodbye to this loop, which must still be there
        return not [thread for thread in threading.enumerate() if "_connection_worker" in thread.name]

    await until(no_thread_is_left)


def test_what_is_no_error_of_the_database_is_none_of_its_troubles() -> None:
    for error in (OSError(), TimeoutError(), ValueError(), KeyError(), ConnectionResetError()):
        assert not troubles.is_unavailable(error)
        assert not troubles.is_collision(error)
