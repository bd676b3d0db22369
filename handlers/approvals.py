"""What people decide about a message: its words before it leaves, its fate when something went wrong."""

from __future__ import annotations

from engine import approve as decisions
from engine import instead as replacements
from engine import striking
from engine.deliver import people
from engine.posts import Duplicate
from handlers import actions, forms, said_before
from handlers.request import NOTHING, Answer, Request


async def approve(request: Request) -> Answer:
    await decisions.approve(request.ctx, request.who, actions.ref(request.value))
    return NOTHING


async def edit(request: Request) -> Answer:
    ref = actions.ref(request.value)
    message = await decisions.words(request.ctx, request.who, ref.id)
    await request.slack.open_view(forms.message(message, ref, channel=request.who.channel))
    return NOTHING


async def strike(request: Request) -> Answer:
    message, _, sentence = request.value.partition(",")
    await striking.strike(request.ctx, request.who, actions.ref(message), actions.ref(sentence).id)
    return NOTHING


async def reject(request: Request) -> Answer:
    await request.slack.open_view(
        forms.message_reject(actions.ref(request.value), channel=request.who.channel)
    )
    return NOTHING


async def skip(request: Request) -> Answer:
    await decisions.skip(request.ctx, request.who, actions.ref(request.value))
    return NOTHING


async def undo(request: Request) -> Answer:
    await decisions.undo(request.ctx, request.who, actions.ref(request.value))
    return NOTHING


async def rewrite(request: Request) -> Answer:
    await decisions.rewrite(request.ctx, request.who, actions.ref(request.value))
    return NOTHING


async def confirm(request: Request) -> Answer:
    await people.confirm(request.ctx, request.who, actions.ref(request.value).id)
    return NOTHING


async def send_again(request: Request) -> Answer:
    await people.send_again(request.ctx, request.who, actions.ref(request.value).id)
    return NOTHING


async def check_again(request: Request) -> Answer:
    await people.check_again(request.ctx, request.who, actions.ref(request.value).id)
    return NOTHING


async def retry(request: Request) -> Answer:
    await people.retry(request.ctx, request.who, actions.ref(request.value).id)
    return NOTHING


async def instead(request: Request) -> Answer:
    await replacements.choose(request.ctx, request.who, actions.ref(request.value).id)
    return NOTHING


async def edited(request: Request) -> Answer:
    ref = actions.ref(request.metadata.get("ref", ""))
    subject, body = request.get("subject"), request.get("body")
    why = request.get("why")
    try:
        await decisions.edit(request.ctx, request.who, ref, subject=subject, body=body, why=why)
    except Duplicate as refusal:
        raise await said_before.beside_field(request, refusal) from None
    return NOTHING


async def rejected(request: Request) -> Answer:
    ref = actions.ref(request.metadata.get("ref", ""))
    await decisions.reject(request.ctx, request.who, ref, request.get("reason"))
    return NOTHING
