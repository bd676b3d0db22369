"""Loads what the cards of campaigns, strategies, messages and replies show."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import campaigns as campaign_rows
from storage import caps, facts, pictures, recommendations, revisions, senders
from storage import engagements as engagement_rows
from storage import messages as message_rows
from storage.facts import Situation
from storage.lifecycle import State
from storage.model import StrategyState, attached
from storage.tables import (
    accounts,
    engagements,
    enrolments,
    messages,
)
from storage.views import nouns, shared


async def campaign(conn: AsyncConnection, workspace_id: str, id_: int) -> nouns.CampaignView | None:
    campaign = await campaign_rows.get(conn, workspace_id, id_)
    if campaign is None:
        return None
    c, e = messages.c, enrolments.c
    mine = (c.workspace_id == workspace_id, c.campaign_id == id_)
    by_state = select(e.state, func.count()).where(e.workspace_id == workspace_id, e.campaign_id == id_)
    waiting = (c.state == State.SCHEDULED) | ((c.state == State.PLANNED) & (c.step > 1))
    next_at = await conn.execute(select(func.min(c.slot_at)).where(*mine, waiting))
    coming = await conn.execute(
        select(func.count()).where(*mine, c.state == State.PLANNED, c.step > 1, c.slot_at.is_not(None))
    )
    plans = await campaign_rows.strategies_of(conn, workspace_id, id_)
    newest = plans[0] if plans else None
    in_force = next((plan for plan in plans if plan.state is StrategyState.APPROVED), None)
    return nouns.CampaignView(
        campaign,
        await shared.zone(conn, workspace_id),
        messages=await shared.counts(conn, select(c.state, func.count()).where(*mine), c.state),
        people=await shared.counts(conn, by_state, e.state),
        engaged=await _engaged(conn, workspace_id, id_),
        next_at=next_at.scalar_one_or_none(),
        coming=coming.scalar_one(),
        waits=tuple(step.wait_days for step in in_force.steps) if in_force else (),
        strategy=newest.state if newest else None,
        writing=newest is not None and newest.written_at is None,
        last=await shared.last(conn, workspace_id, "campaign", id_),
        weak=id_ in await recommendations.undecided(conn, workspace_id),
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
    picture = attached.of(row) if case.feed is not None else None
    return nouns.MessageView(
        case,
        await shared.zone(conn, workspace_id),
        account=await _account(conn, workspace_id, account_id),
        revision=current,
        before=older[0] if older else None,
        edits=tuple(found for found in wordings if found.source == "person"),
        engagements=tuple(await engagement_rows.of_message(conn, workspace_id, id_)),
        last=await shared.last(conn, workspace_id, "message", id_),
        booked=await _booked(conn, case),
        given=await pictures.newest(conn, workspace_id, id_) if case.feed is not None else None,
        file=await pictures.file_of(conn, workspace_id, picture.id) if picture else "",
    )


async def reminder(conn: AsyncConnection, workspace_id: str, id_: int) -> nouns.ReminderView | None:
    campaign = await campaign_rows.get(conn, workspace_id, id_)
    if campaign is None:
        return None
    c = messages.c
    mine = (c.workspace_id == workspace_id, c.campaign_id == id_, c.state == State.DRAFTED, c.reminded > 0)
    row = (await conn.execute(select(func.count(), func.min(c.due_at)).where(*mine))).one()
    return nouns.ReminderView(campaign.name, await shared.zone(conn, workspace_id), row[0], row[1])


async def _with_sender(conn: AsyncConnection, case: Situation) -> Situation:
    """A row that has no sender yet leaves as its channel's newest."""
    if case.sender is not None:
        return case
    found = await senders.of_channel(conn, case.message.workspace_id, case.message.channel)
    return replace(case, sender=found)


async def _booked(conn: AsyncConnection, case: Situation) -> tuple[tuple[datetime, int], ...]:
    """Only a card that names a slot to come needs it."""
    undecided = case.message.state in (State.PLANNED, State.DRAFTED, State.APPROVED)
    if case.sender is None or case.sender.cap is None or not undecided:
        return ()
    return tuple(await caps.booked(conn, case.sender.id))


async def _engaged(conn: AsyncConnection, workspace_id: str, campaign_id: int) -> dict[str, int]:
    """Messages of a campaign by what people did with them, each counted once a kind."""
    e = engagements.c
    statement = (
        select(e.kind, func.count(func.distinct(e.message_id)))
        .join(messages, messages.c.id == e.message_id)
        .where(e.workspace_id == workspace_id, e.human)
        .where(messages.c.workspace_id == workspace_id, messages.c.campaign_id == campaign_id)
    )
    return await shared.counts(conn, statement, e.kind)


async def _account(conn: AsyncConnection, workspace_id: str, account_id: int | None) -> str:
    if account_id is None:
        return ""
    c = accounts.c
    result = await conn.execute(select(c.name).where(c.workspace_id == workspace_id, c.id == account_id))
    return result.scalar_one_or_none() or ""
