"""Which pictures exist in Slack, and which of them are stale. Draws nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import columns
from storage.model import Card
from storage.tables import cards
from storage.workspaces import insert_new

COLUMNS = columns(cards, Card)


async def want(
    conn: AsyncConnection,
    workspace_id: str,
    kind: str,
    entity_id: int,
    channel: str,
    *,
    parent: tuple[str, int] | None = None,
) -> None:
    """There should be a card of this entity in this channel; if there is one it is drawn again.

    `parent` is the (kind, entity) in whose thread it stands, looked up in the same channel. A `channel` that is a
    person's id stands for the direct messages with that person; the reconciler replaces it when it opens them.
    """
    parent_id = None
    if parent is not None:
        parent_id = (await conn.execute(_thread(workspace_id, *parent, channel))).scalar_one_or_none()
    values = {"workspace_id": workspace_id, "kind": kind, "entity_id": entity_id, "channel": channel}
    new = insert_new(conn, cards).values(**values, parent_id=parent_id).returning(cards.c.id)
    if (await conn.execute(new)).first() is None:
        await conn.execute(
            update(cards)
            .where(*(cards.c[name] == value for name, value in values.items()))
            .values(wanted=cards.c.wanted + 1)
        )


async def want_many(
    conn: AsyncConnection,
    workspace_id: str,
    kind: str,
    entity_ids: Sequence[int],
    channel: str,
    *,
    parent: tuple[str, int],
) -> None:
    """Cards for new entities, all in one thread."""
    parent_id = (await conn.execute(_thread(workspace_id, *parent, channel))).scalar_one_or_none()
    rows = [
        {
            "workspace_id": workspace_id,
            "kind": kind,
            "entity_id": id_,
            "channel": channel,
            "parent_id": parent_id,
        }
        for id_ in entity_ids
    ]
    if rows:
        await conn.execute(insert(cards), rows)


async def want_each(conn: AsyncConnection, kind: str, places: Sequence[tuple[str, int, str]]) -> None:
    """Cards of these entities, (workspace, id, channel), where there are none yet; those that stand stay as they are."""
    rows = [
        {"workspace_id": workspace_id, "kind": kind, "entity_id": id_, "channel": channel}
        for workspace_id, id_, channel in places
    ]
    await conn.execute(insert_new(conn, cards), rows)


async def post_anew(conn: AsyncConnection, card: Card) -> None:
    """Forget where a card was: the next drawing posts it again. One that was posted anew meanwhile stays there."""
    await conn.execute(
        update(cards)
        .where(cards.c.id == card.id, cards.c.ts.is_not_distinct_from(card.ts))
        .values(ts=None, posting_at=None, wanted=cards.c.wanted + 1)
    )


async def move_down(conn: AsyncConnection, card: Card) -> None:
    """Post a card again where it is seen; the message that it was goes, so that nobody presses an old button."""
    await conn.execute(
        update(cards)
        .where(cards.c.id == card.id, cards.c.ts.is_not_distinct_from(card.ts))
        .values(ts=None, posting_at=None, moved_from=card.ts, wanted=cards.c.wanted + 1)
    )


async def find(
    conn: AsyncConnection, workspace_id: str, kind: str, entity_id: int, channel: str
) -> Card | None:
    result = await conn.execute(
        select(*COLUMNS).where(
            cards.c.workspace_id == workspace_id,
            cards.c.kind == kind,
            cards.c.entity_id == entity_id,
            cards.c.channel == channel,
        )
    )
    row = result.first()
    return Card(*row) if row else None


async def place_of(conn: AsyncConnection, workspace_id: str, kind: str, entity_id: int) -> str:
    """The Slack channel of an entity's first card, or ""."""
    mine = (cards.c.workspace_id == workspace_id, cards.c.kind == kind, cards.c.entity_id == entity_id)
    result = await conn.execute(select(cards.c.channel).where(*mine).order_by(cards.c.id).limit(1))
    return result.scalar_one_or_none() or ""


async def by_ts(conn: AsyncConnection, workspace_id: str, channel: str, ts: str) -> Card | None:
    result = await conn.execute(
        select(*COLUMNS).where(
            cards.c.workspace_id == workspace_id, cards.c.channel == channel, cards.c.ts == ts
        )
    )
    row = result.first()
    return Card(*row) if row else None


async def get(conn: AsyncConnection, card_id: int) -> Card | None:
    """For the reconciler, which was handed the id by a claim."""
    result = await conn.execute(select(*COLUMNS).where(cards.c.id == card_id))
    row = result.first()
    return Card(*row) if row else None


# --- what became of a drawing


async def record(conn: AsyncConnection, card_id: int, **values: Any) -> None:
    """Write what became of a drawing: ts, drawn, posting_at, not_before, failures."""
    await conn.execute(update(cards).where(cards.c.id == card_id).values(**values))


async def stands(conn: AsyncConnection, card_id: int, posting_at: datetime, ts: str) -> bool:
    """The posting that began at `posting_at` ended in a message. False when the card stands elsewhere by now."""
    result = await conn.execute(
        update(cards)
        .where(
            cards.c.id == card_id,
            or_(cards.c.ts == ts, cards.c.ts.is_(None) & (cards.c.posting_at == posting_at)),
        )
        .values(ts=ts, posting_at=None)
    )
    return bool(result.rowcount)


async def again(conn: AsyncConnection, card_id: int) -> None:
    """Draw it once more: what was drawn last may have been overtaken on its way."""
    await conn.execute(update(cards).where(cards.c.id == card_id).values(wanted=cards.c.wanted + 1))


async def move(conn: AsyncConnection, card: Card, channel: str) -> None:
    """The card's place is `channel` from now on. If a card of its entity is there already, the two become that one."""
    there = await find(conn, card.workspace_id, card.kind, card.entity_id, channel)
    if there is None:
        await record(conn, card.id, channel=channel, failures=0)
        return
    await conn.execute(update(cards).where(cards.c.parent_id == card.id).values(parent_id=there.id))
    await conn.execute(delete(cards).where(cards.c.id == card.id))
    await again(conn, there.id)


def _thread(workspace_id: str, kind: str, entity_id: int, channel: str) -> Any:
    """The card whose thread a parent's replies stand in: its own, or the one it stands in, for Slack has no threads
    within threads.
    """
    return select(func.coalesce(cards.c.parent_id, cards.c.id)).where(
        cards.c.workspace_id == bindparam("w", workspace_id),
        cards.c.kind == bindparam("k", kind),
        cards.c.entity_id == bindparam("e", entity_id),
        cards.c.channel == bindparam("c", channel),
    )
