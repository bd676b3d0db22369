"""Queries about a feed's posts: what they say, what a day holds. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import columns
from storage.lifecycle import NOT_ALIVE
from storage.model import Message
from storage.tables import brands, messages

REMEMBERED = 500
"""Posts of a feed that a new one is compared with, the newest: more than a year of them."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a post says, or what it is to be about while it has no words."""

    message_id: int
    body: str
    topic: str
    slot_at: datetime | None
    url: str


async def said(conn: AsyncConnection, feed_ids: Sequence[int]) -> dict[int, list[Said]]:
    """Feed → its posts that are alive or out, the newest first; feeds that a claim or a person's brand named."""
    c = messages.c
    found: dict[int, list[Said]] = {}
    for feed_id in sorted(set(feed_ids)):
        result = await conn.execute(
            select(c.id, c.body, c.options, c.slot_at)
            .where(c.feed_id == feed_id, c.state.not_in([*NOT_ALIVE]))
            .order_by(c.id.desc())
            .limit(REMEMBERED)
        )
        found[feed_id] = [
            Said(row.id, row.body, _topic(row.options), row.slot_at, str(row.options.get("url") or ""))
            for row in result
        ]
    return found


async def between(
    conn: AsyncConnection, workspace_id: str, start: datetime, end: datetime, *more: ColumnElement[bool]
) -> list[tuple[Message, str]]:
    """The posts of a time with their brand's name, by slot: whatever became of them."""
    c = messages.c
    result = await conn.execute(
        select(brands.c.name, *columns(messages, Message))
        .join(brands, brands.c.id == c.brand_id)
        .where(
            c.workspace_id == workspace_id, c.feed_id.is_not(None), c.slot_at >= start, c.slot_at < end, *more
        )
        .order_by(c.slot_at, c.id)
    )  # fmt: skip
    return [(Message(*row[1:]), row[0]) for row in result]


def _topic(options: dict[str, object]) -> str:
    """Only what a person wrote: many posts of a calendar share a topic."""
    return "" if options.get("calendar") else str(options.get("topic") or "")
