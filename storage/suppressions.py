"""What becomes of entries of the suppression list: a cause that says less gives way, and an owner takes their own back.

Entries are added by storage.contacts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import suppressions


async def strengthen(
    conn: AsyncConnection, workspace_id: str, keys: Sequence[str],
    *, cause: str, by: str, over: Sequence[str], now: datetime,
) -> None:  # fmt: skip
    """Entries of these keys whose cause is one of `over` have this one from now on."""
    said = {"cause": cause[:32], "added_by": by, "created_at": now}
    await conn.execute(update(suppressions).where(*_of(workspace_id, keys, over)).values(**said))


async def lift(
    conn: AsyncConnection, workspace_id: str, keys: Sequence[str], *, causes: Sequence[str]
) -> int:
    """Take off the list what its owner put there and takes back: entries of these causes alone. Returns how many."""
    result = await conn.execute(delete(suppressions).where(*_of(workspace_id, keys, causes)))
    return int(result.rowcount)


def _of(workspace_id: str, keys: Sequence[str], causes: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    c = suppressions.c
    return c.workspace_id == workspace_id, c.key.in_(list(keys)), c.cause.in_(list(causes))
