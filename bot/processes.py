"""What each process does from start to stop: run, web, worker, clock. Built by bot.app, started by bot.__main__."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot import app, clock, serve
from bot.app import Parts
from bot.settings import Settings

log = structlog.get_logger(__name__)


async def run(settings: Settings, *, web: bool, worker: bool, ticking: bool) -> None:
    """Everything asked for, until SIGTERM. The loops stop claiming first, then HTTP, then connections close."""
    parts = await app.build(settings)
    keep()
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


def keep() -> None:
    """Tell the garbage collector that what was loaded and built stays: a pass over it delays every answer meanwhile."""
    gc.collect()
    gc.freeze()


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
    """HTTP, and Socket Mode when there is an app-level token, while the block runs."""
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
            await handler.connect_async()  # type: ignore[no-untyped-call]
            stack.push_async_callback(handler.close_async)
        yield


def _app_level(parts: Parts) -> AsyncWebClient:
    return AsyncWebClient(
        token=parts.settings.slack_app_token.get_secret_value(),
        base_url=parts.settings.slack_base_url,
        session=parts.session,
    )
