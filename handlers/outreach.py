"""Campaigns: new, list, status, pause, resume, cancel — by command, by button, by modal."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from engine import campaigns, policy
from engine.campaigns import NewCampaign
from engine.errors import Refused
from engine.rules import addresses, sequences, timing
from handlers import actions, blocks, forms, parse, words
from handlers.actions import Button
from handlers.request import NOTHING, Answer, Request
from storage.model import Campaign, CampaignStatus, Listed

_TEXTS = (
    "goal",
    "audience",
    "offer",
    "must_say",
    "must_not_say",
    "tone",
    "language",
    "window",
    "zone",
    "autonomy",
    "sender",
)
_OPTIONS = (*_TEXTS, "channels", "start", "end", "cap", "touches", "by", "angle")
LISTED = 40
_OPEN = (CampaignStatus.DRAFT, CampaignStatus.ACTIVE, CampaignStatus.PAUSED)


async def new(request: Request) -> Answer:
    asked = parse.arguments(request.text, _OPTIONS)
    if asked.empty:
        return await new_pressed(request)
    given = {name: asked.get(name) for name in _TEXTS}
    channels = parse.names(",".join(asked.options.get("channels", ("email",))))
    starts, ends = parse.day("start", asked.get("start")), parse.day("end", asked.get("end"))
    numbers = _cap(asked.get("cap")), _touches(asked.get("touches"))
    by_account, own_angles = _by_account(asked.get("by")), _own_angles(asked.get("angle"))
    created = await _create(
        request, asked.text, given, channels, (starts, ends), numbers,
        by_account=by_account, own_angles=own_angles,
    )  # fmt: skip
    many = sequences.check_touches(created.touches) if created.touches else ""
    said = (
        f"Created {blocks.bold(created.name)}. Its card follows here; add contacts, then press Plan. {many}"
    )
    return Answer(said.strip())


async def new_pressed(request: Request) -> Answer:
    await request.slack.open_view(
        forms.campaign(tuple(request.ctx.channels), request.ctx.unavailable, channel=request.who.channel)
    )
    return NOTHING


async def submitted(request: Request) -> Answer:
    given = {name: request.get(name) for name in _TEXTS}
    starts, ends = (parse.day(name, request.get(name)) for name in ("starts_at", "ends_at"))
    channel = request.get("channel") or request.metadata.get("channel", "")
    if not channel:
        raise Refused("Choose the channel in which the campaign is worked on.", field="channel")
    here = request.speaking_in(channel)
    name, channels = request.get("name"), request.several("channels")
    numbers = _cap(request.get("cap")), _touches(request.get("touches"))
    own_angles = _own_angles(request.get("angle"))
    await _create(here, name, given, channels, (starts, ends), numbers, own_angles=own_angles)
    return NOTHING


async def every(request: Request) -> Answer:
    found, there = await campaigns.newest(request.ctx, request.who, LISTED)
    if not found:
        return Answer(f'There is no campaign yet. Start one with `{words.command(request, "new")} "Name"`.')
    shown = "\n".join(_line(campaign) for campaign in found)
    more = f"\n… and {there - LISTED} more" if there > LISTED else ""
    text = f"{words.count(there, 'campaign')} in this workspace."
    return Answer(text, (blocks.section(f"*{text}*"), blocks.section(shown + more)))


async def status(request: Request) -> Answer:
    campaign = await chosen(request, parse.arguments(request.text).text)
    await campaigns.show(request.ctx, request.who, campaign.id)
    return Answer(f"The card of {blocks.bold(campaign.name)} follows here.")


async def pause(request: Request) -> Answer:
    campaign = await chosen(request, parse.arguments(request.text).text, CampaignStatus.ACTIVE)
    return _said(await campaigns.pause(request.ctx, request.who, campaign.id))


async def resume(request: Request) -> Answer:
    campaign = await chosen(request, parse.arguments(request.text).text, CampaignStatus.PAUSED)
    return _said(await campaigns.resume(request.ctx, request.who, campaign.id))


async def cancel(request: Request) -> Answer:
    """Final, so it asks first: the button does it."""
    campaign = await chosen(request, parse.arguments(request.text).text)
    if campaign.status not in _OPEN:
        raise Refused(f"“{campaign.name}” is already {campaign.status}.")
    text = f"Cancel {blocks.bold(campaign.name)}? Everything that has not left is dropped, and this is final."
    button = blocks.button(
        "Cancel it",
        Button.CAMPAIGN_CANCEL,
        str(actions.Ref(campaign.id)),
        about=campaign.name,
        style="danger",
    )
    return Answer(text, (blocks.section(text), *blocks.actions([button])))


async def cap(request: Request) -> Answer:
    """A campaign's own daily cap: "Name" 50, or "Name" none."""
    asked = parse.arguments(request.text)
    if len(asked.words) < 2:
        command = words.command(request, 'cap "Name" 50')
        raise Refused(
            f"Name the campaign and the messages a day, like {command}, or none instead of a number."
        )
    campaign = await chosen(request, " ".join(asked.words[:-1]))
    return _said(await campaigns.set_cap(request.ctx, request.who, campaign.id, _cap(asked.words[-1])))


