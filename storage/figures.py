"""Figures of a period, counted from raw rows, so that anybody can count them again. Decides nothing.

Periods are [start, end) in UTC. What happened to a message counts in the period in which it happened first, so that the
days of a week sum to the week; a rate looks at the messages sent in the period and at what became of them before its
end. What may have left, and nobody knows, is not counted as sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    and_,
    case,
    distinct,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.model import channels
from storage.tables import engagements, messages, replies, timeline

BOUNCED = ("hard_bounced", "soft_bounced")
REACTIONS = ("liked", "commented", "shared")

Group = ColumnElement[Any]
CHANNEL: Group = messages.c.channel
CAMPAIGN: Group = messages.c.campaign_id
FEED: Group = messages.c.feed_id
BRAND: Group = messages.c.brand_id
ALL: Group = literal_column("'all'")
POSTS: ColumnElement[bool] = messages.c.feed_id.is_not(None)
TO_PEOPLE: ColumnElement[bool] = messages.c.feed_id.is_(None)
"""All that is no post; with the replies that belong to no message."""


@dataclass(frozen=True, slots=True)
class Period:
    """`positive` and `automatic` are the reply classes that count as such; automatic ones are no replies at all."""

    workspace_id: str
    start: datetime
    end: datetime
    positive: tuple[str, ...]
    automatic: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """One group's figures. Opens and clicks count messages, people's and machines' apart.

    `people` are the contacts sent to, `answered` those of them who replied to what was sent in the period;
    `read` and `followed` are the delivered messages that a person opened or clicked before the period's end.
    """

    sent: int = 0
    delivered: int = 0
    bounced: int = 0
    failed: int = 0
    opened: int = 0
    opened_by_machines: int = 0
    clicked: int = 0
    clicked_by_machines: int = 0
    replied: int = 0
    positive: int = 0
    unsubscribed: int = 0
    converted: int = 0
    reactions: int = 0
    people: int = 0
    answered: int = 0
    read: int = 0
    followed: int = 0

    @property
    def reply_rate(self) -> float:
        """Contacts with a human reply over contacts sent to; 0 when nothing was sent."""
        return self.answered / self.people if self.people else 0.0

    @property
    def open_rate(self) -> float:
        """Over delivered."""
        return self.read / self.delivered if self.delivered else 0.0

    @property
    def click_rate(self) -> float:
        """Over delivered."""
        return self.followed / self.delivered if self.delivered else 0.0


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
    for counting in (_COUNTED[name] for name in only or _COUNTED):
        for row in await conn.execute(counting(period, by, where)):
            into = counted.setdefault(row.key, {})
            for name, value in row._mapping.items():
                if name != "key" and value:
                    into[name] = into.get(name, 0) + int(value)
    return {key: Slice(**values) for key, values in counted.items() if values}


async def reply_times(
    conn: AsyncConnection, period: Period, where: ColumnElement[bool] | None = None
) -> list[float]:
    """Seconds from send to reply, of the period's human replies that belong to a message."""
    result = await conn.execute(
        select(replies.c.created_at, messages.c.sent_at)
        .join(messages, messages.c.id == replies.c.message_id)
        .where(*_replied(period), messages.c.sent_at.is_not(None), *_narrowed(where))
    )
    return [(row.created_at - row.sent_at).total_seconds() for row in result]


def _sent(period: Period, by: Group, where: ColumnElement[bool] | None) -> Executable:
    silent = messages.c.channel.not_in(channels.reporting())
    return (
        select(
            by.label("key"),
            func.count().label("sent"),
            func.sum(case((silent, 1), else_=0)).label("delivered"),
            func.count(distinct(messages.c.contact_id)).label("people"),
        )
        .where(*_cohort(period, where))
        .group_by("key")
    )


def _became(period: Period, by: Group, where: ColumnElement[bool] | None) -> Executable:
    """What was seen, before the period's end, of the messages sent in it."""
    c = engagements.c
    silent = messages.c.channel.not_in(channels.reporting())
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
        .where(c.workspace_id == period.workspace_id, c.at < period.end, *_cohort(period, where))
        .group_by("key")
    )


