"""Server-sent events: one line per topic that changed, so that an open page fetches it anew."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.local.workspace import SlackError, Watcher, Workspace

HEARTBEAT = 15.0
REST = 0.25
"""Seconds between two looks of a page: a loop that changes forty cards in a row is one change to a reader."""


async def stream(request: Request) -> Response:
    ws: Workspace = request.app.state.workspace
    try:
        user = ws.user(request.query_params.get("user", ""))
    except SlackError:
        return Response("unknown person", 404)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    watcher = Watcher(user["id"])
    topics = [f"channel-{request.query_params.get('at', '')}", f"modal-{user['id']}", f"home-{user['id']}"]
    watcher.topics.update(["sidebar", "mail", *topics])
    watcher.woken.set()
    return StreamingResponse(_events(ws, watcher), media_type="text/event-stream", headers=headers)


async def _events(ws: Workspace, watcher: Watcher) -> AsyncIterator[str]:
    """Many changes between two looks are one event per topic; a new stream begins with all, nothing is missed."""
    ws.watchers.add(watcher)
    try:
        yield "retry: 1000\n\n"
        while not ws.closing:
            try:
                await asyncio.wait_for(watcher.woken.wait(), HEARTBEAT)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            watcher.woken.clear()
            topics, watcher.topics = watcher.topics, set()
            for topic in sorted(topics):
                yield f"event: {_line(topic)}\ndata: 1\n\n"
            await asyncio.sleep(REST)
    finally:
        ws.watchers.discard(watcher)


def _line(topic: str) -> str:
    return "".join(letter for letter in topic if letter.isprintable())
