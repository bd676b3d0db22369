"""Who messages leave as. The row is shared by all workers: cap, breaker, Retry-After and fairness live in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, exists, insert, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import columns
from storage.model import Sender
from storage.tables import messages, senders

COLUMNS = columns(senders, Sender)


async def ensure(
    conn: AsyncConnection,
    workspace_id: str,
    channel: str,
    *,
    address: str,
    name: str = "",
    reply_to: str = "",
    feed_id: int | None = None,
    zone: str = "UTC",
    cap: int | None = None,
    warm_from: int | None = None,
    warm_by: int = 0,
) -> int:
    """The sender of a channel with this address, created if it is new. A changed name is kept."""
    found = await conn.execute(
        select(senders.c.id).where(
            senders.c.workspace_id == workspace_id,
            senders.c.channel == channel,
            senders.c.address == address,
            senders.c.campaign_id.is_(None),
        )
    )
    known = found.scalar_one_or_none()
    if known is not None:
        return int(known)
    result = await conn.execute(
        insert(senders)
        .values(
            workspace_id=workspace_id, channel=channel, address=address, name=name, reply_to=reply_to,
            feed_id=feed_id, zone=zone, cap=cap, warm_from=warm_from, warm_by=warm_by,
        )
        .returning(senders.c.id)
    )  # fmt: skip
    return int(result.scalar_one())


async def rename(conn: AsyncConnection, workspace_id: str, name: str) -> None:
    """The name of the person or team that writes, on every channel to people; pages keep their own."""
    mine = (senders.c.workspace_id == workspace_id) & senders.c.feed_id.is_(None)
    await conn.execute(update(senders).where(mine).values(name=name))


async def set_reply_to(conn: AsyncConnection, workspace_id: str, channel: str, reply_to: str) -> None:
    await conn.execute(
        update(senders)
        .where(senders.c.workspace_id == workspace_id, senders.c.channel == channel)
        .values(reply_to=reply_to)
    )


async def of_channel(conn: AsyncConnection, workspace_id: str, channel: str) -> Sender | None:
    """The sender that new messages of a channel leave as: the newest that no campaign has for itself."""
    result = await conn.execute(
        select(*COLUMNS)
        .where(
            senders.c.workspace_id == workspace_id,
            senders.c.channel == channel,
            senders.c.campaign_id.is_(None),
        )
        .order_by(senders.c.id.desc())
        .limit(1)
    )
    row = result.first()
    return Sender(*row) if row else None


async def of_channels(conn: AsyncConnection, workspace_id: str) -> frozenset[str]:
    """The channels on which new messages have somebody to leave as."""
    mine = (senders.c.workspace_id == workspace_id, senders.c.campaign_id.is_(None))
    return frozenset((await conn.execute(select(senders.c.channel).where(*mine))).scalars())


async def get(conn: AsyncConnection, workspace_id: str, sender_id: int) -> Sender | None:
    result = await conn.execute(
        select(*COLUMNS).where(senders.c.workspace_id == workspace_id, senders.c.id == sender_id)
    )
    row = result.first()
    return Sender(*row) if row else None


async def claim(
    conn: AsyncConnection, channel: str, *, now: datetime, machine_now: datetime
) -> Sender | None:
    """Lock the longest-unserved sender of a channel that has due messages and room; None when there is none.

    Spans workspaces. A sender another worker holds is passed over. Its count is that of the day of `now`.
    """
    result = await conn.execute(_CLAIM, {"channel": channel, "now": now, "machine_now": machine_now})
    row = result.first()
    return today(Sender(*row), now) if row else None


async def is_waiting(conn: AsyncConnection, channel: str, *, now: datetime, machine_now: datetime) -> bool:
    """Whether `claim` passed over a sender that somebody else holds: it will be free within milliseconds."""
    result = await conn.execute(_WAITING, {"channel": channel, "now": now, "machine_now": machine_now})
    return result.first() is not None


async def reserve(
    conn: AsyncConnection, sender: Sender, taken: int, *, now: datetime, machine_now: datetime
) -> None:
    """Count `taken` messages against the cap of today (in the sender's zone) and go to the end of the line."""
    current = today(sender, now)
    await conn.execute(
        _RESERVE,
        {
            "sender_id": sender.id,
            "used_now": current.used + taken,
            "warmed": current.warm_days,
            "reset": current.resets_at,
            "served": machine_now,
        },
    )


async def give_back(conn: AsyncConnection, sender: Sender, count: int) -> None:
    """Messages that surely did not leave do not count against the cap of the day they were claimed on.

    `sender` is as `claim` returned it: of another day nothing is given back.
    """
    await conn.execute(
        update(senders)
        .where(senders.c.id == sender.id, senders.c.resets_at == sender.resets_at, senders.c.used >= count)
        .values(used=senders.c.used - count)
    )


def today(sender: Sender, now: datetime) -> Sender:
    """The sender on the day of `now` in its zone: a new day starts at zero, and one that sent warmed it up."""
    if sender.resets_at is not None and now < sender.resets_at:
        return sender
    warmed = sender.warm_days + (1 if sender.used > 0 else 0)
    return replace(sender, used=0, warm_days=warmed, resets_at=next_midnight(now, sender.zone))


def room(sender: Sender, now: datetime) -> int | None:
    """How many more messages may leave before the next midnight of the sender's zone; None for no limit."""
    current = today(sender, now)
    return None if current.limit is None else max(0, current.limit - current.used)


def next_midnight(now: datetime, zone: str) -> datetime:
    """The start of the next local day, as UTC."""
    local = ZoneInfo(zone or "UTC")
    tomorrow = now.astimezone(local).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), local).astimezone(UTC)


_c = senders.c
_NOW = bindparam("now", type_=_c.not_before.type)
_MACHINE_NOW = bindparam("machine_now", type_=_c.not_before.type)
HAS_ROOM = and_(
    _c.used < _c.cap, or_(_c.warm_from.is_(None), _c.used < _c.warm_from + _c.warm_by * _c.warm_days)
)
"""Sender.limit in SQL, for senders whose count is today's and who have a cap."""
_DUE = (
    select(*COLUMNS)
    .where(
        _c.channel == bindparam("channel"),
        _c.stopped == "",
        or_(_c.not_before.is_(None), _c.not_before <= _MACHINE_NOW),
        or_(_c.cap.is_(None), _c.resets_at.is_(None), _c.resets_at <= _NOW, HAS_ROOM),
        exists().where(
            messages.c.sender_id == _c.id,
            messages.c.state == literal_column("'scheduled'"),
            messages.c.due_at <= _NOW,
        ),
    )
    .order_by(_c.served_at.asc().nulls_first(), _c.id)
    .limit(1)
)
_CLAIM = _DUE.with_for_update(skip_locked=True, key_share=True, of=senders)
_WAITING = _DUE.with_only_columns(_c.id)
_RESERVE = (
    update(senders)
    .where(_c.id == bindparam("sender_id"))
    .values(
        used=bindparam("used_now"),
        warm_days=bindparam("warmed"),
        resets_at=bindparam("reset", type_=_c.resets_at.type),
        served_at=bindparam("served", type_=_c.served_at.type),
    )
)
