"""Every wording a message ever had, with its author and what the checks said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import among, columns
from storage.model import Revision
from storage.tables import messages, revisions

COLUMNS = columns(revisions, Revision)


async def add(conn: AsyncConnection, new: Sequence[Revision]) -> None:
    if new:
        rows = [
            {column.name: getattr(revision, column.name) for column in COLUMNS}
            | {"findings": list(revision.findings), "changes": list(revision.changes)}
            for revision in new
        ]
        await conn.execute(insert(revisions), rows)


async def of_message(conn: AsyncConnection, message_id: int) -> list[Revision]:
    """Newest first. The caller has read the message in its own workspace."""
    result = await conn.execute(
        select(*COLUMNS).where(revisions.c.message_id == message_id).order_by(revisions.c.revision.desc())
    )
    return [Revision(*row) for row in result]


async def current(conn: AsyncConnection, message_ids: Sequence[int]) -> dict[int, Revision]:
    """The present wording of each message. The caller has read the messages in their own workspace."""
    result = await conn.execute(
        select(*COLUMNS)
        .join(
            messages,
            and_(revisions.c.message_id == messages.c.id, revisions.c.revision == messages.c.revision),
        )
        .where(among(messages.c.id, "ids")),
        {"ids": list(message_ids)},
    )
    return {row.message_id: Revision(*row) for row in result}


async def authors(
    conn: AsyncConnection, message_ids: Sequence[int]
) -> dict[int, tuple[tuple[str, bool], ...]]:
    """Who wrote each wording of these messages, newest first, and whether that is a person."""
    c = revisions.c
    result = await conn.execute(
        select(c.message_id, c.author, c.source)
        .where(among(c.message_id, "ids"))
        .order_by(c.message_id, c.revision.desc()),
        {"ids": list(message_ids)},
    )
    told: dict[int, tuple[tuple[str, bool], ...]] = {}
    for message_id, author, source in result:
        told[message_id] = (*told.get(message_id, ()), (author, source == "person"))
    return told


async def set_reason(conn: AsyncConnection, message_id: int, revision: int, reason: str) -> None:
    """Why these words were rejected: the next draft is told."""
    await conn.execute(
        update(revisions)
        .where(revisions.c.message_id == message_id, revisions.c.revision == revision)
        .values(reason=reason)
    )


async def add_finding(
    conn: AsyncConnection, workspace_id: str, state: str, finding: Mapping[str, Any]
) -> list[int]:
    """Put one more finding on the current wording of every message in `state`; the ids of those that lacked it."""
    c = revisions.c
    current = and_(c.message_id == messages.c.id, c.revision == messages.c.revision)
    found = await conn.execute(
        select(c.message_id, c.revision, c.score, c.findings)
        .join(messages, current)
        .where(messages.c.workspace_id == workspace_id, messages.c.state == state)
    )
    lacking = [row for row in found.all() if finding["code"] not in {old.get("code") for old in row.findings}]
    for row in lacking:
        await conn.execute(
            update(revisions)
            .where(c.message_id == row.message_id, c.revision == row.revision)
            .values(
                findings=[dict(finding), *row.findings],
                score=max(0, row.score - int(finding["penalty"])),
            )
        )
    return [row.message_id for row in lacking]
