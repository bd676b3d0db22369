"""Posts on a brand's feeds."""

from __future__ import annotations

from datetime import time

from engine.errors import Refused
from engine.plan import posts
from engine.plan.posts import NewPost
from handlers import forms, parse
from handlers.request import NOTHING, Answer, Request


async def post(request: Request) -> Answer:
    asked = parse.arguments(request.text, ("link", "network", "on", "at"), free=True)
    if asked.empty:
        await request.slack.open_view(forms.post(channel=request.who.channel))
        return NOTHING
    await _post(
        request, asked.text, asked.get("link"), asked.get("network"), asked.get("on"), asked.get("at")
    )
    return Answer("The post is being written; its card follows here.")


async def submitted(request: Request) -> Answer:
    here = request.speaking_in(request.get("channel") or request.metadata.get("channel", ""))
    await _post(here, *(request.get(name) for name in ("text", "link", "network", "on", "at")))
    return NOTHING


async def _post(request: Request, text: str, link: str, network: str, on: str, at: str) -> None:
    new = NewPost(
        text=parse.bounded("text", text),
        link=parse.bounded("link", link, 2_000),
        network=(network or "linkedin").lower(),
        on=parse.day("on", on),
        at=_clock(at),
    )
    await posts.plan(request.ctx, request.who, new)


def _clock(text: str) -> time | None:
    if not text.strip():
        return None
    try:
        return time.fromisoformat(text.strip())
    except ValueError:
        raise Refused(f"“{text.strip()[:20]}” is no time; write it like 09:00.", field="at") from None
