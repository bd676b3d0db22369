"""Keeps other web pages out: only known Host names, and no POST that another origin started."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.local.workspace import Workspace

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Refuses by one plain sentence; learns the address people use when none was configured."""

    def __init__(self, app: ASGIApp, workspace: Workspace) -> None:
        self._app, self._workspace = app, workspace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            headers = Headers(scope=scope)
            refusal = self._refusal(str(scope.get("method", "POST")), headers)
            if refusal:
                await PlainTextResponse(refusal, 403)(scope, receive, send)
                return
            if not self._workspace.base_url:
                self._workspace.base_url = f"http://{headers.get('host')}"
        await self._app(scope, receive, send)

    def _refusal(self, method: str, headers: Headers) -> str:
        host = headers.get("host", "")
        if _name(host) not in LOOPBACK | self._workspace.config.hosts:
            return "The local workspace answers on this machine only."
        if method in SAFE:
            return ""
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return "Another page may not act in the local workspace."
        if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return "Another page may not act in the local workspace."
        return ""


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
