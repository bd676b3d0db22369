"""What needs a person, and the state of every campaign: the Home tab, and the same by command."""

from __future__ import annotations

from handlers import blocks, homepage
from handlers.request import NOTHING, Answer, Request
from storage import views


async def opened(request: Request) -> Answer:
    if request.event.get("tab", "home") != "home":
        return NOTHING
    async with request.ctx.db.read() as conn:
        view = await views.home(conn, request.who.workspace_id)
    await request.slack.publish_home(homepage.render(view, request.slack.permalink, prefix=request.prefix))
    return NOTHING


async def now(request: Request) -> Answer:
    """The same, told to one person where they are."""
    async with request.ctx.db.read() as conn:
        view = await views.home(conn, request.who.workspace_id)
    told = homepage.sentence(view)
    return Answer(told, (blocks.section(f"*{told}*"), *homepage.now(view, request.slack.permalink)))


async def followed(_request: Request) -> Answer:
    """A link button reports its press too; there is nothing to do."""
    return NOTHING
