"""What is known of the touches of enrolments: how far each sequence is, what left before, what came back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, exists, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import messages as message_rows
from storage.campaigns import STRATEGY, strategy_of
from storage.db import among, maker
from storage.lifecycle import NOT_ALIVE, State
from storage.model import Message, ReplyClass, Strategy
from storage.tables import (
    campaigns,
    conflicts,
    engagements,
    enrolments,
    members,
    messages,
    replies,
    senders,
    strategies,
)

AUTOMATIC = (ReplyClass.OUT_OF_OFFICE, ReplyClass.BOUNCE)


@dataclass(frozen=True, slots=True)
class Touch:
    """One touch of an enrolment as its sequence sees it. `came_back` are kinds of what people did with it."""

    id: int
    enrolment_id: int
    step: int
    state: str
    channel: str
    subject: str
    body: str
    sent_at: datetime | None
    slot_at: datetime | None
    came_back: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the touches of an enrolment are, answers to replies left out.

    `taken` is the highest step that a touch took and kept, `sent` how many left, `under_way` how many are not over;
    the last one left at `sent_at`, or was to leave at `slot_at`.
    """

    taken: int
    sent: int
    under_way: int
    sent_at: datetime | None
    slot_at: datetime | None


@dataclass(frozen=True, slots=True)
class Answered:
    """What somebody wrote back: when, their words, its class, and what rules read in it (engine.replies)."""

    at: datetime
    text: str
    klass: ReplyClass
    reading: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mailed:
    """One mail that was sent: what its Message-ID is made of (engine.deliver.envelopes)."""

    id: int
    resend: int
    address: str


async def standings(
    conn: AsyncConnection, enrolled: Mapping[int, int], over: Sequence[State]
) -> dict[int, Standing]:
    """enrolment → how far it is, for those that have touches; a touch in one of the states `over` is over.

    Given as enrolment → contact: contacts have the index.
    """
    result = await conn.execute(_STANDINGS, {**_who(enrolled), "over": list(over)})
    return {row[0]: Standing(*row[1:]) for row in result}


async def sent_before(conn: AsyncConnection, rows: Sequence[Message]) -> dict[int, tuple[Touch, ...]]:
    """message → the earlier touches of its enrolment that left, with what came back. Asks nothing for first touches."""
    later = {row.enrolment_id: row.contact_id for row in rows if _follows(row)}
    if not later:
        return {}
    result = await conn.execute(_SENT, _who(later))
    found = [Touch(*row) for row in result]
    came_back: dict[int, list[str]] = defaultdict(list)
    for row in await conn.execute(_CAME_BACK, {"ids": [touch.id for touch in found]}):
        came_back[row.message_id].append(row.kind)
    by_enrolment: dict[int, list[Touch]] = defaultdict(list)
    for t in found:
        back = tuple(came_back[t.id])
        by_enrolment[t.enrolment_id].append(
            Touch(
                t.id,
                t.enrolment_id,
                t.step,
                t.state,
                t.channel,
                t.subject,
                t.body,
                t.sent_at,
                t.slot_at,
                back,
            )
        )
    return {row.id: tuple(by_enrolment[row.enrolment_id]) for row in rows if row.enrolment_id in by_enrolment}


async def mailed_before(conn: AsyncConnection, rows: Sequence[Message]) -> dict[int, tuple[Mailed, ...]]:
    """message → the mails of its enrolment to its contact that left before it, oldest first.

    Asks nothing for first touches.
    """
    later = [row for row in rows if _follows(row) and row.channel == "email"]
    if not later:
        return {}
    found: dict[tuple[int | None, int | None], list[Mailed]] = defaultdict(list)
    for row in await conn.execute(_MAILED, {"contacts": sorted({row.contact_id or 0 for row in later})}):
        found[row[3], row[4]].append(_mailed(row[:3]))
    return {
        row.id: tuple([mail for mail in found[place] if mail.id != row.id])
        for row in later
        if (place := (row.enrolment_id, row.contact_id)) in found
    }


async def last_replies(conn: AsyncConnection, contact_ids: Sequence[int]) -> dict[int, Answered]:
    """contact → what a person of theirs answered last; automatic answers are none."""
    result = await conn.execute(_REPLIES, {"contacts": sorted(set(contact_ids))})
    return {row.contact_id: Answered(*row[1:4], row.reading or {}) for row in result}


async def strategies_in_force(conn: AsyncConnection, campaign_ids: Sequence[int]) -> dict[int, Strategy]:
    """campaign → its approved strategy, for campaigns that a claim handed out."""
    found = [strategy_of(row) for row in await conn.execute(_IN_FORCE, {"campaigns": list(campaign_ids)})]
    return {strategy.campaign_id: strategy for strategy in found}


