"""The picture of a post: asked for in a modal, left for a loop to read, taken off again."""

from __future__ import annotations

from engine import approve, pictures
from engine.errors import Refused
from engine.pictures import File
from handlers import actions, social_forms
from handlers.request import NOTHING, Answer, Request, SlackFile
from storage.model import attached


async def choose(request: Request) -> Answer:
    ref = actions.ref(request.value)
    found = attached.of(await approve.words(request.ctx, request.who, ref.id))
    await request.slack.open_view(social_forms.picture(ref, found, channel=request.who.channel))
    return NOTHING


async def remove(request: Request) -> Answer:
    await pictures.remove(request.ctx, request.who, actions.ref(request.value))
    return NOTHING


async def submitted(request: Request) -> Answer:
    ref, alt = actions.ref(request.metadata.get("ref", "")), request.get("alt")
    chosen = request.several("file")
    if not chosen:
        await pictures.describe(request.ctx, request.who, ref, alt)
        return NOTHING
    found = await _file(request, chosen[0])
    file = File(found.id, found.url, found.mimetype, found.size)
    await pictures.add(request.ctx, request.who, ref, file, alt)
    return NOTHING


async def _file(request: Request, file_id: str) -> SlackFile:
    try:
        return await request.slack.file(file_id)
    except Refused:
        raise Refused("Slack does not show me that file; choose it again.", field="file") from None
