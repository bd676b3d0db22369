"""Loads what needs a person - drafts, failures, replies, due calls - and every campaign. Shown at home and by `now`."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import ColumnElement, Table, case, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import campaigns as campaign_rows
from storage import recommendations
from storage.lifecycle import State
from storage.model import StrategyState
from storage.model.sending import WAITING
from storage.tables import campaigns, cards, contacts, feeds, messages, replies, strategies
from storage.views import nouns, shared

WAITING_SHOWN, OTHERS_SHOWN, CAMPAIGNS_SHOWN = 20, 10, 40
TROUBLE = (State.FAILED, State.UNSURE, State.BLOCKED)
HOT = ("interested", "question", "referral")
"""Classes of replies that should not wait."""
AUTOMATIC = ("out_of_office", "bounce")


async def load(conn: AsyncConnection, workspace_id: str) -> nouns.HomeView:
    c = messages.c
    counted = await _counted(conn, workspace_id)
    states: Counter[str] = Counter()
    for (_, state), count in counted.items():
        states[state] += count
    people = await conn.execute(select(func.count()).where(contacts.c.workspace_id == workspace_id))
    every = await campaign_rows.every(conn, workspace_id)
    offered = _is(State.SCHEDULED) & (c.note == WAITING)
    calls = await _count(conn, workspace_id, offered)
    by_class = await _undecided_replies(conn, workspace_id)
    return nouns.HomeView(
        zone=await shared.zone(conn, workspace_id),
        waiting=await _messages(conn, workspace_id, _is(State.DRAFTED), c.due_at, WAITING_SHOWN),
        waiting_in_all=states[State.DRAFTED],
        strategies=await _undecided_strategies(conn, workspace_id),
        troubled=sum(states[state] for state in TROUBLE),
        failures=await _messages(conn, workspace_id, _TROUBLED, c.id.desc(), OTHERS_SHOWN),
        replies=await _replies(conn, workspace_id),
        hot=sum(by_class[klass] for klass in HOT),
        replies_in_all=sum(by_class.values()),
        calls=await _messages(conn, workspace_id, offered, c.slot_at, OTHERS_SHOWN, card="task")
        if calls
        else (),
        calls_in_all=calls,
        campaigns=tuple(
            (found, counted.get((found.id, State.DRAFTED), 0), counted.get((found.id, State.SENT), 0))
            for found in every[:CAMPAIGNS_SHOWN]
        ),
        contacts=people.scalar_one(),
        sent=states[State.SENT],
        weak=await recommendations.undecided(conn, workspace_id),
    )


def _is(state: State) -> ColumnElement[bool]:
    """In the words of the partial index on that state."""
    return messages.c.state == literal_column(f"'{state}'")


_TROUBLED: ColumnElement[bool] = literal_column("messages.state IN ('blocked', 'failed', 'unsure')")
"""TROUBLE in the words of its index."""


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


async def _count(conn: AsyncConnection, workspace_id: str, condition: ColumnElement[bool]) -> int:
    mine = messages.c.workspace_id == workspace_id
    return int((await conn.execute(select(func.count()).where(mine, condition))).scalar_one())


async def _messages(
    conn: AsyncConnection,
    workspace_id: str,
    condition: ColumnElement[bool],
    order: Any,
    limit: int,
    card: str = "message",
) -> tuple[nouns.Waiting, ...]:
    """The first messages in that order, with the card of each: that of its words, or of its task."""
    c = messages.c
    at = case((c.state == State.DRAFTED, c.due_at), else_=c.slot_at)
    found = await conn.execute(
        select(c.id, c.channel, at.label("at"), c.note, c.state, *_ABOUT)
        .outerjoin(contacts, contacts.c.id == c.contact_id)
        .outerjoin(feeds, feeds.c.id == c.feed_id)
        .outerjoin(campaigns, campaigns.c.id == c.campaign_id)
        .outerjoin(cards, _place(workspace_id, card, messages))
        .where(c.workspace_id == workspace_id, condition)
        .order_by(order, c.id)
        .limit(limit)
    )
    return tuple(_waiting_of(row, row.note, state=row.state) for row in found)


async def _undecided_replies(conn: AsyncConnection, workspace_id: str) -> Counter[str]:
    c = replies.c
    result = await conn.execute(select(c.klass, func.count()).where(*_open(workspace_id)).group_by(c.klass))
    return Counter({row[0]: row[1] for row in result})


async def _replies(conn: AsyncConnection, workspace_id: str) -> tuple[nouns.Waiting, ...]:
    """Those nobody decided on, hot ones first, the oldest of them first."""
    c = replies.c
    found = await conn.execute(
        select(c.id, messages.c.channel, c.created_at.label("at"), c.klass, c.text, *_ABOUT)
        .select_from(replies)
        .join(contacts, contacts.c.id == c.contact_id)
        .outerjoin(messages, messages.c.id == c.message_id)
        .outerjoin(feeds, feeds.c.id == messages.c.feed_id)
        .outerjoin(campaigns, campaigns.c.id == messages.c.campaign_id)
        .outerjoin(cards, _place(workspace_id, "reply", replies))
        .where(*_open(workspace_id))
        .order_by(case((c.klass.in_(HOT), 0), else_=1), c.created_at, c.id)
        .limit(OTHERS_SHOWN)
    )
    return tuple(_waiting_of(row, row.text, klass=row.klass) for row in found)


def _open(workspace_id: str) -> tuple[ColumnElement[bool], ...]:
    c = replies.c
    return (c.workspace_id == workspace_id, c.decided_by.is_(None), c.klass.not_in(AUTOMATIC))


def _place(workspace_id: str, kind: str, entity: Table) -> ColumnElement[bool]:
    """The card of the entity that was made last: there may be one in several channels."""
    k = cards.alias("k")
    mine = (k.c.workspace_id == workspace_id, k.c.kind == kind, k.c.entity_id == entity.c.id)
    return cards.c.id == select(func.max(k.c.id)).where(*mine).correlate(entity).scalar_subquery()


_ABOUT = (
    contacts.c.first_name, contacts.c.last_name, contacts.c.email, feeds.c.name.label("feed"),
    campaigns.c.name.label("campaign"), cards.c.channel.label("slack"), cards.c.ts,
)  # fmt: skip


def _waiting_of(row: Any, note: str, *, klass: str = "", state: str = "") -> nouns.Waiting:
    name = f"{row.first_name or ''} {row.last_name or ''}".strip() or row.email or row.feed or ""
    return nouns.Waiting(
        row.id,
        name,
        row.campaign or "",
        row.channel or "",
        row.at,
        row.slack or "",
        row.ts,
        note,
        klass,
        state,
    )
