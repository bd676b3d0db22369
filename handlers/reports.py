"""Runs and digests: asked for here, worked out by loops, shown by cards."""

from __future__ import annotations

from engine import digest as digests
from engine import runs
from engine.errors import Refused
from handlers import blocks, outreach, parse
from handlers.request import Answer, Request


async def run(request: Request) -> Answer:
    asked = parse.arguments(request.text, ("batch",), ("dry-run",))
    batch = parse.number("batch", asked.get("batch", "10"), 1, 1_000)
    campaign = await outreach.chosen(request, asked.text)
    dry = "dry-run" in asked.flags
    await runs.start(request.ctx, request.who, campaign.id, batch=batch, dry=dry)
    what = "A dry run" if dry else "A run"
    return Answer(
        f"{what} over the next {batch} contacts of {blocks.bold(campaign.name)} begins; its card follows here."
    )


async def digest(request: Request) -> Answer:
    """`week` sums up last week, Monday to Sunday; without a word it is yesterday and today so far."""
    asked = request.text.strip().lower()
    if asked not in ("", "day", "week"):
        raise Refused("Type `digest`, or `digest week` for last week's numbers.")
    await digests.ask(request.ctx, request.who, week=asked == "week")
    what = "Last week" if asked == "week" else "The digest"
    return Answer(f"{what} is being counted; its card follows here.")
