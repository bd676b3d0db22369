"""The people of an account in their order: members of its sequence in a campaign. Decides nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import among, columns
from storage.model.accounts import Member
from storage.tables import members
from storage.workspaces import insert_new


async def of(conn: AsyncConnection, enrolment_ids: Sequence[int]) -> dict[int, list[Member]]:
    """The people of each enrolment in their order."""
    found: dict[int, list[Member]] = defaultdict(list)
    for row in await conn.execute(_MEMBERS, {"ids": sorted(set(enrolment_ids))}):
        found[row[0]].append(Member(*row))
    return found


async def add(
    conn: AsyncConnection, workspace_id: str, rows: Sequence[Mapping[str, Any]], *, now: datetime
) -> int:
    """Put people in the order of an enrolment; who is in it stays as they are. Returns how many are new."""
    if not rows:
        return 0
    statement = insert_new(conn, members).returning(members.c.id)
    values = [{**row, "workspace_id": workspace_id, "created_at": now} for row in rows]
    return len((await conn.execute(statement, values)).all())


async def change(conn: AsyncConnection, enrolment_id: int, contact_id: int, **values: Any) -> None:
    await conn.execute(
        update(members)
        .where(members.c.enrolment_id == enrolment_id, members.c.contact_id == contact_id)
        .values(**values)
    )


async def approve(conn: AsyncConnection, enrolment_id: int, by: str) -> None:
    """Everybody in the order who was not struck; who was approved before keeps who did it."""
    await conn.execute(
        update(members)
        .where(
            members.c.enrolment_id == enrolment_id,
            members.c.struck_by.is_(None),
            members.c.approved_by.is_(None),
        )
        .values(approved_by=by)
    )


_MEMBERS = (
    select(*columns(members, Member))
    .where(among(members.c.enrolment_id, "ids"))
    .order_by(members.c.enrolment_id, members.c.position, members.c.id)
)
