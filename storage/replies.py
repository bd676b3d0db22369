"""What people answered, who recorded it, and what was decided about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import scores
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
    reading: Mapping[str, Any] | None = None,
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
            reading=dict(reading) if reading is not None else None,
            created_at=now,
        )
        .returning(replies.c.id)
    )
    await scores.mark(conn, [contact_id])
    return int(result.scalar_one())


async def get(conn: AsyncConnection, workspace_id: str, reply_id: int, *, lock: bool = False) -> Reply | None:
    statement = select(*COLUMNS).where(replies.c.workspace_id == workspace_id, replies.c.id == reply_id)
    row = (await conn.execute(statement.with_for_update() if lock else statement)).first()
    return replace(Reply(*row), klass=ReplyClass(row.klass)) if row else None


async def correct(
    conn: AsyncConnection, workspace_id: str, reply_id: int, klass: ReplyClass, reading: Mapping[str, Any]
) -> None:
    """A person says what it is; the decision is not touched."""
    result = await conn.execute(
        update(replies)
        .where(replies.c.workspace_id == workspace_id, replies.c.id == reply_id)
        .values(klass=klass, reading=dict(reading))
        .returning(replies.c.contact_id)
    )
    await scores.mark(conn, [row.contact_id for row in result])


async def decide_all(
    conn: AsyncConnection, workspace_id: str, contact_id: int, *, decision: str, by: str
) -> list[int]:
    """Decide every reply of a contact that waits; returns their ids. The contact is locked by the caller."""
    result = await conn.execute(
        update(replies)
        .where(*_waiting(workspace_id, contact_id))
        .values(decision=decision, decided_by=by)
        .returning(replies.c.id)
    )
    return sorted(row.id for row in result)


async def decide(conn: AsyncConnection, workspace_id: str, reply_id: int, *, decision: str, by: str) -> None:
    await conn.execute(
        update(replies)
        .where(replies.c.workspace_id == workspace_id, replies.c.id == reply_id)
        .values(decision=decision, decided_by=by)
    )


async def undecided(conn: AsyncConnection, workspace_id: str, contact_id: int) -> bool:
    """Whether a human reply of this contact still waits for a decision."""
    result = await conn.execute(select(replies.c.id).where(*_waiting(workspace_id, contact_id)).limit(1))
    return result.first() is not None


def _waiting(workspace_id: str, contact_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        replies.c.workspace_id == workspace_id,
        replies.c.contact_id == contact_id,
        replies.c.decided_by.is_(None),
        replies.c.klass.not_in((ReplyClass.OUT_OF_OFFICE, ReplyClass.BOUNCE)),
    )
