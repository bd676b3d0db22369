"""The reconciler against a strict Slack: every card once, in order, at Slack's pace, whatever Slack says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import seeding
from seeding import Clock
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select, update

from bot.local import app as workspace_app
from bot.local import config, serving
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


@pytest.fixture
async def slack(tmp_path: Path, clock: Clock) -> AsyncIterator[Slack]:
    cfg = config.LocalConfig(path=tmp_path / "slack.db", signing_secret="s", bot_token="xoxb-1", team_id="T1")
    local = workspace_app.create(cfg)
    async with serving.serving(local) as url:
        local.state.workspace.base_url = url
        yield Slack(
            local.state.workspace, AsyncWebClient("xoxb-1", base_url=f"{url}/api/", retry_handlers=[])
        )
        local.state.workspace.shut()


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


async def test_a_parent_is_posted_before_its_replies_and_each_card_once(ctx: Context, slack: Slack) -> None:
    await campaign_with_drafts(ctx, 5)
    await drain(ctx, unpaced(slack))
    first, *rest = slack.messages()
    assert [message.get("thread_ts") for message in rest] == [first["ts"]] * 5
    assert all(message["text"] and message["blocks"] for message in (first, *rest))
    assert slack.workspace.warnings == []
    await drain(ctx, unpaced(slack))
    assert len(slack.messages()) == 6


async def test_a_change_while_drawing_is_drawn_again(ctx: Context, slack: Slack) -> None:
    (one,) = await campaign_with_drafts(ctx, 1)

    class Slow(AsyncWebClient):
        changed = False

        async def chat_postMessage(self, **words: Any) -> Any:
            if not self.changed:
                self.changed = True
                async with ctx.db.begin() as conn:
                    await marks.stale(conn, "campaign", [1])
                    await marks.stale(conn, "message", [one])
            return await super().chat_postMessage(**words)

    client = Slow("xoxb-1", base_url=slack.client.base_url, retry_handlers=[])
    await drain(ctx, Reconciler(client, pace=timedelta()))
    assert await stale(ctx) == 0
    assert len(slack.messages()) == 2


async def test_slacks_limit_delays_and_loses_nothing(ctx: Context, slack: Slack) -> None:
    await campaign_with_drafts(ctx, 2)
    slack.workspace.rate_limited = True
    reconciler = unpaced(slack)
    await drain(ctx, reconciler)
    assert await stale(ctx) == 2  # one post, then "slow down"
    slack.workspace.rate_limited = False
    async with ctx.db.begin() as conn:
        from storage.tables import slack_channels

        await conn.execute(update(slack_channels).values(next_post_at=None))
    await drain(ctx, reconciler)
    assert await stale(ctx) == 0
    assert len(slack.messages()) == 3


async def test_one_post_a_second_is_the_pace(ctx: Context, slack: Slack) -> None:
    await campaign_with_drafts(ctx, 3)
    paced = Reconciler(slack.client)
    assert await drain(ctx, paced) == 1
    assert len(slack.messages()) == 1


async def test_slack_away_costs_time_and_nothing_else(ctx: Context, slack: Slack) -> None:
    await campaign_with_drafts(ctx, 2)
    away = AsyncWebClient("xoxb-1", base_url="http://127.0.0.1:9/api/", retry_handlers=[])
    await drain(ctx, Reconciler(away, pace=timedelta()))
    assert await stale(ctx) == 3
    async with ctx.db.begin() as conn:
        await conn.execute(update(cards).values(not_before=None))
    await drain(ctx, unpaced(slack))
    assert (await stale(ctx), len(slack.messages())) == (0, 3)


async def test_a_message_somebody_deleted_is_posted_again(ctx: Context, slack: Slack) -> None:
    await campaign_with_drafts(ctx, 1)
    await drain(ctx, unpaced(slack))
    reply = slack.messages()[1]
    await slack.client.chat_delete(channel=CHANNEL, ts=reply["ts"])
    async with ctx.db.begin() as conn:
        await marks.stale(conn, "message", [1])
    await drain(ctx, unpaced(slack))
    assert (await stale(ctx), len(slack.messages())) == (0, 2)


async def test_outside_the_channel_the_person_is_asked_for_an_invitation_once(
    ctx: Context, slack: Slack
) -> None:
    await campaign_with_drafts(ctx, 2, channel="C0RANDOM")
    await drain(ctx, unpaced(slack))
    asked = [message["text"] for message in slack.messages("D0OLIVIA")]
    assert len(asked) == 1
    assert "/invite" in asked[0]
    assert await stale(ctx) == 3


async def test_two_reconcilers_draw_each_card_once(ctx: Context, slack: Slack) -> None:
    import asyncio

    await campaign_with_drafts(ctx, 8)
    await asyncio.gather(drain(ctx, unpaced(slack)), drain(ctx, unpaced(slack)))
    await drain(ctx, unpaced(slack))
    assert (await stale(ctx), len(slack.messages())) == (0, 9)
