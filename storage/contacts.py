"""Queries about contacts, their accounts, the suppression list and who is in which campaign."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import campaigns as campaign_rows
from storage import marks, scores
from storage.db import columns
from storage.model import Contact, ContactStatus, EnrolmentState
from storage.tables import accounts, campaigns, contacts, enrolments, suppressions
from storage.workspaces import insert_new

COLUMNS = columns(contacts, Contact)
ADDRESS, PHONE = "address", "phone"
"""The kinds of suppression: one mailbox, one number (its key begins with +)."""


async def get(conn: AsyncConnection, workspace_id: str, contact_id: int) -> Contact | None:
    result = await conn.execute(
        select(*COLUMNS).where(contacts.c.workspace_id == workspace_id, contacts.c.id == contact_id)
    )
    row = result.first()
    return Contact(*row) if row else None


async def by_key(conn: AsyncConnection, workspace_id: str, key: str) -> Contact | None:
    """The contact with this merge key (engine.rules.newcomers.key_of), or the one that record was merged into."""
    result = await conn.execute(
        select(*COLUMNS).where(contacts.c.workspace_id == workspace_id, contacts.c.email_key == key)
    )
    row = result.first()
    found = Contact(*row) if row else None
    return await get(conn, workspace_id, found.merged_into) if found and found.merged_into else found


async def known(conn: AsyncConnection, workspace_id: str, keys: Sequence[str]) -> dict[str, int]:
    """merge key → id, of those that exist."""
    result = await conn.execute(_KNOWN, {"workspace_id": workspace_id, "keys": list(keys)})
    return {row.email_key: row.id for row in result}


async def lock(conn: AsyncConnection, contact_ids: Iterable[int]) -> list[Contact]:
    """Take the rows' locks in id order, before any of their messages."""
    result = await conn.execute(_LOCK, {"ids": sorted(set(contact_ids))})
    return [Contact(*row) for row in result]


async def add(
    conn: AsyncConnection, workspace_id: str, rows: Sequence[Mapping[str, Any]], *, now: datetime
) -> dict[str, int]:
    """Insert those whose merge key is new; returns merge key → id of these alone. All rows carry the same columns."""
    if not rows:
        return {}
    common = {"workspace_id": workspace_id, "status": ContactStatus.NEW, "created_at": now}
    result = await conn.execute(
        insert_new(conn, contacts).returning(contacts.c.email_key, contacts.c.id),
        [{**row, **common} for row in rows],
    )
    return {row.email_key: row.id for row in result}


async def change(
    conn: AsyncConnection, workspace_id: str, contact_id: int, values: Mapping[str, Any]
) -> None:
    await conn.execute(
        update(contacts)
        .where(contacts.c.workspace_id == workspace_id, contacts.c.id == contact_id)
        .values(**values)
    )
    if scores.SCORED & values.keys():
        await scores.mark(conn, [contact_id])
    else:
        await marks.stale(conn, "contact", [contact_id])


async def ensure_accounts(
    conn: AsyncConnection, workspace_id: str, wanted: Mapping[str, tuple[str, str]], *, now: datetime
) -> dict[str, tuple[int, str]]:
    """Accounts by key, created where new from (name, domain); returns key → (id, zone)."""
    if not wanted:
        return {}
    rows = [
        {"workspace_id": workspace_id, "key": key, "name": name, "domain": domain, "created_at": now}
        for key, (name, domain) in sorted(wanted.items())
    ]
    await conn.execute(insert_new(conn, accounts), rows)
    found = await conn.execute(_ACCOUNTS, {"workspace_id": workspace_id, "keys": list(wanted)})
    return {row.key: (row.id, row.zone) for row in found}


async def analyze(conn: AsyncConnection) -> None:
    """Tell the planner how many contacts there are by now."""
    await conn.execute(text("ANALYZE contacts"))


# --- holds


async def hold(conn: AsyncConnection, workspace_id: str, contact_id: int, since: datetime) -> None:
    """Nothing leaves to this contact until `release`. A hold that stands keeps its time."""
    await conn.execute(
        update(contacts)
        .where(
            contacts.c.workspace_id == workspace_id,
            contacts.c.id == contact_id,
            contacts.c.held_since.is_(None),
        )
        .values(held_since=since)
    )


async def release(conn: AsyncConnection, workspace_id: str, contact_id: int) -> None:
    await change(conn, workspace_id, contact_id, {"held_since": None})


# --- suppression: keys are identity keys (engine.rules.addresses)


async def suppress(
    conn: AsyncConnection, workspace_id: str, keys: Sequence[str], *, cause: str, by: str, now: datetime
) -> int:
    """Add to the suppression list; the first cause of a key stays. Returns how many are new."""
    rows = [
        {
            "workspace_id": workspace_id, "kind": PHONE if key.startswith("+") else ADDRESS, "key": key,
            "cause": cause[:32], "added_by": by, "created_at": now,
        }
        for key in sorted(set(keys))
    ]  # fmt: skip
    if not rows:
        return 0
    statement = insert_new(conn, suppressions).returning(suppressions.c.id)
    new = len((await conn.execute(statement, rows)).all())
    if new:
        await scores.mark(conn, await behind(conn, workspace_id, keys))
    return new


