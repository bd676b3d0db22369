"""Queries about tasks: messages of channels that a person works by hand. Moves nothing (storage.messages does)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, exists, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import among
from storage.messages import COLUMNS as MESSAGE
from storage.model import Message, Sender, channels
from storage.model.sending import WAITING
from storage.senders import COLUMNS as SENDER
from storage.senders import HAS_ROOM
from storage.tables import messages, senders


async def due_sender(conn: AsyncConnection, now: datetime) -> Sender | None:
    """Lock a sender of tasks that has a reminder due, or a task due and room for it; None when there is none.

    Spans workspaces. One that another worker holds is passed over.
    """
    row = (await conn.execute(_DUE_SENDER, {"now": now, "by_hand": list(channels.by_hand())})).first()
    return Sender(*row) if row else None


async def sender(conn: AsyncConnection, workspace_id: str, sender_id: int) -> Sender | None:
    """Locked until the transaction ends: before its contacts, and those before their messages."""
    mine = (senders.c.workspace_id == workspace_id, senders.c.id == sender_id)
    row = (await conn.execute(select(*SENDER).where(*mine).with_for_update(key_share=True))).first()
    return Sender(*row) if row else None


async def due(
    conn: AsyncConnection, sender_id: int, *, now: datetime, offered: bool, limit: int
) -> list[Message]:
    """The due tasks of one locked sender, oldest first: those that wait for a person already, or those that do not."""
    if limit < 1:
        return []
    statement = _REMINDERS if offered else _FRESH
    result = await conn.execute(statement, {"sender_id": sender_id, "now": now, "n": limit})
    return [Message(*row) for row in result]


async def busy(conn: AsyncConnection, contact_ids: Sequence[int]) -> set[int]:
    """Those of the contacts for whom some task waits for a person."""
    result = await conn.execute(_BUSY, {"contacts": sorted(set(contact_ids))})
    return {row.contact_id for row in result}


async def did_any(conn: AsyncConnection, sender_id: int, before: datetime) -> bool:
    """Whether one was done on the day that ends at `before`."""
    day = (messages.c.sent_at >= before - timedelta(days=1), messages.c.sent_at < before)
    done = select(messages.c.id).where(messages.c.sender_id == sender_id, *day).limit(1)
    return (await conn.execute(done)).first() is not None


_c, _m = senders.c, messages.c
_NOW = bindparam("now", type_=_m.due_at.type)
_SCHEDULED = _m.state == literal_column("'scheduled'")
_ROOM = or_(_c.cap.is_(None), _c.resets_at.is_(None), _c.resets_at <= _NOW, HAS_ROOM)
_DUE_SENDER = (
    select(*SENDER)
    .where(
        _c.channel.in_(bindparam("by_hand", expanding=True)),
        exists().where(
            and_(_m.sender_id == _c.id, _SCHEDULED, _m.due_at <= _NOW, or_(_m.note == WAITING, _ROOM))
        ),
    )
    .order_by(_c.id)
    .limit(1)
    .with_for_update(skip_locked=True, key_share=True, of=senders)
)
_DUE = (
    select(*MESSAGE)
    .where(_m.sender_id == bindparam("sender_id"), _SCHEDULED, _m.due_at <= _NOW)
    .order_by(_m.due_at, _m.id)
    .limit(bindparam("n"))
)
_REMINDERS, _FRESH = _DUE.where(_m.note == WAITING), _DUE.where(_m.note != WAITING)
_BUSY = select(_m.contact_id).where(among(_m.contact_id, "contacts"), _SCHEDULED, _m.note == WAITING)
