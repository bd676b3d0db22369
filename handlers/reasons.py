"""Why: the explanation of one message, as a modal from its card or as an answer to the command."""

from __future__ import annotations

from engine import why
from engine.errors import Refused
from handlers import actions, blocks, explanation, words
from handlers.request import NOTHING, Answer, Request


async def explain(request: Request) -> Answer:
    named = request.text.strip().strip("\"'<>").removeprefix("mailto:").partition("|")[0]
    if not named:
        raise Refused(
            f"Name an address or a message's number, like {words.command(request, 'why ada@example.com')}."
        )
    found = await why.find(request.ctx, request.who, named)
    told = await why.explain(request.ctx, request.who, found)
    return Answer(explanation.sentence(told), shown=tuple(explanation.render(told)))


async def show(request: Request) -> Answer:
    told = await why.explain(request.ctx, request.who, actions.ref(request.value).id)
    await request.slack.open_view(
        {
            "type": "modal",
            "title": blocks.plain("Why", 24),
            "close": blocks.plain("Close", 24),
            "blocks": explanation.render(told),
        }
    )
    return NOTHING
