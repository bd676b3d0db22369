"""Queries about signals: what a person said is going on around a brand, until it expires."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import columns
from storage.tables import signals

KINDS = ("trend", "news", "competitor")


@dataclass(frozen=True, slots=True)
class Signal:
    id: int
    workspace_id: str
    brand_id: int
    kind: str
    text: str
    expires_at: datetime
    added_by: str
    created_at: datetime


COLUMNS = columns(signals, Signal)


async def add(
    conn: AsyncConnection,
    workspace_id: str,
    brand_id: int,
    *,
    kind: str,
    text: str,
    expires_at: datetime,
    by: str,
    now: datetime,
) -> int:
    result = await conn.execute(
        insert(signals)
        .values(
            workspace_id=workspace_id, brand_id=brand_id, kind=kind, text=text,
            expires_at=expires_at, added_by=by, created_at=now,
        )
        .returning(signals.c.id)
    )  # fmt: skip
    return int(result.scalar_one())


async def in_force(conn: AsyncConnection, workspace_id: str, brand_id: int, at: datetime) -> list[Signal]:
    """Those that have not expired at `at`, the newest first."""
    c = signals.c
    result = await conn.execute(
        select(*COLUMNS)
        .where(c.workspace_id == workspace_id, c.brand_id == brand_id, c.expires_at > at)
        .order_by(c.id.desc())
        .limit(20)
    )
    return [Signal(*row) for row in result]
