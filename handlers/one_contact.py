"""What a person does about one contact: the buttons of their card, and a note about them."""

from __future__ import annotations

from typing import Any

from engine import merging, one_contact, preferences, putting_right
from engine.contacts import NewContact
from handlers import actions, blocks, parse, people_forms, words
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


async def edit(request: Request) -> Answer:
    found = await preferences.of(request.ctx, request.who, actions.ref(request.value).id)
    ref = actions.Ref(found.id, putting_right.mark(found))
    await request.slack.open_view(people_forms.edit(found, ref, channel=request.who.channel))
    return NOTHING


async def edited(request: Request) -> Answer:
    ref = actions.ref(request.metadata.get("ref", ""))
    given: dict[str, Any] = {
        name: parse.bounded(name, request.get(name), 500) for name in people_forms.EDITED
    }
    found, changed = await putting_right.put_right(
        request.ctx, request.who, ref.id, ref.revision, NewContact(**given)
    )
    what = f"changed: {words.fields(changed)}" if changed else "nothing was changed"
    return Answer(f"{blocks.bold(found.name)}: {what}.")


async def note(request: Request) -> Answer:
    await request.slack.open_view(people_forms.note(actions.ref(request.value), channel=request.who.channel))
    return NOTHING


async def noted(request: Request) -> Answer:
    ref = actions.ref(request.metadata.get("ref", ""))
    stated = {name: request.get(name) for name in STATED}
    await one_contact.note(request.ctx, request.who, ref.id, request.get("note"), stated)
    return NOTHING


async def channels(request: Request) -> Answer:
    found = await preferences.of(request.ctx, request.who, actions.ref(request.value).id)
    ref = actions.Ref(found.id, preferences.mark(found))
    await request.slack.open_view(people_forms.channels(found, ref, channel=request.who.channel))
    return NOTHING


async def channels_kept(request: Request) -> Answer:
    ref = actions.ref(request.metadata.get("ref", ""))
    asked, refused = request.get("prefers"), request.several("never_by")
    said = await preferences.state_by_form(
        request.ctx, request.who, ref.id, ref.revision, asked=asked, refused=refused
    )
    return _said(said)


async def merge(request: Request) -> Answer:
    """It is final, so it asks first: the form does it."""
    asked = parse.arguments(request.text)
    kept, other = (*asked.words, "", "")[:2]
    await request.slack.open_view(people_forms.merge(kept, other, channel=request.who.channel))
    return NOTHING


async def merge_pressed(request: Request) -> Answer:
    found = await one_contact.address(request.ctx, request.who, actions.ref(request.value).id)
    await request.slack.open_view(people_forms.merge(found, "", channel=request.who.channel))
    return NOTHING


async def merged(request: Request) -> Answer:
    here = request.speaking_in(request.metadata.get("channel", "")).who
    kept, said = await merging.merge(request.ctx, here, kept=request.get("kept"), other=request.get("other"))
    await one_contact.show(request.ctx, here, kept)
    return _said(said)


def _said(sentence: str) -> Answer:
    return Answer(blocks.sentence(sentence))
