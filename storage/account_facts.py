"""What a gate and a pause must know about accounts: what happened to any contact of a company since a person decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import accounts
from storage import members as member_rows
from storage.db import among
from storage.model import Message, ReplyClass
from storage.model.accounts import AccountCase, Engaged, Seen
from storage.tables import accounts as account_table
from storage.tables import (
    conflicts,
    contacts,
    engagements,
    enrolments,
    members,
    messages,
    replies,
    suppressions,
    timeline,
)

NOT_A_NO = ("hard bounce", "dead number")
"""Causes on the suppression list that nobody asked for."""
INTERESTED = (ReplyClass.INTERESTED, ReplyClass.QUESTION, ReplyClass.REFERRAL)
"""Replies after which a colleague may hear of it (H3)."""
AUTOMATIC = (ReplyClass.OUT_OF_OFFICE, ReplyClass.BOUNCE)
_KIND = {ReplyClass.OPT_OUT: "opt_out", ReplyClass.NEGATIVE: "negative"}


async def cases(conn: AsyncConnection, rows: Sequence[Message]) -> dict[int, AccountCase]:
    """message → its account, for those that belong to an account's sequence."""
    wanted = sorted({row.enrolment_id for row in rows if row.enrolment_id is not None})
    found = await accounts.enrolments_by_id(conn, wanted) if wanted else {}
    if not found:
        return {}
    ids = sorted(found)
    names = {row[0]: row[1] for row in await conn.execute(_NAMES, {"ids": ids})}
    people, seen, touched = (
        await member_rows.of(conn, ids),
        await since(conn, ids),
        await accounts.touches(conn, ids),
    )
    asked = await undecided(conn, ids)
    made: dict[int, AccountCase] = {}
    for row in rows:
        mine = found.get(row.enrolment_id or 0)
        if mine is None:
            continue
        sent: dict[int, datetime] = {}
        for touch in touched[mine.id]:
            if touch.sent_at is not None:
                sent[touch.contact_id] = max(touch.sent_at, sent.get(touch.contact_id, touch.sent_at))
        made[row.id] = AccountCase(
            name=names[mine.id],
            paused_at=mine.paused_at,
            asked=mine.id in asked,
            member=next((one for one in people[mine.id] if one.contact_id == row.contact_id), None),
            seen=tuple(seen.get(mine.id, ())),
            sent=sent,
        )
    return made


async def since(
    conn: AsyncConnection, enrolment_ids: Sequence[int], *, ever: bool = False, once: bool = True
) -> dict[int, list[Seen]]:
    """What was seen of each company since a person last decided, oldest first; with `ever` since its sequence exists.

    `once` tells the first of each kind and contact alone.
    """
    found: dict[int, list[Seen]] = defaultdict(list)
    for statement in _EVER if ever else _SINCE:
        for row in await conn.execute(statement, {"ids": sorted(set(enrolment_ids))}):
            name = f"{row.first_name} {row.last_name}".strip() or row.email
            kind = _KIND.get(row.kind, "replied") if row.kind in tuple(ReplyClass) else row.kind
            found[row.enrolment_id].append(Seen(kind, row.contact_id, name, row.at, row.text or ""))
    for enrolment_id, seen in found.items():
        found[enrolment_id] = sorted(_told_once(seen) if once else seen, key=lambda one: one.at)
    return found


async def engaged(conn: AsyncConnection, enrolment_ids: Sequence[int]) -> dict[int, list[Engaged]]:
    """enrolment → who answered a touch of it with interest, newest first, with the topic that they answered."""
    found: dict[int, list[Engaged]] = defaultdict(list)
    for row in await conn.execute(_ENGAGED, {"ids": sorted(set(enrolment_ids))}):
        found[row.enrolment_id].append(Engaged(*row[1:]))
    return found


async def undecided(conn: AsyncConnection, enrolment_ids: Sequence[int]) -> dict[int, int]:
    """enrolment → its conflict that waits for a person."""
    result = await conn.execute(_UNDECIDED, {"ids": sorted(set(enrolment_ids))})
    return {row.enrolment_id: row.id for row in result}


