"""The social calendar: ask for one, page through it, decide about it, open one of its posts."""

from __future__ import annotations

import re

from engine.errors import Refused
from engine.plan import calendar
from engine.plan.calendar import Wanted
from engine.rules import network_words
from handlers import actions, blocks, day_names, parse, social_forms, words
from handlers.request import NOTHING, Answer, Request

_SPAN = re.compile(r"([0-9]{1,3})(d|w)", re.IGNORECASE | re.ASCII)
_NAMED = re.compile("today|tomorrow", re.IGNORECASE)
_DAY = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", re.ASCII)


async def plan(request: Request) -> Answer:
    """ "Brand" 30d [start]: what is no span and no day is the brand's name."""
    asked = parse.arguments(request.text, ("days", "start", "networks", "network", "brand"))
    left = list(asked.words)
    start = asked.get("start") or _pick(left, _DAY) or (_pick(left, _NAMED) if len(left) > 1 else "")
    days = asked.get("days") or _pick(left, _SPAN)
    networks = network_words.read_all((asked.get("networks"), asked.get("network")))
    name = asked.get("brand") or " ".join(left)
    wanted = Wanted(
        parse.bounded("brand", name),
        _days(days) if days else calendar.DAYS,
        await day_names.read(request, "start", start, name),
        networks,
    )
    found = await calendar.ask(request.ctx, request.who, wanted)
    return Answer(
        f"A calendar of {found.days} days from {words.day(found.starts_on)} is being planned; its card follows here."
    )


async def show(request: Request) -> Answer:
    """The newest calendar of a brand, posted here."""
    name = parse.arguments(request.text, ("brand",))
    found = await calendar.show(request.ctx, request.who, name.get("brand") or name.text)
    return Answer(f"The calendar from {words.day(found.starts_on)} follows here.")


async def approve(request: Request) -> Answer:
    await calendar.approve(request.ctx, request.who, actions.ref(request.value).id)
    return NOTHING


async def reject(request: Request) -> Answer:
    ref = actions.ref(request.value)
    await request.slack.open_view(social_forms.calendar_reject(ref, channel=request.who.channel))
    return NOTHING


async def rejected(request: Request) -> Answer:
    ref = actions.ref(request.metadata.get("ref", ""))
    await calendar.reject(request.ctx, request.who, ref.id, request.get("reason"))
    return NOTHING


async def turned(request: Request) -> Answer:
    """The value of both arrows is the calendar and the week to show."""
    id_, week = actions.ref(request.value)
    await calendar.turn_to(request.ctx, request.who, id_, week)
    return NOTHING


async def open_post(request: Request) -> Answer:
    await calendar.open_post(request.ctx, request.who, actions.ref(request.value).id)
    return Answer("The post's card follows in the thread of the calendar.")


def _pick(words: list[str], looks: re.Pattern[str]) -> str:
    """The last word that looks like this, taken out; empty when none does."""
    for place in reversed(range(len(words))):
        if looks.fullmatch(words[place]):
            return words.pop(place)
    return ""


def _days(text: str) -> int:
    """ "30d", "4w", "30" as an option. Raises Refused."""
    found = _SPAN.fullmatch(text.strip() + ("" if text.strip()[-1:].isalpha() else "d"))
    if found is None:
        raise Refused(f"“{blocks.cut(text, 20)}” is no number of days; write 30d.", field="days")
    return int(found[1]) * (7 if found[2].lower() == "w" else 1)
