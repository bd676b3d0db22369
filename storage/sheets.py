"""Tables of numbers that somebody asked for, as they were then. Counts nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import columns
from storage.tables import sheets

Cell = str | int | None
"""None is a number that nobody told, which is no zero."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A head and rows under it. `name` is that of the file, without its ending."""

    id: int
    title: str
    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    created_at: datetime


COLUMNS = columns(sheets, Sheet)


async def add(
    conn: AsyncConnection,
    workspace_id: str,
    *,
    title: str,
    name: str,
    head: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    asked_by: str,
    channel: str,
    now: datetime,
) -> int:
    values = {
        "workspace_id": workspace_id, "title": title, "name": name, "head": list(head),
        "rows": [list(row) for row in rows], "asked_by": asked_by, "channel": channel, "created_at": now,
    }  # fmt: skip
    return int((await conn.execute(insert(sheets).values(**values).returning(sheets.c.id))).scalar_one())


async def get(conn: AsyncConnection, workspace_id: str, sheet_id: int) -> Sheet | None:
    mine = (sheets.c.workspace_id == workspace_id, sheets.c.id == sheet_id)
    row = (await conn.execute(select(*COLUMNS).where(*mine))).first()
    return Sheet(*row) if row else None
