"""Loads what needs a person, from approvals to conflicts, and every campaign. Shown at home and by `now`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Table,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import campaigns as campaign_rows
from storage import recommendations
from storage.db import among
from storage.lifecycle import TROUBLED, State
from storage.model import Listed, StrategyState
from storage.model.sending import WAITING
from storage.tables import (
    accounts,
    bulk_drafts,
    campaigns,
    cards,
    conflicts,
    contacts,
    enrolments,
    feeds,
    messages,
    replies,
    strategies,
)
from storage.views import nouns, shared

WAITING_SHOWN, OTHERS_SHOWN, CAMPAIGNS_SHOWN = 20, 10, 15
HOT = ("interested", "question", "referral")
"""Classes of replies that should not wait."""
AUTOMATIC = ("out_of_office", "bounce")


async def load(conn: AsyncConnection, workspace_id: str) -> nouns.HomeView:
    """What is over is never counted through, so that a year of sent messages costs nothing here."""
    newest = await campaign_rows.newest(conn, workspace_id, CAMPAIGNS_SHOWN)
    calls = await _count(conn, workspace_id, _CALLS)
    by_class = await _undecided_replies(conn, workspace_id)
    return nouns.HomeView(
        zone=await shared.zone(conn, workspace_id),
        waiting=await _first(conn, workspace_id, _WAITING),
        waiting_in_all=await _count(conn, workspace_id, _DRAFTS),
        strategies=await _count(conn, workspace_id, _PLANS),
        troubled=await _count(conn, workspace_id, _FAILURES),
        failures=await _first(conn, workspace_id, _TROUBLED),
        replies=await _replies(conn, workspace_id),
        hot=sum(by_class[klass] for klass in HOT),
        replies_in_all=sum(by_class.values()),
        calls=await _first(conn, workspace_id, _OFFERED) if calls else (),
        calls_in_all=calls,
        campaigns=await _progress(conn, workspace_id, newest),
        campaigns_in_all=await _count(conn, workspace_id, _CAMPAIGNS),
        contacts=bool(await _count(conn, workspace_id, _ANYBODY)),
        sent=bool(await _count(conn, workspace_id, _ANYTHING)),
        weak=await recommendations.undecided(conn, workspace_id),
        conflicts=await _conflicts(conn, workspace_id),
        conflicts_in_all=await _count(conn, workspace_id, _HELD),
    )


async def _count(conn: AsyncConnection, workspace_id: str, statement: Select[Any]) -> int:
    return int((await conn.execute(statement, {"workspace": workspace_id})).scalar_one())


async def _progress(
    conn: AsyncConnection, workspace_id: str, found: Sequence[Listed]
) -> tuple[tuple[Listed, int, int], ...]:
    """Each with how many of its messages wait for a decision, and how many left."""
    values = {"workspace": workspace_id, "campaigns": [campaign.id for campaign in found]}
    counted = {(row[0], row[1]): row[2] for row in await conn.execute(_STATES, values)}
    return tuple(
        (one, counted.get((one.id, State.DRAFTED), 0), counted.get((one.id, State.SENT), 0)) for one in found
    )


async def _first(
    conn: AsyncConnection, workspace_id: str, statement: Select[Any]
) -> tuple[nouns.Waiting, ...]:
    found = await conn.execute(statement, {"workspace": workspace_id})
    listed = [_waiting_of(row, row.note, state=row.state) for row in found]
    shared_by = await _bulk_cards(conn, workspace_id, [one.id for one in listed if not one.ts])
    return tuple(
        replace(one, slack_channel=shared_by[one.id][0], ts=shared_by[one.id][1])
        if one.id in shared_by
        else one
        for one in listed
    )


async def _bulk_cards(
    conn: AsyncConnection, workspace_id: str, ids: Sequence[int]
) -> dict[int, tuple[str, str]]:
    """Draft → (Slack channel, ts) of the newest card that it shares with others, of those that stand on one."""
    if not ids:
        return {}
    c, d = cards.c, bulk_drafts.c
    found = await conn.execute(
        select(d.message_id, c.channel, c.ts)
        .join(bulk_drafts, d.bulk_id == c.entity_id)
        .where(
            c.workspace_id == workspace_id, c.kind == "bulk", c.ts.is_not(None),
            d.workspace_id == workspace_id, d.message_id.in_(ids),
        )
        .order_by(c.id)
    )  # fmt: skip
    return {row.message_id: (row.channel, row.ts) for row in found}


async def _undecided_replies(conn: AsyncConnection, workspace_id: str) -> Counter[str]:
    result = await conn.execute(_CLASSES, {"workspace": workspace_id})
    return Counter({row[0]: row[1] for row in result})


async def _replies(conn: AsyncConnection, workspace_id: str) -> tuple[nouns.Waiting, ...]:
    """Those nobody decided on, hot ones first, the oldest of them first."""
    found = await conn.execute(_REPLIES, {"workspace": workspace_id})
    return tuple(_waiting_of(row, row.text, klass=row.klass) for row in found)


async def _conflicts(conn: AsyncConnection, workspace_id: str) -> tuple[nouns.Waiting, ...]:
    """Those nobody decided on, about a person, or about the company whose sequence waits."""
    found = await conn.execute(_CONFLICTS, {"workspace": workspace_id})
    return tuple(
        replace(_waiting_of(row, row.text), to=row.company) if row.company else _waiting_of(row, row.text)
        for row in found
    )


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


def _place(kind: str, entity: Table) -> ColumnElement[bool]:
    """The card of the entity that was made last: there may be one in several channels."""
    k = cards.alias("k")
    mine = (k.c.workspace_id == _WORKSPACE, k.c.kind == kind, k.c.entity_id == entity.c.id)
    return cards.c.id == select(func.max(k.c.id)).where(*mine).correlate(entity).scalar_subquery()


def _messages(condition: ColumnElement[bool], order: Any, limit: int, card: str = "message") -> Select[Any]:
    """The first messages in that order, with the card of each: that of its words, or of its task, or the one it shares."""
    at = case((_m.state == State.DRAFTED, _m.due_at), else_=_m.slot_at)
    return (
        select(_m.id, _m.channel, at.label("at"), _m.note, _m.state, *_ABOUT)
        .outerjoin(contacts, contacts.c.id == _m.contact_id)
        .outerjoin(feeds, feeds.c.id == _m.feed_id)
        .outerjoin(campaigns, campaigns.c.id == _m.campaign_id)
        .outerjoin(cards, _place(card, messages))
        .where(_m.workspace_id == _WORKSPACE, condition)
        .order_by(order, _m.id)
        .limit(limit)
    )


_m, _r = messages.c, replies.c
_WORKSPACE: BindParameter[str] = bindparam("workspace")
_ABOUT = (
    contacts.c.first_name, contacts.c.last_name, contacts.c.email, feeds.c.name.label("feed"),
    campaigns.c.name.label("campaign"), cards.c.channel.label("slack"), cards.c.ts,
)  # fmt: skip

# Each in the words of the index that holds only what it asks for.
_drafted = _m.state == literal_column("'drafted'")
_troubled = or_(*(_m.state == literal_column(f"'{state}'") for state in TROUBLED))
_offered = (_m.state == literal_column("'scheduled'")) & (_m.note == literal_column(f"'{WAITING}'"))
_open = (_r.workspace_id == _WORKSPACE, _r.decided_by.is_(None), _r.klass.not_in(AUTOMATIC))

_DRAFTS, _FAILURES, _CALLS = (
    select(func.count()).where(_m.workspace_id == _WORKSPACE, condition)
    for condition in (_drafted, _troubled, _offered)
)
_PLANS = select(func.count()).where(
    strategies.c.workspace_id == _WORKSPACE,
    strategies.c.state == StrategyState.DRAFT,
    strategies.c.written_at.is_not(None),
)
_CAMPAIGNS = select(func.count()).where(campaigns.c.workspace_id == _WORKSPACE)
_ANYBODY = select(case((exists().where(contacts.c.workspace_id == _WORKSPACE), 1), else_=0))
_ANYTHING = select(
    case(
        (
            exists().where(_m.workspace_id == _WORKSPACE, _m.sent_at.is_not(None), _m.state == State.SENT),
            1,
        ),
        else_=0,
    )
)
_STATES = (
    select(_m.campaign_id, _m.state, func.count())
    .where(_m.workspace_id == _WORKSPACE, among(_m.campaign_id, "campaigns"))
    .group_by(_m.campaign_id, _m.state)
)
_WAITING = _messages(_drafted, _m.due_at, WAITING_SHOWN)
_TROUBLED = _messages(_troubled, _m.id.desc(), OTHERS_SHOWN)
_OFFERED = _messages(_offered, _m.slot_at, OTHERS_SHOWN, card="task")
_CLASSES = select(_r.klass, func.count()).where(*_open).group_by(_r.klass)
_REPLIES = (
    select(_r.id, _m.channel, _r.created_at.label("at"), _r.klass, _r.text, *_ABOUT)
    .select_from(replies)
    .join(contacts, contacts.c.id == _r.contact_id)
    .outerjoin(messages, _m.id == _r.message_id)
    .outerjoin(feeds, feeds.c.id == _m.feed_id)
    .outerjoin(campaigns, campaigns.c.id == _m.campaign_id)
    .outerjoin(cards, _place("reply", replies))
    .where(*_open)
    .order_by(case((_r.klass.in_(HOT), 0), else_=1), _r.created_at, _r.id)
    .limit(OTHERS_SHOWN)
)
_x = conflicts.c
_stands = (_x.workspace_id == _WORKSPACE, _x.decided_by.is_(None))
_HELD = select(func.count()).where(*_stands)
_CONFLICTS = (
    select(
        _x.id,
        literal("").label("channel"),
        _x.created_at.label("at"),
        _x.text,
        *_ABOUT,
        accounts.c.name.label("company"),
    )
    .select_from(conflicts)
    .join(contacts, contacts.c.id == _x.contact_id)
    .outerjoin(enrolments, enrolments.c.id == _x.enrolment_id)
    .outerjoin(accounts, accounts.c.id == enrolments.c.account_id)
    .outerjoin(campaigns, campaigns.c.id == enrolments.c.campaign_id)
    .outerjoin(feeds, false())
    .outerjoin(cards, _place("conflict", conflicts))
    .where(*_stands)
    .order_by(_x.created_at, _x.id)
    .limit(OTHERS_SHOWN)
)
