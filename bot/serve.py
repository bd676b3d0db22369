"""Running things until somebody says stop: an HTTP server, signals, and the bound on how long goodbye may take."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
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
async def http(app: Any, *, host: str, port: int, goodbye: int = GOODBYE) -> AsyncIterator[int]:
    """Serve `app` while the block runs; yields the port, a free one for 0. Raises OSError when it is taken."""
    listening = socket.create_server((host, port))
    server = _Quiet(
        uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=goodbye
        )
    )
    running = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.005)
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
