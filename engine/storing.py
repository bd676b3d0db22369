"""People whose fields were checked, into rows: new ones with their accounts, gaps of those on record. Checks nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.rules import newcomers
from storage import contacts
from storage.model import Contact

CORRECTED = (
    "first_name", "last_name", "phone", "whatsapp", "linkedin_url", "x_handle", "instagram", "messenger_id", "company",
    "title", "country", "locale",
)  # fmt: skip
"""What a person may type anew. The e-mail address is who somebody is: a new one is another record, to be merged."""


async def store(
    conn: AsyncConnection, workspace_id: str, people: Sequence[newcomers.Ready], *, now: datetime
) -> dict[str, int]:
    """Insert those whose key is new, with their accounts; returns key → id of the new ones."""
    wanted = {person.account[0]: (person.account[1], person.domain) for person in people if person.account}
    known = await contacts.ensure_accounts(conn, workspace_id, wanted, now=now)
    return await contacts.add(conn, workspace_id, [_row(person, known) for person in people], now=now)


async def fill(conn: AsyncConnection, workspace_id: str, ready: newcomers.Ready, now: datetime) -> int:
    """What was missing about somebody on record; nothing that is known is overwritten."""
    found = await contacts.by_key(conn, workspace_id, ready.key)
    assert found is not None, "a key that was not inserted exists"
    missing = {name: value for name, value in ready.values.items() if value and not getattr(found, name)}
    for name in ("guessed", "refused_channels"):  # a refusal is added by engine.preferences
        missing.pop(name, None)
    if missing.get("preferred_channel") in (*found.refused_channels, *ready.values["refused_channels"]):
        del missing["preferred_channel"]
    if found.account_id is None and ready.account is not None:
        wanted = {ready.account[0]: (ready.account[1], ready.domain)}
        known = await contacts.ensure_accounts(conn, workspace_id, wanted, now=now)
        missing["account_id"] = known[ready.account[0]][0]
    missing["facts"] = {**ready.values["facts"], **found.facts}
    zones, zone_from = _better_zones(found, ready)
    await contacts.change(conn, workspace_id, found.id, {**missing, "zones": zones, "zone_from": zone_from})
    return found.id


async def correct(
    conn: AsyncConnection, found: Contact, ready: newcomers.Ready, *, now: datetime
) -> tuple[str, ...]:
    """What a person typed about somebody on record replaces what was known; what was left empty stays as it is.

    Returns the names of what is another now. Another company makes another account: see engine.contacts.
    """
    changed = {
        name: value for name in CORRECTED if (value := ready.values[name]) and value != getattr(found, name)
    }  # fmt: skip
    names = tuple(changed)
    if "company" in changed and ready.account is not None:
        wanted = {ready.account[0]: (ready.account[1], ready.domain)}
        made = await contacts.ensure_accounts(conn, found.workspace_id, wanted, now=now)
        changed["account_id"] = made[ready.account[0]][0]
    if ready.zone and (found.zones, found.zone_from) != ((ready.zone,), "contact"):
        changed |= {"zones": (ready.zone,), "zone_from": "contact"}
        names += ("zone",)
    elif "phone" in changed and found.zone_from == "phone":
        changed |= {"zones": ready.phone_zones, "zone_from": "phone" if ready.phone_zones else ""}
    if changed:
        await contacts.change(conn, found.workspace_id, found.id, changed)
    return names


def _row(person: newcomers.Ready, known: Mapping[str, tuple[int, str]]) -> dict[str, Any]:
    account_id, account_zone = known[person.account[0]] if person.account else (None, "")
    zones, zone_from = newcomers.zones_of(person, account_zone)
    own = {"email_key": person.key, "block_key": person.block_key, "account_id": account_id}
    return {**person.values, **own, "zones": zones, "zone_from": zone_from}


def _better_zones(found: Contact, ready: newcomers.Ready) -> tuple[tuple[str, ...], str]:
    """A zone that was typed beats one that was inferred."""
    zones, zone_from = newcomers.zones_of(ready, "")
    better = zone_from and (zone_from == "contact" != found.zone_from or not found.zones)
    return (zones, zone_from) if better else (found.zones, found.zone_from)
