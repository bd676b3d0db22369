"""Signals: say what is going on around a brand, or see what was said."""

from __future__ import annotations

from engine import signals
from engine.errors import Refused
from engine.rules import timing
from handlers import blocks, parse, words
from handlers.request import Answer, Request
from storage.signals import KINDS


async def signal(request: Request) -> Answer:
    asked = parse.arguments(request.text, ("brand", "kind", "expires", "days"), free=True)
    first, text = asked.words[0].lower() if asked.words else "list", asked.after(1)
    if first == "list":
        return await _list(request, asked.get("brand"))
    if first != "add":
        raise Refused("Write /social signal add “what is going on” or /social signal list.")
    kind, *rest = text.split(maxsplit=1) or [""]
    if not asked.get("kind") and kind.lower().rstrip(":") in KINDS and rest:
        named, text = kind.lower().rstrip(":"), rest[0]
    else:
        named = asked.get("kind", "trend").lower()
    days = asked.get("expires") or asked.get("days")
    added = await signals.add(
        request.ctx, request.who, parse.bounded("text", text, 1_000), kind=named, brand=asked.get("brand"),
        days=parse.number("expires", days.lower().rstrip("d"), 1, signals.LONGEST) if days else None,
    )  # fmt: skip
    return Answer(_told(added))


def _told(added: signals.Added) -> str:
    until = f"It is kept for {blocks.bold(added.brand)} until {timing.shown(added.expires_at, year=True)}."
    if not added.relevant:
        why = "shares no word with what the brand says about itself, so no draft takes it up"
        return f"{until} It {why}. Say what it has to do with the brand and add it again."
    if added.rewritten:
        drafts, take = words.count(added.rewritten, "draft"), "takes" if added.rewritten == 1 else "take"
        return f"{until} {drafts} of tomorrow {take} it up."
    if added.approved:
        return f"{until} Tomorrow's posts are approved already and stay as they are."
    return f"{until} Tomorrow's drafts will take it up when they are written."


async def _list(request: Request, brand: str) -> Answer:
    found, told = await signals.every(request.ctx, request.who, brand)
    lines = [
        f"• {one.kind}: {blocks.line(one.text, 200)}"
        f" (until {timing.shown(one.expires_at, year=True)}, by {blocks.person(one.added_by)})"
        for one in told
    ]
    title = f"Signals for {blocks.bold(found.name)}"
    return Answer("\n".join([f"{title}: none in force." if not lines else f"{title}:", *lines]))
