"""What the outage tests share: which database they are for, messages that are due, a wire, and Slack's four payloads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import seeding
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Table, func, select

from bot.slack import Slack
from engine.channels import Envelope, Limits, Receipt
from engine.context import Context
from storage.tables import messages

on_postgres = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Wire:
    """A channel that keeps what it was given; `during` happens while the first message is on its way."""

    name = "email"
    provider = "smtp"
    limits = Limits(concurrency=50)
    idempotent_for = timedelta()

    def __init__(self, during: Callable[[], Awaitable[None]] | None = None) -> None:
        self.sent: list[str] = []
        self.during = during

    async def send(self, envelope: Envelope) -> Receipt:
        self.sent.append(envelope.key)
        during, self.during = self.during, None
        if during is not None:
            await during()
        return Receipt(f"<{envelope.key}>")

    async def close(self) -> None: ...


class Client(AsyncWebClient):
    """Slack's answers, without Slack: `said` is what was whispered."""

    def __init__(self) -> None:
        super().__init__("xoxb-1", retry_handlers=[])
        self.said: list[str] = []

    async def users_info(self, **_: Any) -> Any:
        return {"user": {"id": "U1OLIVIA", "team_id": "T1", "is_admin": True}}

    async def chat_postEphemeral(self, **words: Any) -> Any:
        self.said.append(words["text"])

    async def files_info(self, **_: Any) -> Any:
        return {"file": {"id": "F1", "name": "people.csv", "url_private": "https://files.slack.com/F1"}}


def edge(ctx: Context, client: Client) -> Slack:
    return Slack(ctx, client, token="xoxb-1", signing_secret="s", prefix="", url="")


async def say(door: Slack, body: dict[str, Any]) -> tuple[int, str]:
    answer = await door.app.async_dispatch(AsyncBoltRequest(body=json.dumps(body), mode="socket_mode"))
    return answer.status, answer.body


USER = {"id": "U1OLIVIA", "team_id": "T1"}
NEW = {
    "command": "/outreach", "text": 'new "Spring" channels:email', "user_id": "U1OLIVIA", "team_id": "T1",
    "channel_id": "C1GROWTH",
}  # fmt: skip
CLICK = {
    "type": "block_actions", "team": {"id": "T1"}, "user": USER, "channel": {"id": "C1GROWTH"},
    "actions": [{"action_id": "message.approve", "type": "button", "value": "1.1"}],
}  # fmt: skip
FORM = {
    "type": "view_submission", "team": {"id": "T1"}, "user": USER,
    "view": {
        "type": "modal", "callback_id": "contact", "private_metadata": json.dumps({"channel": "C1GROWTH"}),
        "state": {"values": {"email": {"value": {"type": "plain_text_input", "value": "ada@lovelace.example"}}}},
    },
}  # fmt: skip
FILE = {
    "type": "event_callback", "team_id": "T1", "event_id": "Ev1",
    "event": {"type": "file_shared", "file_id": "F1", "user_id": "U1OLIVIA", "channel_id": "C1GROWTH"},
}  # fmt: skip


async def due(ctx: Context, count: int, **values: Any) -> list[int]:
    """Approved messages to as many people, due now."""
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", ctx.now(), **values)
        found = await seeding.people(conn, "T1", count, ctx.now())
        return await seeding.touches(conn, "T1", campaign, found, ctx.now())


async def states(ctx: Context) -> list[str]:
    async with ctx.db.read() as conn:
        return list((await conn.execute(select(messages.c.state).order_by(messages.c.id))).scalars())


async def count(ctx: Context, table: Table) -> int:
    async with ctx.db.read() as conn:
        return int((await conn.execute(select(func.count()).select_from(table))).scalar_one())


async def until(holds: Callable[[], Awaitable[bool]], within: float = 40.0) -> None:
    """Ask every few hundredths of a second; TimeoutError when it never holds."""
    async with asyncio.timeout(within):
        while not await holds():
            await asyncio.sleep(0.03)
