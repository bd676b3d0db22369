"""Who messages leave as. The row is shared by all workers: cap, breaker, Retry-After and fairness live in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, exists, insert, literal_column, or_, select, update
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
) -> int:
    """The sender of a channel with this address, created if it is new. A changed name is kept."""
    found = await conn.execute(
        select(senders.c.id).where(
            senders.c.workspace_id == workspace_id, senders.c.channel == channel, senders.c.address == address
        )
    )
    known = found.scalar_one_or_none()
    if known is not None:
        return int(known)
    result = await conn.execute(
        insert(senders)
        .values(
            workspace_id=workspace_id, channel=channel, address=address, name=name, reply_to=reply_to,
            feed_id=feed_id, zone=zone, cap=cap,
        )
        .returning(senders.c.id)
    )  # fmt: skip
    return int(result.scalar_one())


async def set_identity(
    conn: AsyncConnection, workspace_id: str, channel: str, *, name: str, reply_to: str
) -> None:
    await conn.execute(
        update(senders)
        .where(senders.c.workspace_id == workspace_id, senders.c.channel == channel)
        .values(name=name, reply_to=reply_to)
    )


async def set_cap(conn: AsyncConnection, workspace_id: str, channel: str, cap: int | None) -> None:
    """The most messages a day, for every sender of the channel; None lifts it."""
    await conn.execute(
        update(senders)
        .where(senders.c.workspace_id == workspace_id, senders.c.channel == channel)
        .values(cap=cap)
    )


async def of_channel(conn: AsyncConnection, workspace_id: str, channel: str) -> Sender | None:
    """The sender that new messages of a channel leave as: the newest."""
    result = await conn.execute(
        select(*COLUMNS)
        .where(senders.c.workspace_id == workspace_id, senders.c.channel == channel)
        .order_by(senders.c.id.desc())
        .limit(1)
    )
    row = result.first()
    return Sender(*row) if row else None


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

    Spans workspaces. A sender another worker holds is passed over.
    """
    result = await conn.execute(_CLAIM, {"channel": channel, "now": now, "machine_now": machine_now})
    row = result.first()
    return Sender(*row) if row else None


async def reserve(
    conn: AsyncConnection, sender: Sender, taken: int, *, now: datetime, machine_now: datetime
) -> None:
    """Count `taken` messages against the cap of today (in the sender's zone) and go to the end of the line."""
    fresh = sender.resets_at is None or sender.resets_at <= now
    await conn.execute(
        _RESERVE,
        {
            "sender_id": sender.id,
            "used_now": taken if fresh else sender.used + taken,
            "reset": next_midnight(now, sender.zone) if fresh else sender.resets_at,
            "served": machine_now,
        },
    )


async def lock(conn: AsyncConnection, sender_ids: Sequence[int]) -> None:
    """Take the rows' locks in id order, before contacts and messages."""
    if sender_ids:
        statement = select(senders.c.id).where(senders.c.id.in_(list(sender_ids)))
        await conn.execute(statement.order_by(senders.c.id).with_for_update())


async def give_back(conn: AsyncConnection, sender_id: int, count: int) -> None:
    """Messages that surely did not leave do not count against the cap."""
    await conn.execute(
        update(senders)
        .where(senders.c.id == sender_id, senders.c.used >= count)
        .values(used=senders.c.used - count)
    )


async def set_state(conn: AsyncConnection, sender_id: int, **values: Any) -> None:
    """not_before (machine time), failures, stopped: what the last sends taught us."""
    await conn.execute(update(senders).where(senders.c.id == sender_id).values(**values))


async def lift_stops(conn: AsyncConnection, channels: Sequence[str]) -> None:
    """At start: what stopped a sender may have been mended; if not, the next send stops it again."""
    await conn.execute(
        update(senders)
        .where(senders.c.channel.in_(list(channels)), senders.c.stopped != "")
        .values(stopped="")
    )


def room(sender: Sender, now: datetime) -> int | None:
    """How many more messages may leave before `resets_at`; None for no limit."""
    if sender.cap is None:
        return None
    if sender.resets_at is None or sender.resets_at <= now:
        return sender.cap
    return max(0, sender.cap - sender.used)


def next_midnight(now: datetime, zone: str) -> datetime:
    """The start of the next local day, as UTC."""
    local = ZoneInfo(zone or "UTC")
    tomorrow = now.astimezone(local).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), local).astimezone(UTC)


_c = senders.c
_NOW = bindparam("now", type_=_c.not_before.type)
_MACHINE_NOW = bindparam("machine_now", type_=_c.not_before.type)
_CLAIM = (
    select(*COLUMNS)
    .where(
        _c.channel == bindparam("channel"),
        _c.stopped == "",
        or_(_c.not_before.is_(None), _c.not_before <= _MACHINE_NOW),
        or_(_c.cap.is_(None), _c.resets_at.is_(None), _c.resets_at <= _NOW, _c.used < _c.cap),
        exists().where(
            messages.c.sender_id == _c.id,
            messages.c.state == literal_column("'scheduled'"),
            messages.c.due_at <= _NOW,
        ),
    )
    .order_by(_c.served_at.asc().nulls_first(), _c.id)
    .limit(1)
    .with_for_update(skip_locked=True, of=senders)
)
_RESERVE = (
    update(senders)
    .where(_c.id == bindparam("sender_id"))
    .values(
        used=bindparam("used_now"),
        resets_at=bindparam("reset", type_=_c.resets_at.type),
        served_at=bindparam("served", type_=_c.served_at.type),
    )
)
