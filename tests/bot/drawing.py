"""A campaign whose cards are to be drawn into a strict local Slack, and the turns of a reconciler."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import seeding
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select

from bot.reconciler import Reconciler
from engine.context import Context
from storage import cards as card_rows
from storage import marks
from storage.lifecycle import State
from storage.tables import cards

CHANNEL = "C0GROWTH"


@dataclass
class Slack:
    """A local workspace on a real socket, and a client that may make a call fail."""

    workspace: Any
    client: AsyncWebClient

    def messages(self, channel: str = CHANNEL) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.workspace.store.messages(channel)
        return [message for message in found if message.get("bot_id") or message.get("user") == "U0OVERTURE"]


async def campaign_with_drafts(ctx: Context, count: int, channel: str = CHANNEL) -> list[int]:
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", ctx.now(), channel_id=channel)
        people = await seeding.people(conn, "T1", count, ctx.now())
        ids = await seeding.touches(conn, "T1", campaign, people, ctx.now(), state=State.DRAFTED)
        await card_rows.want(conn, "T1", "campaign", campaign, channel)
        await card_rows.want_many(conn, "T1", "message", ids, channel, parent=("campaign", campaign))
        await marks.note(conn, "T1", "campaign", campaign, "create", actor="U0OLIVIA", now=ctx.now())
    return ids


async def drain(ctx: Context, reconciler: Reconciler) -> int:
    turns = 0
    while await reconciler.turn(ctx) and turns < 500:
        turns += 1
    return turns


def unpaced(slack: Slack) -> Reconciler:
    return Reconciler(slack.client, pace=timedelta())


async def stale(ctx: Context) -> int:
    async with ctx.db.read() as conn:
        rows = await conn.execute(select(cards).where(cards.c.drawn < cards.c.wanted))
        return len(rows.all())
