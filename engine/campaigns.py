"""Campaigns as people handle them: create, find, pause, resume, cancel. Their rows follow in a loop (engine.plan)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from rapidfuzz import process
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import channel_words, sequences, timing
from storage import accounts, campaigns, caps, cards, marks, workspaces
from storage.lifecycle import State
from storage.model import Autonomy, Campaign, CampaignStatus, Listed, channels

LIMITS = {"name": 120, "goal": 3000, "audience": 3000, "offer": 3000, "must_say": 1000, "must_not_say": 1000}
"""Characters a person may type; 3,000 is what a Slack input holds."""
MOST = 100_000
"""Messages a day that a cap may allow."""


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """What the person asked for. `window` is "always" or "09:00-18:00", empty for the workspace's.

    `cap`: messages a day and channel, instead of the sender's daily cap and warm-up (E5); None keeps those.
    `sender_name` and `reply_to`: what recipients see, empty for the sender's own.
    `by_account`: one sequence for each company, not for each contact.
    `own_angles`: an angle for each lead, from that lead's own facts (B3).
    `touches`: how many its sequence has; None for as many as the workspace's settings say.
    """

    name: str
    goal: str = ""
    audience: str = ""
    offer: str = ""
    must_say: str = ""
    must_not_say: str = ""
    channels: tuple[str, ...] = ("email",)
    tone: str = ""
    language: str = ""
    window: str = ""
    zone: str = ""
    autonomy: str = ""
    cap: int | None = None
    touches: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    sender_name: str = ""
    reply_to: str = ""
    by_account: bool = False
    own_angles: bool = False


async def create(ctx: Context, who: Who, new: NewCampaign) -> Campaign:
    """Create a campaign and ask for its card in the channel it was asked in. Raises Refused beside the field.

    Its channels may be named as people call them.
    """
    _check(ctx, new)
    new = replace(new, channels=check_channels(ctx, who, new.channels))
    async with ctx.db.begin() as conn:
        rules = await policy.of(conn, who.workspace_id)
        brand = await workspaces.default_brand(conn, who.workspace_id)
        assert brand is not None, "every workspace is created with a default brand"
        autonomy = Autonomy(new.autonomy) if new.autonomy else rules.autonomy
        values = {field: getattr(new, field) for field in NewCampaign.__slots__} | {
            "name": " ".join(new.name.split()),
            "workspace_id": who.workspace_id,
            "brand_id": brand.id,
            "autonomy": autonomy,
            "autonomy_by": who.user_id if autonomy is not Autonomy.REVIEW else None,
            "cap_by": who.user_id if new.cap is not None else None,
            "status": CampaignStatus.DRAFT,
            "owner_id": who.user_id,
            "channel_id": who.channel,
            "created_at": ctx.now(),
        }
        try:
            campaign = await campaigns.add(conn, values)
        except IntegrityError:
            raise Refused(f"There is already a campaign called “{new.name}”.", field="name") from None
        if who.channel:  # the command line has none
            await cards.want(conn, who.workspace_id, "campaign", campaign.id, who.channel)
        chosen = f"cap {new.cap} a day" if new.cap is not None else ""
        await _note(conn, ctx, who, campaign.id, "create", chosen)
    return campaign


async def every(ctx: Context, who: Who) -> list[Campaign]:
    async with ctx.db.read() as conn:
        return await campaigns.every(conn, who.workspace_id)


async def newest(ctx: Context, who: Who, most: int) -> tuple[list[Listed], int]:
    """At most so many, and how many there are."""
    async with ctx.db.glance() as conn:
        found = await campaigns.newest(conn, who.workspace_id, most + 1)
    if len(found) <= most:
        return found, len(found)
    async with ctx.db.glance() as conn:
        return found[:most], await campaigns.how_many(conn, who.workspace_id)


async def named(ctx: Context, who: Who, name: str) -> Campaign:
    """The campaign of that name, in any case and spacing. Raises Refused, naming the nearest."""
    async with ctx.db.read() as conn:
        found = await campaigns.named(conn, who.workspace_id, name)
        if found is not None:
            return found
        names = [campaign.name for campaign in await campaigns.every(conn, who.workspace_id)]
    if not names:
        raise Refused('There is no campaign yet. Start one with /outreach new "Name".', field="campaign")
    nearest = process.extractOne(name, names)
    hint = f" Did you mean “{nearest[0]}”?" if nearest and nearest[1] >= 60 else ""
    raise Refused(f"There is no campaign called “{name[:80]}”.{hint}", field="campaign")


async def show(ctx: Context, who: Who, campaign_id: int) -> None:
    """Post the card here, or draw it anew where it already stands in this channel."""
    async with ctx.db.begin() as conn:
        campaign = await _locked(conn, who, campaign_id)
        await cards.want(conn, who.workspace_id, "campaign", campaign_id, who.channel)
        if not campaign.channel_id:  # it was made on the command line
            await campaigns.change(conn, who.workspace_id, campaign_id, channel_id=who.channel)
            below = await accounts.of_campaign(conn, who.workspace_id, campaign_id)
            parent = ("campaign", campaign_id)
            await cards.want_many(conn, who.workspace_id, "account", below, who.channel, parent=parent)
        card = await cards.find(conn, who.workspace_id, "campaign", campaign_id, who.channel)
        if card is not None and card.ts is not None:
            await cards.post_anew(conn, card)


async def pause(ctx: Context, who: Who, campaign_id: int) -> str:
    """Stop due sends at once: the claim re-reads the status. Returns a sentence with what was already leaving."""
    async with ctx.db.begin() as conn:
        campaign = await _locked(conn, who, campaign_id)
        if campaign.status is not CampaignStatus.ACTIVE:
            raise Refused(f"“{campaign.name}” is {campaign.status}; only an active campaign can be paused.")
        leaving = (await campaigns.counts(conn, who.workspace_id, campaign_id)).get(State.SENDING, 0)
        gone = f"{leaving} {'were' if leaving > 1 else 'was'} already leaving" if leaving else ""
        await _set(conn, ctx, who, campaign, "pause", gone, status=CampaignStatus.PAUSED, paused_at=ctx.now())
    return f"Paused “{campaign.name}”." + (f" {gone}." if gone else "")


async def resume(ctx: Context, who: Who, campaign_id: int) -> str:
    """Everything still to come moves by the length of the pause, so that nothing bursts."""
    async with ctx.db.begin() as conn:
        campaign = await _locked(conn, who, campaign_id)
        if campaign.status is not CampaignStatus.PAUSED:
            raise Refused(f"“{campaign.name}” is {campaign.status}; only a paused campaign can be resumed.")
        length = int((ctx.now() - (campaign.paused_at or ctx.now())).total_seconds())
        await _set(
            conn, ctx, who, campaign, "resume",
            status=CampaignStatus.ACTIVE, paused_at=None, shift_seconds=campaign.shift_seconds + length,
        )  # fmt: skip
    return f"Resumed “{campaign.name}”. What was due moves by the length of the pause."


async def cancel(ctx: Context, who: Who, campaign_id: int) -> str:
    """Final: everything that has not left is cancelled."""
    async with ctx.db.begin() as conn:
        campaign = await _locked(conn, who, campaign_id)
        if campaign.status is CampaignStatus.CANCELLED:
            raise Refused(f"“{campaign.name}” is already {campaign.status}.")
        await _set(conn, ctx, who, campaign, "cancel", status=CampaignStatus.CANCELLED)
    return f"Cancelled “{campaign.name}”. Nothing more will leave."


async def set_cap(ctx: Context, who: Who, campaign_id: int, cap: int | None) -> str:
    """Give the campaign a daily cap of its own, or with None take it away. A loop gives what is scheduled new slots."""
    _check_cap(cap)
    async with ctx.db.begin() as conn:
        if cap is not None:
            await caps.set_own(
                conn, who.workspace_id, campaign_id, cap
            )  # senders are locked before campaigns
        campaign = await _locked(conn, who, campaign_id)
        if campaign.status is CampaignStatus.CANCELLED:
            raise Refused(f"“{campaign.name}” is {campaign.status}.")
        by = who.user_id if cap is not None else None
        chosen = f"{cap} a day" if cap else "none"
        await _set(conn, ctx, who, campaign, "cap", chosen, cap=cap, cap_by=by)
    if cap is None:
        return f"“{campaign.name}” keeps to the daily cap of its sender."
    return f"“{campaign.name}” may send {cap:,} a day and channel, whatever its sender's own cap and warm-up say."


def _check_cap(cap: int | None) -> None:
    if cap is not None and not 1 <= cap <= MOST:
        raise Refused(f"A daily cap is a whole number from 1 to {MOST:,}.", field="cap")


def _check(ctx: Context, new: NewCampaign) -> None:
    if not new.name.strip():
        raise Refused("A campaign needs a name.", field="name")
    for field, limit in LIMITS.items():
        if len(getattr(new, field)) > limit:
            raise Refused(f"That is longer than {limit:,} characters; shorten it.", field=field)
    if new.window:
        timing.parse_window(new.window)
    if new.zone:
        timing.validate_zone(new.zone)
    if new.autonomy and new.autonomy not in tuple(Autonomy):
        raise Refused("Autonomy is review, first or auto.", field="autonomy")
    _check_cap(new.cap)
    if new.touches is not None:
        sequences.check_touches(new.touches)
    if new.starts_at and new.ends_at and new.ends_at <= new.starts_at:
        raise Refused("The end must come after the start.", field="ends_at")
    if new.ends_at and new.ends_at <= ctx.now():
        raise Refused("The end lies in the past.", field="ends_at")


def check_channels(ctx: Context, who: Who, typed: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are meant by what people call them.

    Raises Refused, field "channels", for none, and for one that does not exist or cannot be used.
    """
    usable = {*ctx.channels, *channels.by_hand()} & set(channels.to_people())
    found = channel_words.read_all(typed, usable, field="channels")
    if not found:
        raise Refused("Choose at least one channel.", field="channels")
    for channel in found:
        _check_channel(ctx, who, channel)
    return found


