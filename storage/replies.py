"""What people answered, who recorded it, and what was decided about it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import columns
from storage.model import Reply, ReplyClass
from storage.tables import replies

COLUMNS = columns(replies, Reply)


async def add(
    conn: AsyncConnection,
    workspace_id: str,
    *,
    contact_id: int,
    message_id: int | None,
    text: str,
    klass: ReplyClass,
    recorded_by: str,
    now: datetime,
) -> int:
    result = await conn.execute(
        insert(replies)
        .values(
            workspace_id=workspace_id,
            contact_id=contact_id,
            message_id=message_id,
            text=text,
            klass=klass,
            recorded_by=recorded_by,
            created_at=now,
        )
        .returning(replies.c.id)
    )
    return int(result.scalar_one())


async def get(conn: AsyncConnection, workspace_id: str, reply_id: int, *, lock: bool = False) -> Reply | None:
    statement = select(*COLUMNS).where(replies.c.workspace_id == workspace_id, replies.c.id == reply_id)
    row = (await conn.execute(statement.with_for_update() if lock else statement)).first()
    return Reply(*row) if row else None


async def decide(conn: AsyncConnection, workspace_id: str, reply_id: int, *, decision: str, by: str) -> None:
    await conn.execute(
        update(replies)
        .where(replies.c.workspace_id == workspace_id, replies.c.id == reply_id)
        .values(decision=decision, decided_by=by)
    )


async def undecided(conn: AsyncConnection, workspace_id: str, contact_id: int) -> bool:
    """Whether a human reply of this contact still waits for a decision."""
    result = await conn.execute(
        select(replies.c.id)
        .where(
            replies.c.workspace_id == workspace_id,
            replies.c.contact_id == contact_id,
            replies.c.decided_by.is_(None),
            replies.c.klass.not_in((ReplyClass.OUT_OF_OFFICE, ReplyClass.BOUNCE)),
        )
        .limit(1)
    )
    return result.first() is not None
