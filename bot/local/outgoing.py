"""Everything the local Slack sends to the bot: signed, timed, retried as Slack does. It decides nothing."""

import asyncio
import hashlib
import hmac
import json
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from bot.local import config
from bot.local.store import Json
from engine.channels import vendor_http

log = logging.getLogger(__name__)

ANSWER_SECONDS = 3.0
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Answer:
    """The bot's answer. status 0: nobody listens; 408: not within three seconds."""

    status: int
    body: str = ""
    final: bool = False

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Json | None:
        """The body when it is a JSON object."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None


Wire = Callable[[str, Json, dict[str, str]], Awaitable[Answer]]
"""Socket Mode, while a bot is connected: kind of envelope, payload, retry headers."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 signature over the raw body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class Outgoing:
    """One client to the bot's ``/slack/events``."""

    def __init__(self, cfg: config.LocalConfig) -> None:
        self._cfg = cfg
        self._client = cfg.outbound or httpx.AsyncClient(timeout=30, verify=vendor_http.trusted())
        self._owned = cfg.outbound is None
        self._tasks: set[asyncio.Task[Any]] = set()
        self.wire: Wire | None = None

    @property
    def client(self) -> httpx.AsyncClient:
        return self._client

    async def command(self, fields: dict[str, str]) -> Answer:
        if self.wire:
            return await self.wire("slash_commands", fields, {})
        return await self._post(urlencode(fields).encode(), FORM)

    async def interaction(self, payload: Json) -> Answer:
        if self.wire:
            return await self.wire("interactive", payload, {})
        return await self._post(urlencode({"payload": json.dumps(payload)}).encode(), FORM)

    async def event(self, event: Json, team: str) -> Answer | None:
        """Send an event the app subscribed to; retried on failure, the first time at once. None: not subscribed."""
        if _subscription(event) not in self._cfg.events:
            return None
        body = _envelope(event, team)
        answer = await self._event(body)
        pauses = list(enumerate(self._cfg.retry_pauses, 1))
        while not (answer.ok or answer.final) and pauses and pauses[0][1] == 0:
            answer = await self._again(body, pauses.pop(0)[0], answer)
        if not (answer.ok or answer.final) and pauses:
            self._keep(asyncio.create_task(self._later(body, pauses, answer)))
        return answer

    async def verify_url(self) -> bool:
        """The handshake Slack makes before it sends events: the challenge must come back."""
        challenge = secrets.token_hex(12)
        body = json.dumps({"token": "local", "challenge": challenge, "type": "url_verification"})
        answer = await self._post(body.encode(), "application/json")
        return answer.ok and challenge in answer.body

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._owned:
            await self._client.aclose()

    async def _later(self, body: Json, pauses: list[tuple[int, float]], answer: Answer) -> None:
        for number, pause in pauses:
            await asyncio.sleep(pause)
            answer = await self._again(body, number, answer)
            if answer.ok or answer.final:
                return

    async def _again(self, body: Json, number: int, before: Answer) -> Answer:
        reason = {0: "connection_failed", 408: "http_timeout"}.get(before.status, "http_error")
        return await self._event(body, {"x-slack-retry-num": str(number), "x-slack-retry-reason": reason})

    async def _event(self, body: Json, retry: dict[str, str] | None = None) -> Answer:
        if self.wire:
            return await self.wire("events_api", body, retry or {})
        return await self._post(json.dumps(body).encode(), "application/json", retry)

    async def _post(self, body: bytes, kind: str, extra: dict[str, str] | None = None) -> Answer:
        """One request; after three seconds it is given up but not cut off, as Slack cannot stop a bot either."""
        stamp = str(int(time.time()))
        sign = signature(self._cfg.signing_secret, stamp, body)
        headers = {"content-type": kind, "x-slack-request-timestamp": stamp, "x-slack-signature": sign} | (
            extra or {}
        )
        task = self._keep(
            asyncio.create_task(self._client.post(self._cfg.events_url, content=body, headers=headers))
        )
        done, _ = await asyncio.wait({task}, timeout=ANSWER_SECONDS)
        if not done:
            return Answer(408)
        try:
            response = task.result()
        except (httpx.HTTPError, OSError):
            return Answer(0)
        except Exception:
            log.exception("the bot raised instead of answering")
            return Answer(500)
        return Answer(response.status_code, response.text, response.headers.get("x-slack-no-retry") == "1")

    def _keep(self, task: asyncio.Task[Any]) -> asyncio.Task[Any]:
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # read, so that a late failure is not reported twice


def _subscription(event: Json) -> str:
    if event["type"] != "message":
        return str(event["type"])
    kinds = {"im": "message.im", "mpim": "message.mpim", "group": "message.groups"}
    return kinds.get(event.get("channel_type", ""), "message.channels")


def _envelope(event: Json, team: str) -> Json:
    return {
        "token": "local",
        "team_id": team,
        "api_app_id": config.APP,
        "event": event,
        "type": "event_callback",
        "event_id": "Ev" + secrets.token_hex(6).upper(),
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team,
                "user_id": config.BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }
