"""Recommendations: found by the clock, told once, and in force only after somebody pressed Apply (B4, J4, J5)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import advice as rules
from storage import campaigns, cards, marks, messages, recommendations
from storage.lifecycle import Event, State
from storage.model import Campaign, CampaignStatus
from storage.recommendations import Recommendation
from storage.tables import messages as rows

LOOK_BACK = timedelta(hours=20)
"""How long after its messages settled a campaign is still looked at, when the clock stood still meanwhile."""
_OVER = (CampaignStatus.CANCELLED,)


async def due(conn: AsyncConnection, workspace_id: str, now: datetime) -> None:
    """Flag the campaigns that turned out weak. Called twice, nothing more happens."""
    settled = now - rules.SETTLED
    found = await recommendations.unflagged(
        conn, workspace_id, rules.WEAK_REPLIES, since=settled - LOOK_BACK, until=settled
    )
    tallies = await recommendations.tallies(conn, found, until=settled) if found else {}
    weak = {id_: tally for id_, counted in tallies.items() if rules.is_weak(tally := rules.Tally(*counted))}
    known = await campaigns.by_ids(conn, sorted(weak)) if weak else {}
    for campaign_id, tally in sorted(weak.items()):
        await _flag(conn, known[campaign_id], tally, now)


async def apply(ctx: Context, who: Who, recommendation_id: int) -> str:
    """Set what was recommended; what has its slot gets a new one. Returns the sentence to say."""
    async with ctx.db.begin() as conn:
        found, campaign = await _open(conn, who, recommendation_id)
        if campaign.status in _OVER:
            raise Refused(f"“{campaign.name}” is {campaign.status}; there is nothing left to change.")
        window = str(found.advice["window"])
        await campaigns.change(conn, who.workspace_id, campaign.id, window=window)
        scheduled = (rows.c.campaign_id == campaign.id) & (rows.c.due_at > ctx.now()) & (rows.c.tries == 0)
        await messages.move_where(
            conn, Event.TAKE_BACK, scheduled & (rows.c.state == State.SCHEDULED), workspace_id=who.workspace_id,
            actor=who.user_id, now=ctx.now(), values={"due_at": ctx.now(), "note": "The send window changed."},
        )  # fmt: skip
        await _decided(ctx, conn, who, found, "applied", f"window {window}")
    return f"Applied: “{campaign.name}” sends between {window.replace('-', ' and ')} from now on."


async def dismiss(ctx: Context, who: Who, recommendation_id: int) -> str:
    """Nothing changes, and it is not told again."""
    async with ctx.db.begin() as conn:
        found, campaign = await _open(conn, who, recommendation_id)
        await _decided(ctx, conn, who, found, "dismissed", "")
    return f"Left as it is: “{campaign.name}” keeps its send window."


async def _flag(conn: AsyncConnection, campaign: Campaign, tally: rules.Tally, now: datetime) -> None:
    before = campaign.window or (await policy.of(conn, campaign.workspace_id)).window
    channel = campaign.channels[0] if campaign.channels else "email"
    new = await recommendations.add(
        conn,
        {
            "workspace_id": campaign.workspace_id, "campaign_id": campaign.id, "rule": rules.WEAK_REPLIES,
            "numbers": asdict(tally), "advice": asdict(rules.timing(channel, before)), "created_at": now,
        },
    )  # fmt: skip
    if new is None:
        return
    detail = f"{tally.answered} of {tally.people} answered {tally.sent} messages"
    await marks.note(
        conn, campaign.workspace_id, "campaign", campaign.id, "flag", actor="clock", now=now, detail=detail
    )
    await marks.stale(conn, "campaign", [campaign.id])
    if campaign.channel_id:
        await cards.want(conn, campaign.workspace_id, "advice", new, campaign.channel_id)


async def _open(conn: AsyncConnection, who: Who, recommendation_id: int) -> tuple[Recommendation, Campaign]:
    """The campaign locked first, then the recommendation, which nobody decided on. Raises Refused."""
    seen = await recommendations.get(conn, who.workspace_id, recommendation_id)
    campaign = await campaigns.get(conn, who.workspace_id, seen.campaign_id, lock=True) if seen else None
    found = await recommendations.get(conn, who.workspace_id, recommendation_id, lock=True)
    if found is None or campaign is None:
        raise Refused("That recommendation no longer exists.")
    if found.decided_by:
        raise Refused(f"<@{found.decided_by}> already decided: {found.decision}.")
    return found, campaign


async def _decided(
    ctx: Context, conn: AsyncConnection, who: Who, found: Recommendation, decision: str, detail: str
) -> None:
    await recommendations.decide(
        conn, who.workspace_id, found.id, decision=decision, by=who.user_id, now=ctx.now()
    )
    await marks.note(
        conn, who.workspace_id, "campaign", found.campaign_id, decision, actor=who.user_id, now=ctx.now(),
        detail=detail,
    )  # fmt: skip
    await marks.stale(conn, "advice", [found.id])
    await marks.stale(conn, "campaign", [found.campaign_id])
