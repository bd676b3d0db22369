"""What a person says about a task: done, dropped, or that they answered."""

from __future__ import annotations

from engine import tasks
from handlers import actions, forms
from handlers.request import NOTHING, Answer, Request


async def done(request: Request) -> Answer:
    await tasks.done(request.ctx, request.who, actions.ref(request.value))
    return NOTHING


async def skip(request: Request) -> Answer:
    await tasks.skip(request.ctx, request.who, actions.ref(request.value))
    return NOTHING


async def replied(request: Request) -> Answer:
    """What they wrote is asked for; the reply then holds the task like everything else to them."""
    ref = actions.ref(request.value)
    contact = await tasks.about(request.ctx, request.who, ref)
    await request.slack.open_view(forms.reply(contact=contact, channel=request.who.channel))
    return NOTHING
