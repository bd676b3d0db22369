"""A campaign whose cards are to be drawn into a strict local Slack, and the turns of a reconciler."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
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

    def grant(self, *scopes: str) -> None:
        """The bot's token has these scopes beside the ones the manifest asks for."""
        least = {"commands", "chat:write", "files:write", "files:read", "users:read", "im:write"}
        self.workspace.config = replace(self.workspace.config, scopes=frozenset({*least, *scopes}))

    def received(self, *methods: str) -> list[tuple[str, float]]:
        """Channel and time of the calls of these methods, in the order in which they came."""
        return [(channel, at) for name, channel, at in self.workspace.calls if name in methods]

    def messages(self, channel: str = CHANNEL) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.workspace.store.messages(channel)
        return [message for message in found if message.get("bot_id") or message.get("user") == "U0OVERTURE"]


async def campaign_with_drafts(ctx: Context, count: int, channel: str = CHANNEL) -> list[int]:
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", ctx.now(), channel_id=channel)
        ids: list[int] = []
        if count:
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


@asynccontextmanager
async def at_work(ctx: Context, *reconcilers: Reconciler) -> AsyncIterator[None]:
    """Each of them draws in a process of its own, as far as leases can tell, until the block ends."""

    async def work(own: Context, reconciler: Reconciler) -> None:
        while True:
            if not await reconciler.turn(own):
                await asyncio.sleep(0.005)

    tasks = [
        asyncio.create_task(work(replace(ctx, me=f"worker-{number}"), reconciler))
        for number, reconciler in enumerate(reconcilers)
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until_drawn(ctx: Context, within: float = 40) -> None:
    async with asyncio.timeout(within):
        while await stale(ctx):
            await asyncio.sleep(0.02)


async def lost_posting(ctx: Context, slack: Slack, client: AsyncWebClient) -> None:
    """A process that dies right after Slack took the post and before anything was written down."""

    class Dies(AsyncWebClient):
        async def chat_postMessage(self, **words: Any) -> Any:
            await client.chat_postMessage(**words)
            raise asyncio.CancelledError

    dying = Reconciler(Dies("xoxb-1", base_url=client.base_url, retry_handlers=[]), pace=timedelta())
    try:
        await dying.turn(ctx)
    except asyncio.CancelledError:
        return
    raise AssertionError("it lived")
