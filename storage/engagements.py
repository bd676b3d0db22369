"""Facts about messages seen from outside: append-only, each kept once, in whatever order they arrive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import facts as situations
from storage import marks, scores
from storage.model import Engagement, EngagementKind
from storage.tables import engagements, messages
from storage.workspaces import insert_new

LIFE = (EngagementKind.OPENED, EngagementKind.CLICKED, EngagementKind.REPLIED, EngagementKind.MEETING_BOOKED)
"""What a person does of their own accord; a delivery or a bounce says nothing about them."""


async def record(conn: AsyncConnection, workspace_id: str, facts: Sequence[Engagement]) -> int:
    """Append those that are new and mark their cards; returns how many were new.

    A fact about a message that is not this workspace's is dropped. IntegrityError never: a second copy is silence.
    """
    rows = await _rows(conn, workspace_id, facts)
    if not rows:
        return 0
    statement = insert_new(conn, engagements).returning(
        engagements.c.message_id, engagements.c.contact_id, engagements.c.human, engagements.c.kind
    )
    added = (await conn.execute(statement, rows)).all()
    new = [row.message_id for row in added]
    await _stirred(conn, [row for row in added if row.human])
    if new:
        await marks.stale(conn, "message", sorted(set(new)))
        await marks.stale(conn, "campaign", await _campaigns(conn, new))
    return len(new)


async def judge(conn: AsyncConnection, workspace_id: str, dedupe_key: str, *, human: bool) -> None:
    """A person says whose doing a fact was: the fact stays, and counts as theirs or as a machine's."""
    c = engagements.c
    result = await conn.execute(
        update(engagements)
        .where(c.workspace_id == workspace_id, c.dedupe_key == dedupe_key)
        .values(human=human)
        .returning(c.message_id, c.contact_id, c.kind)
    )
    judged = result.all()
    touched = sorted({row.message_id for row in judged})
    await _stirred(conn, judged)
    if touched:
        await marks.stale(conn, "message", touched)
        await marks.stale(conn, "campaign", await _campaigns(conn, touched))


async def _stirred(conn: AsyncConnection, people: Sequence[Any]) -> None:
    """Their scores are counted anew, and after a sign of life so are the touches without one."""
    telling = [row.contact_id for row in people if row.contact_id and row.kind in scores.TELLING]
    await scores.mark(conn, telling)
    alive = [row.contact_id for row in people if row.contact_id and row.kind in LIFE]
    if alive:
        await situations.stirred(conn, alive)


async def of_message(conn: AsyncConnection, workspace_id: str, message_id: int) -> list[Engagement]:
    """All facts of a message, oldest first."""
    c = engagements.c
    result = await conn.execute(
        select(c.message_id, c.kind, c.at, c.dedupe_key, c.human, c.detail)
        .where(c.workspace_id == workspace_id, c.message_id == message_id)
        .order_by(c.at, c.id)
    )
    return [Engagement(row[0], EngagementKind(row[1]), *row[2:]) for row in result]


async def _rows(
    conn: AsyncConnection, workspace_id: str, facts: Sequence[Engagement]
) -> list[dict[str, object]]:
    found = await conn.execute(
        _CONTACT_OF, {"workspace_id": workspace_id, "ids": sorted({fact.message_id for fact in facts})}
    )
    contact_of = {row.id: row.contact_id for row in found}
    return [
        {
            "workspace_id": workspace_id, "message_id": fact.message_id,
            "contact_id": contact_of[fact.message_id], "kind": fact.kind, "at": fact.at,
            "human": fact.human, "dedupe_key": fact.dedupe_key, "detail": dict(fact.detail),
        }
        for fact in facts
        if fact.message_id in contact_of
    ]  # fmt: skip


async def _campaigns(conn: AsyncConnection, message_ids: Sequence[int]) -> list[int]:
    statement = (
        select(messages.c.campaign_id)
        .distinct()
        .where(messages.c.id.in_(list(message_ids)), messages.c.campaign_id.is_not(None))
    )
    return sorted(row.campaign_id for row in await conn.execute(statement))


_CONTACT_OF = select(messages.c.id, messages.c.contact_id).where(
    messages.c.workspace_id == bindparam("workspace_id"), messages.c.id.in_(bindparam("ids", expanding=True))
)
