"""Loads what the cards of a rehearsal show: what was found, its picture, its rows with names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import campaigns, facts, rehearsals
from storage.model import Json
from storage.rehearsals import Rehearsal
from storage.tables import rehearsals as rows

CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class RehearsalView:
    """`names` are those of the people whom the report names; one who was erased has none."""

    found: Rehearsal
    campaign: str
    names: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RehearsalChartView:
    """`png` is empty when nothing leaves; `report` has the picture's numbers."""

    id: int
    campaign: str
    png: bytes
    report: Json


@dataclass(frozen=True, slots=True)
class RehearsalRowsView:
    """Every touch as it was kept (engine.rehearse), with (name, company) of each contact."""

    id: int
    campaign: str
    begun_at: datetime | None
    touches: tuple[Json, ...]
    names: Mapping[int, tuple[str, str]]


async def rehearsal(conn: AsyncConnection, workspace_id: str, id_: int) -> RehearsalView | None:
    found = await rehearsals.get(conn, workspace_id, id_)
    if found is None or (name := await _campaign(conn, workspace_id, found.campaign_id)) is None:
        return None
    named = [touch["contact"] for day in (found.report or {}).get("days", ()) for touch in day["first"]]
    people = await _people(conn, named)
    return RehearsalView(found, name, {id_: name for id_, (name, _) in people.items()})


async def chart(conn: AsyncConnection, workspace_id: str, id_: int) -> RehearsalChartView | None:
    row = await _row(conn, workspace_id, id_, rows.c.chart, rows.c.report)
    name = row and await _campaign(conn, workspace_id, row.campaign_id)
    return (
        RehearsalChartView(id_, name, row.chart or b"", row.report or {})
        if row and name is not None
        else None
    )


async def touches(conn: AsyncConnection, workspace_id: str, id_: int) -> RehearsalRowsView | None:
    row = await _row(conn, workspace_id, id_, rows.c.begun_at, rows.c.touches)
    name = row and await _campaign(conn, workspace_id, row.campaign_id)
    if row is None or name is None:
        return None
    told = tuple(row.touches or ())
    people = await _people(conn, [touch["contact"] for touch in told])
    return RehearsalRowsView(id_, name, row.begun_at, told, people)


async def _row(conn: AsyncConnection, workspace_id: str, id_: int, *columns: Any) -> Any:
    mine = (rows.c.workspace_id == workspace_id, rows.c.id == id_)
    return (await conn.execute(select(rows.c.campaign_id, *columns).where(*mine))).first()


async def _campaign(conn: AsyncConnection, workspace_id: str, campaign_id: int) -> str | None:
    found = await campaigns.get(conn, workspace_id, campaign_id)
    return found.name if found else None


async def _people(conn: AsyncConnection, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """contact → (name, company)."""
    wanted = sorted(set(ids))
    known: dict[int, tuple[str, str]] = {}
    for first in range(0, len(wanted), CHUNK):
        for id_, contact in (await facts.people(conn, wanted[first : first + CHUNK])).items():
            known[id_] = (contact.name, contact.company)
    return known
