"""What is proposed about accounts that stayed silent, and which of them are due for one. Decides nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import accounts
from storage.db import among, columns
from storage.model.accounts import AccountEnrolment, Proposal
from storage.tables import enrolments, proposals

COLUMNS = columns(proposals, Proposal)


async def silent(conn: AsyncConnection, *, now: datetime, limit: int) -> list[AccountEnrolment]:
    """Companies whose sequence is over and whose next look has come, locked."""
    result = await conn.execute(
        select(enrolments.c.id)
        .where(
            enrolments.c.account_id.is_not(None),
            enrolments.c.state == literal_column("'completed'"),
            enrolments.c.next_at.is_not(None),
            enrolments.c.next_at <= now,
        )
        .order_by(enrolments.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = [row.id for row in result]
    return list((await accounts.enrolments_by_id(conn, ids)).values()) if ids else []


async def made(conn: AsyncConnection, enrolment_ids: Sequence[int]) -> dict[int, Counter[str]]:
    """enrolment → how often each kind was proposed; "declined" counts those a person turned down."""
    found: dict[int, Counter[str]] = {id_: Counter() for id_ in enrolment_ids}
    statement = select(*COLUMNS).where(among(proposals.c.enrolment_id, "ids"))
    for row in await conn.execute(statement, {"ids": list(enrolment_ids)}):
        one = Proposal(*row)
        found[one.enrolment_id].update([one.kind, *(["declined"] if one.decision == "decline" else [])])
    return found


async def add(
    conn: AsyncConnection, workspace_id: str, enrolment_id: int, kind: str, *, now: datetime
) -> int:
    result = await conn.execute(
        insert(proposals)
        .values(workspace_id=workspace_id, enrolment_id=enrolment_id, kind=kind, created_at=now)
        .returning(proposals.c.id)
    )
    return int(result.scalar_one())


async def get(conn: AsyncConnection, workspace_id: str, proposal_id: int) -> Proposal | None:
    result = await conn.execute(
        select(*COLUMNS).where(proposals.c.workspace_id == workspace_id, proposals.c.id == proposal_id)
    )
    row = result.first()
    return Proposal(*row) if row else None


async def decide(
    conn: AsyncConnection, workspace_id: str, proposal_id: int, decision: str, *, by: str
) -> bool:
    """False when somebody decided already."""
    result = await conn.execute(
        update(proposals)
        .where(
            proposals.c.workspace_id == workspace_id,
            proposals.c.id == proposal_id,
            proposals.c.decided_by.is_(None),
        )
        .values(decision=decision, decided_by=by)
    )
    return result.rowcount == 1
