"""Plan: from a brief to a strategy that a person approves. A strategy is asked for here and written in a loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import briefs, ladder, sequences
from storage import accounts as account_rows
from storage import campaigns, cards, marks, senders, workspaces
from storage.model import Campaign, CampaignStatus, Strategy, StrategyState, channels

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=120)
BATCH = 4


async def ask(ctx: Context, who: Who, campaign_id: int) -> int:
    """Leave a row for a new strategy; its card appears in the campaign's thread. Raises Refused."""
    async with ctx.db.begin() as conn:
        campaign = await _campaign(conn, who, campaign_id)
        if campaign.status in (CampaignStatus.CANCELLED, CampaignStatus.PAUSED):
            raise Refused(f"“{campaign.name}” is {campaign.status}; it cannot be planned.")
        known = await campaigns.strategies_of(conn, who.workspace_id, campaign_id)
        if any(found.state is StrategyState.DRAFT for found in known):
            raise Refused(f"A strategy for “{campaign.name}” already waits for a decision in its thread.")
        campaign = await _in_a_channel(conn, who, campaign)
        strategy_id = await campaigns.add_strategy(
            conn,
            {
                "workspace_id": who.workspace_id,
                "campaign_id": campaign_id,
                "asked_by": who.user_id,
                "created_at": ctx.now(),
            },
        )
        await _card(conn, campaign, strategy_id)
        await _note(conn, ctx, who.workspace_id, strategy_id, "ask", who.user_id)
    return strategy_id


async def strategy(ctx: Context, who: Who, strategy_id: int) -> Strategy:
    async with ctx.db.read() as conn:
        found = await campaigns.strategy(conn, who.workspace_id, strategy_id)
    if found is None:
        raise Refused("That strategy no longer exists.")
    return found


async def approve(ctx: Context, who: Who, strategy_id: int) -> None:
    """Approve it and activate the campaign; its contacts are enrolled by a loop, caps set the pace."""
    async with ctx.db.begin() as conn:
        found, campaign = await _undecided(conn, who, strategy_id)
        for step in found.steps:
            if await senders.of_channel(conn, who.workspace_id, step.channel) is None:
                why = ctx.unavailable.get(step.channel, "no sender is set up.")
                raise Refused(f"{channels.known(step.channel).label} is unavailable: {why}")
        await _supersede(conn, ctx, who, campaign, found)
        await _decide(conn, ctx, who, found, StrategyState.APPROVED, "")
        await campaigns.change(
            conn, who.workspace_id, campaign.id, status=CampaignStatus.ACTIVE, unsettled=True
        )
        await marks.stale(conn, "campaign", [campaign.id])
        await marks.note(
            conn, who.workspace_id, "campaign", campaign.id, "activate", actor=who.user_id, now=ctx.now()
        )


async def reject(ctx: Context, who: Who, strategy_id: int, reason: str) -> None:
    """Reject with a reason, which the next plan uses."""
    if not reason.strip():
        raise Refused("Say in a few words why: the next plan uses it.", field="reason")
    async with ctx.db.begin() as conn:
        found, _ = await _undecided(conn, who, strategy_id)
        await _decide(conn, ctx, who, found, StrategyState.REJECTED, reason.strip()[:3000])


async def edit(
    ctx: Context,
    who: Who,
    strategy_id: int,
    *,
    angle: str,
    pillars: Sequence[str],
    timing: str,
    measures: Sequence[str],
) -> int:
    """The edited strategy is a new one; the old one is superseded. Undecided drafts are written again."""
    if not angle.strip():
        raise Refused("A strategy needs an angle.", field="angle")
    async with ctx.db.begin() as conn:
        found = await campaigns.strategy(conn, who.workspace_id, strategy_id, lock=True)
        if found is None or found.state not in (StrategyState.DRAFT, StrategyState.APPROVED):
            raise Refused("That strategy was already decided; ask for a new one with /outreach plan.")
        campaign = await _campaign(conn, who, found.campaign_id)
        values = {
            "workspace_id": who.workspace_id, "campaign_id": campaign.id, "asked_by": who.user_id,
            "angle": angle.strip(), "pillars": tuple(pillars), "timing": timing.strip(),
            "measures": tuple(measures), "steps": [asdict(step) for step in found.steps],
            "source": found.source, "note": f"Edited by a person from strategy {found.id}.",
            "written_at": ctx.now(), "created_at": ctx.now(),
        }  # fmt: skip
        new_id = await campaigns.add_strategy(conn, values)
        if found.state is StrategyState.DRAFT:
            await _decide(conn, ctx, who, found, StrategyState.SUPERSEDED, "edited")
        await _card(conn, campaign, new_id)
        await _note(conn, ctx, who.workspace_id, new_id, "edit", who.user_id)
    return new_id


# --- the loop that writes strategies


async def claim(ctx: Context) -> list[Strategy]:
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        return await campaigns.lease_unwritten(
            conn, me=ctx.me, machine_now=machine_now, until=machine_now + LEASE, limit=BATCH
        )


async def work(ctx: Context, claimed: Sequence[Strategy]) -> None:
    for waiting in claimed:
        await _write(ctx, waiting)


