"""Queries about one day: what calendars in force planned for it, and what of it another calendar took over."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.calendars import CalendarState
from storage.db import columns
from storage.lifecycle import State
from storage.model import Message
from storage.tables import calendar_posts, calendars, messages


async def covering(
    conn: AsyncConnection, workspace_id: str, day: str, brand_id: int | None
) -> dict[CalendarState, int]:
    """The brand of a calendar with posts on that day, by the state: in force, or waiting for a decision."""
    mine = (calendars.c.brand_id == brand_id,) if brand_id else ()
    result = await conn.execute(
        select(calendars.c.state, func.min(calendars.c.brand_id).label("brand_id"))
        .join(calendar_posts, calendars.c.id == calendar_posts.c.calendar_id)
        .where(
            calendar_posts.c.workspace_id == workspace_id, calendar_posts.c.day == day,
            calendars.c.state.in_([CalendarState.APPROVED, CalendarState.DRAFT]), *mine,
        )
        .group_by(calendars.c.state)
    )  # fmt: skip
    return {CalendarState(row.state): row.brand_id for row in result}


async def planned_on(
    conn: AsyncConnection, workspace_id: str, day: str, brand_id: int | None
) -> list[Message]:
    """The messages of posts that calendars in force planned for that day, wherever they stand now."""
    mine = (calendars.c.brand_id == brand_id,) if brand_id else ()
    result = await conn.execute(
        select(*columns(messages, Message))
        .join(calendar_posts, calendar_posts.c.message_id == messages.c.id)
        .join(calendars, calendars.c.id == calendar_posts.c.calendar_id)
        .where(
            calendar_posts.c.workspace_id == workspace_id, calendar_posts.c.day == day,
            calendars.c.state == CalendarState.APPROVED, *mine,
        )
        .order_by(messages.c.id)
    )  # fmt: skip
    return [Message(*row) for row in result]


async def replaced(conn: AsyncConnection, message_ids: Sequence[int]) -> set[int]:
    """Those of these messages that never left because another calendar took their calendar's place."""
    if not message_ids:
        return set()
    result = await conn.execute(
        select(messages.c.id)
        .join(calendar_posts, calendar_posts.c.message_id == messages.c.id)
        .join(calendars, calendars.c.id == calendar_posts.c.calendar_id)
        .where(
            messages.c.id.in_(list(message_ids)),
            messages.c.state == State.CANCELLED,
            calendars.c.state == CalendarState.SUPERSEDED,
            messages.c.note != "missed",
        )
    )
    return {row.id for row in result}
