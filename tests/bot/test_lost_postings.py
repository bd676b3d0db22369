"""A process that dies between Slack's taking a post and the row's knowing it: found again, or removed at its first click."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from drawing import CHANNEL, Slack, campaign_with_drafts, drain, lost_posting, stale, unpaced
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import exc, select, update

from bot import hello, lookup
from bot import slack as edge_module
from bot.local.troubles import Trouble
from bot.reconciler import Reconciler
from engine.context import Context
from storage import cards as card_rows
from storage import digests, marks
from storage.model import Card
from storage.tables import campaigns, cards, slack_channels

PERSON = "U0OLIVIA"


async def card(ctx: Context, card_id: int = 1) -> Card:
    async with ctx.db.read() as conn:
        found = await card_rows.get(conn, card_id)
    assert found is not None
    return found


async def free_again(ctx: Context) -> None:
    """The dead process's lease is over, and so is every wait."""
    async with ctx.db.begin() as conn:
        await conn.execute(update(slack_channels).values(leased_by=None, lease_until=None, next_post_at=None))
        await conn.execute(update(cards).values(not_before=None))


async def crashed_twice(ctx: Context, slack: Slack) -> None:
    """The head of a thread and then its only reply are posted by a process that dies each time."""
    await campaign_with_drafts(ctx, 1)
    await lost_posting(ctx, slack, slack.client)
    await free_again(ctx)


async def test_a_lost_post_is_found_by_its_metadata_in_the_channel_and_in_a_thread(
    ctx: Context, slack: Slack
) -> None:
    slack.grant("channels:history")
    await crashed_twice(ctx, slack)
    reconciler = unpaced(slack)
    assert await reconciler.turn(ctx)  # the head alone: its reply had no place yet
    assert (await card(ctx)).ts == slack.messages()[0]["ts"]
    await lost_posting(ctx, slack, slack.client)
    await free_again(ctx)
    await drain(ctx, reconciler)
    head, reply = slack.messages()
    assert reply["thread_ts"] == head["ts"]
    assert [(await card(ctx, id_)).ts for id_ in (1, 2)] == [head["ts"], reply["ts"]]
    assert [(await card(ctx, id_)).posting_at for id_ in (1, 2)] == [None, None]
    assert len(slack.received("conversations.history")) == len(slack.received("conversations.replies")) == 1


async def test_a_lost_post_is_found_whatever_slack_adds_to_its_metadata(ctx: Context, slack: Slack) -> None:
    class Adding(AsyncWebClient):
        async def conversations_history(self, **asked: Any) -> Any:
            answer = await super().conversations_history(**asked)
            for message in answer["messages"]:
                if found := message.get("metadata"):
                    found["app_id"] = found["event_payload"]["added"] = "A1"
            return answer

    slack.grant("channels:history")
    await crashed_twice(ctx, slack)
    client = Adding("xoxb-1", base_url=slack.client.base_url, retry_handlers=[])
    await Reconciler(client, pace=timedelta()).turn(ctx)
    assert [message["ts"] for message in slack.messages()] == [(await card(ctx)).ts]


async def test_without_a_history_scope_it_is_posted_again_and_nobody_asks_for_history(
    ctx: Context, slack: Slack
) -> None:
    slack.grant()
    await crashed_twice(ctx, slack)
    await drain(ctx, unpaced(slack))
    assert (await stale(ctx), len(slack.messages())) == (0, 3)
    assert slack.received("conversations.history", "conversations.replies") == []


async def test_a_scope_for_other_channels_only_is_as_good_as_none(ctx: Context, slack: Slack) -> None:
    """A channel's id does not tell whether it is private, so Slack itself has to refuse."""
    slack.grant("groups:history")
    await crashed_twice(ctx, slack)
    await drain(ctx, unpaced(slack))
    assert (await stale(ctx), len(slack.messages())) == (0, 3)
    assert len(slack.received("conversations.history")) == 1


