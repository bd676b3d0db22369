"""What a post's words rest on: its place in a calendar, what is going on, and what its feed has said already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context
from engine.errors import Refused
from engine.rules import branding, briefs, signals, similarity, timing
from engine.writing import PostRequest
from storage import calendars, measurements
from storage import posts as rows
from storage import signals as signal_rows
from storage.calendars import PlannedPost
from storage.facts import Situation
from storage.model import attached
from storage.posts import Said


@dataclass(frozen=True, slots=True)
class Known:
    """`planned` is None for a post that a person asked for by itself; `signal` and `continues` belong to one day.

    A post that continues yesterday's is about what that was about: its `planned` says so.
    """

    planned: PlannedPost | None = None
    signal: signal_rows.Signal | None = None
    continues: str = ""
    said: tuple[Said, ...] = ()


class Duplicate(Refused):
    """The same was said already; `first` says where."""

    def __init__(self, first: Said, *, field: str | None = None) -> None:
        where = first.url or (
            f"post {first.message_id} of {timing.shown(first.slot_at, year=True)}"
            if first.slot_at
            else f"post {first.message_id}"
        )
        super().__init__(f"That says nearly the same as {where}. Say something new.", field=field)
        self.first = first


async def known(ctx: Context, conn: AsyncConnection, cases: Sequence[Situation]) -> dict[int, Known]:
    """By message, for those that are posts."""
    posts = [case for case in cases if case.feed is not None]
    if not posts:
        return {}
    planned = await calendars.posts_of(conn, [case.message.id for case in posts])
    said = await rows.said(conn, [case.feed.id for case in posts if case.feed])
    return {
        case.message.id: await _known(ctx, conn, case, planned.get(case.message.id), said) for case in posts
    }


async def _known(
    ctx: Context,
    conn: AsyncConnection,
    case: Situation,
    planned: PlannedPost | None,
    said: Mapping[int, Sequence[Said]],
) -> Known:
    feed, slot = case.feed, case.message.slot_at
    assert feed is not None
    others = tuple(one for one in said[feed.id] if one.message_id != case.message.id)
    if planned is None or slot is None:
        return Known(planned, said=others)
    told = await signal_rows.in_force(conn, case.message.workspace_id, case.brand.id, slot)
    chosen = signals.chosen(
        told, now=ctx.now(), slot=slot, zone=case.brand.zone or "UTC", brand=case.brand, topic=planned.topic
    )
    strong = await measurements.strong(conn, feed.id, slot) if not chosen else None
    if not strong or not (moved := signals.share(strong[:2])):
        return Known(planned, chosen, said=others)
    return Known(_going_on(planned, *strong[2:]), continues=moved, said=others)


def _going_on(planned: PlannedPost, topic: str, key_message: str) -> PlannedPost:
    """Today's view of yesterday's subject; where a topic is no view of its key message, yesterday's topic itself."""
    view = planned.topic.removesuffix(planned.key_message)
    again = view + key_message if view != planned.topic and key_message else topic
    return replace(planned, topic=again, key_message=key_message)


def request(case: Situation, found: Known, improve: tuple[str, ...]) -> PostRequest:
    """What the writer is asked."""
    assert case.feed is not None
    options, post = case.message.options, found.planned
    topic, link = str(options.get("topic", "")), str(options.get("link", ""))
    voice, language = briefs.voice(case.brand), policy.read(case.settings).language
    if post is None:
        return PostRequest(
            topic, voice, case.feed.network, link, improve, workspace_language=language,
            thread=bool(options.get("thread")),
        )  # fmt: skip
    return PostRequest(
        topic=post.topic if found.continues else topic,
        voice=voice,
        network=case.feed.network,
        link=link or branding.calls(case.brand.targets, case.brand.call_to_action).get(post.call, ""),
        improve=improve,
        pillar=post.pillar,
        angle=post.angle,
        hook=post.hook,
        call=post.call,
        key_message=post.key_message,
        signal=found.signal.text if found.signal else "",
        signal_kind=found.signal.kind if found.signal else "",
        continues=found.continues,
        picture=bool(attached.of(case.message)) or attached.is_missing(case.message),
        workspace_language=language,
        thread=post.format == "thread",
    )


def first_like(text: str, said: Sequence[Said]) -> Said | None:
    """The post that says nearly the same; None when nothing does."""
    by_id = {one.message_id: one for one in said}
    found = similarity.nearest(text, {id_: one.body or one.topic for id_, one in by_id.items()})
    return by_id[found] if found is not None else None


async def refuse_same(
    conn: AsyncConnection, feed_id: int, text: str, *, without: int = 0, field: str | None = None
) -> None:
    """Raises Duplicate when the feed says nearly the same already, in its words or in what was asked for."""
    said = [one for one in (await rows.said(conn, [feed_id]))[feed_id] if one.message_id != without]
    found = first_like(text, said)
    if found is None and not without:
        by_id = {one.message_id: one for one in said if one.topic}
        near = similarity.nearest(text, {id_: one.topic for id_, one in by_id.items()})
        found = by_id[near] if near is not None else None
    if found is not None:
        raise Duplicate(found, field=field)


def made_from(found: Known) -> dict[str, str]:
    """What the card says the words rest on besides the brand."""
    told = {"signal": found.signal.text if found.signal else "", "continues": found.continues}
    return {name: value for name, value in told.items() if value}
