"""A post's picture stands on its card once its thread has it; where Slack does not take it, the card stands without it."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import seeding
from drawing import CHANNEL, Slack, drain, stale, unpaced
from PIL import Image
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from sqlalchemy import insert, select

from bot.reconciler import Reconciler
from engine.context import Context
from storage import cards
from storage.lifecycle import State
from storage.model.attached import Attached
from storage.tables import cards as tables
from storage.tables import pictures

ALT = "Two people load a van"


class Sightless(AsyncWebClient):
    """Takes no picture within a card, as Slack does while it still reads the file, or when somebody deleted it."""

    async def chat_update(self, **words: Any) -> Any:
        if any(block["type"] == "image" for block in words["blocks"]):
            answer = AsyncSlackResponse(
                client=None, http_verb="POST", api_url="", req_args={},
                data={"ok": False, "error": "invalid_blocks"}, headers={}, status_code=200,
            )  # fmt: skip
            raise SlackApiError("no", answer)
        return await super().chat_update(**words)


@pytest.fixture
async def post(ctx: Context) -> int:
    """A drafted post on X with its picture, wanted in the channel."""
    out = io.BytesIO()
    Image.new("RGB", (64, 32), "teal").save(out, "PNG")
    content, at = out.getvalue(), ctx.now() + timedelta(hours=1)
    async with ctx.db.begin() as conn:
        shown = Attached(1, "ab" * 32, ALT, "image/png", len(content), 64, 32)
        (id_,) = await seeding.posts(
            conn, "x", "@acme", at, "We open on Monday.", state=State.DRAFTED, options=shown.options
        )
        kept = {
            "id": shown.id, "workspace_id": "T1", "message_id": id_, "state": "kept", "content": content,
            "media_type": "image/png", "digest": shown.digest, "size": len(content), "width": 64, "height": 32,
            "file_id": "F1", "file_url": "https://files.slack.com/F1", "alt": ALT, "added_by": "U0OLIVIA",
            "created_at": ctx.now(),
        }  # fmt: skip
        await conn.execute(insert(pictures).values(kept))
        await cards.want(conn, "T1", "message", id_, CHANNEL)
        await cards.want(conn, "T1", "picture", shown.id, CHANNEL, parent=("message", id_))
    return id_


async def test_the_card_shows_the_file_that_its_thread_has(ctx: Context, slack: Slack, post: int) -> None:
    await drain(ctx, unpaced(slack))
    card, file = slack.messages()
    assert file["thread_ts"] == card["ts"]
    (image,) = [block for block in card["blocks"] if block["type"] == "image"]
    assert (image["slack_file"]["id"], image["alt_text"]) == (file["files"][0]["id"], ALT)
    assert await stale(ctx) == 0


async def test_the_file_of_a_post_in_a_thread_stands_in_that_thread(
    ctx: Context, slack: Slack, post: int
) -> None:
    """Slack has no threads within threads: what answers an answer is seen nowhere."""
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", ctx.now(), channel_id="C0OTHER")
        await cards.want(conn, "T1", "campaign", campaign, "C0OTHER")
        await cards.want(conn, "T1", "message", post, "C0OTHER", parent=("campaign", campaign))
        await cards.want(conn, "T1", "picture", 1, "C0OTHER", parent=("message", post))
        rows = (
            await conn.execute(select(tables.c.kind, tables.c.parent_id).where(tables.c.channel == "C0OTHER"))
        ).all()
        head = (await conn.execute(select(tables.c.id).where(tables.c.kind == "campaign"))).scalar_one()
    assert [(row.kind, row.parent_id) for row in rows] == [
        ("campaign", None),
        ("message", head),
        ("picture", head),
    ]


async def test_a_file_that_slack_does_not_show_takes_no_button_from_the_card(
    ctx: Context, slack: Slack, post: int
) -> None:
    client = Sightless("xoxb-1", base_url=slack.client.base_url, retry_handlers=[])
    await drain(ctx, Reconciler(client, pace=timedelta()))
    card, _ = slack.messages()
    assert not any(block["type"] == "image" for block in card["blocks"])
    labels = [
        part["text"]["text"]
        for block in card["blocks"]
        for part in block.get("elements", ())
        if "action_id" in part
    ]
    assert "Approve" in labels
    assert ALT in str(card["blocks"])
    assert await stale(ctx) == 0
