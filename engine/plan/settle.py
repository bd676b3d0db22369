"""Makes a campaign's rows agree with its status, in chunks: enrol, park, bring back, cancel. And moves sequences on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.context import Context
from storage import campaigns, facts, marks, messages, senders
from storage.lifecycle import Event, State
from storage.messages import Change, move, move_where
from storage.model import Campaign, CampaignStatus, Contact, EnrolmentState, Step, Strategy
from storage.tables import messages as rows

LEASE = timedelta(seconds=30)
CHUNK = 1_000
LEAD = timedelta(hours=48)
"""Later touches are drafted this long before their slot (D6)."""
GOES_ON = (State.SENT, State.SKIPPED, State.REJECTED, State.CANCELLED, State.FAILED)
"""After these the sequence goes on; after blocked and unsure a person decides first."""


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
    return True


async def _run(ctx: Context, conn: AsyncConnection, campaign: Campaign) -> bool:
    returned = await _bring_back(ctx, conn, campaign)
    strategy = await campaigns.approved(conn, campaign.workspace_id, campaign.id)
    if strategy is None or not strategy.steps:
        return returned
    rewritten = await _rewrite(ctx, conn, campaign, strategy)
    return await _enrol(ctx, conn, campaign, strategy) or returned or rewritten


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
    parked = {"due_at": None, "note": "The campaign is paused."}
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
    now, shift = ctx.now(), timedelta(seconds=campaign.shift_seconds)
    parked = await messages.find(
        conn,
        campaign.workspace_id,
        rows.c.campaign_id == campaign.id,
        rows.c.due_at.is_(None),
        rows.c.state.in_((State.PLANNED, State.DRAFTED, State.APPROVED)),
        ~messages.is_held(),
        limit=CHUNK,
    )
    changes = [
        Change(row.id, {"due_at": _due_again(row, now), "slot_at": row.slot_at and row.slot_at + shift})
        for row in parked
    ]
    await move(conn, Event.UNPARK, changes, actor="plan", now=now, values={"note": ""})
    return len(parked) == CHUNK


def _due_again(row: Any, now: datetime) -> datetime:
    """A draft gets its full time for a decision again; the others are looked at now."""
    return now + timedelta(days=7) if row.state == State.DRAFTED else now


async def _enrol(ctx: Context, conn: AsyncConnection, campaign: Campaign, strategy: Strategy) -> bool:
    waiting = await campaigns.waiting(conn, campaign.id, CHUNK)
    if not waiting:
        return False
    step = strategy.steps[0]
    people = await facts.people(conn, [contact for _, contact in waiting])
    able = [(e, people[c]) for e, c in waiting if facts.address_of(people[c], step.channel)]
    unable = [e for e, c in waiting if not facts.address_of(people[c], step.channel)]
    stopped = {"state": EnrolmentState.STOPPED, "reason": f"No address for {step.channel}."}
    await campaigns.set_enrolments(conn, unable, **stopped)
    if able:
        await plan_step(ctx, conn, campaign, strategy, step, able, due_at=ctx.now())
        begun = {"state": EnrolmentState.ACTIVE, "step": step.number, "next_at": None}
        await campaigns.set_enrolments(conn, [enrolment for enrolment, _ in able], **begun)
    return len(waiting) == CHUNK


async def plan_step(
    ctx: Context,
    conn: AsyncConnection,
    campaign: Campaign,
    strategy: Strategy,
    step: Step,
    people: Sequence[tuple[int, Contact]],
    *,
    due_at: datetime,
) -> list[int]:
    """Insert one step's messages for (enrolment, contact) pairs: only the next touch ever exists as a row."""
    sender = await senders.of_channel(conn, campaign.workspace_id, step.channel)
    now = ctx.now()
    new: list[dict[str, Any]] = [
        {
            "workspace_id": campaign.workspace_id, "campaign_id": campaign.id, "enrolment_id": enrolment,
            "strategy_id": strategy.id, "brand_id": campaign.brand_id,
            "sender_id": sender.id if sender else None, "step": step.number, "contact_id": contact.id,
            "channel": step.channel, "fallbacks": (), "options": {}, "state": State.PLANNED,
            "due_at": due_at, "dedupe_key": f"{campaign.id}:{contact.id}:{step.number}", "created_at": now,
        }
        for enrolment, contact in people
    ]  # fmt: skip
    return await messages.add(conn, new, actor="plan", now=now)


# --- moving sequences on


async def advance(ctx: Context) -> bool:
    """Look at the sequences whose last touch is over: plan the next one, or complete them."""
    async with ctx.db.begin() as conn:
        due = await campaigns.due_enrolments(conn, now=ctx.now(), limit=CHUNK)
        if due:
            await _advance(ctx, conn, due)
    return bool(due)


async def _advance(ctx: Context, conn: AsyncConnection, due: Sequence[Any]) -> None:
    last = await messages.last_of(conn, {row.id: row.contact_id for row in due})
    touched = await campaigns.by_ids(conn, sorted({row.campaign_id for row in due}))
    finished: list[int] = []
    waiting: list[int] = []
    for row in due:
        message = last.get(row.id)
        if message is None or message.state not in GOES_ON:
            waiting.append(row.id)
        elif not await _next(ctx, conn, touched[row.campaign_id], row, message):
            finished.append(row.id)
    await campaigns.set_enrolments(conn, waiting, next_at=None)
    await campaigns.set_enrolments(conn, finished, next_at=None, state=EnrolmentState.COMPLETED)
    for campaign_id, workspace_id in await campaigns.complete_if_done(conn, sorted(touched)):
        await marks.stale(conn, "campaign", [campaign_id])
        await marks.note(conn, workspace_id, "campaign", campaign_id, "complete", actor="plan", now=ctx.now())


async def _next(ctx: Context, conn: AsyncConnection, campaign: Campaign, row: Any, message: Any) -> bool:
    """Insert the following touch if the sequence has one; False when this was the last."""
    strategy = await campaigns.approved(conn, campaign.workspace_id, campaign.id)
    later = [step for step in strategy.steps if step.number > message.step] if strategy else []
    if strategy is None or not later:
        return False
    step = min(later, key=lambda found: found.number)
    people = await facts.people(conn, [row.contact_id])
    due_at = (message.sent_at or ctx.now()) + timedelta(days=step.wait_days) - LEAD
    pair = [(row.id, people[row.contact_id])]
    await plan_step(ctx, conn, campaign, strategy, step, pair, due_at=max(due_at, ctx.now()))
    await campaigns.set_enrolments(conn, [row.id], next_at=None, step=step.number)
    return True


_STEPS = {
    CampaignStatus.DRAFT: _nothing,
    CampaignStatus.ACTIVE: _run,
    CampaignStatus.PAUSED: _park,
    CampaignStatus.COMPLETED: _wake,
    CampaignStatus.CANCELLED: _cancel,
}
