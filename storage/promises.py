"""Which messages to a contact have their hour already. Reads, never writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import among
from storage.tables import campaigns, messages

_c = messages.c
_PROMISED = (
    select(
        _c.id, _c.contact_id, _c.options["answers"].as_integer(), _c.approved_at, _c.due_at, campaigns.c.name
    )
    .join(campaigns, campaigns.c.id == _c.campaign_id)
    .where(among(_c.contact_id, "ids"), _c.state == literal_column("'scheduled'"), _c.due_at.is_not(None))
    .order_by(_c.due_at, _c.id)
)


async def of_contacts(conn: AsyncConnection, contact_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """(id, contact_id, reply it answers, approved_at, due_at, campaign's name) of all that is scheduled, in any campaign.

    Contacts belong to one workspace each, so ids that a lease handed out need no other.
    """
    if not contact_ids:
        return []
    result = await conn.execute(_PROMISED, {"ids": sorted(set(contact_ids))})
    return [tuple(row) for row in result.all()]
