"""Socket Mode: a bot without a public address opens a socket, and everything goes to it in envelopes.

One socket at a time is used, the newest; the server needs a WebSocket library beside uvicorn.
"""

import asyncio
import json
import secrets

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.local import config, outgoing
from bot.local.outgoing import Answer
from bot.local.store import Json
from bot.local.workspace import Workspace


async def open_connection(request: Request) -> Response:
    """``apps.connections.open``: a ticket for one socket, for the app-level token only."""
    ws: Workspace = request.app.state.workspace
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not ws.config.app_token or token != ws.config.app_token:
        error = "not_allowed_token_type" if token == ws.config.bot_token else "invalid_auth"
        return JSONResponse({"ok": False, "error": error})
    ticket = secrets.token_urlsafe(16)
    ws.tickets.add(ticket)
    return JSONResponse({"ok": True, "url": f"{ws.base_url.replace('http', 'ws', 1)}/link/{ticket}"})


async def link(socket: WebSocket) -> None:
    """One connection, from its hello to its end."""
    ws: Workspace = socket.app.state.workspace
    ticket = socket.path_params["ticket"]
    if ticket not in ws.tickets:
        await socket.close(4001)
        return
    ws.tickets.discard(ticket)
    await socket.accept()
    line = _Line(socket)
    await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": config.APP}})
    socket.app.state.outgoing.wire = line.send
    try:
        while True:
            line.answered(await socket.receive_text())
    except WebSocketDisconnect:
        if socket.app.state.outgoing.wire == line.send:
            socket.app.state.outgoing.wire = None


class _Line:
    """Envelopes out, acknowledgements in, matched by id."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._open: dict[str, asyncio.Future[Json]] = {}

    async def send(self, kind: str, payload: Json, retry: dict[str, str]) -> Answer:
        """The bot's answer; 408 when it took longer than three seconds."""
        key = secrets.token_hex(12)
        waiting = self._open[key] = asyncio.get_running_loop().create_future()
        envelope: Json = {"type": kind, "envelope_id": key, "payload": payload}
        envelope["accepts_response_payload"] = kind != "events_api"
        if retry:
            envelope |= {
                "retry_attempt": int(retry["x-slack-retry-num"]),
                "retry_reason": retry["x-slack-retry-reason"],
            }
        try:
            await self._socket.send_json(envelope)
            answer = await asyncio.wait_for(waiting, outgoing.ANSWER_SECONDS)
        except TimeoutError:
            return Answer(408)
        except RuntimeError:
            return Answer(0)
        finally:
            self._open.pop(key, None)
        return Answer(200, json.dumps(answer["payload"]) if answer.get("payload") else "")

    def answered(self, text: str) -> None:
        try:
            found = json.loads(text)
        except ValueError:
            return
        waiting = self._open.get(found.get("envelope_id", "")) if isinstance(found, dict) else None
        if waiting and not waiting.done():
            waiting.set_result(found)
