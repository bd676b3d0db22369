"""Recommendations: found by the clock, told once, and in force only after somebody pressed Apply (B4, J4, J5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import advice as rules
from storage import campaigns, cards, marks, messages, recommendations, workspaces
from storage.lifecycle import Event, State
from storage.model import Campaign, CampaignStatus
from storage.recommendations import Recommendation
from storage.tables import messages as rows

LOOK_BACK = timedelta(hours=20)
"""How long after its messages settled a campaign is still looked at, when the clock stood still meanwhile."""
_OVER = (CampaignStatus.CANCELLED,)


async def due(conn: AsyncConnection, workspace_id: str, now: datetime) -> None:
    """Flag the campaigns that turned out weak, and those whose tone is resented. Called twice, nothing more happens."""
    settled = now - rules.SETTLED
    left = await recommendations.unflagged(
        conn, workspace_id, rules.WEAK_REPLIES, since=settled - LOOK_BACK, until=settled
    )
    heard = await recommendations.unflagged_heard(
        conn, workspace_id, rules.NEGATIVE_REPLIES, since=now - LOOK_BACK
    )
    for rule, found, until in ((rules.WEAK_REPLIES, left, settled), (rules.NEGATIVE_REPLIES, heard, now)):
        tallies = await recommendations.tallies(conn, found, until=until) if found else {}
        counted = {id_: rules.Tally(*told) for id_, told in tallies.items()}
        flagged = {id_: tally for id_, tally in counted.items() if rules.triggers(rule, tally)}
        known = await campaigns.by_ids(conn, sorted(flagged)) if flagged else {}
        for campaign_id, tally in sorted(flagged.items()):
            await _flag(conn, rule, known[campaign_id], tally, now)


async def apply(ctx: Context, who: Who, recommendation_id: int) -> str:
    """Set what was recommended, and have what waits follow it. Returns the sentence to say."""
    async with ctx.db.begin() as conn:
        found, campaign = await _open(conn, who, recommendation_id)
        if campaign.status in _OVER:
            raise Refused(f"“{campaign.name}” is {campaign.status}; there is nothing left to change.")
        set_ = _set_tone if found.rule == rules.NEGATIVE_REPLIES else _set_window
        said, detail = await set_(ctx, conn, who, campaign, found.advice)
        await _decided(ctx, conn, who, found, "applied", detail)
    return f"Applied: “{campaign.name}” {said}"


async def dismiss(ctx: Context, who: Who, recommendation_id: int) -> str:
    """Nothing changes, and it is not told again."""
    async with ctx.db.begin() as conn:
        found, campaign = await _open(conn, who, recommendation_id)
        await _decided(ctx, conn, who, found, "dismissed", "")
    kept = "tone" if found.rule == rules.NEGATIVE_REPLIES else "send window"
    return f"Left as it is: “{campaign.name}” keeps its {kept}."


async def _set_window(
    ctx: Context, conn: AsyncConnection, who: Who, campaign: Campaign, advice: Mapping[str, Any]
) -> tuple[str, str]:
    """What has its slot gets a new one."""
    window = str(advice["window"])
    await campaigns.change(conn, who.workspace_id, campaign.id, window=window)
    scheduled = (rows.c.campaign_id == campaign.id) & (rows.c.due_at > ctx.now()) & (rows.c.tries == 0)
    await messages.move_where(
        conn, Event.TAKE_BACK, scheduled & (rows.c.state == State.SCHEDULED), workspace_id=who.workspace_id,
        actor=who.user_id, now=ctx.now(), values={"due_at": ctx.now(), "note": "The send window changed."},
    )  # fmt: skip
    return f"sends between {window.replace('-', ' and ')} from now on.", f"window {window}"


async def _set_tone(
    ctx: Context, conn: AsyncConnection, who: Who, campaign: Campaign, advice: Mapping[str, Any]
) -> tuple[str, str]:
    """Drafts that nobody decided on are written again; approved words and answers to replies stay as they are."""
    tone = str(advice["tone"])
    await campaigns.change(conn, who.workspace_id, campaign.id, tone=tone)
    drafts = (rows.c.campaign_id == campaign.id) & (rows.c.state == State.DRAFTED) & ~messages.is_answer()
    for waits, due_at in ((rows.c.due_at.is_not(None), ctx.now()), (rows.c.due_at.is_(None), None)):
        moved = [0] * messages.CHUNK
        while len(moved) == messages.CHUNK:
            moved = await messages.move_where(
                conn, Event.REWRITE, drafts & waits, workspace_id=who.workspace_id, actor=who.user_id,
                now=ctx.now(), values={"due_at": due_at, "note": "The tone changed."},
            )  # fmt: skip
    return f"is written in another tone from now on: {tone}.", f"tone {tone}"


async def _flag(
    conn: AsyncConnection, rule: str, campaign: Campaign, tally: rules.Tally, now: datetime
) -> None:
    new = await recommendations.add(
        conn,
        {
            "workspace_id": campaign.workspace_id, "campaign_id": campaign.id, "rule": rule,
            "numbers": asdict(tally), "advice": asdict(await _advice(conn, rule, campaign)), "created_at": now,
        },
    )  # fmt: skip
    if new is None:
        return
    detail = f"{tally.answered} of {tally.people} answered {tally.sent} messages, {tally.negative} with a no"
    await marks.note(
        conn, campaign.workspace_id, "campaign", campaign.id, "flag", actor="clock", now=now, detail=detail
    )
    await marks.stale(conn, "campaign", [campaign.id])
    if campaign.channel_id:
        await cards.want(conn, campaign.workspace_id, "advice", new, campaign.channel_id)


async def _advice(conn: AsyncConnection, rule: str, campaign: Campaign) -> rules.Advice | rules.Tone:
    if rule == rules.NEGATIVE_REPLIES:
        brand = await workspaces.brand(conn, campaign.workspace_id, campaign.brand_id)
        return rules.tone(campaign.tone or (brand.tone if brand else ""))
    before = campaign.window or (await policy.of(conn, campaign.workspace_id)).window
    return rules.timing(campaign.channels[0] if campaign.channels else "email", before)


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
