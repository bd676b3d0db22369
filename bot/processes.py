"""What each process does from start to stop: run, web, worker, clock. Built by bot.app, started by bot.__main__."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
from collections.abc import AsyncIterator

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot import app, clock, serve
from bot.app import Parts
from bot.settings import Settings

log = structlog.get_logger(__name__)

TURN = 0.0002
"""Seconds; Python's own 0.005 would keep a statement for SQLite waiting while its caller goes on computing."""

ADDRESS_SECONDS = 20.0
"""How long an address for a socket is tried."""


async def run(settings: Settings, *, web: bool, worker: bool, ticking: bool) -> None:
    """Everything asked for, until SIGTERM. The loops stop claiming first, then HTTP, then connections close."""
    parts = await app.build(settings)
    tune()
    try:
        async with contextlib.AsyncExitStack() as stack:
            if web:
                await stack.enter_async_context(listening(parts))
            if ticking:
                stack.push_async_callback(clock.Ticking(parts.ctx).stop)
            if worker:
                await stack.enter_async_context(working(parts))
            log.info("started", web=web, worker=worker, clock=ticking)
            await serve.until_told_to_stop()
            log.info("stopping")
    finally:
        await parts.close()


def tune() -> None:
    """Once everything is built: how Python shares its time out from here on.

    What was loaded and built stays: a pass of the garbage collector over it would delay every answer meanwhile. What
    comes is looked through less often than every 700 objects: a batch of a loop makes more, and keeps them. Threads
    wait no longer than TURN for the one that computes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)
    sys.setswitchinterval(TURN)


@contextlib.asynccontextmanager
async def working(parts: Parts) -> AsyncIterator[None]:
    """The loops, while the block runs."""
    task = asyncio.create_task(parts.worker.run())
    try:
        yield
    finally:
        parts.worker.stop()
        await task


@contextlib.asynccontextmanager
async def listening(parts: Parts) -> AsyncIterator[None]:
    """HTTP, and Socket Mode when there is an app-level token, while the block runs.

    A Slack that is away holds up nothing: the socket is tried for until it is there, and what is due leaves meanwhile.
    """
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(
            serve.http(parts.web.app(), host="0.0.0.0", port=parts.settings.port)  # noqa: S104 - behind a proxy
        )
        if parts.slack is not None and parts.settings.socket_mode:
            handler = AsyncSocketModeHandler(
                parts.slack.app,
                parts.settings.slack_app_token.get_secret_value(),
                web_client=_app_level(parts),
            )
            stack.push_async_callback(_hang_up, handler, asyncio.create_task(keep_open(handler)))
        yield


async def keep_open(handler: AsyncSocketModeHandler) -> None:
    """Open the socket, however long it takes. Never returns.

    The SDK opens it anew when it closes, but tries one address for ever; Slack's are good for one socket, and soon.
    """
    async with asyncio.TaskGroup() as group:
        group.create_task(handler.connect_async())  # type: ignore[no-untyped-call]
        while True:
            await asyncio.sleep(ADDRESS_SECONDS)
            if not await handler.client.is_connected():
                handler.client.wss_uri = None


async def _hang_up(handler: AsyncSocketModeHandler, open_: asyncio.Task[None]) -> None:
    open_.cancel()
    await asyncio.gather(open_, return_exceptions=True)
    await handler.close_async()  # type: ignore[no-untyped-call]


def _app_level(parts: Parts) -> AsyncWebClient:
    return AsyncWebClient(
        token=parts.settings.slack_app_token.get_secret_value(),
        base_url=parts.settings.slack_base_url,
        session=parts.session,
    )
