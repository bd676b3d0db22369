"""Loads what the card of many drafts shows: how many pass, samples, outliers, who is left out and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import bulk_decisions, bulks, campaigns, workspaces
from storage.lifecycle import State
from storage.model import Bulk, BulkDecision, Entry, Json, channels
from storage.tables import brands, bulk_drafts, contacts, feeds, messages, revisions
from storage.views import shared

SAMPLES, NAMED = 3, 15


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One draft in a line. `length` counts the characters of its text; `problem` says why it is left out."""

    name: str
    subject: str
    body: str
    score: int
    length: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class BulkView:
    """`about` names the campaign or the brand. `waiting` are all drafts of the group, `uncounted` those not judged yet.

    `passing` is what the button covers, `scores` their lowest and highest. `left_out` shows the first of `left_in_all`.
    `standing` can still be taken back of what `decision` approved; `undone` is when somebody last did so.
    """

    bulk: Bulk
    about: str
    zone: str
    settings: Json
    waiting: int = 0
    writing: int = 0
    passing: int = 0
    scores: tuple[int, int] = (0, 0)
    first_at: datetime | None = None
    samples: tuple[DraftLine, ...] = ()
    lowest: DraftLine | None = None
    longest: DraftLine | None = None
    left_out: tuple[DraftLine, ...] = ()
    left_in_all: int = 0
    decision: BulkDecision | None = None
    standing: int = 0
    undone: Entry | None = None

    @property
    def uncounted(self) -> int:
        return max(0, self.waiting - self.passing - self.left_in_all)


async def bulk(conn: AsyncConnection, workspace_id: str, id_: int) -> BulkView | None:
    found = await bulks.get(conn, workspace_id, id_)
    if found is None:
        return None
    c, r = messages.c, revisions.c
    group = bulks.members(found)
    passing, left = bulks.passing(found, found.number), bulks.left_out(found)
    (number, first_at) = await _one(conn, select(func.count(), func.min(c.due_at)).where(bulks.drafts(found)))
    (writing, _) = await _one(
        conn, select(func.count(), func.min(c.id)).where(group, c.state == State.PLANNED)
    )
    ids = passing.subquery()
    scored = select(func.count(), func.min(r.score), func.max(r.score)).where(
        c.id.in_(select(ids.c.id)), r.message_id == c.id, r.revision == c.revision
    )
    passed, least, most = await _one(conn, scored)
    lines, made = _lines(passing), await bulk_decisions.about(conn, found)
    return BulkView(
        found,
        await _about(conn, found),
        await shared.zone(conn, workspace_id),
        await workspaces.settings(conn, workspace_id),
        waiting=number,
        writing=writing,
        passing=passed,
        scores=(least or 0, most or 0),
        first_at=first_at,
        samples=await _samples(conn, lines, passed),
        lowest=await _first(conn, lines.order_by(r.score, c.id)),
        longest=await _first(conn, lines.order_by(func.length(c.body).desc(), c.id)),
        left_out=await _several(conn, _lines(left).order_by(r.score, c.id).limit(NAMED)),
        left_in_all=await bulks.size(conn, left),
        decision=made,
        standing=await bulks.size(conn, bulk_decisions.standing(found, made)) if made else 0,
        undone=await _undone(conn, found),
    )


def _lines(found: Select[Any]) -> Select[Any]:
    """The drafts found, each with its recipient's name or its network and day, its score and its problem."""
    c, r = messages.c, revisions.c
    return (
        found.with_only_columns(
            contacts.c.first_name, contacts.c.last_name, contacts.c.email, brands.c.zone,
            feeds.c.network, c.slot_at, c.subject, c.body, func.coalesce(r.score, 0).label("score"),
            bulk_drafts.c.problem,
        )
        .outerjoin(contacts, contacts.c.id == c.contact_id)
        .outerjoin(feeds, feeds.c.id == c.feed_id)
        .outerjoin(brands, brands.c.id == c.brand_id)
        .outerjoin(revisions, and_(r.message_id == c.id, r.revision == c.revision))
    )  # fmt: skip


async def _samples(conn: AsyncConnection, lines: Select[Any], passing: int) -> tuple[DraftLine, ...]:
    """Spread over all that pass: the first, the one in the middle, the last."""
    places = sorted({0, passing // 2, passing - 1}) if passing else []
    ordered = lines.order_by(messages.c.id).limit(1)
    found = [await _first(conn, ordered.offset(place)) for place in places[:SAMPLES]]
    return tuple(line for line in found if line is not None)


async def _first(conn: AsyncConnection, lines: Select[Any]) -> DraftLine | None:
    return next(iter(await _several(conn, lines.limit(1))), None)


async def _several(conn: AsyncConnection, lines: Select[Any]) -> tuple[DraftLine, ...]:
    return tuple(_line(row) for row in await conn.execute(lines))


def _line(row: Any) -> DraftLine:
    person = f"{row.first_name or ''} {row.last_name or ''}".strip() or row.email
    name = person or (_post(row) if row.network else "")
    return DraftLine(name, row.subject, row.body, row.score, len(row.body), row.problem)


def _post(row: Any) -> str:
    """A post by its network and its day in the brand's zone: "LinkedIn, Mon 23 Nov"."""
    label = channels.known(row.network).label
    if row.slot_at is None:
        return label
    day = row.slot_at.astimezone(ZoneInfo(row.zone or "UTC"))
    return f"{label}, {day:%a} {day.day} {day:%b}"


async def _one(conn: AsyncConnection, statement: Select[*tuple[Any, ...]]) -> Any:
    return (await conn.execute(statement)).one()


async def _undone(conn: AsyncConnection, found: Bulk) -> Entry | None:
    last = await shared.last(conn, found.workspace_id, "bulk", found.id)
    return last if last is not None and last.event == "undo" else None


async def _about(conn: AsyncConnection, found: Bulk) -> str:
    if found.campaign_id is not None:
        campaign = await campaigns.get(conn, found.workspace_id, found.campaign_id)
        return campaign.name if campaign else ""
    return (await workspaces.brand(conn, found.workspace_id, found.brand_id)).name
