"""Writes the calendars that were asked for: topics by the writer, days by rules. Decides nothing and sends nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from engine import policy
from engine.context import Context
from engine.rules import branding, briefs, calendar, timing
from engine.writing import Topics, TopicsRequest
from storage import calendars, marks, signals, workspaces
from storage.calendars import Calendar, CalendarState
from storage.model import Brand

LEASE = timedelta(seconds=120)
BATCH = 2
CONTRARIAN = "contrarian"
"""Among the words that a brand likes it allows that angle."""


async def claim(ctx: Context) -> list[Calendar]:
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        return await calendars.lease_unwritten(
            conn, me=ctx.me, machine_now=machine_now, until=machine_now + LEASE, limit=BATCH
        )


async def work(ctx: Context, claimed: Sequence[Calendar]) -> None:
    for waiting in claimed:
        await write(ctx, waiting)


async def write(ctx: Context, waiting: Calendar) -> None:
    """Topics by the writer, days by rules; a calendar that cannot be made says why and is rejected by itself."""
    async with ctx.db.read() as conn:
        brand = await workspaces.brand(conn, waiting.workspace_id, waiting.brand_id)
        history = await calendars.history(conn, waiting.workspace_id, brand.id)
        told = await signals.in_force(conn, waiting.workspace_id, brand.id, ctx.now())
        earlier = await calendars.of_brand(conn, waiting.workspace_id, brand.id)
        language = (await policy.of(conn, waiting.workspace_id)).language
    request = TopicsRequest(
        briefs.voice(brand),
        brand.pillars or calendar.PILLARS,
        tuple(signal.text for signal in told),
        tuple(one.reason for one in earlier if one.state == CalendarState.REJECTED and one.reason),
        language,
    )
    topics = await ctx.writer.topics(request)
    begins = timing.slot_on(date.fromisoformat(waiting.starts_on), time(0), brand.zone or "UTC")
    brief = _brief(waiting, brand, topics, past(history, begins))
    try:
        planned = calendar.plan(brief)
    except ValueError:
        planned = ()
    await _record(ctx, waiting, brand, topics, planned)


def _brief(
    waiting: Calendar, brand: Brand, topics: Topics, past: Mapping[str, calendar.Past]
) -> calendar.Brief:
    return calendar.Brief(
        starts_on=date.fromisoformat(waiting.starts_on),
        days=waiting.days,
        networks=waiting.networks,
        pillars=brand.pillars or calendar.PILLARS,
        topics=topics.by_pillar,
        targets=tuple(branding.calls(brand.targets, brand.call_to_action)),
        pictured=brand.pictures,
        threaded=brand.threads,
        contrarian=any(word.casefold().startswith(CONTRARIAN) for word in brand.say),
        turn=waiting.id,
        past=past,
    )


async def _record(
    ctx: Context, waiting: Calendar, brand: Brand, topics: Topics, planned: Sequence[calendar.Planned]
) -> None:
    """What was planned, or that nothing new is left to say."""
    zone = brand.zone or "UTC"
    times = {network: branding.posting_time(brand.posting_times, network) for network in waiting.networks}
    values = [_row(waiting, post, timing.slot_on(post.day, times[post.network], zone)) for post in planned]
    out = "" if planned else "Nothing new is left to say: add value propositions."
    note = " ".join(filter(None, (topics.note, out)))
    state = CalendarState.DRAFT if planned else CalendarState.REJECTED
    async with ctx.db.begin() as conn:
        mine = await calendars.change(
            conn, waiting.workspace_id, waiting.id, leased_by=ctx.me,
            source=topics.source, note=note, written_at=ctx.now(), state=state,
        )  # fmt: skip
        if not mine:
            return
        await calendars.add_posts(conn, values)
        await marks.stale(conn, "calendar", [waiting.id])


def _row(waiting: Calendar, post: calendar.Planned, slot_at: datetime) -> dict[str, Any]:
    return {
        "workspace_id": waiting.workspace_id, "calendar_id": waiting.id, "week": post.week,
        "day": post.day.isoformat(), "network": post.network, "slot_at": slot_at, "pillar": post.pillar,
        "angle": post.angle, "hook": post.hook, "call": post.call, "format": post.format,
        "topic": post.topic.text, "key_message": post.topic.key_message,
    }  # fmt: skip


def past(
    history: Sequence[tuple[str, str, str, str, datetime]], begins: datetime
) -> dict[str, calendar.Past]:
    """What was said, whenever; the neighbour of a calendar's first day is what stood before it, not what it replaces."""
    used: dict[str, set[calendar.Triple]] = {}
    last: dict[str, tuple[str, str]] = {}
    for network, topic, angle, hook, slot_at in history:
        used.setdefault(network, set()).add((topic, angle, hook))
        if slot_at < begins:
            last[network] = (angle, hook)
    return {
        network: calendar.Past(frozenset(triples), *last.get(network, ("", "")))
        for network, triples in used.items()
    }
