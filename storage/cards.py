"""Which pictures exist in Slack, and which of them are stale. Draws nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import columns
from storage.model import Card
from storage.tables import cards, slack_channels
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

    `parent` is the (kind, entity) in whose thread it stands, looked up in the same channel.
    """
    parent_id = None
    if parent is not None:
        parent_id = (await conn.execute(_one(workspace_id, *parent, channel))).scalar_one_or_none()
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
    parent_id = (await conn.execute(_one(workspace_id, *parent, channel))).scalar_one_or_none()
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


async def post_anew(conn: AsyncConnection, card: Card) -> None:
    """Forget where a card was: the next drawing posts it again. One that was posted anew meanwhile stays there."""
    await conn.execute(
        update(cards)
        .where(cards.c.id == card.id, cards.c.ts.is_not_distinct_from(card.ts))
        .values(ts=None, posting_at=None, wanted=cards.c.wanted + 1)
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


# --- the reconciler's claim: a Slack channel and its stale cards


async def lease_channel(
    conn: AsyncConnection, *, me: str, machine_now: datetime, until: datetime
) -> tuple[str, str] | None:
    """Take one (workspace, channel) that has stale cards and may be posted to now; None when there is none.

    One channel has one drawer at a time over all processes: that keeps pace and order.
    """
    stale = (
        select(cards.c.workspace_id, cards.c.channel, func.min(cards.c.id).label("first"))
        .where(
            *_drawable(machine_now),
        )
        .group_by(cards.c.workspace_id, cards.c.channel)
    ).subquery()
    waiting = await conn.execute(
        select(stale.c.workspace_id, stale.c.channel)
        .outerjoin(
            slack_channels,
            (slack_channels.c.workspace_id == stale.c.workspace_id)
            & (slack_channels.c.channel == stale.c.channel),
        )
        .where(
            or_(slack_channels.c.next_post_at.is_(None), slack_channels.c.next_post_at <= machine_now),
            or_(slack_channels.c.lease_until.is_(None), slack_channels.c.lease_until < machine_now),
        )
        .order_by(stale.c.first)
        .limit(1)
    )
    found = waiting.first()
    if found is None:
        return None
    workspace_id, channel = found
    await conn.execute(insert_new(conn, slack_channels).values(workspace_id=workspace_id, channel=channel))
    taken = await conn.execute(
        update(slack_channels)
        .where(
            slack_channels.c.workspace_id == workspace_id,
            slack_channels.c.channel == channel,
            or_(slack_channels.c.lease_until.is_(None), slack_channels.c.lease_until < machine_now),
        )
        .values(leased_by=me, lease_until=until)
    )
    return (workspace_id, channel) if taken.rowcount else None


async def stale_in(
    conn: AsyncConnection, workspace_id: str, channel: str, *, machine_now: datetime, limit: int
) -> list[Card]:
    """The channel's stale cards in id order. A reply is not among them before its parent stands in Slack or never will."""
    result = await conn.execute(
        select(*COLUMNS)
        .where(
            cards.c.workspace_id == workspace_id,
            cards.c.channel == channel,
            *_drawable(machine_now),
        )
        .order_by(cards.c.id)
        .limit(limit)
    )
    return [Card(*row) for row in result]


async def release_channel(
    conn: AsyncConnection, workspace_id: str, channel: str, *, me: str, next_post_at: datetime | None
) -> None:
    await conn.execute(
        update(slack_channels)
        .where(
            slack_channels.c.workspace_id == workspace_id,
            slack_channels.c.channel == channel,
            slack_channels.c.leased_by == me,
        )
        .values(leased_by=None, lease_until=None, next_post_at=next_post_at)
    )


async def record(conn: AsyncConnection, card_id: int, **values: Any) -> None:
    """Write what became of a drawing: ts, drawn, posting_at, not_before, failures."""
    await conn.execute(update(cards).where(cards.c.id == card_id).values(**values))


def _drawable(machine_now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Stale, not told to wait, and not a reply whose parent is still to be posted.

    A parent that was given up (drawn, but nowhere in Slack) holds nobody back: its replies stand without a thread.
    """
    parent = cards.alias("parent")
    return (
        cards.c.drawn < cards.c.wanted,
        or_(cards.c.not_before.is_(None), cards.c.not_before <= machine_now),
        or_(
            cards.c.parent_id.is_(None),
            cards.c.ts.is_not(None),
            ~exists().where(
                parent.c.id == cards.c.parent_id, parent.c.ts.is_(None), parent.c.drawn < parent.c.wanted
            ),
        ),
    )


def _one(workspace_id: str, kind: str, entity_id: int, channel: str) -> Any:
    return select(cards.c.id).where(
        cards.c.workspace_id == bindparam("w", workspace_id),
        cards.c.kind == bindparam("k", kind),
        cards.c.entity_id == bindparam("e", entity_id),
        cards.c.channel == bindparam("c", channel),
    )
