"""Socket Mode: an address that Slack gave and then does not take is not tried for ever."""

from __future__ import annotations

import asyncio

import pytest
from channels import listening
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from bot import processes
from bot.slack import Slack
from engine.context import Context


class Line:
    """Gives an address for each question; those before `good` open nothing, however often they are tried."""

    def __init__(self, good: int) -> None:
        self.good, self.given, self.tried = good, 0, list[int]()

    async def give(self, request: Request) -> JSONResponse:
        self.given += 1
        host = f"{request.url.hostname}:{request.url.port}"
        return JSONResponse({"ok": True, "url": f"ws://{host}/link/{self.given}"})

    async def link(self, socket: WebSocket) -> None:
        self.tried.append(int(socket.path_params["number"]))
        if self.tried[-1] < self.good:
            await socket.close(4001)  # before it was accepted: the handshake fails
            return
        await socket.accept()
        await socket.send_json({"type": "hello"})
        await socket.receive()


async def test_an_address_that_opens_no_socket_is_given_up_for_another(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "ADDRESS_SECONDS", 0.3)
    line = Line(good=3)
    routes = [
        Route("/api/apps.connections.open", line.give, methods=["POST"]),
        WebSocketRoute("/link/{number}", line.link),
    ]
    with listening.at(Starlette(routes=routes)) as url:
        client = AsyncWebClient("xapp-1", base_url=f"{url}/api/", retry_handlers=[])
        edge = Slack(ctx, client, token="xoxb-1", signing_secret="s", prefix="", url="")
        handler = AsyncSocketModeHandler(edge.app, "xapp-1", web_client=client, ping_interval=0.1)
        open_ = asyncio.create_task(processes.keep_open(handler))
        async with asyncio.timeout(20):
            while not await handler.client.is_connected():
                await asyncio.sleep(0.05)
        assert line.tried[0] == 1
        assert line.tried[-1] == 3
        await processes._hang_up(handler, open_)
    assert not await handler.client.is_connected()
