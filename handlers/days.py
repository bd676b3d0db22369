"""A day's posts: run them, or say how the day stands."""

from __future__ import annotations

from datetime import date

from engine import brands, days, runs
from engine.errors import Refused
from engine.rules import timing
from handlers import blocks, day_names, parse, words
from handlers.parse import Arguments
from handlers.request import Answer, Request
from storage.lifecycle import State
from storage.model import Brand, Message


async def run(request: Request) -> Answer:
    asked = parse.arguments(request.text, ("brand",), ("dry-run", "dry"))
    dry = bool(asked.flags) or "dry-run" in asked.words
    brand = await _brand(request, asked)
    day = await _day(request, asked, brand)
    found = await days.status(request.ctx, request.who, day, brand.id if brand else None)
    if not found.posts:
        return Answer(blocks.sentence(found.sentence))
    await runs.start_day(request.ctx, request.who, day, brand_id=brand.id if brand else None, dry=dry)
    what = "A dry run" if dry else "A run"
    return Answer(
        f"{what} of the posts of {timing.shown(day, year=True)} begins; its card follows here. "
        f"{blocks.sentence(found.sentence)}"
    )


async def status(request: Request) -> Answer:
    asked = parse.arguments(request.text, ("brand",))
    brand = await _brand(request, asked)
    day = await _day(request, asked, brand)
    found = await days.status(request.ctx, request.who, day, brand.id if brand else None)
    lines = [_line(row, name, found.times.get(row.id, "")) for row, name in found.posts[:40]]
    moved = [
        f"↪️ Moved to {timing.shown(on)} · {blocks.line(name, 60)} on {words.channel(row.channel)}"
        for row, name, on in found.moved[:40]
    ]
    return Answer(
        "\n".join([f"*{timing.shown(day, year=True)}* {blocks.sentence(found.sentence)}", *lines, *moved])
    )


def _line(row: Message, brand: str, at: str) -> str:
    sign = words.MESSAGE[State(row.state)]
    url = str(row.options.get("url") or "")
    seen = f" · {blocks.link(url, 'See it')}" if url.startswith("https://") else ""
    note = f": {blocks.line(row.note, 120)}" if row.note and row.state != State.SENT else ""
    hour = f"`{at}` " if at else ""
    return f"{hour}{sign} · {blocks.line(brand, 60)} on {words.channel(row.channel)}{note}{seen}"


async def _brand(request: Request, asked: Arguments) -> Brand | None:
    """None for all of them."""
    name = asked.get("brand")
    return await brands.chosen(request.ctx, request.who, name) if name else None


async def _day(request: Request, asked: Arguments, brand: Brand | None) -> date:
    """A day by its name or its date; today where the brand is, the default one unless named."""
    given = [word for word in asked.words if word.lower() not in ("dry-run", "dry")]
    if len(given) > 1:
        raise Refused("Name one day, like today or 2026-12-01, and a brand as brand:“Acme”.")
    found = await day_names.read(request, "day", given[0] if given else "today", brand.name if brand else "")
    assert found is not None
    return found
