"""Two records of one person become one: history and suppression are kept, and nothing leaves twice. Sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import addressees
from engine import contacts as people
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import merging as rules
from storage import contacts, marks, merging, messages
from storage.lifecycle import Event, State
from storage.model import Contact
from storage.tables import messages as rows

MERGED = "Two records of one person became one."
AGAIN = timedelta(days=7)
"""What a decision gets that must be made again, because the address may be another one now."""


async def merge(ctx: Context, who: Who, *, kept: str, other: str) -> tuple[int, str]:
    """Merge the record behind one address into that behind another, for good. Returns the kept id and a sentence.

    Raises Refused beside the field, "kept" or "other".
    """
    async with ctx.db.begin() as conn:
        one, two = await _both(conn, who, kept, other)
        await _end_doubles(ctx, conn, who, one, two)
        await _reopen(ctx, conn, who, two)
        block_key = await contacts.block_key(conn, who.workspace_id, two.id)
        values = rules.merged(one, two) | ({"block_key": block_key} if two.email and not one.email else {})
        await contacts.change(conn, who.workspace_id, one.id, values)
        await merging.hand_over(conn, who.workspace_id, of=two.id, to=one.id)
        await messages.hand_over(conn, who.workspace_id, of=two.id, to=one.id)
        own = {"merged_into": one.id, "account_id": None, "held_since": None}
        await contacts.change(conn, who.workspace_id, two.id, own)
        await _keep_suppression(ctx, conn, who, one, two)
        await marks.note(
            conn, who.workspace_id, "contact", one.id, "merge", actor=who.user_id, now=ctx.now(),
            detail=f"{two.name} ({two.email or two.phone or two.linkedin_url})",
        )  # fmt: skip
        await marks.stale(conn, "contact", [one.id, two.id])
    return one.id, f"{two.name} was merged into {one.name}; their history is one now."


async def _both(conn: AsyncConnection, who: Who, kept: str, other: str) -> tuple[Contact, Contact]:
    """Both, locked in id order."""
    found = []
    for field, address in (("kept", kept), ("other", other)):
        try:
            found.append(await addressees.named(conn, who, address))
        except Refused as refusal:
            raise Refused(refusal.sentence, field=field) from None
    one, two = found
    if one.id == two.id:
        raise Refused("Both addresses belong to the same record already.", field="other")
    locked = {contact.id: contact for contact in await contacts.lock(conn, [one.id, two.id])}
    return locked[one.id], locked[two.id]


async def _end_doubles(ctx: Context, conn: AsyncConnection, who: Who, one: Contact, two: Contact) -> None:
    """In a campaign that both are in, the kept record goes on alone."""
    both = await merging.shared_campaigns(conn, who.workspace_id, one.id, two.id)
    if both:
        await merging.stop_in(conn, who.workspace_id, two.id, both, MERGED)
        doubles = (rows.c.contact_id == two.id) & rows.c.campaign_id.in_(both)
        await _move_all(ctx, conn, who, Event.CANCEL, doubles, {"due_at": None, "note": MERGED})


async def _reopen(ctx: Context, conn: AsyncConnection, who: Who, two: Contact) -> None:
    """What was approved for the other record needs a decision again: it may go to another address now."""
    decided = (rows.c.contact_id == two.id) & rows.c.state.in_((State.APPROVED, State.SCHEDULED))
    values = {
        "approved_revision": None, "approved_hash": "", "approved_by": None, "approved_at": None, "note": MERGED,
        "due_at": ctx.now() + AGAIN,
    }  # fmt: skip
    await _move_all(ctx, conn, who, Event.UNDO, decided, values)


async def _move_all(
    ctx: Context, conn: AsyncConnection, who: Who, event: Event, which: Any, values: dict[str, Any]
) -> None:
    more = True
    while more:
        moved = await messages.move_where(
            conn, event, which, workspace_id=who.workspace_id, actor=who.user_id, now=ctx.now(), values=values
        )
        more = len(moved) == messages.CHUNK


async def _keep_suppression(
    ctx: Context, conn: AsyncConnection, who: Who, one: Contact, two: Contact
) -> None:
    """Who said no under one address said no under both."""
    keys = [*await _keys(conn, one), *await _keys(conn, two)]
    found = await contacts.suppressed(conn, ((who.workspace_id, key) for key in keys))
    cause = rules.of_the_person(sorted(found.values()))
    if cause:
        await people.block(conn, who.workspace_id, keys, cause=cause, by=who.user_id, now=ctx.now(), own=True)


async def _keys(conn: AsyncConnection, contact: Contact) -> Sequence[str]:
    """Everything by which they may be on the list."""
    mailbox = await contacts.block_key(conn, contact.workspace_id, contact.id)
    return [key for key in (mailbox, contact.phone, contact.whatsapp) if key]
