"""Puts the local workspace together as one Starlette app. It reaches the bot by signed HTTP only."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from bot.local import api_chat, api_files, config, guard, page, page_acts, scripting, socketmode, web_api
from bot.local.outgoing import Outgoing
from bot.local.workspace import SlackError, Workspace

STATIC = Path(__file__).parent / "static"


def create(cfg: config.LocalConfig) -> Starlette:
    """The app: page at ``/``, Web API at ``/api/<method>``, scripts at ``/local/*``.

    ``app.state`` holds ``workspace`` (its ``base_url`` is how the bot reaches this server), ``mailbox`` (its
    ``deliver(envelope_from, to, raw)`` takes a mail) and ``outgoing``.
    """
    workspace = Workspace(cfg)
    app = Starlette(
        routes=_routes(),
        middleware=[Middleware(guard.Guard, workspace=workspace)],
        exception_handlers={SlackError: _refused},
        lifespan=_lifespan,
    )
    app.state.workspace = workspace
    app.state.mailbox = workspace.mailbox
    app.state.outgoing = Outgoing(cfg)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    yield
    app.state.workspace.shut()
    await app.state.outgoing.aclose()


async def _refused(request: Request, error: Exception) -> Response:
    return PlainTextResponse(str(error), 404)


def _routes() -> list[BaseRoute]:
    return [
        Route("/api/apps.connections.open", socketmode.open_connection, methods=["POST"]),
        WebSocketRoute("/link/{ticket}", socketmode.link),
        Route("/api/{method}", web_api.call, methods=["GET", "POST"]),
        Route("/response/{token}", api_chat.respond, methods=["POST"]),
        Route("/upload/{key}", api_files.receive, methods=["POST"]),
        Route("/files/{key}/{name:path}", api_files.private),
        *scripting.routes(),
        *page.routes(),
        *page_acts.routes(),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
