"""Every wording a message ever had, with its author and what the checks said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import columns
from storage.model import Revision
from storage.tables import revisions

COLUMNS = columns(revisions, Revision)


async def add(conn: AsyncConnection, new: Sequence[Revision]) -> None:
    if new:
        rows = [{**asdict(revision), "findings": list(revision.findings)} for revision in new]
        await conn.execute(insert(revisions), rows)


async def of_message(conn: AsyncConnection, message_id: int) -> list[Revision]:
    """Newest first. The caller has read the message in its own workspace."""
    result = await conn.execute(
        select(*COLUMNS).where(revisions.c.message_id == message_id).order_by(revisions.c.revision.desc())
    )
    return [Revision(*row) for row in result]


async def set_reason(conn: AsyncConnection, message_id: int, revision: int, reason: str) -> None:
    """Why these words were rejected: the next draft is told."""
    await conn.execute(
        update(revisions)
        .where(revisions.c.message_id == message_id, revisions.c.revision == revision)
        .values(reason=reason)
    )
