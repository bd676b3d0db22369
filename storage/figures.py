"""Figures of a period, counted from raw rows, so that anybody can count them again. Decides nothing.

Periods are [start, end) in UTC. What happened to a message counts in the period in which it happened first, so that the
days of a week sum to the week; a rate looks at the messages sent in the period and at what became of them before its
end. What may have left, and nobody knows, is not counted as sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    case,
    distinct,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.model import channels
from storage.model.figures import Period, Slice
from storage.tables import engagements, messages, replies, timeline

BOUNCED = ("hard_bounced", "soft_bounced")
REACTIONS = ("liked", "commented", "shared")

Group = ColumnElement[Any]
Counting = Select[*tuple[Any, ...]]
CHANNEL: Group = messages.c.channel
CAMPAIGN: Group = messages.c.campaign_id
FEED: Group = messages.c.feed_id
BRAND: Group = messages.c.brand_id
ALL: Group = literal_column("'all'")
POSTS: ColumnElement[bool] = messages.c.feed_id.is_not(None)
TO_PEOPLE: ColumnElement[bool] = messages.c.feed_id.is_(None)
"""All that is no post; with the replies that belong to no message."""


async def slices(
    conn: AsyncConnection,
    period: Period,
    by: Group = ALL,
    where: ColumnElement[bool] | None = None,
    *,
    only: Sequence[str] = (),
) -> dict[Any, Slice]:
    """Figures of the period, one Slice per value of `by` that has any. `where` narrows the messages.

    A reply that belongs to no message has the group None, or "all". `only` leaves out what is not asked for: the names
    in DRAWN or OF_POSTS, whose other figures stay 0.
    """
    counted: dict[Any, dict[str, int]] = {}
    result = await conn.execute(_statement(tuple(only) or FULL, by, where), _values(period))
    names = list(result.keys())[1:]
    for key, *values in result:
        into = counted.setdefault(key, {})
        for name, value in zip(names, values, strict=True):
            if value:
                into[name] = into.get(name, 0) + int(value)
    return {key: Slice(**values) for key, values in counted.items() if values}


async def reply_times(
    conn: AsyncConnection, period: Period, where: ColumnElement[bool] | None = None
) -> list[float]:
    """Seconds from send to reply, of the period's human replies that belong to a message."""
    statement = (
        select(replies.c.created_at, messages.c.sent_at)
        .join(messages, messages.c.id == replies.c.message_id)
        .where(*_replied(), messages.c.sent_at.is_not(None), *_narrowed(where))
    )
    result = await conn.execute(statement, _values(period))
    return [(row.created_at - row.sent_at).total_seconds() for row in result]


def _values(period: Period) -> dict[str, Any]:
    return {
        "workspace": period.workspace_id, "start": period.start, "end": period.end,
        "positive": period.positive, "automatic": period.automatic, "reporting": channels.reporting(),
    }  # fmt: skip


@lru_cache(maxsize=64)
def _statement(only: tuple[str, ...], by: Group, where: ColumnElement[bool] | None) -> CompoundSelect[Any]:
    """All of them as one, each with 0 for what the others count: asking takes longer than most of the counting.

    Made once: a digest asks it of many periods. The whole is no group: grouping would sort all rows.
    """
    parts = [_COUNTED[name](by, where) for name in only]
    names = sorted({name for part in parts for name in part.selected_columns.keys()} - {"key"})  # noqa: SIM118
    alike = [
        part.with_only_columns(
            *(part.selected_columns.get(name, literal_column("0").label(name)) for name in ("key", *names))
        )
        for part in parts
    ]
    return union_all(*(part if by is ALL else part.group_by("key") for part in alike))


def _left(by: Group, where: ColumnElement[bool] | None) -> Counting:
    return select(by.label("key"), func.count().label("sent")).where(*_cohort(where))


def _sent(by: Group, where: ColumnElement[bool] | None) -> Counting:
    reported = func.count(case((messages.c.channel.in_(_REPORTING), 1)))
    return select(
        by.label("key"),
        func.count().label("sent"),
        (func.count() - reported).label("delivered"),
        func.count(distinct(messages.c.contact_id)).label("people"),
    ).where(*_cohort(where))


def _became(by: Group, where: ColumnElement[bool] | None) -> Counting:
    """What was seen, before the period's end, of the messages sent in it."""
    c = engagements.c
    silent = messages.c.channel.not_in(_REPORTING)
    arrived = _messages_with(and_(~silent, c.kind == "delivered"))
    lost = _messages_with(and_(silent, c.kind.in_(BOUNCED)))
    return (
        select(
            by.label("key"),
            (arrived - lost).label("delivered"),
            _messages_with(and_(c.kind == "opened", c.human)).label("read"),
            _messages_with(and_(c.kind == "clicked", c.human)).label("followed"),
        )
        .select_from(engagements.join(messages, messages.c.id == c.message_id))
        .where(c.workspace_id == _WORKSPACE, c.at < _END, *_cohort(where))
    )


