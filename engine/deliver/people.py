"""What a person decides about a message that did not simply leave."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from engine.context import Context, Who
from engine.errors import Refused
from engine.plan import calendar, sequence
from storage import facts, messages
from storage.lifecycle import Event, State, sources
from storage.messages import Change
from storage.model import Message

GRACE = timedelta(seconds=30)
"""After a person sends something again: time to see it and to press Undo."""


async def confirm(ctx: Context, who: Who, message_id: int) -> None:
    """It was sent: a person looked. It counts as sent from the moment it may have left."""
    row = await _row(ctx, who, message_id, Event.CONFIRM)
    await _move(
        ctx, who, row, Event.CONFIRM, {"note": "", "sent_at": row.sent_at or ctx.now(), "due_at": None}
    )


async def send_again(ctx: Context, who: Who, message_id: int) -> None:
    """It did not arrive: send the same approved words again, under a new key."""
    row = await _row(ctx, who, message_id, Event.SEND_AGAIN)
    await _move(ctx, who, row, Event.SEND_AGAIN, _fresh(ctx, row) | {"sent_at": None}, untouched=True)


async def retry(ctx: Context, who: Who, message_id: int) -> None:
    """A failed message is tried again; a second press is harmless."""
    row = await _row(ctx, who, message_id, Event.RETRY)
    if row.state != State.FAILED:
        raise Refused(f"This message is {row.state}; there is nothing to retry.")
    await _move(ctx, who, row, Event.RETRY, _fresh(ctx, row))


async def check_again(ctx: Context, who: Who, message_id: int) -> None:
    """A blocked message goes through all gates again."""
    row = await _row(ctx, who, message_id, Event.CHECK_AGAIN)
    if row.approved_revision is None:
        raise Refused("Nobody has approved these words yet; use Write again.")
    options = {name: value for name, value in row.options.items() if name != "check_errors"}
    await _move(ctx, who, row, Event.CHECK_AGAIN, {"note": "", "due_at": ctx.now(), "options": options})


def _fresh(ctx: Context, row: Message) -> dict[str, object]:
    """A person chose this moment: for a post it is its new time."""
    at = ctx.now() + GRACE
    slot = {"slot_at": at} if row.feed_id else {}
    return {"note": "", "tries": 0, "resend": row.resend + 1, "due_at": at, **slot}


async def _row(ctx: Context, who: Who, message_id: int, event: Event) -> Message:
    async with ctx.db.read() as conn:
        row = await messages.get(conn, who.workspace_id, message_id)
    if row is None:
        raise Refused("That message no longer exists.")
    if State(row.state) not in sources(event):
        raise Refused(f"This message is {row.state} by now; nothing was changed.")
    return row


async def _move(
    ctx: Context, who: Who, row: Message, event: Event, values: dict[str, object], *, untouched: bool = False
) -> None:
    """`untouched`: the person says that nothing arrived, so it does not count for the 48 hours."""
    change = Change(row.id, values, row.revision, row.attempts)
    try:
        async with ctx.db.begin() as conn:
            moved = await messages.move(
                conn, event, [change], actor=who.user_id, now=ctx.now(), workspace_id=who.workspace_id
            )
            if moved and event is Event.CONFIRM and row.contact_id:
                await facts.contacted(conn, [row.contact_id])
            if moved and untouched and row.contact_id:
                await facts.retouch(conn, row.contact_id, without=row.id)
            if moved and isinstance(slot := values.get("slot_at"), datetime):
                await calendar.moved(conn, row, slot)
            if moved and event is not Event.CONFIRM:
                await sequence.reopen(ctx, conn, row, actor=who.user_id)
    except IntegrityError:
        raise Refused("Another message has taken its place; nothing was changed.") from None
    if not moved:
        raise Refused("Someone else was faster; look at the card again.")
