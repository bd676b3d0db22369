"""The reconciler's claim: one Slack channel for one drawer at a time, and the stale cards in it. Draws nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import columns
from storage.model import Card
from storage.tables import cards, slack_channels
from storage.workspaces import insert_new

COLUMNS = columns(cards, Card)
CANDIDATES = 5
"""How many channels a drawer tries when others take them first."""


async def lease(
    conn: AsyncConnection, *, me: str, machine_now: datetime, until: datetime
) -> tuple[str, str] | None:
    """Take one (workspace, channel) that has stale cards and may be posted to now; None when there is none.

    The one that waited longest comes first, so that a long backlog in one channel holds up no other.
    """
    for workspace_id, channel in await _waiting(conn, machine_now):
        await conn.execute(
            insert_new(conn, slack_channels).values(workspace_id=workspace_id, channel=channel)
        )
        taken = await conn.execute(
            update(slack_channels)
            .where(*_one(workspace_id, channel), _open(machine_now))
            .values(leased_by=me, lease_until=until)
        )
        if taken.rowcount:
            return workspace_id, channel
    return None


async def stale_in(
    conn: AsyncConnection, workspace_id: str, channel: str, *, machine_now: datetime, limit: int
) -> list[Card]:
    """The channel's stale cards in id order. A reply is not among them before its parent stands in Slack or never will."""
    result = await conn.execute(
        select(*COLUMNS)
        .where(cards.c.workspace_id == workspace_id, cards.c.channel == channel, *_drawable(machine_now))
        .order_by(cards.c.id)
        .limit(limit)
    )
    return [Card(*row) for row in result]


async def holds(conn: AsyncConnection, workspace_id: str, channel: str, *, me: str) -> bool:
    """True while nobody else took the channel since `me` did; until the transaction ends nobody can."""
    result = await conn.execute(
        select(slack_channels.c.channel)
        .where(*_one(workspace_id, channel), slack_channels.c.leased_by == me)
        .with_for_update()
    )
    return result.first() is not None


async def release(
    conn: AsyncConnection, workspace_id: str, channel: str, *, me: str, next_post_at: datetime | None
) -> None:
    """Give the channel back; nobody may post to it before `next_post_at` (machine time)."""
    await conn.execute(
        update(slack_channels)
        .where(*_one(workspace_id, channel), slack_channels.c.leased_by == me)
        .values(leased_by=None, lease_until=None, next_post_at=next_post_at)
    )


async def _waiting(conn: AsyncConnection, machine_now: datetime) -> list[tuple[str, str]]:
    stale = (
        select(cards.c.workspace_id, cards.c.channel, func.min(cards.c.id).label("first"))
        .where(*_drawable(machine_now))
        .group_by(cards.c.workspace_id, cards.c.channel)
    ).subquery()
    same = (slack_channels.c.workspace_id == stale.c.workspace_id) & (
        slack_channels.c.channel == stale.c.channel
    )
    result = await conn.execute(
        select(stale.c.workspace_id, stale.c.channel)
        .outerjoin(slack_channels, same)
        .where(_open(machine_now))
        .order_by(slack_channels.c.next_post_at.asc().nulls_first(), stale.c.first)
        .limit(CANDIDATES)
    )
    return [(row.workspace_id, row.channel) for row in result]


def _open(machine_now: datetime) -> ColumnElement[bool]:
    """Nobody draws in it, and its pace allows a post."""
    return and_(
        or_(slack_channels.c.next_post_at.is_(None), slack_channels.c.next_post_at <= machine_now),
        or_(slack_channels.c.lease_until.is_(None), slack_channels.c.lease_until < machine_now),
    )


def _one(workspace_id: str, channel: str) -> tuple[ColumnElement[bool], ...]:
    return slack_channels.c.workspace_id == workspace_id, slack_channels.c.channel == channel


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
