"""Posts on a brand's feeds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from engine.errors import Refused
from engine.plan import posts
from engine.plan.posts import NewPost
from engine.posts import Duplicate
from engine.rules import network_words
from handlers import actions, blocks, day_names, parse, said_before, social_forms, words
from handlers.request import NOTHING, Answer, Request
from storage import brands

FIELDS = ("link", "network", "brand", "on", "at", "thread")


async def post(request: Request) -> Answer:
    asked = _asked(request.text)
    if asked.empty:
        async with request.ctx.db.read() as conn:
            known = [brand.name for brand in await brands.every(conn, request.who.workspace_id)]
        await request.slack.open_view(social_forms.post(known, channel=request.who.channel))
        return NOTHING
    given = {name: asked.get(name) for name in FIELDS}
    given["thread"] = "yes" if _yes(given["thread"]) else ""
    try:
        return await _post(request, asked.text, given)
    except Duplicate as refusal:
        return Answer(await said_before.answer(request, refusal))


async def submitted(request: Request) -> Answer:
    here = request.speaking_in(request.get("channel") or request.metadata.get("channel", ""))
    given = {name: request.get(name) for name in FIELDS if name != "thread"}
    try:
        await _post(here, request.get("text"), {**given, "thread": "".join(request.several("thread"))})
    except Duplicate as refusal:
        raise await said_before.beside_field(here, refusal) from None
    return NOTHING


async def new_time(request: Request) -> Answer:
    ref = actions.ref(request.value)
    await request.slack.open_view(social_forms.post_time(ref, channel=request.who.channel))
    return NOTHING


async def time_given(request: Request) -> Answer:
    ref, here = actions.ref(request.metadata.get("ref", "")), request.metadata.get("channel", "")
    on, at = parse.day("on", request.get("on")), _clock(request.get("at"))
    await posts.new_time(request.ctx, request.speaking_in(here).who, ref.id, on, at)
    return NOTHING


def _asked(text: str) -> parse.Arguments:
    """What is typed like an option and is none is refused, never published: text in quotes is text."""
    try:
        return parse.arguments(text, FIELDS)
    except parse.UnknownOption as refusal:
        raise Refused(f"{refusal.sentence} What belongs to the post stands in quotes.") from None


async def _post(request: Request, text: str, given: Mapping[str, str]) -> Answer:
    new = NewPost(
        text=parse.bounded("text", text),
        link=parse.bounded("link", given["link"], 2_000),
        network=network_words.read(given["network"] or ("x" if given["thread"] else "linkedin")),
        brand=given["brand"],
        on=await day_names.read(request, "on", given["on"], given["brand"]),
        at=_clock(given["at"]),
        thread=bool(given["thread"]),
    )
    return _planned(new, await posts.plan(request.ctx, request.who, new), named=bool(given["network"]))


def _planned(new: NewPost, planned: posts.Planned, *, named: bool) -> Answer:
    """For which network and when; and why, where the person named neither."""
    unnamed = "the one that has threads" if new.thread else "since none was named"
    network = words.channel(new.network) + ("" if named else f", {unnamed}")
    why = f" ({planned.why})" if planned.why else ""
    when = blocks.recipient_time(planned.slot, planned.zone)
    return Answer(f"The post is being written for {network}; {when}{why}. Its card follows here.")


def _yes(text: str) -> bool:
    folded = text.strip().lower()
    if folded not in ("", "yes", "no"):
        raise Refused("A thread is thread:yes or thread:no.", field="thread")
    return folded == "yes"


def _clock(text: str) -> time | None:
    if not text.strip():
        return None
    try:
        return time.fromisoformat(text.strip())
    except ValueError:
        raise Refused(f"“{text.strip()[:20]}” is no time; write it like 09:00.", field="at") from None
