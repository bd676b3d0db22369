"""A card for a person: its direct messages are opened once, and from then on it lives there."""

from __future__ import annotations

from datetime import timedelta

from drawing import Slack, campaign_with_drafts, drain, stale, unpaced
from sqlalchemy import select

from bot.reconciler import Reconciler
from engine.context import Context
from storage import cards as card_rows
from storage.tables import cards

OLIVIA, DIRECT = "U0OLIVIA", "D0OLIVIA"


async def rows(ctx: Context) -> list[tuple[str, str, int | None]]:
    async with ctx.db.read() as conn:
        found = await conn.execute(
            select(cards.c.kind, cards.c.channel, cards.c.parent_id).order_by(cards.c.id)
        )
        return [(row.kind, row.channel, row.parent_id) for row in found]


async def want(ctx: Context, channel: str) -> None:
    async with ctx.db.begin() as conn:
        await card_rows.want(conn, "T1", "campaign", 1, channel)


async def test_a_card_for_a_person_moves_to_their_direct_messages(ctx: Context, slack: Slack) -> None:
    await campaign_with_drafts(ctx, 2, channel=OLIVIA)
    await drain(ctx, unpaced(slack))
    assert {channel for _, channel, _ in await rows(ctx)} == {DIRECT}
    head, *rest = slack.messages(DIRECT)
    assert [message["thread_ts"] for message in rest] == [head["ts"]] * 2
    assert (await stale(ctx), len(slack.received("conversations.open"))) == (0, 1)


async def test_asked_for_again_by_the_persons_id_it_is_the_same_card(ctx: Context, slack: Slack) -> None:
    await campaign_with_drafts(ctx, 1, channel=OLIVIA)
    reconciler = unpaced(slack)
    await drain(ctx, reconciler)
    await want(ctx, OLIVIA)
    await drain(ctx, reconciler)
    assert await rows(ctx) == [("campaign", DIRECT, None), ("message", DIRECT, 1)]
    assert len(slack.messages(DIRECT)) == 2
    assert len(slack.received("chat.update")) == 1


async def test_two_cards_that_become_one_keep_their_replies(ctx: Context, slack: Slack) -> None:
    """The direct messages knew the campaign before its cards for the person were drawn."""
    await campaign_with_drafts(ctx, 1, channel=OLIVIA)
    await want(ctx, DIRECT)
    await drain(ctx, unpaced(slack))
    assert await rows(ctx) == [("message", DIRECT, 3), ("campaign", DIRECT, None)]
    head, reply = slack.messages(DIRECT)
    assert (reply["thread_ts"], await stale(ctx)) == (head["ts"], 0)


async def test_a_person_whom_slack_does_not_know_is_given_up(ctx: Context, slack: Slack) -> None:
    await campaign_with_drafts(ctx, 0, channel="U0NOBODY")
    await drain(ctx, unpaced(slack))
    assert (await stale(ctx), slack.received("chat.postMessage")) == (0, [])


async def test_the_pace_is_that_of_the_direct_messages(ctx: Context, slack: Slack) -> None:
    await campaign_with_drafts(ctx, 0, channel=OLIVIA)
    paced = Reconciler(slack.client, pace=timedelta(seconds=60))
    assert await drain(ctx, paced) == 2
    await want(ctx, DIRECT)
    assert await drain(ctx, paced) == 0
    assert len(slack.received("chat.postMessage", "chat.update")) == 1