async def pause_pressed(request: Request) -> Answer:
    return _said(await campaigns.pause(request.ctx, request.who, actions.ref(request.value).id))


async def resume_pressed(request: Request) -> Answer:
    return _said(await campaigns.resume(request.ctx, request.who, actions.ref(request.value).id))


async def cancel_pressed(request: Request) -> Answer:
    return _said(await campaigns.cancel(request.ctx, request.who, actions.ref(request.value).id))


async def chosen(request: Request, name: str, *statuses: CampaignStatus) -> Campaign:
    """The campaign of that name; without a name the only open one of this channel. Raises Refused."""
    if name.strip():
        return await campaigns.named(request.ctx, request.who, name.strip())
    wanted = statuses or _OPEN
    every = await campaigns.every(request.ctx, request.who)
    found = [campaign for campaign in every if campaign.status in wanted]
    here = [campaign for campaign in found if campaign.channel_id == request.who.channel] or found
    if len(here) == 1:
        return here[0]
    known = ", ".join(f"“{campaign.name}”" for campaign in (here or every)[:5])
    raise Refused(f"Which campaign? Name one of {known}." if known else "There is no campaign yet.")


async def _create(
    request: Request,
    name: str,
    given: dict[str, str],
    channels: tuple[str, ...],
    days: tuple[date | None, date | None],
    numbers: tuple[int | None, int | None],
    *,
    by_account: bool = False,
    own_angles: bool = False,
) -> Campaign:
    (starts, ends), (cap, touches) = days, numbers
    for field, text in {"name": name, **given}.items():
        parse.bounded(field, text)
    async with request.ctx.db.read() as conn:
        zone = given["zone"] or (await policy.of(conn, request.who.workspace_id)).zone
    zone = timing.validate_zone(zone)
    sender_name, reply_to = addresses.sender(given["sender"])
    new = NewCampaign(
        name=name,
        channels=channels,
        cap=cap,
        touches=touches,
        by_account=by_account,
        own_angles=own_angles,
        starts_at=_midnight(starts, zone),
        ends_at=_midnight(ends + timedelta(days=1) if ends else None, zone),
        sender_name=sender_name,
        reply_to=reply_to,
        **{field: text for field, text in given.items() if field != "sender"},
    )
    return await campaigns.create(request.ctx, request.who, new)


def _cap(text: str) -> int | None:
    """A daily cap as people write it; empty and "none" are none. Raises Refused, field "cap"."""
    return None if text.strip().lower() in ("", "none") else parse.number("cap", text, 1, campaigns.MOST)


def _by_account(text: str) -> bool:
    """Whether it writes to companies as one. Raises Refused, field "by"."""
    if text.strip().lower() not in ("", "contact", "account"):
        raise Refused("A campaign writes by contact or by account.", field="by")
    return text.strip().lower() == "account"


def _own_angles(text: str) -> bool:
    """Whether each lead gets an angle of their own. Raises Refused, field "angle"."""
    if text.strip().lower() not in ("", "campaign", "per-lead"):
        raise Refused(
            "The angle is the campaign’s, or angle:per-lead gives each lead their own.", field="angle"
        )
    return text.strip().lower() == "per-lead"


def _touches(text: str) -> int | None:
    """How many touches, empty for as many as the settings say. Raises Refused, field "touches"."""
    return parse.number("touches", text, 1, sequences.MOST) if text.strip() else None


def _midnight(day: date | None, zone: str) -> datetime | None:
    return timing.slot_on(day, time(0), zone) if day else None


def _line(campaign: Listed) -> str:
    where = f" · <#{campaign.channel_id}>" if campaign.channel_id else ""
    state = words.STATUS[campaign.status]
    return f"{state.emoji} {blocks.bold(campaign.name)} · {state.word} · {blocks.person(campaign.owner_id)}{where}"


def _said(sentence: str) -> Answer:
    return Answer(blocks.sentence(sentence))
