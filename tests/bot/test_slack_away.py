"""Slack away for minutes, in every way it can be: no state is lost, cards catch up, and each is posted once."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from drawing import CHANNEL, Slack, at_work, campaign_with_drafts, stale, until_drawn
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import update

from bot import hello, reconciler, refusals
from bot.local import app as workspace_app
from bot.local import config, serving
from bot.local.troubles import Trouble
from bot.reconciler import Reconciler
from engine.context import Context
from storage import marks
from storage.tables import cards, messages

NEWS = "News from during the outage"
PACE = timedelta(milliseconds=2)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds become hundredths: what waits, waits a hundredth of what it would."""
    monkeypatch.setattr(hello, "FIRST", 0.01)
    monkeypatch.setattr(hello, "AT_MOST", 0.3)
    monkeypatch.setattr(reconciler, "AFTER_TROUBLE", timedelta(milliseconds=50))
    monkeypatch.setattr(reconciler, "AWAY_AT_MOST", timedelta(milliseconds=600))
    monkeypatch.setattr(refusals, "LONGEST", 0.3)


def impatient(url: str) -> Reconciler:
    client = AsyncWebClient("xoxb-1", base_url=url, timeout=0.4, retry_handlers=[])  # type: ignore[arg-type]
    return Reconciler(client, pace=PACE)


async def change_everything(ctx: Context, ids: list[int]) -> None:
    async with ctx.db.begin() as conn:
        await conn.execute(update(messages).values(subject=NEWS))
        await marks.stale(conn, "message", ids)
        await marks.stale(conn, "campaign", [1])


def assert_each_once_with_the_news(found: list[dict[str, Any]], count: int) -> None:
    head, *rest = found
    assert len(rest) == count
    assert {message["thread_ts"] for message in rest} == {head["ts"]}
    assert len({message["metadata"]["event_payload"]["card"] for message in found}) == count + 1
    assert all(NEWS in json.dumps(message["blocks"]) for message in rest)


@pytest.mark.parametrize("drawn_before", [False, True], ids=["new", "drawn"])
@pytest.mark.parametrize("way", ["ratelimited", "error", "hang"])
async def test_unwell_for_long_and_then_every_card_once_as_it_is_now(
    ctx: Context, slack: Slack, way: Any, drawn_before: bool
) -> None:
    ids = await campaign_with_drafts(ctx, 6)
    url = slack.client.base_url
    async with at_work(ctx, impatient(url), impatient(url)):
        if drawn_before:
            await until_drawn(ctx)
        slack.workspace.calls.clear()
        slack.workspace.trouble = trouble = Trouble(way, retry_after=30)
        await change_everything(ctx, ids)
        await asyncio.sleep(0.8)
        assert await stale(ctx) > 0
        tries = len(slack.received("chat.postMessage", "chat.update"))
        trouble.lift(slack.workspace)
        await until_drawn(ctx)
    assert_each_once_with_the_news(slack.messages(), 6)
    assert tries <= (12 if way == "ratelimited" else 4)


@pytest.mark.parametrize("way", ["error", "hang"])
async def test_what_was_posted_though_the_answer_got_lost_is_found_again(
    ctx: Context, slack: Slack, way: Any
) -> None:
    slack.grant("channels:history")
    ids = await campaign_with_drafts(ctx, 4)
    url = slack.client.base_url
    async with at_work(ctx, impatient(url), impatient(url)):
        for _ in range(3):
            trouble = Trouble(way, after=True)
            slack.workspace.trouble = trouble
            await asyncio.sleep(0.5)
            trouble.lift(slack.workspace)
            await asyncio.sleep(0.3)
        await change_everything(ctx, ids)
        await until_drawn(ctx)
    assert_each_once_with_the_news(slack.messages(), 4)


async def test_nobody_listening_and_then_every_card_once_as_it_is_now(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same file under a new server: Slack comes back with what it knew."""
    monkeypatch.setattr(reconciler, "LEASE", timedelta(seconds=5))
    monkeypatch.setattr(reconciler, "CALLS", 2.0)
    cfg = config.LocalConfig(path=tmp_path / "away.db", signing_secret="s", bot_token="xoxb-1", team_id="T1")
    ids = await campaign_with_drafts(ctx, 6)
    async with serving.serving(workspace_app.create(cfg)) as url:
        port = int(url.rsplit(":", 1)[1])
        async with at_work(ctx, impatient(f"{url}/api/")):
            async with asyncio.timeout(20):
                while await stale(ctx) > 4:
                    await asyncio.sleep(0.01)
    async with at_work(ctx, impatient(f"{url}/api/"), impatient(f"{url}/api/")):
        await change_everything(ctx, ids)
        await asyncio.sleep(1.0)
        assert await stale(ctx) == 7
        back = workspace_app.create(cfg)
        async with serving.serving(back, port):
            await until_drawn(ctx, within=60)  # a lease that was cut off mid-call ends first
            found = Slack(back.state.workspace, AsyncWebClient("xoxb-1")).messages()
            assert_each_once_with_the_news(found, 6)


async def test_five_hundred_channels_are_not_each_asked_whether_slack_is_back(
    ctx: Context, slack: Slack
) -> None:
    await campaign_with_drafts(ctx, 1)
    async with ctx.db.begin() as conn:
        places = [
            {"workspace_id": "T1", "kind": "campaign", "entity_id": 1, "channel": f"C{number}"}
            for number in range(500)
        ]
        await conn.execute(cards.insert(), places)
    slack.workspace.trouble = Trouble("error")
    async with at_work(ctx, impatient(slack.client.base_url)), asyncio.timeout(30):
        while len(slack.received("chat.postMessage", "auth.test")) < 2:
            await asyncio.sleep(0.05)
        await asyncio.sleep(1.0)
    assert len(slack.received("chat.postMessage", "auth.test")) <= 14
    assert len(slack.received("chat.postMessage")) == 1
    assert slack.messages(CHANNEL) == []
