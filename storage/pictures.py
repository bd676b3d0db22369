"""Queries about the pictures of posts: given by a person, read by a loop, kept until the post is long out.

`content` is large: only `content` and `shown` load it, one picture at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import leases
from storage.db import among, columns
from storage.lifecycle import NOT_ALIVE
from storage.tables import cards, messages, pictures
from storage.workspaces import insert_new

WAITING, KEPT, FAILED = "waiting", "kept", "failed"


@dataclass(frozen=True, slots=True)
class Given:
    """A file that a person gave for a post. `error` says why it was not taken."""

    id: int
    workspace_id: str
    message_id: int
    state: str
    file_url: str
    alt: str
    error: str
    added_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as it was kept, with its octets."""

    content: bytes
    media_type: str
    alt: str


COLUMNS = columns(pictures, Given)


async def add(conn: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Leave a file for the loop; the same file for the same post once."""
    await conn.execute(insert_new(conn, pictures).values(state=WAITING, **values))


async def lease(
    conn: AsyncConnection, *, me: str, machine_now: datetime, until: datetime, limit: int
) -> list[Given]:
    """Take files that wait, the oldest first. Spans workspaces: the rows say whose they are."""
    found = await leases.take(
        conn, pictures, COLUMNS, _WAITING, me=me, machine_now=machine_now, until=until, limit=limit
    )
    return [Given(*row) for row in found]


async def record(conn: AsyncConnection, picture_id: int, *, me: str, values: Mapping[str, Any]) -> bool:
    """Write what became of a file and end the lease; False when somebody else holds it by now."""
    result = await conn.execute(
        update(pictures)
        .where(pictures.c.id == picture_id, pictures.c.leased_by == me)
        .values(leased_by=None, lease_until=None, **values)
    )
    return bool(result.rowcount)


async def newest(conn: AsyncConnection, workspace_id: str, message_id: int) -> Given | None:
    """What was given last for a post, without its octets."""
    result = await conn.execute(
        select(*COLUMNS)
        .where(pictures.c.workspace_id == workspace_id, pictures.c.message_id == message_id)
        .order_by(pictures.c.id.desc())
        .limit(1)
    )
    row = result.first()
    return Given(*row) if row else None


async def awaited(conn: AsyncConnection, message_ids: Sequence[int]) -> set[int]:
    """Those of these posts for which a file waits to be read. The caller has read them in their own workspace."""
    if not message_ids:
        return set()
    found = await conn.scalars(select(pictures.c.message_id).where(_OF_THESE), {"ids": list(message_ids)})
    return set(found)


async def content(conn: AsyncConnection, workspace_id: str, picture_id: int) -> bytes | None:
    """The octets; None when they are gone."""
    result = await conn.execute(
        select(pictures.c.content).where(pictures.c.workspace_id == workspace_id, pictures.c.id == picture_id)
    )
    found = result.scalar_one_or_none()
    return bytes(found) if found else None


async def shown(conn: AsyncConnection, workspace_id: str, picture_id: int) -> Shown | None:
    """What its card uploads; None when the octets are gone."""
    c = pictures.c
    mine = (c.workspace_id == workspace_id, c.id == picture_id, c.content.is_not(None))
    row = (await conn.execute(select(c.content, c.media_type, c.alt).where(*mine))).first()
    return Shown(bytes(row.content), row.media_type, row.alt) if row else None


async def drop(conn: AsyncConnection, workspace_id: str, message_id: int, *, before: int = 0) -> None:
    """Forget the octets of a post's pictures, and what still waits to be read; only those given `before` one, if named."""
    c = pictures.c
    mine = [c.workspace_id == workspace_id, c.message_id == message_id, *([c.id < before] if before else [])]
    await conn.execute(update(pictures).where(*mine, c.content.is_not(None)).values(content=None))
    gone = {"state": FAILED, "error": "", "leased_by": None, "lease_until": None}
    await conn.execute(update(pictures).where(*mine, _WAITING).values(**gone))


async def clear(conn: AsyncConnection, workspace_id: str, before: datetime) -> int:
    """Forget the octets of pictures whose posts left, or were given up, before then; how many."""
    c = messages.c
    over = and_(c.sent_at.is_(None), c.state.in_([*NOT_ALIVE]), c.slot_at < before)
    done = select(c.id).where(c.workspace_id == workspace_id, or_(c.sent_at < before, over))
    result = await conn.execute(
        update(pictures)
        .where(
            pictures.c.workspace_id == workspace_id,
            pictures.c.content.is_not(None),
            pictures.c.message_id.in_(done),
        )
        .values(content=None)
    )
    return result.rowcount


async def places(conn: AsyncConnection, workspace_id: str, message_id: int) -> Sequence[str]:
    """The Slack channels in which a post has a card."""
    c = cards.c
    result = await conn.execute(
        select(c.channel)
        .where(c.workspace_id == workspace_id, c.kind == "message", c.entity_id == message_id)
        .order_by(c.id)
    )
    return [row.channel for row in result]


async def post_of(conn: AsyncConnection, workspace_id: str, picture_id: int) -> int | None:
    """The message that a picture was given for."""
    mine = (pictures.c.workspace_id == workspace_id, pictures.c.id == picture_id)
    return (await conn.execute(select(pictures.c.message_id).where(*mine))).scalar_one_or_none()


async def file_of(conn: AsyncConnection, workspace_id: str, picture_id: int) -> str:
    """Slack's id of the file in which it stands in a thread; empty while it stands nowhere, or in several channels:
    who is in one of them alone would not see it.
    """
    c = cards.c
    result = await conn.execute(
        select(c.ts).where(
            c.workspace_id == workspace_id, c.kind == "picture", c.entity_id == picture_id, c.drawn > 0
        )
    )
    found = [row.ts for row in result]
    return found[0] if len(found) == 1 and found[0] and "." not in found[0] else ""


_WAITING = pictures.c.state == literal_column(f"'{WAITING}'")
_OF_THESE = and_(_WAITING, among(pictures.c.message_id, "ids"))
