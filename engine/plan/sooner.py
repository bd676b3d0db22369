"""Brings the next touch forward when a person clicks (E4). Never under the gap, never under a day after the click."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context
from engine.rules import gates, sequences, timing
from storage import campaigns, contacts, messages
from storage.lifecycle import Event, State
from storage.messages import Change
from storage.model import Message
from storage.tables import messages as rows

AFTER_CLICK = timedelta(hours=24)
CLICKED = "They clicked: it comes earlier."


async def after_click(ctx: Context, conn: AsyncConnection, clicked: Message) -> None:
    """Move what follows `clicked` in its sequence, if that makes it earlier.

    A draft that waits for a decision keeps its time: nobody's deadline moves under their hands.
    """
    if clicked.enrolment_id is None or clicked.sent_at is None:
        return
    following = await messages.find(
        conn,
        clicked.workspace_id,
        rows.c.enrolment_id == clicked.enrolment_id,
        rows.c.contact_id == clicked.contact_id,
        rows.c.step > clicked.step,
        rows.c.state.in_((State.PLANNED, State.APPROVED, State.SCHEDULED)),
        rows.c.due_at.is_not(None),
        rows.c.slot_at.is_not(None),
        limit=1,
    )
    for row in following:
        at = await _earliest(ctx, conn, row, clicked.sent_at)
        if row.slot_at is not None and at is not None and at < row.slot_at:
            await _move(ctx, conn, row, at)


async def _earliest(ctx: Context, conn: AsyncConnection, row: Message, sent_at: datetime) -> datetime | None:
    contact = await contacts.get(conn, row.workspace_id, row.contact_id or 0)
    campaign = await campaigns.get(conn, row.workspace_id, row.campaign_id or 0)
    rules = await policy.of(conn, row.workspace_id)
    if contact is None:
        return None
    zones, window = gates.zones_for(contact, campaign, rules), gates.window_for(campaign, rules)
    free = timing.earliest_after_touch(sent_at, zones[0], rules.gap_hours)
    try:
        return timing.next_open(max(free, ctx.now() + AFTER_CLICK), zones, window, gates.country_of(contact))
    except ValueError:
        return None


async def _move(ctx: Context, conn: AsyncConnection, row: Message, at: datetime) -> None:
    """A planned one is drafted earlier; one that has its hour gives it back and gets an earlier one within the caps."""
    planned = row.state == State.PLANNED
    event = Event.TAKE_BACK if row.state == State.SCHEDULED else Event.HOLD
    due_at = sequences.draft_at(at, ctx.now()) if planned else ctx.now()
    await messages.move(
        conn, event, [Change(row.id, {"slot_at": at, "due_at": due_at})], actor="plan", now=ctx.now(),
        workspace_id=row.workspace_id, values={"note": CLICKED},
    )  # fmt: skip
