"""Queries about recorded consent. Nothing here is ever changed or removed: a withdrawal is an entry of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import among, columns
from storage.model.consents import Consent
from storage.tables.consents import consents

COLUMNS = columns(consents, Consent)


async def add(
    conn: AsyncConnection,
    workspace_id: str,
    contact_id: int,
    channel: str,
    *,
    address: str,
    given: bool,
    at: datetime,
    source: str,
    by: str,
    now: datetime,
    until: datetime | None = None,
) -> None:
    """Write down that somebody agreed, or took it back: from now on this entry counts."""
    await conn.execute(
        insert(consents).values(
            workspace_id=workspace_id, contact_id=contact_id, channel=channel, address=address, given=given,
            at=at, until=until, source=source, recorded_by=by, created_at=now,
        )
    )  # fmt: skip


async def in_force(conn: AsyncConnection, pairs: Iterable[tuple[int, str]]) -> dict[tuple[int, str], Consent]:
    """(contact, channel) → the newest entry, given or taken back, of contacts that a claim handed out."""
    wanted = set(pairs)
    if not wanted:
        return {}
    ids = sorted({contact_id for contact_id, _ in wanted})
    found = [Consent(*row) for row in await conn.execute(_NEWEST, {"contacts": ids})]
    return {(one.contact_id, one.channel): one for one in found if (one.contact_id, one.channel) in wanted}


async def of(conn: AsyncConnection, workspace_id: str, contact_id: int, channel: str) -> Sequence[Consent]:
    """Everything they said about a channel, newest first."""
    result = await conn.execute(
        _OF, {"workspace_id": workspace_id, "contact_id": contact_id, "channel": channel}
    )
    return [Consent(*row) for row in result]


_c = consents.c
_NEWEST = select(*COLUMNS).where(
    _c.id.in_(
        select(func.max(_c.id)).where(among(_c.contact_id, "contacts")).group_by(_c.contact_id, _c.channel)
    )
)
_OF = (
    select(*COLUMNS)
    .where(
        _c.workspace_id == bindparam("workspace_id"),
        _c.contact_id == bindparam("contact_id"),
        _c.channel == bindparam("channel"),
    )
    .order_by(_c.id.desc())
)
