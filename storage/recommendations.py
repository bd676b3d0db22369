"""What was recommended to people, once for each campaign and rule, and what they decided. Changes no plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, distinct, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import among, columns
from storage.tables import campaigns, engagements, messages, recommendations, replies
from storage.workspaces import insert_new


@dataclass(frozen=True, slots=True)
class Recommendation:
    """`numbers` triggered it, `advice` is what Apply would set; `decision` is empty, "applied" or "dismissed"."""

    id: int
    workspace_id: str
    campaign_id: int
    rule: str
    numbers: Mapping[str, Any]
    advice: Mapping[str, Any]
    decision: str
    decided_by: str | None
    decided_at: datetime | None
    created_at: datetime


COLUMNS = columns(recommendations, Recommendation)


async def unflagged(
    conn: AsyncConnection, workspace_id: str, rule: str, *, since: datetime, until: datetime
) -> list[int]:
    """Running or completed campaigns without such a recommendation that sent something between the two."""
    values = {"workspace": workspace_id, "rule": rule, "since": since, "until": until}
    return sorted(row.campaign_id for row in await conn.execute(_UNFLAGGED, values))


async def unflagged_heard(
    conn: AsyncConnection, workspace_id: str, rule: str, *, since: datetime
) -> list[int]:
    """The same of those to which somebody has replied since then."""
    values = {"workspace": workspace_id, "rule": rule, "since": since}
    return sorted(row.campaign_id for row in await conn.execute(_UNFLAGGED_HEARD, values))


async def tallies(
    conn: AsyncConnection, campaign_ids: Sequence[int], *, until: datetime
) -> dict[int, tuple[int, int, int, int]]:
    """campaign → (messages that left before `until`, people they went to, those who answered, those who said no)."""
    values = {"campaigns": list(campaign_ids), "until": until}
    heard = {row.campaign_id: (row.people, row.negative) for row in await conn.execute(_ANSWERED, values)}
    return {
        row.campaign_id: (row.sent, row.people, *heard.get(row.campaign_id, (0, 0)))
        for row in await conn.execute(_SENT, values)
    }


async def add(conn: AsyncConnection, values: Mapping[str, Any]) -> int | None:
    """The new one's id; None when this campaign was told the same before."""
    statement = insert_new(conn, recommendations).values(**values).returning(recommendations.c.id)
    return (await conn.execute(statement)).scalar_one_or_none()


async def get(
    conn: AsyncConnection, workspace_id: str, recommendation_id: int, *, lock: bool = False
) -> Recommendation | None:
    c = recommendations.c
    statement = select(*COLUMNS).where(c.workspace_id == workspace_id, c.id == recommendation_id)
    row = (await conn.execute(statement.with_for_update() if lock else statement)).first()
    return Recommendation(*row) if row else None


async def undecided(conn: AsyncConnection, workspace_id: str) -> frozenset[int]:
    """The campaigns for which a recommendation waits."""
    c = recommendations.c
    mine = (c.workspace_id == workspace_id, c.decided_by.is_(None))
    return frozenset(row.campaign_id for row in await conn.execute(select(c.campaign_id).where(*mine)))


async def decide(
    conn: AsyncConnection, workspace_id: str, recommendation_id: int, *, decision: str, by: str, now: datetime
) -> None:
    c = recommendations.c
    await conn.execute(
        update(recommendations)
        .where(c.workspace_id == workspace_id, c.id == recommendation_id)
        .values(decision=decision, decided_by=by, decided_at=now)
    )


_m, _r = messages.c, recommendations.c
_UNTIL = bindparam("until", type_=_m.sent_at.type)
_flagged = exists().where(_r.campaign_id == campaigns.c.id, _r.rule == bindparam("rule"))
_UNFLAGGED = (
    select(_m.campaign_id)
    .distinct()
    .join(campaigns, campaigns.c.id == _m.campaign_id)
    .where(
        _m.workspace_id == bindparam("workspace"),
        _m.sent_at.is_not(None),
        _m.sent_at > bindparam("since", type_=_m.sent_at.type),
        _m.sent_at <= _UNTIL,
        campaigns.c.status.in_(("active", "completed")),
        ~_flagged,
    )
)
_e = engagements.c
_UNFLAGGED_HEARD = (
    select(_m.campaign_id)
    .distinct()
    .join(engagements, _e.message_id == _m.id)
    .join(campaigns, campaigns.c.id == _m.campaign_id)
    .where(
        _e.workspace_id == bindparam("workspace"),
        _e.at > bindparam("since", type_=_e.at.type),
        _e.kind == "replied",
        campaigns.c.status.in_(("active", "completed")),
        ~_flagged,
    )
)
_LEFT = (among(_m.campaign_id, "campaigns"), _m.sent_at.is_not(None), _m.sent_at <= _UNTIL)
_SENT = (
    select(_m.campaign_id, func.count().label("sent"), func.count(distinct(_m.contact_id)).label("people"))
    .where(*_LEFT)
    .group_by(_m.campaign_id)
)
_ANSWERED = (
    select(
        _m.campaign_id,
        func.count(distinct(_m.contact_id)).label("people"),
        func.count(distinct(case((replies.c.klass == "negative", _m.contact_id)))).label("negative"),
    )
    .join(replies, replies.c.message_id == _m.id)
    .where(*_LEFT, replies.c.klass.not_in(("out_of_office", "bounce")))
    .group_by(_m.campaign_id)
)
