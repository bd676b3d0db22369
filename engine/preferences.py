"""What a contact said about channels: the one they asked for, those they refuse (F3). A refusal stops what is pending."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import addressees
from engine.context import Context, Who
from engine.errors import Refused
from storage import contacts, marks, messages
from storage.lifecycle import Event
from storage.model import Contact, channels
from storage.tables import messages as rows


async def state(
    ctx: Context, who: Who, *, contact: str, asked: str | None, refused: Sequence[str] | None
) -> str:
    """Keep what they said; None leaves it as it was, empty takes it back. Returns the sentence to say.

    Raises Refused for what is no channel, or for one that is both.
    """
    for name in (asked or "", *(refused or ())):
        _check(name)
    async with ctx.db.begin() as conn:
        found = await addressees.named(conn, who, contact)
        wanted = found.preferred_channel if asked is None else asked
        never = found.refused_channels if refused is None else tuple(dict.fromkeys(refused))
        if wanted and wanted in never:
            raise Refused(f"They cannot ask for {_label(wanted)} and refuse it.")
        values = {"preferred_channel": wanted, "refused_channels": never}
        await contacts.change(conn, who.workspace_id, found.id, values)
        stopped = await _stop(ctx, conn, who, found, never)
        said = "; ".join((f"asks for {_label(wanted) or 'nothing'}", f"refuses {_list(never) or 'nothing'}"))
        await marks.note(
            conn,
            who.workspace_id,
            "contact",
            found.id,
            "prefer",
            actor=who.user_id,
            now=ctx.now(),
            detail=said,
        )
        await marks.stale(conn, "contact", [found.id])
    cancelled = f" {stopped} pending message{'s' * (stopped != 1)} cancelled." if stopped else ""
    return f"{found.name} {said}.{cancelled}"


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


def _check(name: str) -> None:
    if name and name not in channels.to_people():
        known = ", ".join(channels.to_people())
        raise Refused(f"There is no channel called “{name[:40]}”. There are {known}.")


def _label(name: str) -> str:
    return channels.known(name).label if name else ""


def _list(names: Sequence[str]) -> str:
    return ", ".join(_label(name) for name in names)
