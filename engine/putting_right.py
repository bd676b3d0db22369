"""What a person types anew about somebody on record: it replaces what was known; what is left empty stays."""

from __future__ import annotations

import zlib
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import storing
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import addresses, newcomers
from storage import accounts, contacts, marks
from storage.model import Contact

NOTED = "put_right"


async def put_right(
    ctx: Context, who: Who, contact_id: int, seen: int, new: newcomers.NewContact
) -> tuple[Contact, tuple[str, ...]]:
    """The contact, and the names of what is another now. `seen` is the mark of what the form showed.

    Raises Refused beside the field that is unusable, and where somebody else changed the contact meanwhile.
    """
    async with ctx.db.begin() as conn:
        known = await contacts.get(conn, who.workspace_id, contact_id)
        if known is None:
            raise Refused("That contact no longer exists.")
        (known,) = await contacts.lock(conn, [known.id])
        if mark(known) != seen:
            said = f"Somebody changed what is known of {known.name} meanwhile. Open the form again."
            raise Refused(said, field="first_name")
        ready = newcomers.check(replace(new, email=known.email, phone=new.phone or known.phone))
        changed = await correct(ctx, conn, who, known, ready)
        if changed:
            await marks.note(
                conn,
                who.workspace_id,
                "contact",
                known.id,
                NOTED,
                actor=who.user_id,
                now=ctx.now(),
                detail=told(changed),
            )
    return known, changed


async def correct(
    ctx: Context, conn: AsyncConnection, who: Who, found: Contact, ready: newcomers.Ready
) -> tuple[str, ...]:
    """Of a contact that is locked: the names of what is another now.

    Raises Refused for another company while the sequence of theirs runs: its order was approved with them in it.
    """
    before, now = (
        addresses.account_key(one, found.email) for one in (found.company, ready.values["company"])
    )
    moves = ready.values["company"] and before is not None and now is not None and before[0] != now[0]
    if moves and await accounts.open_of(conn, who.workspace_id, [found.id]):
        raise Refused(
            f"{found.name} is in the order of {found.company}, whose sequence runs. Strike them there and close it first.",
            field="company",
        )
    return await storing.correct(conn, found, ready, now=ctx.now())


def mark(contact: Contact) -> int:
    """Names what is known of them, in at most nine digits: another mark, and somebody changed it."""
    shown = [str(getattr(contact, name)) for name in storing.CORRECTED]
    return zlib.crc32("\n".join((*shown, *contact.zones)).encode()) % 1_000_000_000


def told(changed: tuple[str, ...]) -> str:
    return ", ".join(name.replace("_", " ") for name in changed)