def _happened(by: Group, where: ColumnElement[bool] | None) -> Counting:
    c = engagements.c
    return (
        select(
            by.label("key"),
            _messages_with(c.kind.in_(BOUNCED)).label("bounced"),
            _messages_with(and_(c.kind == "opened", c.human)).label("opened"),
            _messages_with(and_(c.kind == "opened", ~c.human)).label("opened_by_machines"),
            _messages_with(and_(c.kind == "clicked", c.human)).label("clicked"),
            _messages_with(and_(c.kind == "clicked", ~c.human)).label("clicked_by_machines"),
            _messages_with(c.kind == "unsubscribed").label("unsubscribed"),
            _messages_with(c.kind == "converted").label("converted"),
            func.sum(case((c.kind.in_(REACTIONS), 1), else_=0)).label("reactions"),
        )
        .select_from(engagements.join(messages, messages.c.id == c.message_id))
        .where(
            c.workspace_id == _WORKSPACE,
            c.at >= _START,
            c.at < _END,
            or_(c.kind.in_(REACTIONS), ~_before()),
            *_narrowed(where),
        )
    )


def _before() -> ColumnElement[bool]:
    """The same happened to the message before the period: a second open, another day, is none. By people and by
    machines is not the same."""
    c, e = engagements.c, engagements.alias("earlier").c
    same = or_(e.kind == c.kind, and_(e.kind.in_(BOUNCED), c.kind.in_(BOUNCED)))
    alike = or_(e.human == c.human, c.kind.not_in(("opened", "clicked")))
    return select(e.id).where(e.message_id == c.message_id, e.at < _START, same, alike).exists()


def _failed(by: Group, where: ColumnElement[bool] | None) -> Counting:
    c = timeline.c
    return (
        select(by.label("key"), func.count(distinct(messages.c.id)).label("failed"))
        .select_from(timeline.join(messages, messages.c.id == c.entity_id))
        .where(
            c.workspace_id == _WORKSPACE,
            messages.c.workspace_id == _WORKSPACE,
            literal_column("timeline.entity = 'message' AND timeline.event = 'fail'"),  # as its index says
            c.at >= _START,
            c.at < _END,
            *_narrowed(where),
        )
    )


def _replies(by: Group, where: ColumnElement[bool] | None) -> Counting:
    good = case((replies.c.klass.in_(_POSITIVE), 1), else_=0)
    return (
        select(by.label("key"), func.count().label("replied"), func.sum(good).label("positive"))
        .select_from(replies.outerjoin(messages, messages.c.id == replies.c.message_id))
        .where(*_replied(), *_narrowed(where))
    )


def _answered(by: Group, where: ColumnElement[bool] | None) -> Counting:
    return (
        select(by.label("key"), func.count(distinct(replies.c.contact_id)).label("answered"))
        .select_from(replies.join(messages, messages.c.id == replies.c.message_id))
        .where(
            replies.c.klass.not_in(_AUTOMATIC),
            replies.c.created_at < _END,
            *_cohort(where),
        )
    )


def _cohort(where: ColumnElement[bool] | None) -> tuple[ColumnElement[bool], ...]:
    """Messages of the workspace that were sent in the period."""
    c, unsure = messages.c, _unsure()
    sure = or_(
        ~unsure.exists(), c.id.not_in(unsure)
    )  # one look where nothing is unsure, instead of one a message
    return (c.workspace_id == _WORKSPACE, c.sent_at >= _START, c.sent_at < _END, sure, *_narrowed(where))


def _unsure() -> Select[Any]:
    """What has a time of sending and may not have left, by the index on troubled messages."""
    m = messages.alias("unsure")
    return select(m.c.id).where(m.c.workspace_id == _WORKSPACE, m.c.state == literal_column("'unsure'"))


def _replied() -> tuple[ColumnElement[bool], ...]:
    """Replies of people in the period; an out-of-office note or a bounce is none."""
    c = replies.c
    return (
        c.workspace_id == _WORKSPACE,
        c.klass.not_in(_AUTOMATIC),
        c.created_at >= _START,
        c.created_at < _END,
    )


def _messages_with(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(distinct(case((condition, engagements.c.message_id))))


def _narrowed(where: ColumnElement[bool] | None) -> tuple[ColumnElement[bool], ...]:
    return () if where is None else (where,)


_WORKSPACE: BindParameter[str] = bindparam("workspace")
_START, _END = (bindparam(name, type_=messages.c.sent_at.type) for name in ("start", "end"))
_POSITIVE: BindParameter[Any] = bindparam("positive", expanding=True)
_AUTOMATIC: BindParameter[Any] = bindparam("automatic", expanding=True)
_REPORTING: BindParameter[Any] = bindparam("reporting", expanding=True)
_COUNTED: Mapping[str, Callable[[Group, ColumnElement[bool] | None], Counting]] = {
    "left": _left,
    "sent": _sent,
    "became": _became,
    "happened": _happened,
    "failed": _failed,
    "replies": _replies,
    "answered": _answered,
}
FULL = ("sent", "became", "happened", "failed", "replies", "answered")
DRAWN = ("left", "happened", "replies")
"""What a day's bars show."""
OF_POSTS = ("left", "happened", "failed")
"""Nobody replies to a post by message."""
