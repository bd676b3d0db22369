"""A local workspace with a bot behind it that only checks signatures, notes what came, and answers as told."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local import app, config

SECRET, TOKEN, APP_TOKEN = "8f742231b10e8888abcd99yyyzzz85a5", "xoxb-local", "xapp-local"


class Bot:
    """Notes payloads by kind; ``answers[kind]`` is a body, a status, or a function of the payload."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.answers: dict[str, Any] = {}
        self.app = Starlette(
            routes=[
                Route("/slack/events", self.events, methods=["POST"]),
                Route("/unsubscribe", self.unsubscribe, methods=["POST"]),
            ]
        )

    async def events(self, request: Request) -> Response:
        body = await request.body()
        if not SignatureVerifier(SECRET).is_valid_request(body, dict(request.headers)):
            return Response("forged", 401)
        kind, payload = _read(request, body)
        self.seen.append((kind, payload, dict(request.headers)))
        answer = self.answers.get(kind, "")
        if callable(answer):
            answer = await answer(payload)
        if isinstance(answer, int):
            return Response("", answer)
        return JSONResponse(answer) if isinstance(answer, dict) else Response(answer)

    async def unsubscribe(self, request: Request) -> Response:
        self.seen.append(("unsubscribe", dict(await request.form()), dict(request.headers)))
        return Response("done")

    def last(self, kind: str) -> dict[str, Any]:
        return [payload for found, payload, _ in self.seen if found == kind][-1]

    def count(self, kind: str) -> int:
        return sum(found == kind for found, _, _ in self.seen)


def _read(request: Request, body: bytes) -> tuple[str, dict[str, Any]]:
    if request.headers["content-type"].startswith("application/json"):
        envelope = json.loads(body)
        return envelope.get("event", envelope)["type"], envelope
    form = {key: values[0] for key, values in parse_qs(body.decode(), keep_blank_values=True).items()}
    if "payload" in form:
        payload = json.loads(form["payload"])
        return payload["type"], payload
    return "command", form


class Desk:
    """The workspace as a script sees it, and the Web API as the bot sees it."""

    def __init__(self, bot: Bot, path: Path, **options: Any) -> None:
        self.bot = bot
        self.shift = timedelta()
        outbound = httpx.AsyncClient(transport=httpx.ASGITransport(bot.app))
        options = {"events": config.EVENTS | {"message.channels"}, "retry_pauses": (0, 0, 0)} | options
        cfg = config.LocalConfig(
            path=path,
            signing_secret=SECRET,
            bot_token=TOKEN,
            app_token=APP_TOKEN,
            outbound=outbound,
            events_url="http://bot/slack/events",
            base_url="http://localhost:3100",
            now=lambda: datetime(2026, 11, 23, 9, 0, tzinfo=UTC) + self.shift,
            advance=self.advance,
            **options,
        )
        self.app = app.create(cfg)
        self.workspace = self.app.state.workspace
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://localhost:3100"
        )

    async def advance(self, span: timedelta) -> None:
        self.shift += span

    async def api(self, method: str, token: str = TOKEN, **body: Any) -> dict[str, Any]:
        response = await self.http.post(
            f"/api/{method}", json=body, headers={"Authorization": f"Bearer {token}"}
        )
        return response.json()

    async def do(self, act: str, **form: Any) -> dict[str, Any]:
        return (await self.http.post(f"/local/{act}", data=form)).json()

    async def state(self) -> dict[str, Any]:
        return (await self.http.get("/local/state")).json()

    async def messages(self, channel: str = "growth") -> list[dict[str, Any]]:
        return next(one["messages"] for one in (await self.state())["channels"] if one["name"] == channel)

    async def aclose(self) -> None:
        self.workspace.shut()
        await self.app.state.outgoing.client.aclose()
        await self.http.aclose()


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.fixture
async def open_desk(bot: Bot, tmp_path: Path) -> AsyncIterator[Callable[..., Desk]]:
    """Opens workspaces over the same file; all are closed afterwards."""
    opened: list[Desk] = []

    def build(**options: Any) -> Desk:
        opened.append(Desk(bot, tmp_path / "local.db", **options))
        return opened[-1]

    yield build
    for desk in opened:
        await desk.aclose()


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    return open_desk()
