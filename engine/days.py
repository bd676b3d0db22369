"""A day's posts: which they are in each brand's zone, and in one sentence how the day stands. Changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.context import Context, Who
from engine.rules import timing
from storage import brands, calendar_days, posts
from storage.calendars import CalendarState
from storage.lifecycle import PENDING, State
from storage.model import Brand, Message
from storage.tables import messages as rows


@dataclass(frozen=True, slots=True)
class Day:
    """`sentence` says whether it ran, is running, was missed, or why there is nothing; `posts` with their brand's name.

    Those of calendars that another one replaced are not among them. `moved` were planned for this day and stand on
    another one now, which is given with them. `times` are the posts' hours where their brand is, by message.
    """

    day: date
    sentence: str
    posts: tuple[tuple[Message, str], ...] = ()
    moved: tuple[tuple[Message, str, date], ...] = ()
    times: Mapping[int, str] = field(default_factory=dict)


async def of(
    ctx: Context, conn: AsyncConnection, workspace_id: str, day: date, brand_id: int | None
) -> list[tuple[Message, str]]:
    """The posts whose slot is on that day where their brand is, of one brand or of all, with the brand's name."""
    midnight = datetime.combine(day, time(), UTC)
    mine = (rows.c.brand_id == brand_id,) if brand_id else ()
    near = timedelta(hours=14)
    found = await posts.between(
        conn, workspace_id, midnight - near, midnight + timedelta(days=1) + near, *mine
    )
    zones = {brand.id: brand.zone or "UTC" for brand in await brands.every(conn, workspace_id)}
    gone = await calendar_days.replaced(conn, [row.id for row, _ in found])
    return [
        (row, name)
        for row, name in found
        if row.slot_at and timing.local_date(row.slot_at, zones[row.brand_id]) == day and row.id not in gone
    ]


async def status(ctx: Context, who: Who, day: date, brand_id: int | None = None) -> Day:
    """How that day stands, from its rows as they are now."""
    async with ctx.db.read() as conn:
        found = await of(ctx, conn, who.workspace_id, day, brand_id)
        planned = await calendar_days.covering(conn, who.workspace_id, day.isoformat(), brand_id)
        known = {brand.id: brand for brand in await brands.every(conn, who.workspace_id)}
        once = await calendar_days.planned_on(conn, who.workspace_id, day.isoformat(), brand_id)
    zone = (known[found[0][0].brand_id].zone if found else "") or "UTC"
    rows_found = [row for row, _ in found]
    stands = [(row, known[row.brand_id], row.slot_at) for row in once if row.slot_at]
    moved = [
        (row, brand.name, now_on)
        for row, brand, at in stands
        if (now_on := timing.local_date(at, brand.zone or "UTC")) != day
    ]
    if not found and CalendarState.DRAFT in planned:
        return Day(day, _undecided(known[planned[CalendarState.DRAFT]]), moved=tuple(moved))
    said = sentence(rows_found, ctx.now(), zone, planned=CalendarState.APPROVED in planned)
    times = {
        row.id: f"{row.slot_at.astimezone(ZoneInfo(known[row.brand_id].zone or 'UTC')):%H:%M}"
        for row in rows_found
        if row.slot_at
    }
    return Day(day, said, tuple(found), tuple(moved), times)


def _undecided(brand: Brand) -> str:
    return f"The calendar of {brand.name} has posts that day and waits for a decision: approve it, and they get their words."


def sentence(found: list[Message], now: datetime, zone: str, *, planned: bool) -> str:
    """Plain words, the hour in `zone`; `planned` says that a calendar in force has this day."""
    if not found:
        said = "The calendar has nothing that day." if planned else "There is no plan for that day."
        return f"{said} Make one with /social plan, or a single post with /social post."
    states = Counter(row.state for row in found)
    sent, all_ = states[State.SENT], len(found)
    if sent == all_:
        return f"Already done: {_of(sent, all_)} published."
    missed = sum(row.state == State.CANCELLED and row.note == "missed" for row in found)
    trouble = states[State.FAILED] + states[State.UNSURE] + states[State.BLOCKED]
    to_come = [row for row in found if row.state in PENDING and row.slot_at and row.slot_at > now]
    running = [
        row for row in found if row.state == State.SENDING or (row.state in PENDING and row not in to_come)
    ]
    if len(to_come) == all_:
        first = min(row.slot_at for row in to_come if row.slot_at)
        undecided = sum(row.state in (State.PLANNED, State.DRAFTED) for row in to_come)
        waits = f" {undecided} of them not approved yet." if undecided else ""
        at = first.astimezone(ZoneInfo(zone))
        return f"Nothing is due yet: {_count(all_)}, the first at {at:%H:%M} in {zone}.{waits}"
    word = "Running" if running else "Missed" if missed and not sent else "Ran"
    parts = [f"{_of(sent, all_)} published"]
    parts += [f"{number} {what}" for number, what in (
        (missed, "missed"), (trouble, "in trouble"), (len(to_come), "still to come"), (len(running), "going out"),
    ) if number]  # fmt: skip
    return f"{word}: {', '.join(parts)}."


def _of(some: int, all_: int) -> str:
    return f"{some} of {all_} posts" if some != all_ else f"all {all_} posts" if all_ > 1 else "the one post"


def _count(number: int) -> str:
    return f"{number} post{'s' * (number != 1)}"
