"""What people know that stands against writing to somebody, and what was decided about it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import columns
from storage.model import Conflict
from storage.tables import conflicts

COLUMNS = columns(conflicts, Conflict)
REPORTED = "reported"
"""What a person knows; the other kinds are what was seen at a company, and stop its sequence alone."""


async def add(
    conn: AsyncConnection,
    workspace_id: str,
    *,
    contact_id: int,
    text: str,
    recorded_by: str,
    now: datetime,
    enrolment_id: int | None = None,
    kind: str = REPORTED,
) -> int:
    """`enrolment_id` names the account's sequence that it stops; `kind` what was seen there."""
    result = await conn.execute(
        insert(conflicts)
        .values(
            workspace_id=workspace_id, contact_id=contact_id, text=text, recorded_by=recorded_by, created_at=now,
            enrolment_id=enrolment_id, kind=kind,
        )
        .returning(conflicts.c.id)
    )  # fmt: skip
    return int(result.scalar_one())


async def get(
    conn: AsyncConnection, workspace_id: str, conflict_id: int, *, lock: bool = False
) -> Conflict | None:
    statement = select(*COLUMNS).where(
        conflicts.c.workspace_id == workspace_id, conflicts.c.id == conflict_id
    )
    row = (await conn.execute(statement.with_for_update() if lock else statement)).first()
    return Conflict(*row) if row else None


async def decide(
    conn: AsyncConnection, workspace_id: str, conflict_id: int, *, decision: str, by: str
) -> None:
    await conn.execute(
        update(conflicts)
        .where(conflicts.c.workspace_id == workspace_id, conflicts.c.id == conflict_id)
        .values(decision=decision, decided_by=by)
    )


async def undecided(conn: AsyncConnection, workspace_id: str, contact_id: int) -> bool:
    """Whether a conflict that a person reported of this contact still waits for a decision."""
    mine = (conflicts.c.workspace_id == workspace_id, conflicts.c.contact_id == contact_id)
    waits = (conflicts.c.kind == REPORTED, conflicts.c.decided_by.is_(None))
    result = await conn.execute(select(conflicts.c.id).where(*mine, *waits).limit(1))
    return result.first() is not None
