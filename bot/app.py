"""The composition root: Settings become channels, a Context, a Slack app and loops. Nothing else builds them."""

from __future__ import annotations

import base64
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import channels, pages, refusals
from bot.reconciler import Reconciler
from bot.settings import Settings
from bot.slack import Slack
from bot.web import Web
from bot.worker import Worker
from engine import brands
from engine.context import Context
from engine.deliver import health
from engine.errors import Misconfigured, Refused
from engine.rules.links import Signer
from engine.sealing import Seal
from engine.writing import Writer
from engine.writing.model import ModelWriter
from engine.writing.rules import TemplateWriter
from storage import workspaces
from storage.db import Database
from storage.model import Workspace

log = structlog.get_logger(__name__)

FILES = ("files.slack.com", "files-origin.slack.com")
"""Hosts our token is ever sent to for a file, besides the one SLACK_API_URL names."""


@dataclass(frozen=True, slots=True)
class Parts:
    """One process, put together. `slack` is None without a bot token; `client` then does not exist either."""

    settings: Settings
    ctx: Context
    worker: Worker
    web: Web
    slack: Slack | None
    client: AsyncWebClient | None
    session: aiohttp.ClientSession | None

    async def close(self) -> None:
        """Give everything back, in the order in which it was taken."""
        if self.slack is not None:
            await self.slack.finish(3.0)
        for channel in self.ctx.channels.values():
            await channel.close()
        await self.ctx.writer.close()
        if self.session is not None:
            await self.session.close()
        await self.ctx.db.close()


async def build(
    settings: Settings,
    *,
    now: Callable[[], datetime] | None = None,
    pace: timedelta = timedelta(seconds=1),
    demo: bool = False,
) -> Parts:
    """Put a process together. `pace` is the time between two posts to a channel; `demo` needs no PUBLIC_URL.

    `now` is business time, for the demo, which steps it; elsewhere it is the database's.
    """
    found = channels.find(settings, demo=demo)
    if found.wrong:
        raise Misconfigured(" ".join(found.wrong.values()))
    db = Database(settings.database_url)
    secret = await keys(settings, db)
    networks = pages.open_all(settings, found.open, db, Seal(secret), demo=demo)
    ctx = Context(
        db=db,
        now=now or db.now,
        writer=writer(settings),
        channels=found.open | networks,
        unavailable=found.unset,
        signer=Signer(secret),
        public_url=settings.public_url,
        me=f"{socket.gethostname()[:20]}-{os.getpid()}-{secrets.token_hex(3)}",
    )
    patience = aiohttp.ClientTimeout(total=10)  # a client that is given a session uses the session's
    session = aiohttp.ClientSession(timeout=patience) if settings.has_slack else None
    client = slack_client(settings, session) if session else None
    try:
        slack = await _slack(settings, ctx, client) if client else None
    except BaseException:
        await _closed(session, db)
        raise
    await _refresh_senders(settings, ctx)
    extra = [("reconcile", Reconciler(client, pace=pace).turn)] if client else []
    worker = Worker(ctx, fetch=_fetcher(settings, session), extra=extra)
    return Parts(settings, ctx, worker, Web(ctx, slack.app if slack else None), slack, client, session)


def writer(settings: Settings) -> Writer:
    """The language model where there is a key, with templates behind it; templates alone otherwise."""
    templates = TemplateWriter()
    key = settings.openai_api_key.get_secret_value()
    if not key:
        return templates
    return ModelWriter(
        api_key=key, model=settings.openai_model, base_url=settings.openai_base_url, fallback=templates
    )


def slack_client(settings: Settings, session: aiohttp.ClientSession | None) -> AsyncWebClient:
    """One session for all calls: a new one per call costs 2.5 times as much. No retries: the loops have their own."""
    return AsyncWebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_base_url,
        session=session,
        timeout=10,
        retry_handlers=[],
    )


async def keys(settings: Settings, db: Database) -> tuple[bytes, ...]:
    """SECRET_KEY, newest first, comma-separated; generated once and kept in the database where there is none."""
    given = [part.strip() for part in settings.secret_key.get_secret_value().split(",") if part.strip()]
    if given:
        return tuple(part.encode() for part in given)
    async with db.begin() as conn:
        await workspaces.keep_secret(
            conn, "secret_key", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        )
        kept = await workspaces.secret(conn, "secret_key")
    assert kept is not None
    return (kept.encode(),)


async def _slack(settings: Settings, ctx: Context, client: AsyncWebClient) -> Slack:
    """Say hello to Slack once, at start, and remember the workspace. One that is known needs no answer to work on.

    Raises Refused when Slack does not know the token, or does not answer and no workspace is known yet.
    """
    url = ""
    try:
        hello = await client.auth_test()
    except (SlackApiError, *refusals.AWAY) as error:
        await _known(ctx, error)
    else:
        url = str(hello.get("url") or "")
        noun = Workspace(
            id=str(hello["team_id"]), name=str(hello["team"]), bot_user_id=str(hello["user_id"]),
            installer_id=settings.slack_installer or None, settings={}, created_at=ctx.now(),
        )  # fmt: skip
        async with ctx.db.begin() as conn:
            await workspaces.ensure(conn, noun)
    return Slack(
        ctx,
        client,
        token=settings.slack_bot_token.get_secret_value(),
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        prefix=settings.command_prefix,
        url=url,
    )


async def _known(ctx: Context, error: BaseException) -> None:
    """What is due leaves while Slack is away; its cards follow when it is back."""
    if isinstance(error, SlackApiError) and not refusals.unanswered(error) and not refusals.limited(error):
        raise Refused(
            f"SLACK_BOT_TOKEN: Slack refuses it ({refusals.reason(error)}). Set it again."
        ) from None
    async with ctx.db.read() as conn:
        known = await workspaces.every(conn)
    if not known:
        raise Refused("SLACK_API_URL: Slack does not answer. Start again when it does.") from None
    log.warning("slack_away_at_start", kind=type(error).__name__)


async def _closed(session: aiohttp.ClientSession | None, db: Database) -> None:
    if session is not None:
        await session.close()
    await db.close()


async def _refresh_senders(settings: Settings, ctx: Context) -> None:
    """Every workspace has a sender per channel that is set up; a restart lifts a stop, since set-up may be mended."""
    async with ctx.db.begin() as conn:
        for workspace in await workspaces.every(conn):
            await workspaces.settings(conn, workspace.id, lock=True)  # two may start at once
            for name in ctx.channels:
                if address := channels.TABLE[name].address(settings):
                    await brands.ensure_sender(conn, workspace.id, name, address)
            await brands.ensure_hands(conn, workspace.id)
        await health.lift_stops(ctx, conn)


def _fetcher(
    settings: Settings, session: aiohttp.ClientSession | None
) -> Callable[[str, str], AsyncIterator[bytes]]:
    """How a shared file is read: our token goes to Slack's own file hosts and to nobody else."""
    own = urlsplit(settings.slack_api_url).netloc
    token = settings.slack_bot_token.get_secret_value()

    async def fetch(workspace_id: str, url: str) -> AsyncIterator[bytes]:
        parts = urlsplit(url)
        trusted = parts.netloc in FILES and parts.scheme == "https"
        if session is None or not (trusted or (parts.netloc == own and own != "slack.com")):
            raise ValueError("a file address that is not Slack's")
        headers = {"Authorization": f"Bearer {token}"}
        long = aiohttp.ClientTimeout(total=300)
        async with session.get(url, headers=headers, allow_redirects=False, timeout=long) as response:
            response.raise_for_status()
            async for part in response.content.iter_chunked(65_536):
                yield part

    return fetch