async def _write(ctx: Context, waiting: Strategy) -> None:
    async with ctx.db.read() as conn:
        campaign = await campaigns.get(conn, waiting.workspace_id, waiting.campaign_id)
        assert campaign is not None
        brand = await workspaces.brand(conn, waiting.workspace_id, campaign.brand_id)
        earlier = await campaigns.strategies_of(conn, waiting.workspace_id, waiting.campaign_id)
        rules = await policy.of(conn, waiting.workspace_id)
    reasons = tuple(s.reason for s in earlier if s.state == StrategyState.REJECTED and s.reason)
    brief = replace(
        briefs.of(campaign),
        touches=campaign.touches or rules.touches,
        waits=sequences.parse_waits(rules.waits),
        rungs=ladder.parse(rules.ladder),
    )
    idea = await ctx.writer.plan(brief, briefs.voice(brand, campaign), reasons)
    values: dict[str, Any] = {
        "angle": idea.angle, "pillars": idea.pillars, "steps": [asdict(step) for step in idea.steps],
        "timing": idea.timing, "measures": idea.measures, "source": idea.source, "note": idea.note,
        "written_at": ctx.now(),
    }  # fmt: skip
    async with ctx.db.begin() as conn:
        if await campaigns.change_strategy(
            conn, waiting.workspace_id, waiting.id, leased_by=ctx.me, **values
        ):
            await marks.stale(conn, "strategy", [waiting.id])
            await marks.stale(conn, "campaign", [waiting.campaign_id])
            await account_rows.redraw(conn, waiting.campaign_id)
            await _note(conn, ctx, waiting.workspace_id, waiting.id, "write", "plan")


# --- shared


async def _undecided(conn: AsyncConnection, who: Who, strategy_id: int) -> tuple[Strategy, Campaign]:
    found = await campaigns.strategy(conn, who.workspace_id, strategy_id, lock=True)
    if found is None:
        raise Refused("That strategy no longer exists.")
    if found.state != StrategyState.DRAFT:
        by = f" by <@{found.decided_by}>" if found.decided_by else ""
        raise Refused(f"This strategy was already {found.state}{by}.")
    if found.written_at is None:
        raise Refused("This strategy is still being written; try again in a moment.")
    campaign = await _campaign(conn, who, found.campaign_id)
    if campaign.status in (CampaignStatus.CANCELLED, CampaignStatus.PAUSED):
        hint = " Resume it first." if campaign.status is CampaignStatus.PAUSED else ""
        raise Refused(f"“{campaign.name}” is {campaign.status}.{hint}")
    return found, campaign


async def _supersede(
    conn: AsyncConnection, ctx: Context, who: Who, campaign: Campaign, new: Strategy
) -> None:
    """The strategy in force gives way; a loop has the drafts nobody decided on written again."""
    for old in await campaigns.strategies_of(conn, who.workspace_id, campaign.id):
        if old.id != new.id and old.state == StrategyState.APPROVED:
            await _decide(conn, ctx, who, old, StrategyState.SUPERSEDED, f"by strategy {new.id}")


async def _decide(
    conn: AsyncConnection, ctx: Context, who: Who, found: Strategy, state: StrategyState, reason: str
) -> None:
    await campaigns.change_strategy(
        conn, who.workspace_id, found.id,
        state=state, reason=reason, decided_by=who.user_id, decided_at=ctx.now(),
    )  # fmt: skip
    await marks.stale(conn, "strategy", [found.id])
    await marks.stale(conn, "campaign", [found.campaign_id])
    await account_rows.redraw(conn, found.campaign_id)
    await _note(conn, ctx, who.workspace_id, found.id, state, who.user_id)


async def _campaign(conn: AsyncConnection, who: Who, campaign_id: int) -> Campaign:
    """The campaign, locked: its status stays what was read here until the commit."""
    campaign = await campaigns.get(conn, who.workspace_id, campaign_id, lock=True)
    if campaign is None:
        raise Refused("That campaign no longer exists.")
    return campaign


async def _in_a_channel(conn: AsyncConnection, who: Who, campaign: Campaign) -> Campaign:
    """A campaign made on the command line stands nowhere yet: it takes the channel where it is planned."""
    if campaign.channel_id or not who.channel:
        return campaign
    await campaigns.change(conn, who.workspace_id, campaign.id, channel_id=who.channel)
    await cards.want(conn, who.workspace_id, "campaign", campaign.id, who.channel)
    return replace(campaign, channel_id=who.channel)


async def _card(conn: AsyncConnection, campaign: Campaign, strategy_id: int) -> None:
    await marks.stale(conn, "campaign", [campaign.id])
    await cards.want(
        conn,
        campaign.workspace_id,
        "strategy",
        strategy_id,
        campaign.channel_id,
        parent=("campaign", campaign.id),
    )


async def _note(
    conn: AsyncConnection, ctx: Context, workspace_id: str, strategy_id: int, event: str, actor: str
) -> None:
    await marks.note(conn, workspace_id, "strategy", strategy_id, event, actor=actor, now=ctx.now())