async def step_back(conn: AsyncConnection, workspace_id: str, enrolment_id: int, step: int) -> None:
    """The sequence stands at `step` again: what follows it is planned anew."""
    mine = (enrolments.c.workspace_id == workspace_id, enrolments.c.id == enrolment_id)
    await conn.execute(update(enrolments).where(*mine, enrolments.c.step > step).values(step=step))


async def people_of(conn: AsyncConnection, row: Message) -> list[int]:
    """Who may get touches of the sequence that a message belongs to: one contact, or the people of a company."""
    found = await conn.execute(select(members.c.contact_id).where(members.c.enrolment_id == row.enrolment_id))
    return sorted({row.contact_id or 0, *(member.contact_id for member in found)})


async def revive(conn: AsyncConnection, workspace_id: str, enrolment_id: int, reasons: Sequence[str]) -> None:
    """A sequence that was stopped for one of these reasons runs again, from where it stands."""
    await conn.execute(
        update(enrolments)
        .where(
            enrolments.c.workspace_id == workspace_id,
            enrolments.c.id == enrolment_id,
            enrolments.c.state == "stopped",
            enrolments.c.reason.in_(list(reasons)),
        )
        .values(state="active", reason="", next_at=None)
    )


async def lock(conn: AsyncConnection, workspace_id: str, enrolment_id: int) -> None:
    """No sequence of this enrolment is moved on until the transaction ends."""
    mine = (enrolments.c.workspace_id == workspace_id, enrolments.c.id == enrolment_id)
    await conn.execute(select(enrolments.c.id).where(*mine).with_for_update())


def is_paused() -> ColumnElement[bool]:
    """For conditions on messages: their campaign is paused."""
    mine = (campaigns.c.id == messages.c.campaign_id) & (campaigns.c.status == "paused")
    return exists().where(mine)


def account_waits() -> ColumnElement[bool]:
    """For conditions on messages: the sequence of their company is paused, or its conflict waits for a person."""
    mine = enrolments.c.id == messages.c.enrolment_id
    open_ = (conflicts.c.enrolment_id == messages.c.enrolment_id) & conflicts.c.decided_by.is_(None)
    return exists().where(mine & enrolments.c.paused_at.is_not(None)) | exists().where(open_)


def _follows(row: Message) -> bool:
    later = row.step > 1 or row.answers is not None
    return later and row.enrolment_id is not None and row.contact_id is not None


def _who(enrolled: Mapping[Any, Any]) -> dict[str, list[int]]:
    return {"contacts": sorted(set(enrolled.values())), "enrolments": sorted(enrolled)}


_mailed = maker(Mailed)
_m = messages.c
_MINE = (among(_m.contact_id, "contacts"), among(_m.enrolment_id, "enrolments"))
_counted = (
    select(
        _m.enrolment_id,
        func.max(_m.id).label("last"),
        func.max(case((_m.state.in_(NOT_ALIVE), 0), else_=_m.step)).label("taken"),
        func.sum(case((_m.state == State.SENT, 1), else_=0)).label("sent"),
        func.sum(case((_m.state.in_(bindparam("over", expanding=True)), 0), else_=1)).label("under_way"),
    )
    .where(*_MINE, ~message_rows.is_answer())
    .group_by(_m.enrolment_id)
    .subquery("counted")
)
_STANDINGS = select(
    _counted.c.enrolment_id, _counted.c.taken, _counted.c.sent, _counted.c.under_way, _m.sent_at, _m.slot_at
).join(messages, _m.id == _counted.c.last)
_SENT = (
    select(_m.id, _m.enrolment_id, _m.step, _m.state, _m.channel, _m.subject, _m.body, _m.sent_at, _m.slot_at)
    .where(*_MINE, _m.state == "sent")
    .order_by(_m.sent_at, _m.id)
)
_MAILED = (
    select(_m.id, _m.resend, func.coalesce(senders.c.address, ""), _m.enrolment_id, _m.contact_id)
    .select_from(messages.outerjoin(senders, senders.c.id == _m.sender_id))
    .where(
        among(_m.contact_id, "contacts"),  # of all their enrolments: each pair would be looked up by itself
        literal_column("messages.state = 'sent'"),
        literal_column("messages.channel = 'email'"),
    )
    .order_by(_m.sent_at, _m.id)
)
_CAME_BACK = (
    select(engagements.c.message_id, engagements.c.kind)
    .distinct()
    .where(among(engagements.c.message_id, "ids"), engagements.c.human)
    .order_by(engagements.c.message_id, engagements.c.kind)
)
_REPLIES = (
    select(replies.c.contact_id, replies.c.created_at, replies.c.text, replies.c.klass, replies.c.reading)
    .where(among(replies.c.contact_id, "contacts"), replies.c.klass.not_in(AUTOMATIC))
    .order_by(replies.c.id)
)
_IN_FORCE = (
    select(*STRATEGY)
    .where(among(strategies.c.campaign_id, "campaigns"), strategies.c.state == "approved")
    .order_by(strategies.c.id)
)
