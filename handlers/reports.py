"""Runs and digests: asked for here, worked out by loops, shown by cards."""

from __future__ import annotations

from engine import digest as digests
from engine import runs
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
    await digests.ask(request.ctx, request.who)
    return Answer("The digest is being counted; its card follows here.")
