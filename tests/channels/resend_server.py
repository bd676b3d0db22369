"""Resend's POST /emails on loopback, as its documents describe it: keys are honoured, and it can fail on demand.

Runs on a thread of its own, so that processes may be killed around it. Everything that came in is kept.
Tests of other folders say `from channels import resend_server`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from channels import listening
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

KEY = "re_test"
NAMES = {
    "missing_api_key": 401,
    "restricted_api_key": 401,
    "invalid_api_key": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "invalid_idempotency_key": 400,
    "validation_error": 400,
    "invalid_idempotent_request": 409,
    "concurrent_idempotent_requests": 409,
    "missing_required_field": 422,
    "invalid_parameter": 422,
    "invalid_attachment": 422,
    "invalid_from_address": 422,
    "invalid_access": 422,
    "invalid_region": 422,
    "rate_limit_exceeded": 429,
    "daily_quota_exceeded": 429,
    "monthly_quota_exceeded": 429,
    "security_error": 451,
    "application_error": 500,
    "internal_server_error": 500,
}
"""Every error's name with its status. One name has two: 403 validation_error is an unverified domain."""


@dataclass(frozen=True)
class Trouble:
    """What happens to one request. `refuse` is an error's name: nothing is accepted.

    `before` and `after` are seconds of delay around the moment in which the mail is accepted for good; then it
    answers, or fails with the status `fail`, or cuts the connection without a word (`cut`).
    """

    refuse: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    before: float = 0
    after: float = 0
    fail: int = 0
    cut: bool = False


@dataclass(frozen=True)
class Received:
    """One request as it came in, whatever became of it. `raw` is the body's octets, header names are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def key(self) -> str:
        return self.headers.get("idempotency-key", "")

    @property
    def body(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.raw)
        return read


@dataclass
class ResendServer:
    """`mails` are those accepted, by id: each would reach its recipient once. `troubles` befall the next requests
    in turn, `usual` all others. `in_flight` and `most_in_flight` count requests between first octet and answer.
    """

    url: str = ""
    received: list[Received] = field(default_factory=list)
    mails: dict[str, Received] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    usual: Trouble = field(default_factory=Trouble)
    in_flight: int = 0
    most_in_flight: int = 0
    _kept: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def clear(self) -> None:
        """As at the start: nothing received, nothing kept, no trouble. Waits until the last delay is over."""
        while self.in_flight:
            time.sleep(0.01)
        for kept in (self.received, self.mails, self.troubles, self._kept):
            kept.clear()
        self.usual, self.most_in_flight = Trouble(), 0

    async def emails(self, request: Request) -> Response:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self._emails(request)
        finally:
            self.in_flight -= 1

    async def _emails(self, request: Request) -> Response:
        got = Received(request.method, request.url.path, dict(request.headers), await request.body())
        self.received.append(got)
        trouble = self.troubles.pop(0) if self.troubles else self.usual
        name = _complaint(got) or trouble.refuse
        if name:
            return _error(name, NAMES[name], trouble.headers)
        if not got.key:
            return await self._accept(request, got, trouble)
        known, mail = self._kept.get(got.key, (got.raw, None))
        if known != got.raw:
            return _error("invalid_idempotent_request", 409)
        if mail is None:
            self._kept[got.key] = (got.raw, "")
            return await self._accept(request, got, trouble)
        return _taken(mail) if mail else _error("concurrent_idempotent_requests", 409)

    async def _accept(self, request: Request, got: Received, trouble: Trouble) -> Response:
        await asyncio.sleep(trouble.before)
        mail = str(uuid.uuid4())
        self.mails[mail] = got
        await asyncio.sleep(trouble.after)
        if got.key:
            self._kept[got.key] = (got.raw, mail)
        if trouble.cut:
            request.receive.__self__.transport.abort()  # type: ignore[attr-defined]  # uvicorn's own connection
        return _error("internal_server_error", trouble.fail) if trouble.fail else _taken(mail)


@contextlib.contextmanager
def serving() -> Iterator[ResendServer]:
    """The server listens while the block runs; requests still waiting at its end are dropped."""
    state = ResendServer()
    app = Starlette(
        routes=[Route("/emails", state.emails, methods=["POST"])],
        exception_handlers={
            404: lambda *_: _error("not_found", 404),
            405: lambda *_: _error("method_not_allowed", 405),
        },
    )
    with listening.at(app) as state.url:
        yield state


def _complaint(got: Received) -> str:
    """The name of what is wrong with a request by itself; empty if nothing is."""
    if not got.headers.get("user-agent"):
        return "invalid_api_key"
    if "authorization" not in got.headers:
        return "missing_api_key"
    if got.headers["authorization"] != f"Bearer {KEY}":
        return "invalid_api_key"
    if "idempotency-key" in got.headers and not 1 <= len(got.key) <= 256:
        return "invalid_idempotency_key"
    try:
        body = got.body
    except ValueError:
        return "validation_error"
    if not {"from", "to", "subject"} <= set(body) or not {"text", "html"} & set(body):
        return "missing_required_field"
    tags = [text for tag in body.get("tags", []) for text in (tag["name"], tag["value"])]
    return "" if all(re.fullmatch(r"[A-Za-z0-9_-]{1,256}", text) for text in tags) else "validation_error"


def _taken(mail: str) -> Response:
    return JSONResponse({"id": mail}, headers=_rates({}))


def _error(name: str, status: int, headers: dict[str, str] | None = None) -> Response:
    body = {"statusCode": status, "name": name, "message": "Not for ana@lead.example."}
    return JSONResponse(body, status, headers=_rates(headers or {}))


def _rates(headers: dict[str, str]) -> dict[str, str]:
    return {"ratelimit-limit": "5", "ratelimit-remaining": "4", "ratelimit-reset": "1"} | headers
