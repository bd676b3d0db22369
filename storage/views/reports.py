"""Loads what the cards of digests, charts, imports, runs and channels show."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import brands
from storage import campaigns as campaign_rows
from storage import senders as sender_rows
from storage.tables import (
    digests,
    imports,
    runs,
)
from storage.views import nouns, shared


async def digest(conn: AsyncConnection, workspace_id: str, id_: int) -> nouns.DigestView | None:
    c = digests.c
    statement = select(c.id, c.starts_at, c.ends_at, c.zone, c.asked_by, c.figures)
    row = (await conn.execute(statement.where(c.workspace_id == workspace_id, c.id == id_))).first()
    return nouns.DigestView(*row) if row else None


async def chart(conn: AsyncConnection, workspace_id: str, id_: int) -> nouns.ChartView | None:
    c = digests.c
    statement = select(c.id, c.starts_at, c.zone, c.chart, c.figures)
    row = (await conn.execute(statement.where(c.workspace_id == workspace_id, c.id == id_))).first()
    return nouns.ChartView(*row) if row else None


async def import_(conn: AsyncConnection, workspace_id: str, id_: int) -> nouns.ImportView | None:
    c = imports.c
    statement = select(
        c.id, c.file_name, c.campaign_name, c.state, c.asked_by, c.line, c.added, c.duplicate, c.invalid, c.opted_out,
        c.problems, c.error,
    )  # fmt: skip
    row = (await conn.execute(statement.where(c.workspace_id == workspace_id, c.id == id_))).first()
    return nouns.ImportView(*row[:10], problems=tuple(row.problems or ()), error=row.error) if row else None


async def run(conn: AsyncConnection, workspace_id: str, id_: int) -> nouns.RunView | None:
    c = runs.c
    result = await conn.execute(
        select(c.id, c.campaign_id, c.brand_id, c.day, c.batch, c.dry, c.asked_by, c.state, c.report).where(
            c.workspace_id == workspace_id, c.id == id_
        )
    )
    row = result.first()
    if row is None:
        return None
    if row.campaign_id is None:
        brand = await brands.get(conn, workspace_id, row.brand_id) if row.brand_id else None
        name = brand.name if brand else ""
    else:
        campaign = await campaign_rows.get(conn, workspace_id, row.campaign_id)
        name = campaign.name if campaign else ""
    return nouns.RunView(row.id, name, row.batch, row.dry, row.asked_by, row.state, row.report, row.day or "")


async def sender(conn: AsyncConnection, workspace_id: str, id_: int) -> nouns.SenderView | None:
    found = await sender_rows.get(conn, workspace_id, id_)
    if found is None:
        return None
    last = await shared.newest(conn, workspace_id, "sender", id_)
    return nouns.SenderView(found, last, await shared.zone(conn, workspace_id))
