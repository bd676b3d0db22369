"""Running things until somebody says stop: an HTTP server, signals, and the bound on how long goodbye may take."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from typing import Any

import uvicorn

GOODBYE = 3
"""Seconds that open HTTP requests and streams get at the end."""


class _Quiet(uvicorn.Server):
    """uvicorn without its own signal handlers: the process decides when it ends."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


@contextlib.asynccontextmanager
async def http(app: Any, *, host: str, port: int) -> AsyncIterator[int]:
    """Serve `app` while the block runs; yields the port. Raises OSError when it is taken."""
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", access_log=False, lifespan="on",
        timeout_graceful_shutdown=GOODBYE, server_header=False,
    )  # fmt: skip
    config.load()
    server = _Quiet(config)
    listening = config.bind_socket()
    running = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        await running
        listening.close()


async def until_told_to_stop() -> None:
    """Return at the first SIGTERM or SIGINT."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    await told.wait()
