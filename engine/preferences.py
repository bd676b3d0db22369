"""What a contact said about channels: the one they asked for, those they refuse (F3). A refusal stops what is pending."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import addressees
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import channel_words
from storage import contacts, marks, messages
from storage.lifecycle import Event, State
from storage.model import Contact, channels
from storage.tables import messages as rows

_WORDED = (State.DRAFTED, State.APPROVED, State.SCHEDULED)
CHANGED = "What they said about channels was changed meanwhile. Open the form again."


async def state(
    ctx: Context, who: Who, *, contact: str, asked: str | None, refused: Sequence[str] | None
) -> str:
    """Keep what they said; None leaves it as it was, empty takes it back. Returns the sentence to say.

    Raises Refused for what is no channel, or for one that is both.
    """
    wanted = None if asked is None else channel_words.read(asked)
    never = None if refused is None else tuple(filter(None, map(channel_words.read, refused)))
    async with ctx.db.begin() as conn:
        (found,) = await contacts.lock(conn, [(await addressees.named(conn, who, contact)).id])
        return await _keep(ctx, conn, who, found, wanted, never)


async def state_by_form(
    ctx: Context, who: Who, contact_id: int, seen: int, *, asked: str, refused: Sequence[str]
) -> str:
    """The same for one contact as a form showed it. Raises Refused when it is not as `seen` any more."""
    async with ctx.db.begin() as conn:
        (found,) = await contacts.lock(conn, [(await _found(conn, who, contact_id)).id])
        if mark(found) != seen:
            raise Refused(CHANGED, field="prefers")
        never = tuple(map(channel_words.read, refused))
        return await _keep(ctx, conn, who, found, channel_words.read(asked), never)


async def of(ctx: Context, who: Who, contact_id: int) -> Contact:
    """Raises Refused when there is no such contact here."""
    async with ctx.db.read() as conn:
        return await _found(conn, who, contact_id)


def mark(contact: Contact) -> int:
    """Names what they said, in at most nine digits: another mark, and somebody changed it."""
    said = "|".join((contact.preferred_channel, *sorted(contact.refused_channels)))
    return zlib.crc32(said.encode()) % 1_000_000_000


async def refuse(
    ctx: Context, conn: AsyncConnection, workspace_id: str, told: Mapping[int, Sequence[str]], *, by: str
) -> None:
    """What a form or a file tells of people on record: contact → channels they refuse. It adds and never takes back."""
    who = Who(workspace_id, by)
    wanted = {id_: names for id_, names in told.items() if names}
    for found in await contacts.lock(conn, wanted) if wanted else ():
        never = tuple(dict.fromkeys((*found.refused_channels, *wanted[found.id])))
        if never != tuple(found.refused_channels):
            asked = "" if found.preferred_channel in never else found.preferred_channel
            await _keep(ctx, conn, who, found, asked, never)


async def _keep(
    ctx: Context,
    conn: AsyncConnection,
    who: Who,
    found: Contact,
    asked: str | None,
    refused: Sequence[str] | None,
) -> str:
    wanted = found.preferred_channel if asked is None else asked
    never = tuple(found.refused_channels if refused is None else dict.fromkeys(refused))
    if wanted and wanted in never:
        raise Refused(f"They cannot ask for {_label(wanted)} and refuse it.", field="prefers")
    values = {"preferred_channel": wanted, "refused_channels": never}
    await contacts.change(conn, who.workspace_id, found.id, values)
    stopped = await _stop(ctx, conn, who, found, never)
    said = "; ".join((f"asks for {_label(wanted) or 'nothing'}", f"refuses {_list(never) or 'nothing'}"))
    await marks.note(
        conn, who.workspace_id, "contact", found.id, "prefer", actor=who.user_id, now=ctx.now(), detail=said
    )
    await marks.stale(conn, "contact", [found.id])
    cancelled = f" {stopped} pending message{'s' * (stopped != 1)} cancelled." if stopped else ""
    return f"{found.name} {said}.{cancelled}{await _elsewhere(conn, who, found, wanted)}"


async def _found(conn: AsyncConnection, who: Who, contact_id: int) -> Contact:
    found = await contacts.get(conn, who.workspace_id, contact_id)
    if found is None:
        raise Refused("That contact no longer exists.")
    return found


async def _stop(ctx: Context, conn: AsyncConnection, who: Who, found: Contact, never: Sequence[str]) -> int:
    """Their sequence goes on with the next touch, on another channel."""
    if not never:
        return 0
    there = (rows.c.contact_id == found.id) & rows.c.channel.in_(list(never))
    moved = await messages.move_where(
        conn, Event.CANCEL, there, workspace_id=who.workspace_id, actor=who.user_id, now=ctx.now(),
        values={"due_at": None, "note": f"They do not want to be reached by {_list(never)}."},
    )  # fmt: skip
    return len(moved)


async def _elsewhere(conn: AsyncConnection, who: Who, found: Contact, wanted: str) -> str:
    """What is on its way by another channel than the one they ask for: it stays there, and a person is told."""
    there = (rows.c.contact_id == found.id) & (rows.c.channel != wanted) & rows.c.state.in_(_WORDED)
    pending = await messages.find(conn, who.workspace_id, there) if wanted else []
    told = ""
    for name in dict.fromkeys(row.channel for row in pending):
        states = [row.state for row in pending if row.channel == name]
        if drafts := states.count(State.DRAFTED):
            waits = (
                f"draft by {_label(name)} still waits"
                if drafts == 1
                else f"drafts by {_label(name)} still wait"
            )
            told += f" {drafts} {waits} for a decision; what comes after is chosen anew."
        if ready := len(states) - drafts:
            told += f" {ready} approved by {_label(name)} will still leave."
    return told


def _label(name: str) -> str:
    return channels.known(name).label if name else ""


def _list(names: Sequence[str]) -> str:
    return ", ".join(_label(name) for name in names)
