"""One post a second and channel and one drawer at a time, over all processes, however much there is to draw."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
import seeding
from drawing import CHANNEL, Slack, at_work, campaign_with_drafts, drain, stale, unpaced, until_drawn
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import event, update

from bot import reconciler as module
from bot.reconciler import Reconciler
from engine.context import Context
from storage import cards as card_rows
from storage import marks
from storage.db import Database
from storage.lifecycle import State
from storage.tables import campaigns, slack_channels

SHOWN = ("chat.postMessage", "chat.update", "files.completeUploadExternal")
BACKLOG = 5_000


def gaps(slack: Slack) -> dict[str, list[float]]:
    """Seconds between what each channel received."""
    by_channel: dict[str, list[float]] = defaultdict(list)
    for channel, at in slack.received(*SHOWN):
        by_channel[channel].append(at)
    return {channel: [b - a for a, b in pairwise(times)] for channel, times in by_channel.items()}


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """What this database is asked while the block runs."""
    asked: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    engines = {db._writer.sync_engine, db._reader.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield asked
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


async def costs(ctx: Context, slack: Slack, reconciler: Reconciler, count: int) -> list[int]:
    """Statements of each of so many turns that drew something; each of them was one call."""
    found: list[int] = []
    while len(found) < count:
        before = len(slack.received(*SHOWN))
        with statements(ctx.db) as asked:
            drew = await reconciler.turn(ctx)
        if drew:
            assert len(slack.received(*SHOWN)) == before + 1
            found.append(len(asked))
    return found


async def more_drafts(ctx: Context, count: int) -> None:
    async with ctx.db.begin() as conn:
        people = await seeding.people(conn, "T1", count, ctx.now(), first=12)
        ids = await seeding.touches(conn, "T1", 1, people, ctx.now(), state=State.DRAFTED)
        await card_rows.want_many(conn, "T1", "message", ids, CHANNEL, parent=("campaign", 1))


async def test_two_processes_together_keep_one_post_a_second_in_each_channel(
    ctx: Context, slack: Slack
) -> None:
    await campaign_with_drafts(ctx, 3)
    async with ctx.db.begin() as conn:
        await card_rows.want(conn, "T1", "campaign", 1, "C0SOCIAL")
    async with at_work(ctx, Reconciler(slack.client), Reconciler(slack.client)):
        await until_drawn(ctx)
    found = gaps(slack)
    assert {channel: len(between) for channel, between in found.items()} == {CHANNEL: 3, "C0SOCIAL": 0}
    assert min(found[CHANNEL]) > 0.95


async def test_five_thousand_stale_cards_make_no_burst_and_no_turn_dearer(ctx: Context, slack: Slack) -> None:
    """The first of them: how many are left changes nothing but the time it takes."""
    pace = timedelta(milliseconds=100)
    paced = Reconciler(slack.client, pace=pace)
    await campaign_with_drafts(ctx, 12)
    few = await costs(ctx, slack, paced, 10)
    await more_drafts(ctx, BACKLOG)
    assert await stale(ctx) > BACKLOG
    tracemalloc.start()
    many = await costs(ctx, slack, paced, 10)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert median(many) <= median(few) + 1  # once a second one more asks the server for its clock
    assert peak < 4_000_000
    slack.workspace.calls.clear()
    async with at_work(ctx, paced, Reconciler(slack.client, pace=pace)):
        await until_drawn_to(ctx, BACKLOG - 30)
    assert len(gaps(slack)[CHANNEL]) > 20
    assert min(gaps(slack)[CHANNEL]) > 0.95 * pace.total_seconds()


async def until_drawn_to(ctx: Context, left: int) -> None:
    async with asyncio.timeout(30):
        while await stale(ctx) > left:
            await asyncio.sleep(0.2)


async def test_without_a_pace_a_turn_is_a_bounded_batch(ctx: Context, slack: Slack) -> None:
    await campaign_with_drafts(ctx, module.AT_ONCE + 5)
    await unpaced(slack).turn(ctx)  # the head, which the others wait for
    await unpaced(slack).turn(ctx)
    assert len(slack.messages()) == 1 + module.AT_ONCE


async def test_a_long_backlog_in_one_channel_holds_up_no_other(ctx: Context, slack: Slack) -> None:
    await campaign_with_drafts(ctx, 20)
    quick = Reconciler(slack.client, pace=timedelta(microseconds=1))
    for _ in range(4):
        await quick.turn(ctx)
    async with ctx.db.begin() as conn:
        await card_rows.want(conn, "T1", "campaign", 1, "C0SOCIAL")
    await quick.turn(ctx)
    assert len(slack.messages("C0SOCIAL")) == 1


# --- a drawer that was too slow


async def expire(ctx: Context) -> None:
    async with ctx.db.begin() as conn:
        await conn.execute(update(slack_channels).values(lease_until=datetime(2020, 1, 1, tzinfo=UTC)))


async def overtaken(ctx: Context, slack: Slack) -> None:
    """The lease of whoever draws is over, and another process draws everything that is stale."""
    await expire(ctx)
    await drain(replace(ctx, me="successor"), unpaced(slack))


async def test_no_call_begins_when_it_could_outlast_the_lease(
    ctx: Context, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    await campaign_with_drafts(ctx, 1)
    with monkeypatch.context() as patch:
        patch.setattr(module, "LEASE", timedelta(seconds=module.CALLS))
        await unpaced(slack).turn(ctx)
    assert (slack.received(*SHOWN), await stale(ctx)) == ([], 2)
    await drain(ctx, unpaced(slack))
    assert (len(slack.messages()), await stale(ctx)) == (2, 0)


async def test_who_lost_the_channel_before_posting_does_not_post(
    ctx: Context, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    await campaign_with_drafts(ctx, 0)
    slow = unpaced(slack)
    real = slow._pen.find

    async def find(*args: Any) -> Any:
        await overtaken(ctx, slack)
        return await real(*args)

    monkeypatch.setattr(slow._pen, "find", find)
    await slow.turn(ctx)
    assert (len(slack.messages()), await stale(ctx)) == (1, 0)


async def test_who_lost_the_channel_while_posting_takes_its_copy_back(ctx: Context, slack: Slack) -> None:
    slack.grant()
    await campaign_with_drafts(ctx, 0)

    class Slow(AsyncWebClient):
        async def chat_postMessage(self, **words: Any) -> Any:
            await overtaken(ctx, slack)
            return await super().chat_postMessage(**words)

    await Reconciler(Slow("xoxb-1", base_url=slack.client.base_url), pace=timedelta()).turn(ctx)
    await drain(ctx, unpaced(slack))
    (left,) = slack.messages()
    async with ctx.db.read() as conn:
        card = await card_rows.get(conn, 1)
    assert card is not None
    assert (card.ts, await stale(ctx)) == (left["ts"], 0)


async def rename(ctx: Context, name: str) -> None:
    async with ctx.db.begin() as conn:
        await conn.execute(update(campaigns).values(name=name))
        await marks.stale(conn, "campaign", [1])


async def test_an_update_that_was_overtaken_does_not_leave_an_old_picture(ctx: Context, slack: Slack) -> None:
    """The successor's update reaches Slack first and is written down last."""
    await campaign_with_drafts(ctx, 0)
    await drain(ctx, unpaced(slack))
    newer_shown, older_recorded = asyncio.Event(), asyncio.Event()
    successors: list[asyncio.Task[bool]] = []

    class Successor(AsyncWebClient):
        async def chat_update(self, **words: Any) -> Any:
            answer = await super().chat_update(**words)
            newer_shown.set()
            await older_recorded.wait()
            return answer

    class Slow(AsyncWebClient):
        async def chat_update(self, **words: Any) -> Any:
            await rename(ctx, "The newest name")
            await expire(ctx)
            other = Reconciler(Successor("xoxb-1", base_url=slack.client.base_url), pace=timedelta())
            successors.append(asyncio.create_task(other.turn(replace(ctx, me="successor"))))
            await newer_shown.wait()
            return await super().chat_update(**words)

    await rename(ctx, "An older name")
    await Reconciler(Slow("xoxb-1", base_url=slack.client.base_url), pace=timedelta()).turn(ctx)
    assert "An older name" in json.dumps(slack.messages()[0]["blocks"])
    older_recorded.set()
    await asyncio.gather(*successors)
    await drain(ctx, unpaced(slack))
    assert "The newest name" in json.dumps(slack.messages()[0]["blocks"])
