"""Where the first of two posts that say nearly the same stands, for whoever is refused the second."""

from __future__ import annotations

from engine.errors import Refused
from engine.posts import Duplicate
from handlers import blocks
from handlers.request import Request
from storage import cards


async def answer(request: Request, refusal: Duplicate) -> str:
    """The refusal in mrkdwn, with the way to the first one's card where it has no address of its own yet."""
    said, address = blocks.sentence(refusal.sentence), await _card(request, refusal)
    return f"{said} {blocks.link(address, 'See the first one')}" if address else said


async def beside_field(request: Request, refusal: Duplicate) -> Refused:
    """The same for a form, where Slack shows plain text alone."""
    address = await _card(request, refusal)
    said = f"{refusal.sentence} The first one: {address}" if address else refusal.sentence
    return Refused(said, field=refusal.field or "text")


async def _card(request: Request, refusal: Duplicate) -> str:
    if refusal.first.url:
        return ""
    channel = request.who.channel or request.metadata.get("channel", "")
    async with request.ctx.db.read() as conn:
        found = await cards.find(conn, request.who.workspace_id, "message", refusal.first.message_id, channel)
    return request.slack.permalink(found.channel, found.ts) if found and found.ts else ""