def _happened(period: Period, by: Group, where: ColumnElement[bool] | None) -> Executable:
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
            c.workspace_id == period.workspace_id,
            c.at >= period.start,
            c.at < period.end,
            or_(c.kind.in_(REACTIONS), ~_before(period)),
            *_narrowed(where),
        )
        .group_by("key")
    )


def _before(period: Period) -> ColumnElement[bool]:
    """The same happened to the message before the period: a second open, another day, is none. By people and by
    machines is not the same."""
    c, e = engagements.c, engagements.alias("earlier").c
    same = or_(e.kind == c.kind, and_(e.kind.in_(BOUNCED), c.kind.in_(BOUNCED)))
    alike = or_(e.human == c.human, c.kind.not_in(("opened", "clicked")))
    return select(e.id).where(e.message_id == c.message_id, e.at < period.start, same, alike).exists()


def _failed(period: Period, by: Group, where: ColumnElement[bool] | None) -> Executable:
    c = timeline.c
    return (
        select(by.label("key"), func.count(distinct(messages.c.id)).label("failed"))
        .select_from(timeline.join(messages, messages.c.id == c.entity_id))
        .where(
            c.workspace_id == period.workspace_id,
            messages.c.workspace_id == period.workspace_id,
            c.entity == "message",
            c.event == "fail",
            c.at >= period.start,
            c.at < period.end,
            *_narrowed(where),
        )
        .group_by("key")
    )


def _replies(period: Period, by: Group, where: ColumnElement[bool] | None) -> Executable:
    good = case((replies.c.klass.in_(period.positive), 1), else_=0)
    return (
        select(by.label("key"), func.count().label("replied"), func.sum(good).label("positive"))
        .select_from(replies.outerjoin(messages, messages.c.id == replies.c.message_id))
        .where(*_replied(period), *_narrowed(where))
        .group_by("key")
    )


def _answered(period: Period, by: Group, where: ColumnElement[bool] | None) -> Executable:
    return (
        select(by.label("key"), func.count(distinct(replies.c.contact_id)).label("answered"))
        .select_from(replies.join(messages, messages.c.id == replies.c.message_id))
        .where(
            replies.c.klass.not_in(period.automatic),
            replies.c.created_at < period.end,
            *_cohort(period, where),
        )
        .group_by("key")
    )


def _cohort(period: Period, where: ColumnElement[bool] | None) -> tuple[ColumnElement[bool], ...]:
    """Messages of the workspace that were sent in the period."""
    c = messages.c
    sent = (c.sent_at >= period.start, c.sent_at < period.end, c.id.not_in(_unsure(period.workspace_id)))
    return (c.workspace_id == period.workspace_id, *sent, *_narrowed(where))


def _unsure(workspace_id: str) -> Select[Any]:
    """What has a time of sending and may not have left, by the index on troubled messages."""
    m = messages.alias("unsure")
    troubled: ColumnElement[bool] = literal_column("unsure.state IN ('blocked', 'failed', 'unsure')")
    return select(m.c.id).where(m.c.workspace_id == workspace_id, troubled, m.c.state == "unsure")


def _replied(period: Period) -> tuple[ColumnElement[bool], ...]:
    """Replies of people in the period; an out-of-office note or a bounce is none."""
    c = replies.c
    return (
        c.workspace_id == period.workspace_id,
        c.klass.not_in(period.automatic),
        c.created_at >= period.start,
        c.created_at < period.end,
    )


def _messages_with(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(distinct(case((condition, engagements.c.message_id))))


def _narrowed(where: ColumnElement[bool] | None) -> tuple[ColumnElement[bool], ...]:
    return () if where is None else (where,)


_COUNTED: Mapping[str, Callable[[Period, Group, ColumnElement[bool] | None], Executable]] = {
    "sent": _sent,
    "became": _became,
    "happened": _happened,
    "failed": _failed,
    "replies": _replies,
    "answered": _answered,
}
DRAWN = ("sent", "happened", "replies")
"""What a day's bars show."""
OF_POSTS = ("sent", "happened", "failed")
"""Nobody replies to a post by message."""
