"""What of a workspace a rehearsal needs, read from one database and put into another. Changes nothing it reads.

Every table is copied but those named here: one that is added later comes along by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import among
from storage.lifecycle import PENDING
from storage.tables import campaigns, contacts, enrolments, members, messages, metadata, workspaces

LEFT_OUT = frozenset(
    {
        "bulk_decisions", "bulk_drafts", "bulk_looks", "bulks", "calendar_posts", "calendar_weeks", "calendars",
        "cards", "clock", "digests", "feeds", "imports", "measurements", "pictures", "rehearsals", "runs", "secrets",
        "sheets", "signals", "slack_channels", "slack_events", "timeline",
    }
)  # fmt: skip
"""Cards, pictures, decisions under way, reports, posts and secrets: no touch to a person depends on them."""
BLANK: dict[str, Any] = {"leased_by": None, "lease_until": None}
"""A copy is held by nobody."""
RESTED: dict[str, Any] = {"not_before": None, "opened_at": None, "failures": 0}
"""For senders: what passes within minutes of machine time has passed."""
CHUNK = 1_000

Rows = dict[str, list[dict[str, Any]]]


async def people(conn: AsyncConnection, workspace_id: str, campaign_id: int, limit: int) -> list[int]:
    """The contacts a copy holds, at most `limit`: those of live campaigns, and whom a message still waits for.

    Live are the active campaigns, since they share senders and people with this one, and this one.
    """
    found = await conn.execute(_people(workspace_id, campaign_id).order_by(contacts.c.id).limit(limit))
    return [row[0] for row in found]


async def read(conn: AsyncConnection, workspace_id: str, campaign_id: int, people: Sequence[int]) -> Rows:
    """The workspace's settings, senders and campaigns, and all that is known of these people, table by table."""
    found: Rows = {}
    for table in metadata.sorted_tables:
        if table.name not in LEFT_OUT:
            said = [row["id"] for row in found.get("messages", ())]
            rows = [
                dict(row)
                for part in _parts(table, people, said)
                for row in await _rows(conn, table, workspace_id, part)
            ]
            found[table.name] = [row | _instead(table) for row in rows]
    companies = _of_companies(workspace_id, campaign_id)
    found["enrolments"] += [
        dict(row) | _instead(enrolments) for row in (await conn.execute(companies)).mappings()
    ]
    return found


async def write(conn: AsyncConnection, found: Rows) -> None:
    """Put them into a database whose foreign keys are not checked (storage.in_memory)."""
    for name, rows in found.items():
        for first in range(0, len(rows), CHUNK):
            await conn.execute(insert(metadata.tables[name]), rows[first : first + CHUNK])


async def _rows(
    conn: AsyncConnection, table: Table, workspace_id: str, part: tuple[ColumnElement[bool] | None, list[int]]
) -> Sequence[Any]:
    condition, ids = part
    chosen = select(table)
    if "workspace_id" in table.c:
        chosen = chosen.where(table.c.workspace_id == workspace_id)
    elif table is workspaces:
        chosen = chosen.where(table.c.id == workspace_id)
    if condition is None:
        return (await conn.execute(chosen)).mappings().all()
    return (await conn.execute(chosen.where(condition), {"ids": ids})).mappings().all()


def _parts(
    table: Table, people: Sequence[int], said: Sequence[int]
) -> list[tuple[ColumnElement[bool] | None, list[int]]]:
    """Which rows: its people's where the table knows people, its messages' where it knows those, else all."""
    c = table.c
    if table is contacts:
        key, ids = c.id, people
    elif "contact_id" in c and ("message_id" not in c or not c.contact_id.nullable):
        key, ids = c.contact_id, people
    elif "message_id" in c:
        key, ids = c.message_id, said
    else:
        return [(None, [])]
    return [(among(key, "ids"), list(ids[first : first + CHUNK])) for first in range(0, len(ids), CHUNK)]


def _instead(table: Table) -> dict[str, Any]:
    blank = {name: value for name, value in BLANK.items() if name in table.c}
    return blank | (RESTED if table.name == "senders" else {})


def _live(workspace_id: str, campaign_id: int) -> Select[Any]:
    c = campaigns.c
    chosen = or_(c.status == "active", c.id == campaign_id)
    return select(c.id).where(c.workspace_id == workspace_id, chosen)


def _of_companies(workspace_id: str, campaign_id: int) -> Select[Any]:
    """The sequences of whole companies, which name no contact."""
    e, live = enrolments.c, _live(workspace_id, campaign_id)
    return select(enrolments).where(
        e.workspace_id == workspace_id, e.account_id.is_not(None), e.campaign_id.in_(live)
    )


def _people(workspace_id: str, campaign_id: int) -> Select[Any]:
    """Whose sequence is open in a live campaign, whose company's is, and whom a message still waits for."""
    e, m, c = enrolments.c, messages.c, contacts.c
    begun = (
        e.workspace_id == workspace_id,
        e.state.in_(("waiting", "active")),
        e.campaign_id.in_(_live(workspace_id, campaign_id)),
    )
    alone = select(e.contact_id).where(*begun, e.contact_id.is_not(None))
    together = select(members.c.contact_id).join(enrolments, e.id == members.c.enrolment_id).where(*begun)
    companies = select(e.account_id).where(*begun, e.account_id.is_not(None))
    waiting = (m.state.in_(PENDING), m.due_at.is_not(None), m.contact_id.is_not(None))
    pending = select(m.contact_id).where(m.workspace_id == workspace_id, *waiting)
    theirs = or_(c.id.in_(alone), c.id.in_(together), c.account_id.in_(companies), c.id.in_(pending))
    return select(c.id).where(c.workspace_id == workspace_id, theirs)
