"""Loads what the card of a calendar shows: one week of it, and what its posts have become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import brands, calendars
from storage.calendars import Calendar, CalendarState, PlannedPost
from storage.lifecycle import PENDING, State
from storage.model import Brand, attached
from storage.tables import calendar_posts, messages
from storage.views import shared
from storage.views.nouns import ReminderView


@dataclass(frozen=True, slots=True)
class DayPost:
    """A planned post and what it has become: `state` is empty before the calendar is approved.

    `pictured`: it has a picture.
    """

    post: PlannedPost
    state: str = ""
    note: str = ""
    url: str = ""
    pictured: bool = False


@dataclass(frozen=True, slots=True)
class CalendarView:
    """`posts` are those of the week that the card shows. `planned` counts all by network, `states` by what they became.

    `pages` are the networks that have one; `cancels` the unsent posts of calendars that an approval would end.
    """

    calendar: Calendar
    brand: Brand
    zone: str
    posts: tuple[DayPost, ...] = ()
    planned: Mapping[str, int] = field(default_factory=dict)
    states: Mapping[str, int] = field(default_factory=dict)
    pages: tuple[str, ...] = ()
    cancels: int = 0
    last_week: int = 1


async def calendar(conn: AsyncConnection, workspace_id: str, id_: int) -> CalendarView | None:
    found = await calendars.get(conn, workspace_id, id_)
    brand = await brands.get(conn, workspace_id, found.brand_id) if found else None
    if found is None or brand is None:
        return None
    c = calendar_posts.c
    mine = (c.workspace_id == workspace_id, c.calendar_id == id_)
    shown = await calendars.posts(conn, workspace_id, calendars.of(id_), c.week == found.week)
    became = await calendars.messages_of(conn, workspace_id, calendars.of(id_), c.week == found.week)
    by_network = select(c.network, func.count()).where(*mine).group_by(c.network)
    counts = await calendars.counts(conn, workspace_id, id_)
    states: dict[str, int] = {}
    for (_, state), number in counts.items():
        states[state] = states.get(state, 0) + number
    feeds = await brands.feeds_of(conn, workspace_id, brand.id)
    return CalendarView(
        found,
        brand,
        brand.zone or "UTC",
        posts=tuple(
            DayPost(
                post,
                row.state,
                row.note,
                str(row.options.get("url") or ""),
                attached.of(row) is not None,
            )
            if (row := became.get(post.id))
            else DayPost(post)
            for post in shown
        ),
        planned={row[0]: row[1] for row in await conn.execute(by_network)},
        states=states,
        pages=tuple(network for network, feed in feeds.items() if feed.address),
        cancels=await _cancels(conn, found) if found.state == CalendarState.DRAFT else 0,
        last_week=await calendars.last_week(conn, workspace_id, id_),
    )


async def reminder(conn: AsyncConnection, workspace_id: str, id_: int) -> ReminderView | None:
    """A brand's posts that people were reminded of and did not decide on."""
    brand = await brands.get(conn, workspace_id, id_)
    if brand is None:
        return None
    c = messages.c
    mine = (c.workspace_id == workspace_id, c.brand_id == id_, c.feed_id.is_not(None))
    waiting = (c.state == State.DRAFTED, c.reminded > 0)
    row = (await conn.execute(select(func.count(), func.min(c.due_at)).where(*mine, *waiting))).one()
    return ReminderView(brand.name, await shared.zone(conn, workspace_id), row[0], row[1])


async def _cancels(conn: AsyncConnection, found: Calendar) -> int:
    """Unsent posts of approved calendars of the brand that share a day with this one."""
    c = calendar_posts.c
    days = select(c.day).where(c.calendar_id == found.id)
    others = [
        one.id
        for one in await calendars.of_brand(conn, found.workspace_id, found.brand_id)
        if one.state == CalendarState.APPROVED
    ]
    sharing = select(c.calendar_id).where(c.calendar_id.in_(others), c.day.in_(days)).distinct()
    result = await conn.execute(
        select(func.count())
        .select_from(calendar_posts.join(messages, messages.c.id == c.message_id))
        .where(c.calendar_id.in_(sharing), messages.c.state.in_([*PENDING, State.BLOCKED]))
    )
    return int(result.scalar_one())