@pytest.mark.parametrize("way", ["ratelimited", "error", "hang"])
async def test_while_history_does_not_answer_nothing_is_posted_twice_and_later_it_is_found(
    ctx: Context, slack: Slack, way: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hello, "FIRST", 0.0)
    slack.grant("channels:history")
    await crashed_twice(ctx, slack)
    slack.workspace.trouble = trouble = Trouble(way, methods=frozenset({"conversations.history"}))
    client = AsyncWebClient("xoxb-1", base_url=slack.client.base_url, timeout=0.3, retry_handlers=[])  # type: ignore[arg-type]
    reconciler = Reconciler(client, pace=timedelta())
    for _ in range(3):
        await drain(ctx, reconciler)
        await free_again(ctx)
    assert (len(slack.messages()), await stale(ctx)) == (1, 2)
    trouble.lift(slack.workspace)
    await drain(ctx, reconciler)
    assert (len(slack.messages()), await stale(ctx)) == (2, 0)


async def test_a_limit_of_one_small_page_a_minute_delays_one_card_and_still_ends(
    ctx: Context, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "PAGE", 2)
    slack.grant("channels:history")
    await crashed_twice(ctx, slack)
    for number in range(7):
        await slack.client.chat_postMessage(channel=CHANNEL, text=f"talk {number}")
    async with ctx.db.begin() as conn:
        await card_rows.want(conn, "T1", "campaign", 1, "C0SOCIAL")
    limit = Trouble("ratelimited", calls=1, methods=frozenset({"conversations.history"}), retry_after=60)
    real = AsyncWebClient.conversations_history

    async def one_page(self: AsyncWebClient, **fields: Any) -> Any:
        answer = await real(self, **fields)
        slack.workspace.trouble = replace(limit)
        return answer

    monkeypatch.setattr(AsyncWebClient, "conversations_history", one_page)
    reconciler = unpaced(slack)
    rounds = 0
    while await stale(ctx) and rounds < 20:
        await drain(ctx, reconciler)
        assert len(slack.messages("C0SOCIAL")) == 1  # which waits for nobody
        await free_again(ctx)
        rounds += 1
    assert rounds in range(3, 10)
    assert [one["text"].startswith("talk") for one in slack.messages()] == [False, *[True] * 7, False]


async def test_a_card_that_was_posted_anew_is_not_taken_for_its_older_copy(
    ctx: Context, slack: Slack
) -> None:
    """Announced again further down, and never sent: the copy further up is that card's, but not of this posting."""
    slack.grant("channels:history")
    await campaign_with_drafts(ctx, 0)
    await drain(ctx, unpaced(slack))
    async with ctx.db.begin() as conn:
        await card_rows.post_anew(conn, await card(ctx))
        await card_rows.record(conn, 1, posting_at=await ctx.db.machine_now(conn))
    await drain(ctx, unpaced(slack))
    _older, newer = slack.messages()
    assert (await card(ctx)).ts == newer["ts"]


async def test_another_apps_message_with_the_same_metadata_is_not_ours(ctx: Context, slack: Slack) -> None:
    slack.grant("channels:history")
    await crashed_twice(ctx, slack)
    ours = slack.messages()[0]
    forged = {key: ours[key] for key in ("text", "metadata")}
    slack.workspace.remove(ours)
    slack.workspace.post(CHANNEL, "U0BAO", bot_id="B0THEIRS", **forged)
    await drain(ctx, unpaced(slack))
    assert (await card(ctx)).ts != slack.messages()[0]["ts"]
    assert (await stale(ctx), len(slack.messages())) == (0, 3)


