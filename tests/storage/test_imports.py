"""An import row is worked off by one worker at a time, and by another when that one dies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from storage import imports
from storage.db import Database

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
LEASE = timedelta(seconds=120)


async def add(db: Database, workspace_id: str, **values: Any) -> int:
    given = {"asked_by": "U1", "channel": "C1", "file": b"Email\na@x.example\n", "created_at": NOW, **values}
    async with db.begin() as conn:
        return await imports.add(conn, {"workspace_id": workspace_id, **given})


async def lease(db: Database, me: str, at: datetime) -> list[int]:
    async with db.begin() as conn:
        found = await imports.lease(conn, me=me, machine_now=at, until=at + LEASE)
    return [row.id for row in found]


async def test_a_leased_import_is_nobody_elses_until_its_lease_ends(db: Database, workspace: str) -> None:
    first, second = await add(db, workspace), await add(db, workspace)
    assert await lease(db, "one", NOW) == [first]
    assert await lease(db, "two", NOW) == [second]
    assert await lease(db, "three", NOW) == []
    assert await lease(db, "three", NOW + LEASE + timedelta(seconds=1)) == [first]


async def test_who_lost_the_lease_can_no_longer_write(db: Database, workspace: str) -> None:
    import_id = await add(db, workspace)
    await lease(db, "one", NOW)
    await lease(db, "two", NOW + LEASE + timedelta(seconds=1))
    async with db.begin() as conn:
        assert not await imports.record(conn, import_id, me="one", values={"added": 5})
        assert await imports.record(conn, import_id, me="two", values={"added": 1})
        found = await imports.get(conn, workspace, import_id)
    assert found is not None
    assert found.added == 1


async def test_two_workers_at_once_take_different_imports(db: Database, workspace: str) -> None:
    if db.is_sqlite:  # one writer at a time: the second waits for the first to commit
        ids = [await add(db, workspace), await add(db, workspace)]
        assert [await lease(db, "one", NOW), await lease(db, "two", NOW)] == [[ids[0]], [ids[1]]]
        return
    ids = [await add(db, workspace), await add(db, workspace)]
    async with db.begin() as one, db.begin() as two:
        first = await imports.lease(one, me="one", machine_now=NOW, until=NOW + LEASE)
        second = await imports.lease(two, me="two", machine_now=NOW, until=NOW + LEASE)
    assert [first[0].id, second[0].id] == ids


async def test_a_finished_import_is_not_claimed_and_is_its_workspaces_own(
    db: Database, workspace: str
) -> None:
    import_id = await add(db, workspace, state=imports.DONE)
    assert await lease(db, "one", NOW) == []
    async with db.read() as conn:
        assert await imports.get(conn, "T2", import_id) is None
