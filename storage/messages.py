"""The one writer of message state, and the claims of the loops.

`move` and `move_where` check the legal transition, write, append the timeline and mark the cards, in the
caller's transaction. Nothing else updates messages.state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import marks, transitions
from storage.db import columns, maker
from storage.lifecycle import Event, State, sources
from storage.model import Message
from storage.model.sending import WAITING
from storage.tables import contacts, messages

COLUMNS = columns(messages, Message)
_message = maker(Message)
CHUNK = 1_000
_ANSWER = "answer:"
Change = transitions.Change


async def move(
    conn: AsyncConnection,
    event: Event,
    rows: Sequence[Change],
    *,
    actor: str,
    now: datetime,
    values: Mapping[str, Any] | None = None,
    workspace_id: str | None = None,
    leased_by: str | None = None,
) -> set[int]:
    """Take rows through `event`; returns the ids that moved. A row that did not was changed by someone else.

    A person's call names `workspace_id` and, where words matter, each row's revision; a loop's names the
    lease it holds. Every move ends the lease, unless `values` starts a new one. IntegrityError: the place is taken.
    """
    if not rows:
        return set()
    guard = {"workspace_id": workspace_id, "leased_by": leased_by}
    held = {name: value for name, value in guard.items() if value is not None}
    moved = await transitions.carry_out(conn, event, rows, held, dict(values or {}))
    if moved:
        await marks.after(conn, event, moved, actor=actor, now=now, over=transitions.is_over(event))
    return {place.message for place in moved}


async def move_where(
    conn: AsyncConnection,
    event: Event,
    condition: ColumnElement[bool],
    *,
    workspace_id: str,
    actor: str,
    now: datetime,
    values: Mapping[str, Any] | None = None,
    limit: int = CHUNK,
) -> list[int]:
    """The set form: every row of the workspace in a legal state that meets `condition`, at most `limit`.

    Returns the ids, in id order. Call again while it returns `limit` ids.
    """
    found = await conn.execute(
        select(*marks.PLACE)
        .where(messages.c.workspace_id == workspace_id, messages.c.state.in_(sources(event)), condition)
        .order_by(messages.c.id)
        .limit(limit)
        .with_for_update(key_share=True)
    )
    places = [marks.Place(*row) for row in found.all()]
    if not places:
        return []
    ids = [place.message for place in places]
    shared = dict(values or {})
    await conn.execute(
        transitions.shared_update(event, tuple(shared)), {**transitions.prefixed(shared), "ids": ids}
    )
    await marks.after(conn, event, places, actor=actor, now=now, over=transitions.is_over(event))
    return ids


async def add(
    conn: AsyncConnection, rows: Sequence[Mapping[str, Any]], *, actor: str, now: datetime
) -> list[int]:
    """Insert new messages, all with the same columns, and their first timeline entry. Their ids in the order given."""
    result = await conn.execute(_ADD, list(rows))  # asked to sort them, it would insert one by one on SQLite
    made = {(row.workspace_id, row.dedupe_key): row.id for row in result.all()}
    ids = [made[row["workspace_id"], row["dedupe_key"]] for row in rows]
    await marks.timeline_from_messages(conn, ids, "plan", actor=actor, now=now)
    return ids


async def lease(
    conn: AsyncConnection,
    state: State,
    *,
    me: str,
    now: datetime,
    machine_now: datetime,
    until: datetime,
    limit: int,
) -> list[Message]:
    """Take due rows of one state for a loop. They keep their state; `until` (machine time) bounds the work.

    Claims span workspaces: the rows say whose they are.
    """
    chosen = _due(state, limit).cte("chosen")
    statement = (
        update(messages)
        .where(messages.c.id.in_(select(chosen.c.id)))
        .values(leased_by=me, lease_until=until)
        .returning(*COLUMNS)
    )
    result = await conn.execute(statement, {"now": now, "machine_now": machine_now})
    return sorted((_message(row) for row in result.all()), key=lambda message: message.id)


async def due_for(conn: AsyncConnection, sender_id: int, *, now: datetime, limit: int) -> list[Message]:
    """The scheduled rows of one locked sender that are due, oldest slot first. Not locked: `move` is the guard.

    Tasks that wait for a person are not among them (storage.tasks).
    """
    result = await conn.execute(_DUE_FOR, {"sender_id": sender_id, "now": now, "n": limit})
    return [_message(row) for row in result.all()]


async def expired_sends(conn: AsyncConnection, *, machine_now: datetime, limit: int = 100) -> list[Message]:
    """Rows whose sender died between claim and record."""
    result = await conn.execute(
        select(*COLUMNS)
        .where(messages.c.state == literal_column("'sending'"), messages.c.lease_until < machine_now)
        .order_by(messages.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return [_message(row) for row in result.all()]


async def get(conn: AsyncConnection, workspace_id: str, message_id: int) -> Message | None:
    result = await conn.execute(
        select(*COLUMNS).where(messages.c.workspace_id == workspace_id, messages.c.id == message_id)
    )
    row = result.first()
    return _message(row) if row else None


async def locate(conn: AsyncConnection, message_id: int) -> Message | None:
    """A message by a signed token alone: the signature stands in for the workspace, which the row then names."""
    result = await conn.execute(select(*COLUMNS).where(messages.c.id == message_id))
    row = result.first()
    return _message(row) if row else None


async def last_sent(
    conn: AsyncConnection, workspace_id: str, contact_id: int, *, channel: str = ""
) -> Message | None:
    """What a reply most likely answers: the newest message that left, or may have left, to this contact.

    `channel`: on that one alone.
    """
    c, on = messages.c, [messages.c.channel == channel] if channel else []
    result = await conn.execute(
        select(*COLUMNS)
        .where(c.workspace_id == workspace_id, c.contact_id == contact_id, c.sent_at.is_not(None), *on)
        .order_by(c.sent_at.desc(), c.id.desc())
        .limit(1)
    )
    row = result.first()
    return _message(row) if row else None


async def find(
    conn: AsyncConnection, workspace_id: str, *conditions: ColumnElement[bool], limit: int = CHUNK
) -> list[Message]:
    """Messages of a workspace that meet all conditions, by id."""
    result = await conn.execute(
        select(*COLUMNS)
        .where(messages.c.workspace_id == workspace_id, *conditions)
        .order_by(messages.c.id)
        .limit(limit)
    )
    return [_message(row) for row in result.all()]


async def remind(
    conn: AsyncConnection, by: Column[int], *, now: datetime, before: datetime, until: datetime, count: int
) -> list[int]:
    """The campaigns or feeds, `by`, in which a deadline lies before `before` and fewer than `count` reminders told of it.

    All their drafts with a deadline before `until` count as reminded of `count` times from now on.
    """
    c = messages.c
    waiting = (c.state == literal_column("'drafted'")) & by.is_not(None) & (c.due_at > now)
    near = select(by).where(waiting, c.reminded < count, c.due_at <= before)
    result = await conn.execute(
        update(messages)
        .where(waiting, c.reminded < count, c.due_at <= until, by.in_(near))
        .values(reminded=count)
        .returning(by)
    )
    return sorted({row[0] for row in result})


async def hand_over(conn: AsyncConnection, workspace_id: str, *, of: int, to: int) -> None:
    """Two records of one person became one: its messages are the other's. A loop that holds one loses it."""
    mine = (messages.c.workspace_id == workspace_id, messages.c.contact_id == of)
    lost = case((messages.c.state == State.SENDING, messages.c.leased_by), else_=None)
    await conn.execute(update(messages).where(*mine).values(contact_id=to, leased_by=lost))


