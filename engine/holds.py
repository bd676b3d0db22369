"""Holding a contact: nothing leaves to them until a person decides, or until a day. Sends and writes nothing.

The contact's row is locked by the caller.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context, Who
from engine.plan import sequence
from engine.rules import hours, timing
from storage import accounts, conflicts, contacts, messages, replies, sequences
from storage.lifecycle import Event
from storage.messages import move_where
from storage.model import Contact
from storage.tables import messages as rows


async def hold(
    ctx: Context, conn: AsyncConnection, who: Who, contact_id: int, note: str = sequence.HELD
) -> None:
    """Everything pending waits, without a time, for a person; answers to replies only where a conflict is the reason."""
    await contacts.hold(conn, who.workspace_id, contact_id, ctx.now())
    await _park(ctx, conn, who, contact_id, note, answers=note != sequence.HELD)
    await accounts.look_again(conn, who.workspace_id, [contact_id], now=ctx.now())


async def release(ctx: Context, conn: AsyncConnection, who: Who, contact: Contact) -> bool:
    """What was held goes on, unless another reply or conflict waits, or a person paused them. Returns whether it does."""
    if await replies.undecided(conn, who.workspace_id, contact.id):
        return False
    if await conflicts.undecided(conn, who.workspace_id, contact.id):
        return False
    now = await contacts.get(conn, who.workspace_id, contact.id)
    if now is not None and (now.paused_by or now.taken_by):
        return False
    await contacts.release(conn, who.workspace_id, contact.id)
    mine = (rows.c.contact_id == contact.id) & ~sequences.is_paused() & ~sequences.account_waits()
    await sequence.bring_back(
        conn, who.workspace_id, mine, actor=who.user_id, now=ctx.now(), not_before=contact.away_until
    )
    return True


async def wait(ctx: Context, conn: AsyncConnection, who: Who, contact: Contact, until: datetime) -> Contact:
    """Nothing leaves before `until`; then it goes on by itself, unless a person must decide. Promised slots move."""
    await _park(ctx, conn, who, contact.id, "They are away, or asked to wait.")
    await contacts.change(conn, who.workspace_id, contact.id, {"away_until": until})
    found = (await contacts.lock(conn, [contact.id]))[0]
    await release(ctx, conn, who, found)
    return found


async def stop(ctx: Context, conn: AsyncConnection, who: Who, contact_id: int, why: str) -> None:
    """Cancel everything pending and end every sequence of this contact."""
    mine = rows.c.contact_id == contact_id
    while True:
        moved = await move_where(
            conn, Event.CANCEL, mine, workspace_id=who.workspace_id, actor=who.user_id, now=ctx.now(),
            values={"due_at": None, "note": why},
        )  # fmt: skip
        if len(moved) < messages.CHUNK:
            break
    await contacts.stop_enrolments(conn, who.workspace_id, [contact_id], reason=why, now=ctx.now())
    await accounts.look_again(conn, who.workspace_id, [contact_id], now=ctx.now())


async def today(ctx: Context, conn: AsyncConnection, contact: Contact) -> date:
    """The day it is where they are."""
    return timing.local_date(ctx.now(), await zone_of(conn, contact))


async def zone_of(conn: AsyncConnection, contact: Contact) -> str:
    return contact.zones[0] if contact.zones else (await policy.of(conn, contact.workspace_id)).zone


async def opening(conn: AsyncConnection, contact: Contact, day: date, *, after: bool = False) -> datetime:
    """Nine o'clock on the first business day from `day`, where they are; with `after` the one that follows it."""
    zone = await zone_of(conn, contact)
    first = timing.slot_on(day + timedelta(days=1) if after else day, time(0), zone)
    return timing.next_open(first, (zone,), timing.business_hours, hours.country_of(contact))


async def _park(
    ctx: Context, conn: AsyncConnection, who: Who, contact_id: int, note: str, *, answers: bool = False
) -> None:
    mine = rows.c.contact_id == contact_id
    if not answers:
        mine = mine & ~messages.is_answer()
    common: dict[str, Any] = {"workspace_id": who.workspace_id, "actor": who.user_id, "now": ctx.now()}
    held = {"due_at": None, "note": note}
    await move_where(conn, Event.TAKE_BACK, mine, **common, values=held)
    await move_where(conn, Event.PARK, mine & rows.c.due_at.is_not(None), **common, values=held)
