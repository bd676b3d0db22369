"""Hands everything that is recorded about one contact to another. Nothing is removed: what cannot move stays where it is."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, Update, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import conflicts, consents, contacts, engagements, enrolments, members, replies

_MOVED = (engagements, replies, conflicts, consents)


async def shared_campaigns(conn: AsyncConnection, workspace_id: str, one: int, other: int) -> list[int]:
    """Campaigns that both are in."""
    found = await conn.execute(_campaigns(workspace_id, one).intersect(_campaigns(workspace_id, other)))
    return sorted(row.campaign_id for row in found)


async def stop_in(
    conn: AsyncConnection, workspace_id: str, contact_id: int, campaign_ids: list[int], why: str
) -> None:
    """End these sequences of theirs: nothing is planned in them again."""
    e = enrolments.c
    await conn.execute(
        update(enrolments)
        .where(e.workspace_id == workspace_id, e.contact_id == contact_id, e.campaign_id.in_(campaign_ids))
        .where(e.state.in_(("waiting", "active")))
        .values(state="stopped", reason=why, next_at=None)
    )


async def hand_over(conn: AsyncConnection, workspace_id: str, *, of: int, to: int) -> None:
    """Engagements, replies, conflicts, consents, and the places in campaigns and companies that `to` does not have.

    Whoever was merged into `of` before is `to` now. Messages are handed over by storage.messages.
    """
    for table in _MOVED:
        mine = (table.c.workspace_id == workspace_id, table.c.contact_id == of)
        await conn.execute(update(table).where(*mine).values(contact_id=to))
    await conn.execute(_unless_there(workspace_id, of, to))
    e = enrolments.c
    there = _campaigns(workspace_id, to).scalar_subquery()
    alone = e.campaign_id.not_in(there)
    await conn.execute(
        update(enrolments)
        .where(e.workspace_id == workspace_id, e.contact_id == of, alone)
        .values(contact_id=to)
    )
    c = contacts.c
    await conn.execute(
        update(contacts).where(c.workspace_id == workspace_id, c.merged_into == of).values(merged_into=to)
    )


async def alike(conn: AsyncConnection, workspace_id: str, contact_id: int) -> list[int]:
    """The contact, and the records that were merged into it."""
    c = contacts.c
    mine = (c.workspace_id == workspace_id, (c.id == contact_id) | (c.merged_into == contact_id))
    return [row.id for row in await conn.execute(select(c.id).where(*mine).order_by(c.id))]


async def keys_of(conn: AsyncConnection, workspace_id: str, contact_ids: Sequence[int]) -> list[str]:
    """Every mailbox and number of these people, where several records of theirs became one; else nothing."""
    c, other = contacts.c, contacts.alias("other")
    kept = other.c.merged_into.in_(list(contact_ids))
    several = select(other.c.merged_into).where(other.c.workspace_id == workspace_id, kept)
    result = await conn.execute(
        select(c.block_key, c.phone, c.whatsapp).where(
            c.workspace_id == workspace_id, c.id.in_(several) | c.merged_into.in_(list(contact_ids))
        )
    )
    return sorted({key for row in result for key in row if key})


def _campaigns(workspace_id: str, contact_id: int) -> Select[tuple[int]]:
    e = enrolments.c
    return select(e.campaign_id).where(e.workspace_id == workspace_id, e.contact_id == contact_id)


def _unless_there(workspace_id: str, of: int, to: int) -> Update:
    """A place in a company's sequence, unless the kept record has one there."""
    m = members.c
    there = select(m.enrolment_id).where(m.workspace_id == workspace_id, m.contact_id == to).scalar_subquery()
    mine = (m.workspace_id == workspace_id, m.contact_id == of, m.enrolment_id.not_in(there))
    return update(members).where(*mine).values(contact_id=to)
