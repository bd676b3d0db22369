"""Accounts that stayed silent (H6): one more touch, or a new beginning with a new angle, each only if a person says so."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import campaigns, companies, plan
from engine.campaigns import NewCampaign
from engine.context import Context, Who
from engine.errors import Refused
from engine.plan import accounts as account_plans
from engine.rules import accounts as rules_of
from storage import account_facts, accounts, cards, marks, members, proposals, sequences
from storage import campaigns as campaign_rows
from storage.model import Campaign, CampaignStatus, StrategyState
from storage.model.accounts import AccountEnrolment, Proposal

CHUNK = 100
ANOTHER = "Another angle: this one met with silence."
ACTOR = "accounts"


async def turn(ctx: Context) -> bool:
    """Propose something about companies that have been silent for long enough. One chunk."""
    async with ctx.db.begin() as conn:
        found = await proposals.silent(conn, now=ctx.now(), limit=CHUNK)
        ids = [one.id for one in found]
        made = await proposals.made(conn, ids) if ids else {}
        seen = await account_facts.since(conn, ids, ever=True) if ids else {}
        known = await campaign_rows.by_ids(conn, sorted({one.campaign_id for one in found})) if ids else {}
        for one in found:
            campaign = known[one.campaign_id]
            over = campaign.status is CampaignStatus.CANCELLED or bool(seen.get(one.id))
            await _propose(
                ctx, conn, one, campaign, "" if over else rules_of.proposal(made[one.id], one.recycled)
            )
        await campaign_rows.set_enrolments(conn, ids, next_at=None)
    return bool(found)


async def accept(ctx: Context, who: Who, proposal_id: int) -> str:
    """One more touch is drafted, or a new campaign is planned; both wait for their own approval. Returns a sentence."""
    async with ctx.db.read() as conn:
        found, one, campaign = await _open(conn, who, proposal_id)
    if found.kind == rules_of.RECYCLE:
        return await _recycle(ctx, who, found, one, campaign)
    async with ctx.db.begin() as conn:
        await _decide(ctx, conn, who, found, "accept")
        strategies = await sequences.strategies_in_force(conn, [campaign.id])
        there = await account_plans.load(ctx, conn, [one], strategies)
        if not there or not await account_plans.once_more(ctx, conn, there[0]):
            raise Refused(rules_of.NOBODY)
        await campaign_rows.reopen(conn, who.workspace_id, campaign.id, one.id)
    return "One more touch is being written; it waits for your approval like every other."


async def decline(ctx: Context, who: Who, proposal_id: int) -> None:
    """Leave them alone; after another week a new beginning is proposed, if that was not declined before."""
    async with ctx.db.begin() as conn:
        found, one, _ = await _open(conn, who, proposal_id)
        await _decide(ctx, conn, who, found, "decline")
        later = ctx.now() + rules_of.SILENT if found.kind == rules_of.REENGAGE else None
        await campaign_rows.set_enrolments(conn, [one.id], next_at=later)


async def _propose(
    ctx: Context, conn: AsyncConnection, one: AccountEnrolment, campaign: Campaign, kind: str
) -> None:
    if not kind:
        return
    id_ = await proposals.add(conn, one.workspace_id, one.id, kind, now=ctx.now())
    await cards.want(conn, one.workspace_id, "proposal", id_, campaign.channel_id)
    await marks.note(
        conn, one.workspace_id, "account", one.id, "propose", actor=ACTOR, now=ctx.now(), detail=kind
    )


async def _recycle(ctx: Context, who: Who, found: Proposal, one: AccountEnrolment, campaign: Campaign) -> str:
    """A campaign like the first, to the same people, whose plan must take another angle. Its name exists once, and so
    does the campaign, however often somebody presses."""
    async with ctx.db.read() as conn:
        theirs = (await members.of(conn, [one.id])).get(one.id, [])
        earlier = await campaign_rows.strategies_of(conn, who.workspace_id, campaign.id)
    told = {
        name: getattr(campaign, name) for name in ("goal", "audience", "offer", "must_say", "must_not_say")
    }
    asked = replace(
        NewCampaign(
            name=f"{campaign.name} – again", channels=campaign.channels, tone=campaign.tone,
            language=campaign.language, window=campaign.window, zone=campaign.zone,
            touches=campaign.touches, by_account=True,
        ),
        **told,
    )  # fmt: skip
    here = replace(who, channel=campaign.channel_id or who.channel)
    new = await campaigns.create(ctx, here, asked)
    async with ctx.db.begin() as conn:
        await _decide(ctx, conn, who, found, "accept")
        for old in reversed(
            [s for s in earlier if s.state in (StrategyState.APPROVED, StrategyState.REJECTED)]
        ):
            values = {
                "workspace_id": who.workspace_id, "campaign_id": new.id, "asked_by": who.user_id, "angle": old.angle,
                "state": StrategyState.REJECTED, "reason": old.reason or ANOTHER, "source": old.source,
                "decided_by": who.user_id, "decided_at": ctx.now(), "written_at": ctx.now(), "created_at": ctx.now(),
            }  # fmt: skip
            await campaign_rows.add_strategy(conn, values)
        lead = next((member.contact_id for member in theirs if member.is_primary), None)
        people = [member.contact_id for member in theirs if not member.struck_by]
        ((enrolment, _),) = await companies.enrol(ctx, conn, who.user_id, new, people, lead=lead)
        await accounts.change(conn, who.workspace_id, enrolment, recycled=one.recycled + 1)
    await plan.ask(ctx, here, new.id)
    return f"“{new.name}” is being planned with another angle; its card follows."


async def _open(
    conn: AsyncConnection, who: Who, proposal_id: int
) -> tuple[Proposal, AccountEnrolment, Campaign]:
    found = await proposals.get(conn, who.workspace_id, proposal_id)
    one = await accounts.enrolment(conn, who.workspace_id, found.enrolment_id) if found else None
    campaign = await campaign_rows.get(conn, who.workspace_id, one.campaign_id) if one else None
    if found is None or one is None or campaign is None:
        raise Refused("That proposal no longer exists.")
    if found.decided_by:
        raise Refused(f"<@{found.decided_by}> already decided: {found.decision}.")
    if campaign.status is CampaignStatus.CANCELLED:
        raise Refused(f"“{campaign.name}” is cancelled.")
    return found, one, campaign


async def _decide(ctx: Context, conn: AsyncConnection, who: Who, found: Proposal, decision: str) -> None:
    if not await proposals.decide(conn, who.workspace_id, found.id, decision, by=who.user_id):
        raise Refused("Somebody else was faster; look at the card again.")
    await marks.note(
        conn, who.workspace_id, "account", found.enrolment_id, decision, actor=who.user_id, now=ctx.now(),
        detail=found.kind,
    )  # fmt: skip
    await marks.stale(conn, "proposal", [found.id])
    await marks.stale(conn, "account", [found.enrolment_id])
