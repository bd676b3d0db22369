"""Queries about imports: asked for by a person, worked off by a loop chunk by chunk, resumed after a kill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import leases
from storage.db import columns
from storage.tables import imports
from storage.workspaces import insert_new

WAITING, DONE, FAILED = "waiting", "done", "failed"


@dataclass(frozen=True, slots=True)
class Import:
    """`line` is the last line that was taken in; the counts cover the lines up to it. `error` ended it early.

    `problems` are the first of them, each {"line": …, "reason": …}; `invalid` and `opted_out` count all.
    """

    id: int
    workspace_id: str
    campaign_id: int | None
    campaign_name: str
    file_name: str
    file_url: str
    file: bytes | None
    asked_by: str
    channel: str
    state: str
    line: int
    added: int
    duplicate: int
    invalid: int
    opted_out: int
    problems: Sequence[Mapping[str, Any]]
    error: str
    created_at: datetime


COLUMNS = columns(imports, Import)


async def add(conn: AsyncConnection, values: Mapping[str, Any]) -> int:
    """Leave an import for the loop; returns its id.

    `key` says what asked for it, once: with a key that is known already nothing changes and that import's id
    is returned. Without one every call is an import of its own.
    """
    row = {"state": WAITING, "problems": [], **values}
    new = insert_new(conn, imports).values(row).returning(imports.c.id)
    if (import_id := (await conn.execute(new)).scalar_one_or_none()) is not None:
        return int(import_id)
    known = select(imports.c.id).where(
        imports.c.workspace_id == row["workspace_id"], imports.c.key == row["key"]
    )
    return int((await conn.execute(known)).scalar_one())


async def get(conn: AsyncConnection, workspace_id: str, import_id: int) -> Import | None:
    result = await conn.execute(
        select(*COLUMNS).where(imports.c.workspace_id == workspace_id, imports.c.id == import_id)
    )
    row = result.first()
    return Import(*row) if row else None


async def lease(
    conn: AsyncConnection, *, me: str, machine_now: datetime, until: datetime, limit: int = 1
) -> list[Import]:
    """Take imports that wait, the oldest first. Spans workspaces: the rows say whose they are."""
    found = await leases.take(
        conn, imports, COLUMNS, _WAITING, me=me, machine_now=machine_now, until=until, limit=limit
    )
    return [Import(*row) for row in found]


async def record(conn: AsyncConnection, import_id: int, *, me: str, values: Mapping[str, Any]) -> bool:
    """Write progress under the lease; False when somebody else holds it by now."""
    result = await conn.execute(
        update(imports).where(imports.c.id == import_id, imports.c.leased_by == me).values(**values)
    )
    return result.rowcount == 1


_WAITING = imports.c.state == literal_column(f"'{WAITING}'")
