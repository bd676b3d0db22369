"""What goes wrong with one card stays with that card: it waits, longer each time, and all others are drawn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import seeding
from drawing import CHANNEL, Slack, campaign_with_drafts, drain, stale, unpaced
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from sqlalchemy import select, update

from bot import reconciler as module
from bot.reconciler import Reconciler
from engine.context import Context
from storage import cards as card_rows
from storage import marks
from storage.lifecycle import State
from storage.tables import cards, slack_channels

FIRST = 2
"""The id of the first message's card; the campaign's is 1."""


class Troubled(AsyncWebClient):
    """Fails while `fault` is set, for posts at the top level when `heads`, else for posts in a thread."""

    fault: Exception | None = None
    heads = False
    tries = 0

    async def chat_postMessage(self, **words: Any) -> Any:
        if self.fault is not None and self.heads is (words["thread_ts"] is None):
            self.tries += 1
            raise self.fault
        return await super().chat_postMessage(**words)


def troubled(slack: Slack, fault: Exception, *, heads: bool = False) -> Troubled:
    client = Troubled("xoxb-1", base_url=slack.client.base_url, retry_handlers=[])
    client.fault, client.heads = fault, heads
    return client


def refusal(word: str) -> SlackApiError:
    answer = AsyncSlackResponse(
        client=None, http_verb="POST", api_url="", req_args={}, data={"ok": False, "error": word}, headers={},
        status_code=200,
    )  # fmt: skip
    return SlackApiError("no", answer)


class Page:
    """What aiohttp gives where a proxy answered instead of Slack: no `get`, no JSON."""

    status = 502


async def waits(ctx: Context, card_id: int) -> tuple[timedelta, int]:
    """How long a card still waits, and how often it failed."""
    async with ctx.db.read() as conn:
        card, now = await card_rows.get(conn, card_id), await ctx.db.machine_now(conn)
    assert card is not None
    return (card.not_before - now if card.not_before else timedelta(), card.failures)


async def patience(ctx: Context) -> None:
    async with ctx.db.begin() as conn:
        await conn.execute(update(cards).values(not_before=None))


async def test_a_card_that_cannot_be_rendered_stops_no_other(
    ctx: Context, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison, *_ = await campaign_with_drafts(ctx, 3)
    async with ctx.db.begin() as conn:
        await card_rows.want(conn, "T1", "campaign", 1, "C0SOCIAL")
    real = module.RENDERERS["message"]

    def render(view: Any) -> Any:
        if view.case.message.id == poison:
            raise KeyError("a renderer's fault")
        return real(view)

    monkeypatch.setitem(module.RENDERERS, "message", render)
    await drain(ctx, unpaced(slack))
    assert len(slack.messages()) == 3
    assert len(slack.messages("C0SOCIAL")) == 1
    assert await stale(ctx) == 1
    monkeypatch.undo()
    await patience(ctx)
    await drain(ctx, unpaced(slack))
    assert (await stale(ctx), len(slack.messages()), (await waits(ctx, FIRST))[1]) == (0, 4, 0)


@pytest.mark.parametrize(
    "fault",
    [
        aiohttp.ServerDisconnectedError(), aiohttp.ClientPayloadError(), TimeoutError(),
        refusal("fatal_error"), SlackApiError("no JSON", Page()), RuntimeError(),
    ],
    ids=lambda fault: type(fault).__name__,
)  # fmt: skip
async def test_whatever_a_call_raises_only_its_card_waits(
    ctx: Context, slack: Slack, fault: Exception
) -> None:
    await campaign_with_drafts(ctx, 2)
    client = troubled(slack, fault)
    await drain(ctx, Reconciler(client, pace=timedelta()))
    assert (client.tries, await stale(ctx), len(slack.messages())) == (2, 2, 1)
    client.fault = None
    await patience(ctx)
    await drain(ctx, Reconciler(client, pace=timedelta()))
    assert (await stale(ctx), len(slack.messages())) == (0, 3)


async def test_a_card_waits_twice_as_long_each_time_and_never_over_ten_minutes(
    ctx: Context, slack: Slack
) -> None:
    await campaign_with_drafts(ctx, 1)
    reconciler = Reconciler(troubled(slack, refusal("fatal_error")), pace=timedelta())
    waited = []
    for _ in range(9):
        await patience(ctx)
        await drain(ctx, reconciler)
        waited.append(round((await waits(ctx, FIRST))[0].total_seconds()))
    assert waited == [5, 10, 20, 40, 80, 160, 320, 600, 600]


async def test_replies_wait_for_a_parent_that_has_no_place_yet(ctx: Context, slack: Slack) -> None:
    await campaign_with_drafts(ctx, 3)
    client = troubled(slack, refusal("fatal_error"), heads=True)
    assert await drain(ctx, Reconciler(client, pace=timedelta())) <= 2
    assert slack.messages() == []
    client.fault = None
    await patience(ctx)
    await drain(ctx, Reconciler(client, pace=timedelta()))
    head, *rest = slack.messages()
    assert [message.get("thread_ts") for message in rest] == [head["ts"]] * 3


@pytest.mark.parametrize("word", ["invalid_blocks", "restricted_action"])
async def test_replies_to_a_parent_that_was_given_up_stand_without_a_thread(
    ctx: Context, slack: Slack, word: str
) -> None:
    await campaign_with_drafts(ctx, 2)
    client = troubled(slack, refusal(word), heads=True)
    reconciler = Reconciler(client, pace=timedelta())
    await reconciler.turn(ctx)
    client.fault = None
    await drain(ctx, reconciler)
    assert [message.get("thread_ts") for message in slack.messages()] == [None, None]
    assert await stale(ctx) == 0


async def test_a_deleted_head_is_posted_again_and_its_new_reply_stands_below_it(
    ctx: Context, slack: Slack
) -> None:
    await campaign_with_drafts(ctx, 1)
    await drain(ctx, unpaced(slack))
    head = slack.messages()[0]
    await slack.client.chat_delete(channel=CHANNEL, ts=head["ts"])
    async with ctx.db.begin() as conn:
        people = await seeding.people(conn, "T1", 1, ctx.now(), first=1)
        ids = await seeding.touches(conn, "T1", 1, people, ctx.now(), state=State.DRAFTED)
        await card_rows.want_many(conn, "T1", "message", ids, CHANNEL, parent=("campaign", 1))
    assert await drain(ctx, unpaced(slack)) < 5
    await patience(ctx)
    await drain(ctx, unpaced(slack))
    _orphan, new_head, reply = slack.messages()
    assert new_head.get("thread_ts") in (None, new_head["ts"])
    assert (reply["thread_ts"], await stale(ctx)) == (new_head["ts"], 0)


async def test_a_head_that_slack_never_finds_is_not_asked_for_in_a_loop(ctx: Context, slack: Slack) -> None:
    await campaign_with_drafts(ctx, 1)
    client = troubled(slack, refusal("thread_not_found"))
    reconciler = Reconciler(client, pace=timedelta())
    assert await drain(ctx, reconciler) < 5
    for _ in range(3):
        await patience(ctx)
        await drain(ctx, reconciler)
    assert client.tries == 4
    assert (await waits(ctx, FIRST))[0] > timedelta(seconds=35)


async def test_a_change_does_not_end_the_wait_of_a_failing_card(ctx: Context, slack: Slack) -> None:
    (one,) = await campaign_with_drafts(ctx, 1)
    client = troubled(slack, refusal("fatal_error"))
    reconciler = Reconciler(client, pace=timedelta())
    await drain(ctx, reconciler)
    async with ctx.db.begin() as conn:
        await marks.stale(conn, "message", [one])
        assert (await conn.execute(select(cards.c.failures).where(cards.c.id == FIRST))).scalar_one() == 1
    await drain(ctx, reconciler)
    assert client.tries == 1


async def test_a_private_channel_that_we_are_not_in_is_asked_into_and_its_cards_come_with_the_invitation(
    ctx: Context, slack: Slack
) -> None:
    """Slack says channel_not_found there: given up, the cards of a campaign would never have come."""

    class Private(AsyncWebClient):
        tries, invited, deaf = 0, False, True

        async def chat_postMessage(self, **words: Any) -> Any:
            if words["channel"] == CHANNEL and not self.invited:
                self.tries += 1
                raise refusal("channel_not_found")
            if self.deaf and words["channel"].startswith("D"):
                raise refusal("internal_error")
            return await super().chat_postMessage(**words)

    async def later() -> None:
        async with ctx.db.begin() as conn:
            await conn.execute(update(slack_channels).values(next_post_at=None))

    await campaign_with_drafts(ctx, 2)
    client = Private("xoxb-1", base_url=slack.client.base_url, retry_handlers=[])
    reconciler = Reconciler(client, pace=timedelta())
    await drain(ctx, reconciler)
    assert (client.tries, await stale(ctx), slack.messages("D0OLIVIA")) == (1, 3, [])
    client.deaf = False
    for _ in range(2):  # asked again until Slack takes it, and then no more
        await later()
        await drain(ctx, reconciler)
    (asked,) = slack.messages("D0OLIVIA")
    assert "/invite" in asked["text"]
    client.invited = True
    await later()
    await drain(ctx, reconciler)
    assert (await stale(ctx), len(slack.messages())) == (0, 3)


@pytest.mark.parametrize("word", ["account_inactive", "token_revoked", "invalid_auth", "missing_scope"])
async def test_cards_outlive_a_token_that_was_taken_away(ctx: Context, slack: Slack, word: str) -> None:
    await campaign_with_drafts(ctx, 1)
    client = troubled(slack, refusal(word), heads=True)
    await drain(ctx, Reconciler(client, pace=timedelta()))
    client.fault = None
    await patience(ctx)
    await drain(ctx, Reconciler(client, pace=timedelta()))
    assert (await stale(ctx), len(slack.messages())) == (0, 2)


@pytest.mark.parametrize("word", ["cant_update_message", "edit_window_closed"])
async def test_a_card_that_may_not_be_changed_any_more_is_posted_as_it_is_now(
    ctx: Context, slack: Slack, word: str
) -> None:
    """After a new installation the bot is another user, and the workspace may forbid edits."""

    class Frozen(AsyncWebClient):
        until = ""

        async def chat_update(self, **words: Any) -> Any:
            if words["ts"] <= self.until:
                raise refusal(word)
            return await super().chat_update(**words)

    (one,) = await campaign_with_drafts(ctx, 1)
    client = Frozen("xoxb-1", base_url=slack.client.base_url, retry_handlers=[])
    reconciler = Reconciler(client, pace=timedelta())
    await drain(ctx, reconciler)
    older = client.until = slack.messages()[1]["ts"]
    for _ in range(2):
        async with ctx.db.begin() as conn:
            await marks.stale(conn, "message", [one])
        await drain(ctx, reconciler)
    _head, reply = slack.messages()
    assert reply["ts"] > older
    assert await stale(ctx) == 0


@pytest.mark.parametrize("word", ["invalid_blocks", "msg_too_long", "msg_blocks_too_long"])
async def test_a_card_that_slack_does_not_take_is_shown_in_words(
    ctx: Context, slack: Slack, word: str
) -> None:
    class Narrow(AsyncWebClient):
        limit = 2

        async def chat_postMessage(self, **words: Any) -> Any:
            if len(words["blocks"]) > self.limit:
                raise refusal(word)
            return await super().chat_postMessage(**words)

    (one,) = await campaign_with_drafts(ctx, 1)
    client = Narrow("xoxb-1", base_url=slack.client.base_url, retry_handlers=[])
    await drain(ctx, Reconciler(client, pace=timedelta()))
    head, reply = slack.messages()
    assert reply["thread_ts"] == head["ts"]
    assert all(message["blocks"][0]["text"]["text"] == message["text"] for message in (head, reply))
    assert await stale(ctx) == 0
    async with ctx.db.begin() as conn:
        await marks.stale(conn, "message", [one])
    await drain(ctx, unpaced(slack))  # the next change is drawn whole, where it stands
    assert (len(slack.messages()), len(slack.messages()[1]["blocks"]) > 2) == (2, True)


async def test_a_limit_told_by_a_proxys_page_is_heeded(ctx: Context, slack: Slack) -> None:
    class Limited(Page):
        status, headers = 429, {"Retry-After": "40"}

    await campaign_with_drafts(ctx, 1)
    client = troubled(slack, SlackApiError("no JSON", Limited()), heads=True)
    reconciler = Reconciler(client, pace=timedelta())
    await drain(ctx, reconciler)
    client.fault = None
    assert not await reconciler.turn(ctx)
    async with ctx.db.read() as conn:
        until = (await conn.execute(select(slack_channels.c.next_post_at))).scalar_one()
        assert until - await ctx.db.machine_now(conn) > timedelta(seconds=30)
    assert (await waits(ctx, 1))[1] == 0


@pytest.mark.parametrize("word", ["cant_delete_message", "compliance_exports_prevent_deletion"])
async def test_a_card_that_may_not_be_deleted_is_not_asked_about_for_ever(
    ctx: Context, slack: Slack, word: str
) -> None:
    class Kept(AsyncWebClient):
        tries = 0

        async def chat_delete(self, **_: Any) -> Any:
            self.tries += 1
            raise refusal(word)

    async with ctx.db.begin() as conn:
        await card_rows.want(conn, "T1", "campaign", 99, CHANNEL)  # what it shows is gone
        await conn.execute(update(cards).values(ts="1.000001"))
    client = Kept("xoxb-1", base_url=slack.client.base_url, retry_handlers=[])
    for _ in range(2):
        await drain(ctx, Reconciler(client, pace=timedelta()))
        await patience(ctx)
    assert (client.tries, await stale(ctx)) == (1, 0)
