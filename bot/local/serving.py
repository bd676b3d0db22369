"""Serves an ASGI app on loopback inside the running event loop, for the demo and for tests."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    """Leaves the signals to the process it lives in."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, port: int = 0, host: str = "127.0.0.1") -> AsyncIterator[str]:
    """The address (``http://127.0.0.1:PORT``) while the app is served; port 0 takes a free one.

    OSError when the port is taken.
    """
    listener = socket.create_server((host, port))
    options = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = _Server(options)
    task = asyncio.create_task(server.serve([listener]))
    while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.005)
    try:
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        if isinstance(app, Starlette) and hasattr(app.state, "workspace"):
            app.state.workspace.hush()
        server.should_exit = True
        await task
        listener.close()