def _told_once(seen: Sequence[Seen]) -> list[Seen]:
    """One for each kind and contact: a meeting stands in the timeline and among the engagements."""
    first: dict[tuple[str, int], Seen] = {}
    for one in seen:
        known = first.get((one.kind, one.contact_id))
        if known is None or (not known.text and one.text):
            first[one.kind, one.contact_id] = one
    return list(first.values())


def _statements(since: Any) -> tuple[Any, ...]:
    """One for each place in which a conflict is recorded, each found through the contacts of the company."""
    e, c = enrolments.c, contacts.c
    who = (e.id.label("enrolment_id"), c.id.label("contact_id"), c.first_name, c.last_name, c.email)
    own, same = account_table.c, accounts.same.c
    theirs = (
        enrolments.join(account_table, own.id == e.account_id)
        .join(accounts.same, accounts.same_company())
        .join(contacts, c.account_id == same.id)
    )
    mine = among(e.id, "ids")
    reply, m, s, t, x, g = replies.c, messages.c, suppressions.c, timeline.c, conflicts.c, engagements.c
    met = literal("meeting")
    return (
        select(*who, reply.klass.label("kind"), reply.created_at.label("at"), reply.text.label("text"))
        .select_from(theirs.join(replies, reply.contact_id == c.id))
        .where(mine, reply.klass.not_in(AUTOMATIC), reply.created_at > since),
        select(*who, met.label("kind"), t.at.label("at"), t.detail.label("text"))
        .select_from(theirs.join(timeline, and_(t.entity == "contact", t.entity_id == c.id)))
        .where(mine, t.at > since, t.workspace_id == e.workspace_id)
        .where(or_(t.event == "meeting", and_(t.event == "decide", t.detail == "meeting"))),
        select(*who, met.label("kind"), g.at.label("at"), literal("").label("text"))
        .select_from(theirs.join(messages, m.contact_id == c.id).join(engagements, g.message_id == m.id))
        .where(mine, g.kind == "meeting_booked", g.human, g.at > since),
        select(*who, literal("opt_out").label("kind"), s.created_at.label("at"), s.cause.label("text"))
        .select_from(
            theirs.join(
                suppressions,
                and_(
                    s.workspace_id == c.workspace_id,
                    s.kind.in_(("address", "phone")),
                    s.key.in_((c.block_key, c.phone, c.whatsapp)),
                ),
            )
        )
        .where(mine, s.cause.not_in(NOT_A_NO), s.created_at > since),
        select(*who, literal("reported").label("kind"), x.created_at.label("at"), x.text.label("text"))
        .select_from(theirs.join(conflicts, x.contact_id == c.id))
        .where(mine, x.kind == "reported", x.created_at > since),
    )


_e = enrolments.c
_SINCE = _statements(func.coalesce(_e.cleared_at, _e.created_at))
_EVER = _statements(_e.created_at)
_NAMES = (
    select(_e.id, account_table.c.name)
    .select_from(enrolments.join(account_table, account_table.c.id == _e.account_id))
    .where(among(_e.id, "ids"))
)
_m, _r, _c = messages.c, replies.c, contacts.c
_ENGAGED = (
    select(_m.enrolment_id, _c.id, _c.first_name, _c.last_name, _c.title, _m.subject, _r.created_at)
    .select_from(
        members.join(
            messages, (_m.contact_id == members.c.contact_id) & (_m.enrolment_id == members.c.enrolment_id)
        )
        .join(replies, (_r.message_id == _m.id) & (_r.contact_id == _m.contact_id))
        .join(contacts, _c.id == _r.contact_id)
    )
    .where(among(members.c.enrolment_id, "ids"), _r.klass.in_(INTERESTED))
    .order_by(_r.id.desc())
)
_UNDECIDED = (
    select(conflicts.c.enrolment_id, conflicts.c.id)
    .where(among(conflicts.c.enrolment_id, "ids"), conflicts.c.decided_by.is_(None))
    .order_by(conflicts.c.id)
)
