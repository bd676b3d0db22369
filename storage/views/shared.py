"""What several cards ask for: the workspace's zone, the last thing a person did, counts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import workspaces
from storage.db import columns
from storage.model import Entry
from storage.tables import timeline

_DECISIONS = (
    "approve", "reject", "skip", "undo", "revise", "rewrite", "confirm", "send_again", "check_again", "retry",
    "pause", "resume", "cancel", "create", "cap", "done", "replace",
)  # fmt: skip


async def zone(conn: AsyncConnection, workspace_id: str) -> str:
    return str((await workspaces.settings(conn, workspace_id)).get("zone") or "UTC")


async def last(conn: AsyncConnection, workspace_id: str, entity: str, id_: int) -> Entry | None:
    """The last thing a person did to it."""
    c = timeline.c
    decided = c.event.in_(_DECISIONS) & (c.actor.like("U%") | c.actor.like("W%"))
    return await newest(conn, workspace_id, entity, id_, decided)


async def newest(
    conn: AsyncConnection, workspace_id: str, entity: str, id_: int, *conditions: ColumnElement[bool]
) -> Entry | None:
    """The newest line of its timeline that meets the conditions."""
    c = timeline.c
    result = await conn.execute(
        select(*columns(timeline, Entry))
        .where(c.workspace_id == workspace_id, c.entity == entity, c.entity_id == id_, *conditions)
        .order_by(c.id.desc())
        .limit(1)
    )
    row = result.first()
    return Entry(*row) if row else None


async def counts(conn: AsyncConnection, statement: Select[Any], by: Any) -> dict[str, int]:
    return {str(row[0]): int(row[1]) for row in await conn.execute(statement.group_by(by))}
