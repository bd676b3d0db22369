"""The reconciler against a strict Slack: every card once, in order, at Slack's pace, whatever Slack says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from drawing import CHANNEL, Slack, campaign_with_drafts, drain, stale, unpaced
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import update

from bot.reconciler import Reconciler
from engine.context import Context
from storage import cards as rows
from storage import marks
from storage.tables import cards


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
    await drain(ctx, unpaced(slack))
    assert await stale(ctx) == 2  # one post, then "slow down"
    slack.workspace.rate_limited = False
    async with ctx.db.begin() as conn:
        from storage.tables import slack_channels

        await conn.execute(update(slack_channels).values(next_post_at=None))
    await drain(ctx, unpaced(slack))
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


@pytest.mark.parametrize("gone_already", [False, True])
async def test_a_card_that_moves_down_leaves_no_copy(ctx: Context, slack: Slack, gone_already: bool) -> None:
    await campaign_with_drafts(ctx, 1)
    await drain(ctx, unpaced(slack))
    older = slack.messages()[1]["ts"]
    if gone_already:
        await slack.client.chat_delete(channel=CHANNEL, ts=older)
    async with ctx.db.begin() as conn:
        card = await rows.find(conn, "T1", "message", 1, CHANNEL)
        assert card is not None
        await rows.move_down(conn, card)
    await drain(ctx, unpaced(slack))
    _head, moved = slack.messages()
    assert moved["ts"] != older
    async with ctx.db.read() as conn:
        card = await rows.find(conn, "T1", "message", 1, CHANNEL)
    assert card is not None
    assert (card.ts, card.moved_from) == (moved["ts"], None)


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
