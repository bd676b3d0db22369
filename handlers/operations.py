"""What people do about the machinery: try a channel again that rests."""

from __future__ import annotations

from engine.deliver import health
from handlers import actions
from handlers.request import NOTHING, Answer, Request


async def try_now(request: Request) -> Answer:
    await health.try_now(request.ctx, request.who, actions.ref(request.value).id)
    return NOTHING
