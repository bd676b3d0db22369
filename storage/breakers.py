"""The circuit breaker's columns of senders, written for all senders of a workspace's channel at once. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, literal_column, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.model import Sender
from storage.senders import COLUMNS
from storage.tables import messages, senders

Place = tuple[str, str]
"""A workspace and a channel."""


async def lock(conn: AsyncConnection, places: Iterable[Place]) -> dict[Place, list[Sender]]:
    """The senders of these workspaces' channels as they are now, locked in id order before contacts and messages."""
    wanted = sorted(set(places))
    if not wanted:
        return {}
    result = await conn.execute(
        select(*COLUMNS)
        .where(tuple_(senders.c.workspace_id, senders.c.channel).in_(wanted))
        .order_by(senders.c.id)
        .with_for_update(key_share=True)
    )
    found: dict[Place, list[Sender]] = {place: [] for place in wanted}
    for row in result.all():
        sender = Sender(*row)
        found[sender.workspace_id, sender.channel].append(sender)
    return found


async def set_all(conn: AsyncConnection, ids: Sequence[int], **values: Any) -> None:
    """failures, opened_at, cause, not_before (machine time), stopped."""
    await conn.execute(update(senders).where(senders.c.id.in_(list(ids))).values(**values))


async def probing(conn: AsyncConnection, sender: Sender, until: datetime) -> None:
    """While `sender`, which the caller has locked, tries one message, no other of its channel does.

    Rows that somebody else holds are passed over: waiting for them could lock two claims against each other.
    """
    free = (
        select(senders.c.id)
        .where(
            senders.c.workspace_id == sender.workspace_id,
            senders.c.channel == sender.channel,
            senders.c.opened_at.is_not(None),
        )
        .with_for_update(skip_locked=True, key_share=True)
        .cte("free")
    )
    await conn.execute(update(senders).where(senders.c.id.in_(select(free.c.id))).values(not_before=until))


async def silent_page(conn: AsyncConnection, *, machine_now: datetime, before: datetime) -> Sender | None:
    """Lock a page's sender that is stopped or rests and has a post that was due `before`; None when there is none."""
    result = await conn.execute(_SILENT_PAGE, {"machine_now": machine_now, "before": before})
    row = result.first()
    return Sender(*row) if row else None


async def resting(conn: AsyncConnection, channels: Sequence[str]) -> list[Sender]:
    """Stopped senders of these channels, over all workspaces: for a process that starts."""
    result = await conn.execute(
        select(*COLUMNS)
        .where(senders.c.channel.in_(list(channels)), senders.c.stopped != "")
        .order_by(senders.c.id)
        .with_for_update(key_share=True)
    )
    return [Sender(*row) for row in result.all()]


_c, _m = senders.c, messages.c
_BEFORE = bindparam("before", type_=_m.due_at.type)
_SILENT_PAGE = (
    select(*COLUMNS)
    .where(
        _c.feed_id.is_not(None),
        or_(_c.stopped != "", _c.not_before > bindparam("machine_now", type_=_c.not_before.type)),
        exists().where(
            _m.sender_id == _c.id,
            _m.state == literal_column("'scheduled'"),
            _m.due_at <= _BEFORE,
            _m.slot_at < _BEFORE,
        ),
    )
    .order_by(_c.id)
    .limit(1)
    .with_for_update(skip_locked=True, key_share=True, of=senders)
)
