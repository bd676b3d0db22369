"""`overture demo`: everything in one process on loopback — a local workspace, its mailbox, and the real bot beside it.

No keys and no other server. Nothing here is imported by the product; it composes what the other processes use.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP
from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

from bot import app as composition
from bot import clock, processes
from bot.app import Parts
from bot.local import app as workspace_app
from bot.local import config, networks, serving, sink
from bot.settings import Settings
from bot.slack import EVENTS
from engine import brands, policy
from engine.context import Who
from storage import migrate, workspaces
from storage.db import Database

OURS = ("/slack/", "/o/", "/c/", "/u/", "/healthz", "/readyz", "/webhooks/")
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
OWNER = "U0OLIVIA"
BRAND = {
    "name": "Harbourlight",
    "positioning": "Scheduling software for independent clinics and studios",
    "audience": "Owners and operations leads of small service businesses",
    "value_propositions": "Half the no-shows in a month\nBooking set up in one afternoon\nNo contract",
    "tone": "warm, plain, brief",
    "call_to_action": "https://harbourlight.example/demo",
    "postal_address": "Harbourlight GmbH, Speicherstrasse 8, 20457 Hamburg, Germany",
    "zone": "Europe/Berlin",
    "sender_name": "Olivia Berg",
    "linkedin_address": "urn:li:organization:5515715",
    "linkedin_name": "Harbourlight",
    "facebook_address": "104529876543210",
    "facebook_name": "Harbourlight",
    "x_address": "@harbourlight",
    "x_name": "Harbourlight",
    "targets": "demo https://harbourlight.example/demo\nnewsletter https://harbourlight.example/news\n"
    "contact https://harbourlight.example/hello",
}


class Door:
    """One port for both: what recipients and Slack call goes to the bot, everything else to the workspace page."""

    def __init__(self, workspace: ASGIApp) -> None:
        self._workspace = workspace
        self.bot: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and scope["path"].startswith(OURS)
        await (self.bot if ours and self.bot else self._workspace)(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: its address, the parts of the bot, the business clock, and the workspace's own app."""

    url: str
    parts: Parts
    business: clock.BusinessClock
    workspace: Any
    feed: sink.Feed
    posted: networks.Networks

    async def drain(self) -> None:
        await self.parts.worker.drain()

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """The loops and the clock's tick, while the block runs."""
        ticking = clock.Ticking(self.parts.ctx)
        try:
            async with processes.working(self.parts):
                yield
        finally:
            await ticking.stop()


@contextlib.asynccontextmanager
async def demo(
    settings: Settings, folder: Path, *, worker: bool = True, pace: timedelta = timedelta()
) -> AsyncIterator[Demo]:
    """Serve the demo while the block runs. `settings.smtp_url` empty means the mailbox pane.

    `worker` False leaves the loops to the caller (tests) or to other processes. Raises OSError for a taken port.
    """
    migrate.upgrade(settings.database_url)
    business = clock.BusinessClock()
    running: list[Demo] = []

    async def advance(by: timedelta) -> None:
        await clock.advance(running[0].parts.ctx, business, by, running[0].drain)

    signing, token = secrets.token_hex(16), "xoxb-local-" + secrets.token_hex(8)
    cfg = config.LocalConfig(
        path=folder / "workspace.db", signing_secret=signing, bot_token=token,
        now=business, advance=advance, samples=tuple(sorted(SAMPLES.glob("*.csv"))),
        events=frozenset(EVENTS),
    )  # fmt: skip
    feed = sink.Feed()
    posted = networks.Networks(feed)
    async with contextlib.AsyncExitStack() as stack:
        local, door, url = await _serve(stack, cfg, feed, posted, settings.port)
        smtp = settings.smtp_url.get_secret_value() or await _mailroom(stack, local)
        chosen = _settings(settings, smtp, url, signing, token)
        await _read_clock(chosen, business)
        parts = await composition.build(chosen, now=business, pace=pace, demo=True)
        stack.push_async_callback(parts.close)
        await _furnish(parts)
        door.bot = parts.web.app()
        running.append(Demo(url, parts, business, local, feed, posted))
        if worker:
            await stack.enter_async_context(running[0].at_work())
        yield running[0]


async def _serve(
    stack: contextlib.AsyncExitStack,
    cfg: config.LocalConfig,
    feed: sink.Feed,
    posted: networks.Networks,
    port: int,
) -> tuple[Any, Door, str]:
    cfg = replace(cfg, events_url=f"http://127.0.0.1:{port}/slack/events")
    local = workspace_app.create(cfg)
    local.router.routes[0:0] = [*feed.routes(), *posted.routes()]
    door = Door(local)
    url = await stack.enter_async_context(serving.serving(door, port=port))
    stack.callback(local.state.workspace.shut)
    local.state.workspace.base_url = url
    return local, door, url


async def _mailroom(stack: contextlib.AsyncExitStack, local: Any) -> str:
    """An SMTP server on loopback whose mail lands in the mailbox pane; returns its SMTP_URL."""
    handler = sink.Mailroom(local.state.mailbox.deliver)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, enable_SMTPUTF8=True), "127.0.0.1", 0)
    await stack.enter_async_context(server)
    return f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}?tls=off"


def _settings(settings: Settings, smtp: str, url: str, signing: str, token: str) -> Settings:
    """The same settings a real installation has, pointing at loopback where nothing else was said."""
    return settings.model_copy(
        update={
            "public_url": settings.public_url or url,
            "slack_bot_token": SecretStr(token),
            "slack_signing_secret": SecretStr(signing),
            "slack_app_token": SecretStr(""),
            "slack_api_url": f"{url}/api",
            "smtp_url": SecretStr(smtp),
            "mail_from": settings.mail_from or "olivia@harbourlight.example",
            "linkedin_access_token": settings.linkedin_access_token
            if settings.linkedin_access_token.get_secret_value()
            else SecretStr("local"),
            "linkedin_api_url": settings.linkedin_api_url
            if "LINKEDIN_API_URL" in os.environ
            else f"{url}/linkedin",
            "linkedin_oauth_url": settings.linkedin_oauth_url
            if "LINKEDIN_OAUTH_URL" in os.environ
            else f"{url}/linkedin",
            "facebook_api_url": settings.facebook_api_url
            if "FACEBOOK_API_URL" in os.environ
            else f"{url}/facebook",
            "x_api_url": settings.x_api_url if "X_API_URL" in os.environ else f"{url}/x",
        }
    )


async def _read_clock(settings: Settings, business: clock.BusinessClock) -> None:
    db = Database(settings.database_url)
    await business.load(db)
    await db.close()


async def _furnish(parts: Parts) -> None:
    """A brand, an address and a zone, so that the first campaign can leave. What a person changed stays."""
    ctx = parts.ctx
    async with ctx.db.read() as conn:
        workspace = (await workspaces.every(conn))[0]
        brand = await workspaces.default_brand(conn, workspace.id)
    if brand is not None and brand.postal_address:
        return
    owner = Who(workspace.id, OWNER, is_admin=True)
    await brands.change(ctx, owner, BRAND)
    await policy.change(ctx, owner, {"zone": "Europe/Berlin", "digest_channel": "C0GROWTH"})
