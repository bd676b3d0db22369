"""Loads what the cards of campaigns, strategies, messages and replies show."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import campaigns as campaign_rows
from storage import contacts as contact_rows
from storage import engagements as engagement_rows
from storage import facts, revisions, senders
from storage import messages as message_rows
from storage.db import columns
from storage.facts import Situation
from storage.lifecycle import PENDING, State
from storage.model import Reply, ReplyClass
from storage.tables import (
    accounts,
    engagements,
    enrolments,
    messages,
    replies,
)
from storage.views import nouns, shared


async def campaign(conn: AsyncConnection, workspace_id: str, id_: int) -> nouns.CampaignView | None:
    campaign = await campaign_rows.get(conn, workspace_id, id_)
    if campaign is None:
        return None
    c, e = messages.c, enrolments.c
    mine = (c.workspace_id == workspace_id, c.campaign_id == id_)
    by_state = select(e.state, func.count()).where(e.workspace_id == workspace_id, e.campaign_id == id_)
    next_at = await conn.execute(select(func.min(c.slot_at)).where(*mine, c.state == State.SCHEDULED))
    plans = await campaign_rows.strategies_of(conn, workspace_id, id_)
    newest = plans[0] if plans else None
    return nouns.CampaignView(
        campaign,
        await shared.zone(conn, workspace_id),
        messages=await shared.counts(conn, select(c.state, func.count()).where(*mine), c.state),
        people=await shared.counts(conn, by_state, e.state),
        engaged=await _engaged(conn, workspace_id, id_),
        next_at=next_at.scalar_one_or_none(),
        strategy=newest.state if newest else None,
        writing=newest is not None and newest.written_at is None,
        last=await shared.last(conn, workspace_id, "campaign", id_),
    )


async def strategy(conn: AsyncConnection, workspace_id: str, id_: int) -> nouns.StrategyView | None:
    strategy = await campaign_rows.strategy(conn, workspace_id, id_)
    if strategy is None:
        return None
    campaign = await campaign_rows.get(conn, workspace_id, strategy.campaign_id)
    if campaign is None:
        return None
    return nouns.StrategyView(strategy, campaign, await shared.zone(conn, workspace_id))


async def message(conn: AsyncConnection, workspace_id: str, id_: int) -> nouns.MessageView | None:
    row = await message_rows.get(conn, workspace_id, id_)
    if row is None:
        return None
    case = await _with_sender(conn, (await facts.gather(conn, [row]))[0])
    wordings = await revisions.of_message(conn, id_)
    current = next((found for found in wordings if found.revision == row.revision), None)
    older = [found for found in wordings if found.revision < row.revision]
    account_id = case.contact.account_id if case.contact else None
    return nouns.MessageView(
        case,
        await shared.zone(conn, workspace_id),
        account=await _account(conn, workspace_id, account_id),
        revision=current,
        before=older[0] if older else None,
        engagements=tuple(await engagement_rows.of_message(conn, workspace_id, id_)),
        last=await shared.last(conn, workspace_id, "message", id_),
    )


async def reply(conn: AsyncConnection, workspace_id: str, id_: int) -> nouns.ReplyView | None:
    result = await conn.execute(
        select(*columns(replies, Reply)).where(replies.c.workspace_id == workspace_id, replies.c.id == id_)
    )
    row = result.first()
    if row is None:
        return None
    found = Reply(*row)
    contact = await contact_rows.get(conn, workspace_id, found.contact_id)
    if contact is None:
        return None
    message = await message_rows.get(conn, workspace_id, found.message_id) if found.message_id else None
    campaign = (
        message and message.campaign_id and await campaign_rows.get(conn, workspace_id, message.campaign_id)
    )
    pending = await conn.execute(
        select(func.count()).where(
            messages.c.workspace_id == workspace_id,
            messages.c.contact_id == found.contact_id,
            messages.c.state.in_(PENDING),
        )
    )
    return nouns.ReplyView(
        replace(found, klass=ReplyClass(found.klass)),
        contact,
        await shared.zone(conn, workspace_id),
        campaign=campaign.name if campaign else "",
        subject=message.subject if message else "",
        pending=pending.scalar_one(),
    )


async def _with_sender(conn: AsyncConnection, case: Situation) -> Situation:
    """A row that has no sender yet leaves as its channel's newest."""
    if case.sender is not None:
        return case
    found = await senders.of_channel(conn, case.message.workspace_id, case.message.channel)
    return replace(case, sender=found)


async def _engaged(conn: AsyncConnection, workspace_id: str, campaign_id: int) -> dict[str, int]:
    """Messages of a campaign by what people did with them, each counted once a kind."""
    e = engagements.c
    statement = (
        select(e.kind, func.count(func.distinct(e.message_id)))
        .join(messages, messages.c.id == e.message_id)
        .where(e.workspace_id == workspace_id, messages.c.campaign_id == campaign_id, e.human)
    )
    return await shared.counts(conn, statement, e.kind)


async def _account(conn: AsyncConnection, workspace_id: str, account_id: int | None) -> str:
    if account_id is None:
        return ""
    c = accounts.c
    result = await conn.execute(select(c.name).where(c.workspace_id == workspace_id, c.id == account_id))
    return result.scalar_one_or_none() or ""
