"""Loads what the cards of a contact and of a recommendation show."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import campaigns as campaign_rows
from storage import consents, merging, recommendations, scores
from storage import contacts as contact_rows
from storage.db import columns
from storage.lifecycle import PENDING
from storage.model import Entry, channels
from storage.model.consents import Consent
from storage.tables import accounts, campaigns, enrolments, messages, timeline
from storage.views import nouns, shared

SHOWN = 8
"""Lines of history, and of notes, at most."""


async def contact(conn: AsyncConnection, workspace_id: str, id_: int) -> nouns.ContactView | None:
    found = await contact_rows.get(conn, workspace_id, id_)
    if found is not None and found.merged_into is not None:
        return await contact(conn, workspace_id, found.merged_into)
    if found is None:
        return None
    (known,) = await scores.known(conn, [id_])
    alike = await merging.alike(conn, workspace_id, id_)
    upcoming = await _touches(conn, workspace_id, id_, sent=False)
    return nouns.ContactView(
        known,
        await shared.zone(conn, workspace_id),
        account=await _account(conn, workspace_id, found.account_id),
        campaigns=await _campaigns(conn, workspace_id, id_),
        next=upcoming[0] if upcoming else None,
        pending=await _pending(conn, workspace_id, id_),
        sent=await _touches(conn, workspace_id, id_, sent=True),
        notes=await _lines(conn, workspace_id, alike, notes=True),
        history=await _lines(conn, workspace_id, alike, notes=False),
        agreed=await _agreed(conn, id_),
    )


async def _agreed(conn: AsyncConnection, contact_id: int) -> tuple[Consent, ...]:
    asked = [name for name in channels.to_people() if channels.known(name).consent]
    found = await consents.in_force(conn, [(contact_id, name) for name in asked])
    return tuple(found[contact_id, name] for name in asked if (contact_id, name) in found)


async def advice(conn: AsyncConnection, workspace_id: str, id_: int) -> nouns.AdviceView | None:
    found = await recommendations.get(conn, workspace_id, id_)
    campaign = await campaign_rows.get(conn, workspace_id, found.campaign_id) if found else None
    if found is None or campaign is None:
        return None
    return nouns.AdviceView(found, campaign, await shared.zone(conn, workspace_id))


async def _touches(
    conn: AsyncConnection, workspace_id: str, contact_id: int, *, sent: bool
) -> tuple[nouns.Touching, ...]:
    """What left last, newest first; or what comes next, what waits without a time at the end."""
    c = messages.c
    mine = (c.workspace_id == workspace_id, c.contact_id == contact_id)
    at = func.coalesce(c.slot_at, c.due_at)
    wanted = c.sent_at.is_not(None) if sent else c.state.in_(PENDING)
    order = (c.sent_at.desc(), c.id.desc()) if sent else (c.due_at.is_(None), at, c.id)
    result = await conn.execute(
        select(
            c.id, c.channel, c.state, c.step, func.coalesce(campaigns.c.name, ""), c.sent_at if sent else c.slot_at,
            c.subject, c.note, c.due_at.is_not(None),
        )
        .outerjoin(campaigns, campaigns.c.id == c.campaign_id)
        .where(*mine, wanted)
        .order_by(*order)
        .limit(SHOWN if sent else 1)
    )  # fmt: skip
    return tuple(nouns.Touching(*row) for row in result)


async def _pending(conn: AsyncConnection, workspace_id: str, contact_id: int) -> int:
    c = messages.c
    mine = (c.workspace_id == workspace_id, c.contact_id == contact_id, c.state.in_(PENDING))
    return int((await conn.execute(select(func.count()).where(*mine))).scalar_one())


async def _campaigns(
    conn: AsyncConnection, workspace_id: str, contact_id: int
) -> tuple[tuple[str, str, str], ...]:
    """(name, state of the enrolment, why it stopped), the newest first."""
    e = enrolments.c
    result = await conn.execute(
        select(campaigns.c.name, e.state, e.reason)
        .join(campaigns, campaigns.c.id == e.campaign_id)
        .where(e.workspace_id == workspace_id, e.contact_id == contact_id)
        .order_by(e.id.desc())
        .limit(SHOWN)
    )
    return tuple((row[0], row[1], row[2]) for row in result)


async def _lines(
    conn: AsyncConnection, workspace_id: str, contact_ids: Sequence[int], *, notes: bool
) -> tuple[Entry, ...]:
    """Its timeline, newest first: what people noted, or everything else. Records that became one have one."""
    c = timeline.c
    mine = (c.workspace_id == workspace_id, c.entity == "contact", c.entity_id.in_(list(contact_ids)))
    kind = c.event == "note" if notes else c.event != "note"
    result = await conn.execute(
        select(*columns(timeline, Entry)).where(*mine, kind).order_by(c.id.desc()).limit(SHOWN)
    )
    return tuple(Entry(*row) for row in result)


async def _account(conn: AsyncConnection, workspace_id: str, account_id: int | None) -> str:
    c = accounts.c
    mine = (c.workspace_id == workspace_id, c.id == account_id)
    return (await conn.execute(select(c.name).where(*mine))).scalar_one_or_none() or ""
