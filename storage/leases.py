"""How a loop takes rows for itself: the oldest free ones, passed over by everybody else until the lease ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection


async def take(
    conn: AsyncConnection,
    table: Table,
    columns: Sequence[ColumnElement[Any]],
    waiting: ColumnElement[bool],
    *,
    me: str,
    machine_now: datetime,
    until: datetime,
    limit: int,
) -> list[Any]:
    """Lease at most `limit` rows that meet `waiting`, by id. Spans workspaces: the rows say whose they are.

    `machine_now` and `until` are machine time; the table has `id`, `leased_by` and `lease_until`.
    """
    free = or_(table.c.lease_until.is_(None), table.c.lease_until < machine_now)
    chosen = (
        select(table.c.id)
        .where(waiting, free)
        .order_by(table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("chosen")
    )
    result = await conn.execute(
        update(table)
        .where(table.c.id.in_(select(chosen.c.id)))
        .values(leased_by=me, lease_until=until)
        .returning(*columns)
    )
    return sorted(result.all(), key=lambda row: int(row.id))
