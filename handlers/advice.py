"""Recommendations: apply one, or leave things as they are."""

from __future__ import annotations

from engine import advice
from handlers import actions, blocks
from handlers.request import Answer, Request


async def apply(request: Request) -> Answer:
    said = await advice.apply(request.ctx, request.who, actions.ref(request.value).id)
    return Answer(blocks.sentence(said))


async def dismiss(request: Request) -> Answer:
    said = await advice.dismiss(request.ctx, request.who, actions.ref(request.value).id)
    return Answer(blocks.sentence(said))
