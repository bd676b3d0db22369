"""What a person does about one contact: the buttons of their card, and a note about them."""

from __future__ import annotations

from engine import one_contact
from handlers import actions, blocks, forms
from handlers.request import NOTHING, Answer, Request

STATED = ("budget", "timeline", "pain")


async def send_now(request: Request) -> Answer:
    return _said(await one_contact.send_now(request.ctx, request.who, actions.ref(request.value).id))


async def pause(request: Request) -> Answer:
    return _said(await one_contact.pause(request.ctx, request.who, actions.ref(request.value).id))


async def resume(request: Request) -> Answer:
    return _said(await one_contact.resume(request.ctx, request.who, actions.ref(request.value).id))


async def take_over(request: Request) -> Answer:
    return _said(await one_contact.take_over(request.ctx, request.who, actions.ref(request.value).id))


async def give_back(request: Request) -> Answer:
    return _said(await one_contact.give_back(request.ctx, request.who, actions.ref(request.value).id))


async def note(request: Request) -> Answer:
    await request.slack.open_view(forms.note(actions.ref(request.value), channel=request.who.channel))
    return NOTHING


async def noted(request: Request) -> Answer:
    ref = actions.ref(request.metadata.get("ref", ""))
    stated = {name: request.get(name) for name in STATED}
    await one_contact.note(request.ctx, request.who, ref.id, request.get("note"), stated)
    return NOTHING


def _said(sentence: str) -> Answer:
    return Answer(blocks.sentence(sentence))
