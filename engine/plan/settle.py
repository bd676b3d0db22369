"""Makes a campaign's rows agree with its status, in chunks: enrol, park, bring back, cancel."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context
from engine.plan import accounts, reach, sequence
from engine.plan.sequence import Place
from storage import accounts as account_rows
from storage import campaigns, caps, facts, marks, messages, sequences
from storage.lifecycle import Event, State
from storage.messages import move_where
from storage.model import Campaign, CampaignStatus, EnrolmentState, Strategy
from storage.tables import messages as rows

LEASE = timedelta(seconds=30)
CHUNK = sequence.CHUNK


async def turn(ctx: Context) -> bool:
    """One chunk of one campaign that lags behind its status; False when none does."""
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        campaign = await campaigns.lease_unsettled(
            conn, me=ctx.me, machine_now=machine_now, until=machine_now + LEASE
        )
        if campaign is None:
            return False
        more = await _STEPS[campaign.status](ctx, conn, campaign)
        done = {} if more else {"unsettled": False, "shift_seconds": 0}
        await campaigns.change(
            conn, campaign.workspace_id, campaign.id, leased_by=None, lease_until=None, **done
        )
        await marks.stale(conn, "campaign", [campaign.id])
        if campaign.by_account:
            await account_rows.redraw(conn, campaign.id)
    return True


async def _run(ctx: Context, conn: AsyncConnection, campaign: Campaign) -> bool:
    returned = await _bring_back(ctx, conn, campaign) or await _change_sender(ctx, conn, campaign)
    strategy = await campaigns.approved(conn, campaign.workspace_id, campaign.id)
    if strategy is None or not strategy.steps:
        return returned
    rewritten = await _rewrite(ctx, conn, campaign, strategy)
    return await _enrol(ctx, conn, campaign, strategy) or returned or rewritten


async def _change_sender(ctx: Context, conn: AsyncConnection, campaign: Campaign) -> bool:
    """Its cap came or went: what is scheduled as the other sender is scheduled anew (E5)."""
    moved = await move_where(
        conn,
        Event.TAKE_BACK,
        (rows.c.campaign_id == campaign.id)
        & (rows.c.state == State.SCHEDULED)
        & caps.leaves_as_another(campaign),
        workspace_id=campaign.workspace_id,
        actor="plan",
        now=ctx.now(),
        values={"due_at": ctx.now(), "slot_at": None, "note": "The daily cap changed."},
    )
    return len(moved) == CHUNK


async def _rewrite(ctx: Context, conn: AsyncConnection, campaign: Campaign, strategy: Strategy) -> bool:
    """Drafts nobody decided on are written again when another strategy is in force (B1)."""
    outdated = (rows.c.campaign_id == campaign.id) & (rows.c.state == State.DRAFTED)
    moved = await move_where(
        conn,
        Event.REWRITE,
        outdated & rows.c.strategy_id.is_distinct_from(strategy.id),
        workspace_id=campaign.workspace_id,
        actor="plan",
        now=ctx.now(),
        values={"strategy_id": strategy.id, "due_at": ctx.now(), "note": "The strategy changed."},
    )
    return len(moved) == CHUNK


async def _wake(ctx: Context, conn: AsyncConnection, campaign: Campaign) -> bool:
    """New contacts in a completed campaign start it again."""
    if not await campaigns.waiting(conn, campaign.id, 1):
        return False
    await campaigns.change(conn, campaign.workspace_id, campaign.id, status=CampaignStatus.ACTIVE)
    return True


async def _nothing(ctx: Context, conn: AsyncConnection, campaign: Campaign) -> bool:
    return False


async def _park(ctx: Context, conn: AsyncConnection, campaign: Campaign) -> bool:
    """Out of the queue while paused: no due time at all."""
    mine = rows.c.campaign_id == campaign.id
    common: dict[str, Any] = {"workspace_id": campaign.workspace_id, "actor": "plan", "now": ctx.now()}
    parked = {"due_at": None, "note": sequence.PAUSED}
    taken = await move_where(conn, Event.TAKE_BACK, mine, **common, values=parked)
    waiting = mine & rows.c.due_at.is_not(None)
    others = await move_where(conn, Event.PARK, waiting, **common, values=parked)
    return max(len(taken), len(others)) == CHUNK


async def _cancel(ctx: Context, conn: AsyncConnection, campaign: Campaign) -> bool:
    cancelled = await move_where(
        conn,
        Event.CANCEL,
        rows.c.campaign_id == campaign.id,
        workspace_id=campaign.workspace_id,
        actor="plan",
        now=ctx.now(),
        values={"due_at": None, "note": "The campaign was cancelled."},
    )
    waiting = await campaigns.waiting(conn, campaign.id, CHUNK)
    stopped = {"state": EnrolmentState.STOPPED, "reason": "The campaign was cancelled."}
    await campaigns.set_enrolments(conn, [enrolment for enrolment, _ in waiting], **stopped)
    await campaigns.stop_active(conn, campaign.id, **stopped)
    return max(len(cancelled), len(waiting)) == CHUNK


async def _bring_back(ctx: Context, conn: AsyncConnection, campaign: Campaign) -> bool:
    """Parked rows get their due time again; promised slots move by the length of the pause."""
    mine = (rows.c.campaign_id == campaign.id) & ~messages.is_held() & ~sequences.account_waits()
    shift = timedelta(seconds=campaign.shift_seconds)
    found = await sequence.bring_back(
        conn, campaign.workspace_id, mine, actor="plan", now=ctx.now(), shift=shift
    )
    return found == CHUNK


async def _enrol(ctx: Context, conn: AsyncConnection, campaign: Campaign, strategy: Strategy) -> bool:
    waiting = await campaigns.waiting(conn, campaign.id, CHUNK)
    if not waiting:
        return False
    step = strategy.steps[0]
    companies = [enrolment for enrolment, contact in waiting if contact is None]
    await accounts.begin(ctx, conn, campaign, strategy, companies)
    alone = [(enrolment, contact) for enrolment, contact in waiting if contact is not None]
    people = await facts.people(conn, [contact for _, contact in alone])
    ways = await reach.of(ctx, conn, list(people.values()))
    rules = await policy.of(conn, campaign.workspace_id)
    found = [
        Place(
            e,
            people[c],
            campaign,
            strategy,
            step,
            reach.choose(ways, people[c], campaign, strategy, step, 1, rules),
        )
        for e, c in alone
    ]
    able = [place for place in found if place.choice.channel]
    unable: dict[str, list[int]] = defaultdict(list)
    for place in found:
        if not place.choice.channel:
            unable[place.choice.reason].append(place.enrolment_id)
    for reason, ids in unable.items():
        await campaigns.set_enrolments(conn, ids, state=EnrolmentState.STOPPED, reason=reason)
    if able:
        await sequence.plan(ctx, conn, able)
        begun = {"state": EnrolmentState.ACTIVE, "step": step.number, "next_at": None}
        await campaigns.set_enrolments(conn, [place.enrolment_id for place in able], **begun)
    return len(waiting) == CHUNK


_STEPS = {
    CampaignStatus.DRAFT: _nothing,
    CampaignStatus.ACTIVE: _run,
    CampaignStatus.PAUSED: _park,
    CampaignStatus.COMPLETED: _wake,
    CampaignStatus.CANCELLED: _cancel,
}
