"""The world outside, as it remembers it: a mail server, LinkedIn, and a Slack. All three live in the test's process."""

from __future__ import annotations

import asyncio
import contextlib
import email
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import serve
from bot.local import app as workspace_app
from bot.local import config, serving

AUTHOR = "urn:li:organization:7"


@dataclass
class World:
    """What arrived. `delay` bounds how long each answer takes, in seconds."""

    delay: tuple[float, float] = (0.0, 0.02)
    slack: Any = None
    env: dict[str, str] = field(default_factory=dict)
    mails: Counter[str] = field(default_factory=Counter)
    ids: Counter[str] = field(default_factory=Counter)
    opt_outs: dict[str, str] = field(default_factory=dict)
    posts: Counter[str] = field(default_factory=Counter)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """It counts as taken before the answer leaves: the sender may be dead by then."""
        headers = email.message_from_bytes(envelope.original_content)
        (to,) = envelope.rcpt_tos
        self.mails[to] += 1
        self.ids[str(headers["Message-ID"])] += 1
        self.opt_outs[to] = str(headers["List-Unsubscribe"]).strip("<>").rpartition("/")[2]
        await asyncio.sleep(random.uniform(*self.delay))
        return "250 2.0.0 taken"

    async def post(self, request: Request) -> Response:
        words = (await request.json())["commentary"]
        self.posts[words] += 1
        await asyncio.sleep(random.uniform(*self.delay))
        return Response(status_code=201, headers={"x-restli-id": f"urn:li:share:{sum(self.posts.values())}"})

    def bot_messages(self, channel: str) -> list[dict[str, Any]]:
        return [found for found in self.slack.store.messages(channel) if found.get("bot_id")]


@contextlib.asynccontextmanager
async def open_world(folder: Path) -> AsyncIterator[World]:
    world = World()
    cfg = config.LocalConfig(
        path=folder / "slack.db", signing_secret="signing", bot_token="xoxb-1", team_id="T1"
    )
    local = workspace_app.create(cfg)
    vendor = Starlette(routes=[Route("/rest/posts", world.post, methods=["POST"])])
    async with contextlib.AsyncExitStack() as stack:
        slack_url = await stack.enter_async_context(serving.serving(local))
        linkedin = await stack.enter_async_context(serve.http(vendor, host="127.0.0.1", port=0, goodbye=1))
        mail = await stack.enter_async_context(_mail(world))
        world.slack = local.state.workspace
        world.slack.base_url = slack_url
        world.env = {
            "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "signing", "SLACK_API_URL": f"{slack_url}/api",
            "SMTP_URL": f"smtp://127.0.0.1:{mail}?tls=off", "MAIL_FROM": "olivia@acme.example",
            "LINKEDIN_ACCESS_TOKEN": "t0ken", "LINKEDIN_AUTHOR": AUTHOR,
            "LINKEDIN_API_URL": f"http://127.0.0.1:{linkedin}", "PUBLIC_URL": "http://127.0.0.1:1",
        }  # fmt: skip
        yield world
        local.state.workspace.shut()


@contextlib.asynccontextmanager
async def _mail(world: World) -> AsyncIterator[int]:
    """Connections that dead workers left behind are cut at the end."""
    loop, sessions = asyncio.get_running_loop(), []

    def session() -> SMTP:
        sessions.append(SMTP(world, hostname="sink", loop=loop))
        return sessions[-1]

    listener = await loop.create_server(session, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        for found in sessions:
            if found.transport is not None:
                found.transport.abort()
        await asyncio.sleep(0.01)