async def adopt(conn: AsyncConnection, workspace_id: str, feed_id: int, sender_id: int) -> list[int]:
    """Undecided posts of a feed leave as this sender from now on; the ids of those for which that is new."""
    c = messages.c
    mine = (c.workspace_id == workspace_id) & (c.feed_id == feed_id) & c.sender_id.is_distinct_from(sender_id)
    undecided = c.state.in_((State.PLANNED, State.DRAFTED, State.BLOCKED))
    changed = update(messages).where(mine, undecided).values(sender_id=sender_id).returning(c.id)
    return [row.id for row in await conn.execute(changed)]


def answer_key(reply_id: int) -> str:
    """The place of the one answer to a reply."""
    return f"{_ANSWER}{reply_id}"


def is_answer() -> ColumnElement[bool]:
    """For conditions: it answers a reply and is no touch of a sequence."""
    return messages.c.dedupe_key.startswith(_ANSWER)


def is_held() -> ColumnElement[bool]:
    """For conditions: the recipient replied and a person has not decided yet."""
    return exists().where(contacts.c.id == messages.c.contact_id, contacts.c.held_since.is_not(None))


def _due(state: State, limit: int) -> Select[Any]:
    c = messages.c
    return (
        select(c.id)
        .where(
            c.state == literal_column(f"'{state}'"),
            c.due_at <= bindparam("now", type_=c.due_at.type),
            or_(c.lease_until.is_(None), c.lease_until < bindparam("machine_now", type_=c.due_at.type)),
        )
        .order_by(c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )


_ADD = insert(messages).returning(messages.c.id, messages.c.workspace_id, messages.c.dedupe_key)
_DUE_FOR = (
    select(*COLUMNS)
    .where(
        and_(
            messages.c.sender_id == bindparam("sender_id"),
            messages.c.state == literal_column("'scheduled'"),
            messages.c.due_at <= bindparam("now", type_=messages.c.due_at.type),
            messages.c.note != WAITING,
        )
    )
    .order_by(messages.c.due_at, messages.c.id)
    .limit(bindparam("n"))
)
