"""Loads what the Home tab shows: what waits for a decision, and every campaign."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import campaigns as campaign_rows
from storage.lifecycle import State
from storage.model import StrategyState
from storage.tables import (
    campaigns,
    cards,
    contacts,
    feeds,
    messages,
    strategies,
)
from storage.views import nouns, shared

WAITING_SHOWN = 20


async def load(conn: AsyncConnection, workspace_id: str) -> nouns.HomeView:
    c = messages.c
    drafted = (c.workspace_id == workspace_id, c.state == State.DRAFTED)
    counted = await _counted(conn, workspace_id)
    states: Counter[str] = Counter()
    for (_, state), count in counted.items():
        states[state] += count
    people = await conn.execute(select(func.count()).where(contacts.c.workspace_id == workspace_id))
    found = await conn.execute(_waiting(workspace_id).where(*drafted))
    every = await campaign_rows.every(conn, workspace_id)
    undecided = await _undecided_strategies(conn, workspace_id)
    return nouns.HomeView(
        zone=await shared.zone(conn, workspace_id),
        waiting=tuple(_waiting_of(row) for row in found),
        waiting_in_all=states[State.DRAFTED],
        strategies=undecided,
        troubled=sum(states[state] for state in (State.FAILED, State.UNSURE, State.BLOCKED)),
        campaigns=tuple(
            (found, counted.get((found.id, State.DRAFTED), 0), counted.get((found.id, State.SENT), 0))
            for found in every[:40]
        ),
        contacts=people.scalar_one(),
        sent=states[State.SENT],
    )


async def _counted(conn: AsyncConnection, workspace_id: str) -> dict[tuple[int | None, str], int]:
    """How many messages of each campaign (None for posts) are in which state. The one look at all of them."""
    c = messages.c
    result = await conn.execute(
        select(c.campaign_id, c.state, func.count())
        .where(c.workspace_id == workspace_id)
        .group_by(c.campaign_id, c.state)
    )
    return {(campaign_id, state): count for campaign_id, state, count in result}


async def _undecided_strategies(conn: AsyncConnection, workspace_id: str) -> int:
    c = strategies.c
    result = await conn.execute(
        select(func.count()).where(
            c.workspace_id == workspace_id, c.state == StrategyState.DRAFT, c.written_at.is_not(None)
        )
    )
    return int(result.scalar_one())


def _waiting(workspace_id: str) -> Select[Any]:
    """Drafts by deadline, with the card of each."""
    c, k = messages.c, cards.c
    card = (k.workspace_id == workspace_id) & (k.kind == "message") & (k.entity_id == c.id)
    return (
        select(
            c.id, c.channel, c.due_at, contacts.c.first_name, contacts.c.last_name, contacts.c.email,
            feeds.c.name.label("feed"), campaigns.c.name.label("campaign"), k.channel.label("slack"), k.ts,
        )
        .outerjoin(contacts, contacts.c.id == c.contact_id)
        .outerjoin(feeds, feeds.c.id == c.feed_id)
        .outerjoin(campaigns, campaigns.c.id == c.campaign_id)
        .outerjoin(cards, card)
        .order_by(c.due_at, c.id)
        .limit(WAITING_SHOWN)
    )  # fmt: skip


def _waiting_of(row: Any) -> nouns.Waiting:
    name = f"{row.first_name or ''} {row.last_name or ''}".strip() or row.email or row.feed or ""
    return nouns.Waiting(row.id, name, row.campaign or "", row.channel, row.due_at, row.slack or "", row.ts)
