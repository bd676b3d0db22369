"""Strategies: ask for one, approve, edit or reject it."""

from __future__ import annotations

from engine import plan
from handlers import actions, blocks, forms, outreach, parse
from handlers.request import NOTHING, Answer, Request


async def ask(request: Request) -> Answer:
    campaign = await outreach.chosen(request, parse.arguments(request.text).text)
    await plan.ask(request.ctx, request.who, campaign.id)
    return Answer(
        f"A strategy for {blocks.bold(campaign.name)} is being written. It appears in the campaign's thread."
    )


async def ask_again(request: Request) -> Answer:
    await plan.ask(request.ctx, request.who, actions.ref(request.value).id)
    return NOTHING


async def approve(request: Request) -> Answer:
    await plan.approve(request.ctx, request.who, actions.ref(request.value).id)
    return NOTHING


async def edit(request: Request) -> Answer:
    strategy = await plan.strategy(request.ctx, request.who, actions.ref(request.value).id)
    await request.slack.open_view(forms.strategy(strategy, channel=request.who.channel))
    return NOTHING


async def reject(request: Request) -> Answer:
    await request.slack.open_view(
        forms.strategy_reject(actions.ref(request.value), channel=request.who.channel)
    )
    return NOTHING


async def edited(request: Request) -> Answer:
    await plan.edit(
        request.ctx,
        request.who,
        _subject(request),
        angle=request.get("angle"),
        pillars=_lines(request.get("pillars")),
        timing=request.get("timing"),
        measures=_lines(request.get("measures")),
    )
    return NOTHING


async def rejected(request: Request) -> Answer:
    await plan.reject(request.ctx, request.who, _subject(request), request.get("reason"))
    return NOTHING


def _subject(request: Request) -> int:
    return actions.ref(request.metadata.get("ref", "")).id


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip("•- \t") for line in text.splitlines() if line.strip("•- \t"))
