"""What people decided about many drafts at once: which ones they were shown first, what they approved, how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import leases
from storage import messages as message_rows
from storage.db import columns
from storage.lifecycle import State
from storage.model import Bulk, BulkDecision, Message
from storage.tables import bulk_decisions, bulk_drafts, bulk_looks, messages
from storage.workspaces import insert_new

COLUMNS = columns(bulk_decisions, BulkDecision)


async def look(
    conn: AsyncConnection, bulk: Bulk, number: int, user_id: str, chosen: Sequence[int], now: datetime
) -> list[int]:
    """Record which drafts this person is shown before approving this count; the first choice stays."""
    await conn.execute(
        insert_new(conn, bulk_looks).values(
            workspace_id=bulk.workspace_id, bulk_id=bulk.id, number=number, user_id=user_id,
            drafts=list(chosen), at=now,
        )
    )  # fmt: skip
    return await looked(conn, bulk, number, user_id)


async def looked(conn: AsyncConnection, bulk: Bulk, number: int, user_id: str) -> list[int]:
    """The drafts that this person was shown for this count; empty when none were."""
    k = bulk_looks.c
    result = await conn.execute(
        select(k.drafts).where(
            k.workspace_id == bulk.workspace_id, k.bulk_id == bulk.id, k.number == number, k.user_id == user_id
        )
    )  # fmt: skip
    return [int(id_) for id_ in result.scalar_one_or_none() or ()]


async def decide(
    conn: AsyncConnection, bulk: Bulk, number: int, *, by: str, covered: int, now: datetime
) -> bool:
    """Leave the approval of a count for the loop; False when there is one already."""
    new = insert_new(conn, bulk_decisions).values(
        workspace_id=bulk.workspace_id, bulk_id=bulk.id, number=number, decided_by=by, decided_at=now,
        state="open", covered=covered,
    )  # fmt: skip
    return (await conn.execute(new.returning(bulk_decisions.c.id))).first() is not None


async def about(conn: AsyncConnection, bulk: Bulk, number: int | None = None) -> BulkDecision | None:
    """The decision about a count; about the newest one that has any when no number is given."""
    d = bulk_decisions.c
    mine = [d.workspace_id == bulk.workspace_id, d.bulk_id == bulk.id]
    wanted = mine if number is None else [*mine, d.number == number]
    row = (await conn.execute(select(*COLUMNS).where(*wanted).order_by(d.id.desc()).limit(1))).first()
    return BulkDecision(*row) if row else None


async def lease(
    conn: AsyncConnection, *, me: str, machine_now: datetime, until: datetime, limit: int = 4
) -> list[BulkDecision]:
    """Take decisions that are not applied yet. Spans workspaces: the rows say whose they are."""
    found = await leases.take(
        conn, bulk_decisions, COLUMNS, bulk_decisions.c.state == "open",
        me=me, machine_now=machine_now, until=until, limit=limit,
    )  # fmt: skip
    return [BulkDecision(*row) for row in found]


async def covered(conn: AsyncConnection, made: BulkDecision, limit: int) -> list[tuple[Message, int]]:
    """The next messages of a decision's count, each with the revision that was counted; in whatever state now."""
    c, d, e = messages.c, bulk_drafts.c, bulk_drafts.alias("earlier").c
    newest = select(func.max(e.revision)).where(
        e.bulk_id == d.bulk_id, e.message_id == d.message_id, e.since.between(1, made.number)
    )
    result = await conn.execute(
        select(*message_rows.COLUMNS, d.revision.label("seen"))
        .join(bulk_drafts, d.message_id == c.id)
        .where(
            d.workspace_id == made.workspace_id, d.bulk_id == made.bulk_id, d.since.between(1, made.number), d.problem == "",
            d.revision == newest.correlate(bulk_drafts).scalar_subquery(), c.id > made.cursor,
        )
        .order_by(c.id)
        .limit(limit)
    )  # fmt: skip
    return [(Message(*row[:-1]), int(row[-1])) for row in result]


def standing(bulk: Bulk, made: BulkDecision) -> Select[Any]:
    """Messages that a decision approved and that nobody has claimed, edited or taken back since."""
    c, d = messages.c, bulk_drafts.c
    return (
        select(c.id)
        .join(bulk_drafts, and_(d.message_id == c.id, d.revision == c.approved_revision))
        .where(
            c.workspace_id == bulk.workspace_id, c.state.in_((State.APPROVED, State.SCHEDULED)),
            c.approved_by == made.decided_by, c.approved_at >= made.decided_at, c.revision == c.approved_revision,
            d.bulk_id == bulk.id, d.since.between(1, made.number),
        )
    )  # fmt: skip


async def write(conn: AsyncConnection, made: BulkDecision, *, me: str, **values: Any) -> bool:
    """Record how far a decision is applied and end the lease; False when the lease was lost."""
    result = await conn.execute(
        update(bulk_decisions)
        .where(
            bulk_decisions.c.workspace_id == made.workspace_id,
            bulk_decisions.c.id == made.id,
            bulk_decisions.c.leased_by == me,
        )
        .values(**values, leased_by=None, lease_until=None)
    )
    return bool(result.rowcount)
