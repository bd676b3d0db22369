"""Rehearsals: asked for by command, compared and repeated by button."""

from __future__ import annotations

import re

from engine import rehearse
from handlers import actions, blocks, outreach, parse, words
from handlers.request import NOTHING, Answer, Request

_DAYS = re.compile(r"(\d{1,4}) ?d(?:ays?)?", re.ASCII | re.IGNORECASE)


async def start(request: Request) -> Answer:
    """`"Name" 60d`, or `days:60`; without a number 60 days."""
    asked = parse.arguments(request.text, ("days",))
    last = _DAYS.fullmatch(asked.words[-1]) if asked.words else None
    name = " ".join(asked.words[:-1]) if last else asked.text
    told = asked.get("days") or (last[1] if last else str(rehearse.DAYS))
    days = parse.number("days", told.lower().removesuffix("d"), 1, rehearse.MOST_DAYS)
    campaign = await outreach.chosen(request, name)
    await rehearse.start(request.ctx, request.who, campaign.id, days=days)
    span = words.count(days, "day")
    name = blocks.bold(campaign.name)
    return Answer(f"{span} of {name} are being rehearsed; the card follows in the campaign's thread.")


async def compare(request: Request) -> Answer:
    await rehearse.compare(request.ctx, request.who, actions.ref(request.value).id)
    return NOTHING


async def again(request: Request) -> Answer:
    await rehearse.again(request.ctx, request.who, actions.ref(request.value).id)
    return NOTHING
