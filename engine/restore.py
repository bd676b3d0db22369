"""After a backup was put back: nothing may leave because the database forgot that it left already.

What a message did between the backup and now is unknown here, so people are asked. Sends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import campaigns, facts, marks, messages, revisions, workspaces
from storage.db import Database
from storage.lifecycle import Event, State
from storage.messages import Change
from storage.model import Autonomy, CampaignStatus
from storage.tables import messages as rows

ACTOR = "restore"
NOTE = "The database was restored from a backup; this may have left since."
FINDING = {
    "code": "restored",
    "sentence": "The database was restored from a backup. Approve this only if it has not left since.",
    "penalty": 50,
    "blocks": False,
}


@dataclass
class Tally:
    """What now waits for a person, over all workspaces."""

    unsure: int = 0
    drafts: int = 0
    paused: int = 0
    reviewed: int = 0


async def hold(db: Database, now: datetime) -> Tally:
    """Make every send that may have happened since the backup a person's decision; run it while nothing else runs.

    What was due by `now` becomes unsure, drafts carry a warning, running campaigns pause, and automatic ones go
    back to review. What is promised for later cannot have left and keeps its time. Doing it twice is harmless.
    """
    tally = Tally()
    async with db.begin() as conn:
        for workspace in await workspaces.every(conn):
            tally.unsure += await _doubt(conn, workspace.id, now)
            tally.drafts += await _warn(conn, workspace.id)
            await _stop(conn, workspace.id, now, tally)
    return tally


async def _doubt(conn: AsyncConnection, workspace_id: str, now: datetime) -> int:
    """As after a worker that died while sending: it counts as sent until somebody says otherwise."""
    overdue = (rows.c.state == State.SCHEDULED) & (rows.c.due_at <= now)
    soon = (rows.c.state == State.APPROVED) & or_(rows.c.slot_at.is_(None), rows.c.slot_at <= now)
    values = {"note": NOTE, "due_at": None, "sent_at": now}
    count = 0
    while found := await messages.find(conn, workspace_id, overdue | soon):
        people = sorted({row.contact_id for row in found if row.contact_id})
        await facts.lock_contacts(conn, people)
        moved = await messages.move(
            conn, Event.RESTORE, [Change(row.id) for row in found],
            actor=ACTOR, now=now, values=values, workspace_id=workspace_id,
        )  # fmt: skip
        await facts.touch(conn, people, now)
        count += len(moved)
    return count


async def _warn(conn: AsyncConnection, workspace_id: str) -> int:
    """Somebody may have approved a waiting draft since; the warning also keeps it out of every bulk approval."""
    marked = await revisions.add_finding(conn, workspace_id, State.DRAFTED, FINDING)
    await marks.stale(conn, "message", marked)
    return len(marked)


async def _stop(conn: AsyncConnection, workspace_id: str, now: datetime, tally: Tally) -> None:
    for campaign in await campaigns.every(conn, workspace_id):
        if campaign.status is CampaignStatus.CANCELLED:
            continue
        values: dict[str, object] = {}
        if campaign.autonomy is not Autonomy.REVIEW:
            values |= {"autonomy": Autonomy.REVIEW, "autonomy_by": None}
            tally.reviewed += 1
        if campaign.status is CampaignStatus.ACTIVE:
            values |= {"status": CampaignStatus.PAUSED, "paused_at": now, "unsettled": True}
            tally.paused += 1
        if values:
            await campaigns.change(conn, workspace_id, campaign.id, **values)
            await marks.note(conn, workspace_id, "campaign", campaign.id, "pause", actor=ACTOR, now=now)
            await marks.stale(conn, "campaign", [campaign.id])
