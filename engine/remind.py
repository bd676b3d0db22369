"""Reminds of drafts whose deadline comes near: 24 hours and 2 hours before it, at most twice, many in one line (D6)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Column
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import calendars, campaigns, cards, messages
from storage.tables import messages as rows

BEFORE = ((timedelta(hours=24), timedelta(hours=36)), (timedelta(hours=2), timedelta(hours=4)))
"""When the first deadline of a campaign is that near, one line reminds of all that are as near as the second."""


async def due(conn: AsyncConnection, now: datetime) -> None:
    """Post what people must be reminded of by now, one line for each campaign and for each brand's posts.

    Called twice, nothing more happens.
    """
    found = await _near(conn, rows.c.campaign_id, now)
    for workspace, brand_id, place in await calendars.places(conn, await _near(conn, rows.c.feed_id, now)):
        card = await cards.find(conn, workspace, "post_reminder", brand_id, place)
        if card is not None and card.ts is not None:
            await cards.post_anew(conn, card)
        else:
            await cards.want(conn, workspace, "post_reminder", brand_id, place)
    for id_, campaign in sorted((await campaigns.by_ids(conn, sorted(found))).items() if found else ()):
        place, workspace = campaign.channel_id, campaign.workspace_id
        card = await cards.find(conn, workspace, "reminder", id_, place)
        if card is not None and card.ts is not None:
            await cards.post_anew(conn, card)
        elif place:
            await cards.want(conn, workspace, "reminder", id_, place, parent=("campaign", id_))


async def _near(conn: AsyncConnection, by: Column[int], now: datetime) -> set[int]:
    found: set[int] = set()
    for count, (near, merged) in enumerate(BEFORE, 1):
        found.update(
            await messages.remind(conn, by, now=now, before=now + near, until=now + merged, count=count)
        )
    return found


def given(left: timedelta) -> int:
    """How many reminders a new draft with so much time no longer needs: its own card has just been posted."""
    return sum(left <= merged for _, merged in BEFORE)
