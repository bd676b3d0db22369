"""Loads what the cards of replies and conflicts show."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import account_facts, accounts, campaigns, conflicts, replies
from storage import contacts as contact_rows
from storage import messages as message_rows
from storage.lifecycle import NOT_ALIVE, PENDING
from storage.model import Conflict, Contact
from storage.tables import messages
from storage.views import nouns, shared


async def reply(conn: AsyncConnection, workspace_id: str, id_: int) -> nouns.ReplyView | None:
    found = await replies.get(conn, workspace_id, id_)
    contact = await contact_rows.get(conn, workspace_id, found.contact_id) if found else None
    if found is None or contact is None:
        return None
    message = await message_rows.get(conn, workspace_id, found.message_id) if found.message_id else None
    campaign = (
        message and message.campaign_id and await campaigns.get(conn, workspace_id, message.campaign_id)
    )
    return nouns.ReplyView(
        found,
        contact,
        await shared.zone(conn, workspace_id),
        campaign=campaign.name if campaign else "",
        subject=message.subject if message else "",
        pending=await _pending(conn, workspace_id, found.contact_id),
        answer=await _is_answered(conn, workspace_id, id_),
    )


async def conflict(conn: AsyncConnection, workspace_id: str, id_: int) -> nouns.ConflictView | None:
    found = await conflicts.get(conn, workspace_id, id_)
    contact = await contact_rows.get(conn, workspace_id, found.contact_id) if found else None
    if found is None or contact is None:
        return None
    zone = await shared.zone(conn, workspace_id)
    if found.enrolment_id is not None:
        return await _of_company(conn, found, contact, zone)
    return nouns.ConflictView(found, contact, zone, await _pending(conn, workspace_id, contact.id))


async def _of_company(
    conn: AsyncConnection, found: Conflict, contact: Contact, zone: str
) -> nouns.ConflictView | None:
    """What was seen at the company since a person last decided, and how much waits for it; once decided, what it was for."""
    enrolment = await accounts.enrolment(conn, found.workspace_id, found.enrolment_id or 0)
    account = await accounts.get(conn, found.workspace_id, enrolment.account_id) if enrolment else None
    if enrolment is None or account is None:
        return None
    touches = (await accounts.touches(conn, [enrolment.id])).get(enrolment.id, [])
    over = found.decided_by is not None
    seen = (await account_facts.since(conn, [enrolment.id], ever=over, once=not over)).get(enrolment.id, [])
    if over:
        mine = (found.kind, found.contact_id)
        seen = [one for one in seen if (one.kind, one.contact_id) == mine and one.at <= found.created_at][-1:]
    return nouns.ConflictView(
        found, contact, zone,
        pending=sum(touch.state in PENDING for touch in touches), company=account.name,
        paused=enrolment.paused_at is not None, seen=tuple(seen),
    )  # fmt: skip


async def _pending(conn: AsyncConnection, workspace_id: str, contact_id: int) -> int:
    result = await conn.execute(
        select(func.count()).where(
            messages.c.workspace_id == workspace_id,
            messages.c.contact_id == contact_id,
            messages.c.state.in_(PENDING),
            ~message_rows.is_answer(),
        )
    )
    return int(result.scalar_one())


async def _is_answered(conn: AsyncConnection, workspace_id: str, reply_id: int) -> bool:
    mine = messages.c.dedupe_key == message_rows.answer_key(reply_id)
    alive = messages.c.state.not_in(NOT_ALIVE)
    return bool(await message_rows.find(conn, workspace_id, mine, alive, limit=1))
