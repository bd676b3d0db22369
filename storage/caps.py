"""How many messages senders may send a day, what is booked on the days to come, and senders of one campaign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, literal_column, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import senders as sender_rows
from storage import workspaces
from storage.model import Campaign, Sender
from storage.model.sending import WAITING
from storage.senders import COLUMNS, HAS_ROOM
from storage.tables import messages, senders


async def set_limits(conn: AsyncConnection, workspace_id: str, channel: str, **values: Any) -> None:
    """`cap`, `warm_from`, `warm_by` of the senders that campaigns share; what waits for a day gets a new one."""
    shared = (senders.c.channel == channel) & senders.c.campaign_id.is_(None)
    await _set(conn, workspace_id, shared, replan=True, **values)


async def set_own(conn: AsyncConnection, workspace_id: str, campaign_id: int, cap: int) -> None:
    """The cap of a campaign, for the senders it already has of its own."""
    await _set(conn, workspace_id, senders.c.campaign_id == campaign_id, replan=True, cap=cap)


async def set_zone(conn: AsyncConnection, workspace_id: str, zone: str) -> None:
    """Where the days of all senders begin, from the next midnight on."""
    await _set(conn, workspace_id, true(), zone=zone)


async def _set(conn: AsyncConnection, workspace_id: str, which: ColumnElement[bool], **values: Any) -> None:
    chosen = select(senders.c.id).where(senders.c.workspace_id == workspace_id, which)
    ids = (await conn.execute(chosen.order_by(senders.c.id).with_for_update(key_share=True))).scalars().all()
    await conn.execute(update(senders).where(senders.c.id.in_(ids)).values(**values))


async def sender_for(
    conn: AsyncConnection, workspace_id: str, channel: str, campaign: Campaign | None
) -> Sender | None:
    """Who a new message of this campaign leaves as: the shared sender, or its own when the campaign has a cap.

    Its own has the same address and neither warm-up nor the shared count; it is created when it is first needed.
    """
    shared = await sender_rows.of_channel(conn, workspace_id, channel)
    if shared is None or campaign is None or campaign.cap is None:
        return shared
    return await _own(conn, shared, campaign.id) or await _add(conn, shared, campaign)


def leaves_as_another(campaign: Campaign) -> ColumnElement[bool]:
    """For conditions: the message has another sender than the campaign's cap asks for."""
    own = campaign.id if campaign.cap is not None else None
    mine, other = senders.c.id == messages.c.sender_id, senders.c.campaign_id.is_distinct_from(own)
    return exists().where(mine, other)


async def _own(conn: AsyncConnection, shared: Sender, campaign_id: int) -> Sender | None:
    c = senders.c
    found = await conn.execute(
        select(*COLUMNS).where(
            c.campaign_id == campaign_id, c.channel == shared.channel, c.address == shared.address
        )
    )
    row = found.first()
    return Sender(*row) if row else None


async def _add(conn: AsyncConnection, shared: Sender, campaign: Campaign) -> Sender | None:
    values = {
        "workspace_id": shared.workspace_id, "channel": shared.channel, "address": shared.address,
        "name": shared.name, "reply_to": shared.reply_to, "feed_id": shared.feed_id, "zone": shared.zone,
        "campaign_id": campaign.id, "cap": campaign.cap,
        # what is known about the channel holds for every sender of it
        "stopped": shared.stopped, "not_before": shared.not_before, "failures": shared.failures,
        "opened_at": shared.opened_at, "cause": shared.cause,
    }  # fmt: skip
    await conn.execute(workspaces.insert_new(conn, senders).values(**values))
    return await _own(conn, shared, campaign.id)


async def locked(conn: AsyncConnection, sender_ids: Sequence[int]) -> list[Sender]:
    """Those of the senders that have a cap, locked in id order: nobody else gives out or takes their places."""
    if not sender_ids:
        return []
    found = await conn.execute(
        select(*COLUMNS)
        .where(senders.c.id.in_(sorted(set(sender_ids))), senders.c.cap.is_not(None))
        .order_by(senders.c.id)
        .with_for_update(key_share=True)
    )
    return [Sender(*row) for row in found.all()]


async def booked(conn: AsyncConnection, sender_id: int) -> list[tuple[datetime, int]]:
    """(moment, how many) of a sender's scheduled messages. Waiting places of one moment come as one row."""
    found = await conn.execute(_BOOKED, {"sender_id": sender_id})
    return [(row[0], row[1]) for row in found.all()]


async def exhausted(conn: AsyncConnection, now: datetime) -> Sender | None:
    """Lock a sender that sent all it may today and has messages due all the same; None when there is none."""
    row = (await conn.execute(_EXHAUSTED, {"now": now})).first()
    return Sender(*row) if row else None


async def to_replan(conn: AsyncConnection) -> Sender | None:
    """Lock a sender whose limits changed since its messages got their days; None when there is none."""
    row = (await conn.execute(_REPLAN)).first()
    return Sender(*row) if row else None


async def replanned(conn: AsyncConnection, sender_id: int) -> None:
    await conn.execute(update(senders).where(senders.c.id == sender_id).values(replan=False))


_c, _m = senders.c, messages.c
_NOW = bindparam("now", type_=_c.resets_at.type)
_BOOKED = (
    select(_m.due_at, func.count())
    .where(
        _m.sender_id == bindparam("sender_id"),
        _m.state == literal_column("'scheduled'"),
        _m.due_at.is_not(None),
    )
    .group_by(_m.due_at)
)
_EXHAUSTED = (
    select(*COLUMNS)
    .where(
        _c.cap.is_not(None),
        _c.resets_at > _NOW,
        ~HAS_ROOM,
        exists().where(
            and_(
                _m.sender_id == _c.id,
                _m.state == literal_column("'scheduled'"),
                _m.due_at <= _NOW,
                _m.note != WAITING,
            )
        ),
    )
    .order_by(_c.id)
    .limit(1)
    .with_for_update(skip_locked=True, key_share=True, of=senders)
)
_REPLAN = (
    select(*COLUMNS)
    .where(_c.replan)
    .order_by(_c.id)
    .limit(1)
    .with_for_update(skip_locked=True, key_share=True, of=senders)
)