async def test_a_database_that_goes_away_between_post_and_record_costs_no_second_post(
    ctx: Context, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack.grant()
    await campaign_with_drafts(ctx, 0)
    real, tries = card_rows.stands, []

    async def away(*args: Any) -> bool:
        tries.append(args)
        if len(tries) == 1:
            raise OSError
        return await real(*args)

    monkeypatch.setattr(card_rows, "stands", away)
    reconciler = unpaced(slack)
    for _ in range(2):
        await drain(ctx, reconciler)
        await free_again(ctx)
    assert (await stale(ctx), len(slack.messages()), len(tries)) == (0, 1, 2)


async def test_a_busy_database_is_no_fault_of_the_card(
    ctx: Context, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    await campaign_with_drafts(ctx, 0)
    real, tries = card_rows.stands, []

    async def busy(*args: Any) -> bool:
        tries.append(args)
        if len(tries) == 1:
            raise exc.TimeoutError  # of the pool
        return await real(*args)

    monkeypatch.setattr(card_rows, "stands", busy)
    reconciler = unpaced(slack)
    with pytest.raises(exc.TimeoutError):
        await reconciler.turn(ctx)
    assert (await card(ctx)).failures == 0
    await drain(ctx, reconciler)
    assert (await stale(ctx), len(slack.messages()), len(tries)) == (0, 1, 2)


# --- a copy that no row knows, and somebody's click on it


async def click(ctx: Context, slack: Slack, message: dict[str, Any], button: str = "campaign.pause") -> None:
    """Olivia presses a button of the campaign's card on this very message."""
    edge = edge_module.Slack(
        replace(ctx), slack.client, token="xoxb-1", signing_secret="s", prefix="", url=""
    )
    action = {"action_id": button, "block_id": "b", "type": "button", "value": "1.0"}
    body = {
        "type": "block_actions", "team": {"id": "T1"}, "user": {"id": PERSON, "team_id": "T1"},
        "channel": {"id": CHANNEL}, "actions": [action],
        "container": {"type": "message", "message_ts": message["ts"], "channel_id": CHANNEL, "is_ephemeral": False},
    }  # fmt: skip
    answer = await edge.app.async_dispatch(AsyncBoltRequest(body=json.dumps(body), mode="socket_mode"))
    assert answer.status == 200
    await edge.finish(5)


async def status(ctx: Context) -> str:
    async with ctx.db.read() as conn:
        return str((await conn.execute(select(campaigns.c.status))).scalar_one())


async def two_copies(ctx: Context, slack: Slack) -> tuple[dict[str, Any], dict[str, Any]]:
    slack.grant()
    await campaign_with_drafts(ctx, 0)
    await lost_posting(ctx, slack, slack.client)
    await free_again(ctx)
    await drain(ctx, unpaced(slack))
    older, newer = [one for one in slack.messages() if not one.get("ephemeral_for")]
    return older, newer


@pytest.mark.parametrize("which", ["older", "newer"])
async def test_a_click_counts_on_either_copy_and_only_the_unknown_one_goes(
    ctx: Context, slack: Slack, which: str
) -> None:
    older, newer = await two_copies(ctx, slack)
    await click(ctx, slack, older if which == "older" else newer)
    assert await status(ctx) == "paused"
    left = [one["ts"] for one in slack.messages() if not one.get("ephemeral_for")]
    assert left == ([newer["ts"]] if which == "older" else [older["ts"], newer["ts"]])
    await drain(ctx, unpaced(slack))
    assert "aused" in json.dumps(slack.workspace.store.message(CHANNEL, newer["ts"])["blocks"])


async def test_a_click_on_the_lost_copy_before_another_is_posted_makes_it_the_card(
    ctx: Context, slack: Slack
) -> None:
    slack.grant()
    await campaign_with_drafts(ctx, 0)
    await lost_posting(ctx, slack, slack.client)
    (lost,) = slack.messages()
    await click(ctx, slack, lost)
    await free_again(ctx)
    await drain(ctx, unpaced(slack))
    kept = [one["ts"] for one in slack.messages() if not one.get("ephemeral_for")]
    assert (kept, (await card(ctx)).ts, await status(ctx)) == ([lost["ts"]], lost["ts"], "paused")


async def test_a_post_that_meets_a_copy_adopted_meanwhile_is_taken_back(ctx: Context, slack: Slack) -> None:
    """The click comes while a second post is on its way. It is refused, so only the drawing can bring the news."""
    slack.grant()
    await campaign_with_drafts(ctx, 0)
    await lost_posting(ctx, slack, slack.client)
    await free_again(ctx)
    (lost,) = slack.messages()
    async with ctx.db.begin() as conn:
        await conn.execute(update(campaigns).values(name="The newest name"))
        await marks.stale(conn, "campaign", [1])

    class Clicked(AsyncWebClient):
        async def chat_postMessage(self, **words: Any) -> Any:
            await click(ctx, slack, lost, "campaign.resume")
            return await super().chat_postMessage(**words)

    client = Clicked("xoxb-1", base_url=slack.client.base_url, retry_handlers=[])
    await drain(ctx, Reconciler(client, pace=timedelta()))
    kept = [one["ts"] for one in slack.messages() if not one.get("ephemeral_for")]
    assert (kept, (await card(ctx)).ts, await stale(ctx)) == ([lost["ts"]], lost["ts"], 0)
    assert "The newest name" in json.dumps(slack.messages()[0]["blocks"])


async def test_a_click_on_what_is_no_card_deletes_nothing(ctx: Context, slack: Slack) -> None:
    await campaign_with_drafts(ctx, 0, channel="C0SOCIAL")
    said = await slack.client.chat_postMessage(channel=CHANNEL, text="Not a card.")
    await click(ctx, slack, {"ts": said["ts"]})
    assert slack.received("chat.delete") == []


# --- the chart, which is a file


async def a_chart(ctx: Context) -> None:
    async with ctx.db.begin() as conn:
        now = ctx.now()
        digest_id = await digests.add(conn, {
            "workspace_id": "T1", "key": "k", "channel": CHANNEL, "starts_at": now - timedelta(days=1),
            "ends_at": now, "zone": "UTC", "asked_by": None, "created_at": now,
        })  # fmt: skip
    from engine import digest

    await digest.work(ctx, await digest.claim(ctx))
    async with ctx.db.begin() as conn:
        await conn.execute(cards.delete().where(cards.c.kind != "chart"))
    assert digest_id == 1


@pytest.mark.parametrize(
    ("method", "after"),
    [("files.getUploadURLExternal", False), ("files.completeUploadExternal", False),
     ("files.completeUploadExternal", True)],
)  # fmt: skip
async def test_a_chart_whose_upload_got_no_answer_is_shown_once(
    ctx: Context, slack: Slack, method: str, after: bool
) -> None:
    slack.grant()
    await a_chart(ctx)
    slack.workspace.trouble = Trouble("error", calls=1, methods=frozenset({method}), after=after)
    reconciler = unpaced(slack)
    await drain(ctx, reconciler)
    assert await stale(ctx) == 1
    await free_again(ctx)
    await drain(ctx, unpaced(slack))
    assert (await stale(ctx), len(slack.messages())) == (0, 1)
    async with ctx.db.begin() as conn:
        await marks.stale(conn, "chart", [1])
    await drain(ctx, reconciler)
    assert (await stale(ctx), len(slack.messages())) == (0, 1)


async def test_a_process_that_dies_after_sharing_a_chart_shares_it_no_second_time(
    ctx: Context, slack: Slack
) -> None:
    slack.grant()
    await a_chart(ctx)

    class Dies(AsyncWebClient):
        async def files_completeUploadExternal(self, **fields: Any) -> Any:
            await super().files_completeUploadExternal(**fields)
            raise asyncio.CancelledError

    client = Dies("xoxb-1", base_url=slack.client.base_url, retry_handlers=[])
    with pytest.raises(asyncio.CancelledError):
        await Reconciler(client, pace=timedelta()).turn(ctx)
    await free_again(ctx)
    await drain(ctx, unpaced(slack))
    assert (await stale(ctx), len(slack.messages())) == (0, 1)
