"""When anything must be looked at next: what a stepped clock steps to. Changes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Select, bindparam, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.lifecycle import PENDING, State
from storage.tables import enrolments, messages


async def first(conn: AsyncConnection, after: datetime) -> datetime | None:
    """The first due moment of any message or sequence later than `after`; None when there is none."""
    found = [(await conn.execute(earliest, {"after": after})).scalar_one_or_none() for earliest in _EARLIEST]
    return min((moment for moment in found if moment), default=None)


async def overdue(conn: AsyncConnection, by: datetime) -> bool:
    """Whether something that was due at `by` waits for a thing that no due moment tells, like a channel at rest."""
    earliest = select(func.min(messages.c.due_at)).where(messages.c.state == literal_column("'scheduled'"))
    found: datetime | None = (await conn.execute(earliest)).scalar_one_or_none()
    return found is not None and found <= by


def _after(state: Column[Any], value: str, at: Column[Any]) -> Select[Any]:
    later = at > bindparam("after", type_=at.type)
    return select(func.min(at)).where(state == literal_column(f"'{value}'"), later)


_EARLIEST = (
    *(_after(messages.c.state, state, messages.c.due_at) for state in (*PENDING, State.UNSURE)),
    _after(enrolments.c.state, "active", enrolments.c.next_at),
)
