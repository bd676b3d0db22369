"""How often people were written to on each channel, and how often they answered there. Decides nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import among
from storage.tables import messages, replies


@dataclass(frozen=True, slots=True)
class Past:
    """On one channel, over all campaigns: messages that left to somebody, and how many of those they answered."""

    sent: int
    answered: int

    @property
    def share(self) -> float:
        return self.answered / self.sent if self.sent else 0.0


async def of(
    conn: AsyncConnection, contact_ids: Sequence[int], *, counts: Sequence[str], least: int
) -> dict[int, dict[str, Past]]:
    """contact → channel → what happened there, of contacts that a claim handed out.

    `counts` are the reply classes that are answers. Who answered fewer than `least` messages on every channel is left
    out: for a batch without any, this is one query.
    """
    if not contact_ids:
        return {}
    values = {"contacts": sorted(set(contact_ids)), "counts": list(counts)}
    answered = {(row.contact_id, row.channel): row.answered for row in await conn.execute(_ANSWERED, values)}
    enough = sorted({contact_id for (contact_id, _), count in answered.items() if count >= least})
    found: dict[int, dict[str, Past]] = defaultdict(dict)
    if enough:
        for row in await conn.execute(_SENT, {"contacts": enough}):
            found[row.contact_id][row.channel] = Past(
                row.sent, answered.get((row.contact_id, row.channel), 0)
            )
    return dict(found)


_m, _r = messages.c, replies.c
_ANSWERED = (
    select(_r.contact_id, _m.channel, func.count(distinct(_m.id)).label("answered"))
    .join(messages, _m.id == _r.message_id)
    .where(
        among(_r.contact_id, "contacts"),
        _r.klass.in_(bindparam("counts", expanding=True)),
        _m.sent_at.is_not(None),
        _m.contact_id == _r.contact_id,
    )
    .group_by(_r.contact_id, _m.channel)
)
_SENT = (
    select(_m.contact_id, _m.channel, func.count().label("sent"))
    .where(among(_m.contact_id, "contacts"), _m.sent_at.is_not(None))
    .group_by(_m.contact_id, _m.channel)
)
