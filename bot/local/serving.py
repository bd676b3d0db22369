"""Serves an ASGI app on loopback inside the running event loop, for the demo and for tests."""

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.types import ASGIApp

from bot import serve


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, port: int = 0, host: str = "127.0.0.1") -> AsyncIterator[str]:
    """The address (``http://127.0.0.1:PORT``) while the app is served; port 0 takes a free one.

    OSError when the port is taken.
    """
    async with serve.http(app, host=host, port=port, goodbye=1) as bound:
        try:
            yield f"http://{host}:{bound}"
        finally:
            if isinstance(app, Starlette) and hasattr(app.state, "workspace"):
                app.state.workspace.hush()
