"""Whom people mean by an address they type: an e-mail address or a phone number of somebody on record."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.context import Who
from engine.errors import Refused
from engine.rules import addresses, newcomers
from storage import contacts
from storage.model import Contact


async def named(conn: AsyncConnection, who: Who, address: str) -> Contact:
    """The contact with this e-mail address or number, locked. Raises Refused, field "contact".

    Who has no e-mail address is also found by their LinkedIn address.
    """
    if is_number(address):
        number = addresses.phone(address)[0]
        found = [
            one.id for one in await contacts.reached(conn, number) if one.workspace_id == who.workspace_id
        ]
    else:
        key = newcomers.key_of(address)
        known = await contacts.by_key(conn, who.workspace_id, key)
        found = [known.id] if known is not None else []
    if not found:
        raise Refused(
            "There is no contact with that address. Add one with /outreach contact.", field="contact"
        )
    if len(found) > 1:
        raise Refused(
            f"{len(found)} contacts have that number. Name one by their e-mail address.", field="contact"
        )
    return (await contacts.lock(conn, found))[0]


def is_number(address: str) -> bool:
    """Whether somebody means a phone number by it."""
    return "@" not in address and address.strip()[:1] in tuple("+0123456789(")