def _check_channel(ctx: Context, who: Who, channel: str) -> None:
    by_hand = channels.known(channel).by_hand
    if (
        channel not in ctx.channels and not by_hand and who.channel
    ):  # an import needs no channel; approving a strategy does
        why = ctx.unavailable.get(channel, "it is not set up here.")
        raise Refused(f"{channels.known(channel).label} is unavailable: {why}", field="channels")


async def _locked(conn: AsyncConnection, who: Who, campaign_id: int) -> Campaign:
    campaign = await campaigns.get(conn, who.workspace_id, campaign_id, lock=True)
    if campaign is None:
        raise Refused("That campaign no longer exists.")
    return campaign


async def _set(
    conn: AsyncConnection,
    ctx: Context,
    who: Who,
    campaign: Campaign,
    event: str,
    detail: str = "",
    **values: object,
) -> None:
    await campaigns.change(conn, who.workspace_id, campaign.id, unsettled=True, **values)
    await _note(conn, ctx, who, campaign.id, event, detail)
    await marks.stale(conn, "campaign", [campaign.id])


async def _note(
    conn: AsyncConnection, ctx: Context, who: Who, campaign_id: int, event: str, detail: str = ""
) -> None:
    await marks.note(
        conn, who.workspace_id, "campaign", campaign_id, event,
        actor=who.user_id, now=ctx.now(), detail=detail,
    )  # fmt: skip