async def suppressed(conn: AsyncConnection, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(workspace, identity key) → cause, for those on the list."""
    wanted = sorted(set(pairs))
    if not wanted:
        return {}
    result = await conn.execute(
        select(suppressions.c.workspace_id, suppressions.c.key, suppressions.c.cause).where(
            suppressions.c.kind.in_((ADDRESS, PHONE)),
            tuple_(suppressions.c.workspace_id, suppressions.c.key).in_(wanted),
        )
    )
    return {(row[0], row[1]): row[2] for row in result}


async def behind(conn: AsyncConnection, workspace_id: str, keys: Sequence[str]) -> list[int]:
    """The ids of all contacts that share a mailbox or a number with one of these identity keys, in id order."""
    mailboxes = [key for key in keys if not key.startswith("+")]
    numbers = [key for key in keys if key.startswith("+")]
    found: set[int] = set()
    for statement, wanted in ((_BEHIND, mailboxes), (_BEHIND_PHONE, numbers), (_BEHIND_WHATSAPP, numbers)):
        if wanted:
            result = await conn.execute(statement, {"workspace_id": workspace_id, "keys": wanted})
            found |= {row.id for row in result}
    return sorted(found)


async def reached(conn: AsyncConnection, number: str) -> list[Contact]:
    """Everybody with this number, in all workspaces: a vendor that reports what came from it names none."""
    found: dict[int, Contact] = {}
    for column in (contacts.c.phone, contacts.c.whatsapp):
        result = await conn.execute(
            select(*COLUMNS).where(column == number, column != _NONE, contacts.c.merged_into.is_(None))
        )
        found |= {row.id: Contact(*row) for row in result}
    return [found[id_] for id_ in sorted(found)]


async def block_key(conn: AsyncConnection, workspace_id: str, contact_id: int) -> str:
    """The identity key a contact would be suppressed by; empty when there is no address."""
    result = await conn.execute(
        select(contacts.c.block_key).where(
            contacts.c.workspace_id == workspace_id, contacts.c.id == contact_id
        )
    )
    return result.scalar_one_or_none() or ""


# --- campaigns


async def enrol(
    conn: AsyncConnection,
    workspace_id: str,
    campaign_id: int,
    contact_ids: Sequence[int],
    *,
    actor: str,
    now: datetime,
) -> int:
    """Put contacts in a campaign; who is in it already stays as they are. Returns how many are new.

    A running or completed campaign is marked unsettled, so that a loop begins their sequences.
    """
    rows = [
        {
            "workspace_id": workspace_id, "campaign_id": campaign_id, "contact_id": contact_id,
            "state": EnrolmentState.WAITING, "created_at": now,
        }
        for contact_id in sorted(set(contact_ids))
    ]  # fmt: skip
    if not rows:
        return 0
    statement = insert_new(conn, enrolments).returning(enrolments.c.id)
    new = len((await conn.execute(statement, rows)).all())
    if new:
        await conn.execute(_UNSETTLE, {"of_workspace": workspace_id, "campaign_id": campaign_id})
        await scores.mark(conn, contact_ids)
        await marks.stale(conn, "campaign", [campaign_id])
    return new


async def stop_enrolments(
    conn: AsyncConnection, workspace_id: str, contact_ids: Sequence[int], *, reason: str, now: datetime
) -> None:
    """End every sequence of these contacts; a campaign that has none left is completed."""
    stopped = await conn.execute(
        update(enrolments)
        .where(
            enrolments.c.workspace_id == workspace_id,
            enrolments.c.contact_id.in_(list(contact_ids)),
            or_(
                enrolments.c.state == literal_column("'waiting'"),
                enrolments.c.state == literal_column("'active'"),
            ),
        )
        .values(state=EnrolmentState.STOPPED, reason=reason, next_at=None)
        .returning(enrolments.c.campaign_id)
    )
    touched = sorted({row.campaign_id for row in stopped})
    done = await campaign_rows.complete_if_done(conn, touched)
    for campaign_id, owner in done:
        await marks.note(conn, owner, "campaign", campaign_id, "complete", actor="contacts", now=now)
    await marks.stale(conn, "campaign", touched)


_MINE = contacts.c.workspace_id == bindparam("workspace_id")
_KEYS: BindParameter[str] = bindparam("keys", expanding=True)
_NONE: Any = literal_column("''")  # in the words of the indexes on numbers
_KEPT = func.coalesce(contacts.c.merged_into, contacts.c.id).label("id")
"""Of a record that was merged into another, the other."""
_KNOWN = select(_KEPT, contacts.c.email_key).where(_MINE, contacts.c.email_key.in_(_KEYS))
_BEHIND = select(_KEPT).where(_MINE, contacts.c.block_key.in_(_KEYS))
_BEHIND_PHONE = select(_KEPT).where(_MINE, contacts.c.phone.in_(_KEYS), contacts.c.phone != _NONE)
_BEHIND_WHATSAPP = select(_KEPT).where(_MINE, contacts.c.whatsapp.in_(_KEYS), contacts.c.whatsapp != _NONE)
_LOCK = (
    select(*COLUMNS)
    .where(contacts.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(contacts.c.id)
    .with_for_update()
)
_ACCOUNTS = select(accounts.c.id, accounts.c.key, accounts.c.zone).where(
    accounts.c.workspace_id == bindparam("workspace_id"), accounts.c.key.in_(_KEYS)
)
_UNSETTLE = (
    update(campaigns)
    .where(
        campaigns.c.workspace_id == bindparam("of_workspace"),
        campaigns.c.id == bindparam("campaign_id"),
        campaigns.c.status.in_(("active", "completed")),
    )
    .values(unsettled=True)
)
