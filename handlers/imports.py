"""Lists of people into a campaign: a dropped file, a command, pasted text."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from io import BytesIO

from engine import campaigns, contacts, intake
from engine.errors import Refused
from handlers import actions, blocks, forms, parse, words
from handlers.cards import importing
from handlers.request import NOTHING, Answer, Request, SlackFile
from storage.model import Campaign, CampaignStatus

_TABLES = (".csv", ".tsv", ".txt")
_OPEN = (CampaignStatus.DRAFT, CampaignStatus.ACTIVE, CampaignStatus.PAUSED)
_FILE = re.compile(r"[A-Z0-9]{2,40}", re.ASCII)
_COLUMNS = re.compile(r"[^\"“”„«»]+[,;\t]")


async def start_import(request: Request) -> Answer:
    """With a file of Slack's or a table in the lines below at once, otherwise a modal to paste into."""
    line, table = _typed(request.text)
    asked = parse.arguments(line, ("campaign", "file"), ("create", "accounts"))
    campaign, create = asked.get("campaign") or asked.text, asked.flags
    if asked.get("file"):
        await _import(request, campaign, await _own(request, asked.get("file")), create=create)
    elif table.strip():
        await _pasted(request, campaign, table, create=create)
    else:
        await request.slack.open_view(forms.import_(campaign, create=create, channel=request.who.channel))
        return NOTHING
    return Answer("The import has begun; its card follows here.")


async def import_pressed(request: Request) -> Answer:
    await request.slack.open_view(forms.import_("", create=(), channel=request.who.channel))
    return NOTHING


async def campaign_pressed(request: Request) -> Answer:
    """The same for the campaign on whose card it was pressed."""
    wanted = actions.ref(request.value).id
    names = {c.id: c.name for c in await campaigns.every(request.ctx, request.who)}
    if wanted not in names:
        raise Refused("That campaign no longer exists.")
    await request.slack.open_view(forms.import_(names[wanted], create=(), channel=request.who.channel))
    return NOTHING


async def import_submitted(request: Request) -> Answer:
    channel = request.get("channel") or request.metadata.get("channel", "")
    ticked = request.several("create")
    await _pasted(request.speaking_in(channel), request.get("campaign"), request.get("text"), create=ticked)
    return NOTHING


async def file_shared(request: Request) -> Answer:
    """A table dropped in a channel is imported into the one campaign that lives there; of several, a person chooses."""
    file = await request.slack.file(str(request.event.get("file_id", "")))
    if not file.name.lower().endswith(_TABLES) and file.mimetype != "text/csv":
        return NOTHING
    known = [c for c in await campaigns.every(request.ctx, request.who) if c.status in _OPEN]
    here = [c for c in known if c.channel_id == request.who.channel]
    if len(here) != 1:
        return _which(request, file, here, here or known)
    # Slack delivers an event again when it hears nothing in time, even while the first is being dealt with.
    key = str(request.event.get("event_id") or file.id)
    await _import(request, here[0].name, file, key=key)
    return NOTHING


async def into(request: Request) -> Answer:
    """The campaign that was chosen for a dropped file. Chosen twice, it is imported once."""
    ref, _, file_id = request.value.partition(":")
    campaign_id = actions.ref(ref).id
    if not _FILE.fullmatch(file_id):
        raise Refused("This menu is not one of ours. Drop the file again and choose there.")
    known = {c.id: c for c in await campaigns.every(request.ctx, request.who) if c.status in _OPEN}
    if campaign_id not in known:
        raise Refused("That campaign takes nobody any more. Drop the file again and choose another.")
    file = await _own(request, file_id)
    await _import(request, known[campaign_id].name, file, key=f"{file.id}:{campaign_id}")
    return Answer(f"The import into {blocks.bold(known[campaign_id].name)} has begun; its card follows here.")


def _typed(text: str) -> tuple[str, str]:
    """The words of the command, and the table in the lines below. One that begins at once names its columns by commas."""
    line, _, table = text.partition("\n")
    at_once = bool(table.strip()) and _COLUMNS.match(line) is not None
    return ("", text) if at_once else (line, table)


def _which(
    request: Request, file: SlackFile, here: Sequence[Campaign], offered: Sequence[Campaign]
) -> Answer:
    """Asks for the campaign: a menu of those that live here, or else of all; with none of them the command."""
    why = "Several campaigns live" if here else "No campaign lives"
    if not offered:
        typed = words.command(request, f'import "Campaign name" --create file:{file.id}')
        return Answer(f"{why} in this channel. To import {blocks.bold(file.name)}, type `{typed}`.")
    text = f"{why} in this channel. Into which one does {blocks.bold(file.name)} go?"
    names = {campaign.id: campaign.name for campaign in offered[:100]}
    return Answer(text, tuple(importing.which(text, file.id, names)))


async def _own(request: Request, file_id: str) -> SlackFile:
    file = await request.slack.file(file_id)
    if file.user_id != request.who.user_id:
        raise Refused("Only who shared a file can import it.", field="file")
    return file


async def _pasted(request: Request, campaign: str, table: str, *, create: Collection[str]) -> None:
    """Words that are no list of people make no campaign."""
    text = table.encode()
    if create:
        await anext(intake.chunks(BytesIO(text), "pasted text"), None)
    await _begin(request, campaign, create, file_name="pasted text", text=text, file_url=None)


async def _import(
    request: Request, campaign: str, file: SlackFile, *, create: Collection[str] = (), key: str | None = None
) -> None:
    await _begin(request, campaign, create, file_name=file.name, text=None, file_url=file.url, key=key)


async def _begin(
    request: Request, campaign: str, create: Collection[str], *, file_name: str, text: bytes | None,
    file_url: str | None, key: str | None = None,
) -> None:  # fmt: skip
    await contacts.start_import(
        request.ctx,
        request.who,
        campaign=campaign or None,
        create="create" in create,
        by_account="accounts" in create,
        file_name=file_name,
        text=text,
        file_url=file_url,
        key=key,
    )
