"""Days as people name them: today, tomorrow, monday. A day is local to the brand that is meant."""

from __future__ import annotations

from datetime import date, timedelta

from engine import brands
from engine.rules import timing
from handlers import parse
from handlers.request import Request

NAMED = {"yesterday": -1, "today": 0, "tomorrow": 1}
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


async def read(request: Request, field: str, text: str, brand: str = "") -> date | None:
    """None when empty; the name of a weekday is the next one after today. The default brand unless another is named.

    Raises Refused beside `field` for what is no day, and for an unknown brand.
    """
    word = text.strip().lower()
    weekday = next((place for place, name in enumerate(_WEEK) if word in (name, name[:3])), None)
    if word not in NAMED and weekday is None:
        return parse.day(field, text)
    here = await brands.chosen(request.ctx, request.who, brand)
    today = timing.local_date(request.ctx.now(), here.zone or "UTC")
    ahead = NAMED[word] if weekday is None else (weekday - today.weekday() - 1) % 7 + 1
    return today + timedelta(days=ahead)
