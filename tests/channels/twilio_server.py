"""Twilio's Messages.json on loopback, as its documents describe it: it takes texts, lists them, fails on demand.

Runs on a thread of its own, so that processes may be killed around it. Everything that came in is kept.
Tests of other folders say `from channels import twilio_server`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import email.utils
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from channels import listening
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
TOKEN = "0123456789abcdef"
SERVICE = "MG0123456789abcdef0123456789abcdef"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
STATUS = {20003: 401, 20404: 404, 20429: 429}
"""The status of an error's code; 400 for all others."""


@dataclass(frozen=True)
class Trouble:
    """What happens to one new text. `refuse` is an error's code: nothing is accepted.

    `before` and `after` are seconds of delay around the moment in which the text is accepted for good; then it
    answers, or fails with the status `fail`, or cuts the connection without a word (`cut`).
    """

    refuse: int = 0
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    before: float = 0
    after: float = 0
    fail: int = 0
    cut: bool = False


@dataclass(frozen=True)
class Received:
    """One request as it came in, whatever became of it. Header names are lower case; `port` is the client's."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes
    port: int = 0

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.raw.decode(), keep_blank_values=True, strict_parsing=True))


@dataclass
class TwilioServer:
    """`texts` are those accepted, newest first, as Twilio lists them: each would reach its recipient once.

    `troubles` befall the next new texts in turn, `usual` all others; `list_fails` is a status for every list.
    `blind` keeps accepted texts out of lists. `in_flight` counts requests between first octet and answer.
    """

    url: str = ""
    received: list[Received] = field(default_factory=list)
    texts: list[dict[str, Any]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    usual: Trouble = field(default_factory=Trouble)
    list_fails: int = 0
    blind: bool = False
    in_flight: int = 0
    most_in_flight: int = 0

    def clear(self) -> None:
        """As at the start: nothing received, no trouble. Waits until the last delay is over."""
        while self.in_flight:
            time.sleep(0.01)
        for kept in (self.received, self.texts, self.troubles):
            kept.clear()
        self.usual, self.list_fails, self.blind, self.most_in_flight = Trouble(), 0, False, 0

    def add(self, to: str, body: str | None, at: datetime, **changes: Any) -> dict[str, Any]:
        """A text that is there already, however it came."""
        text = resource(to, body, at) | changes
        self.texts.insert(0, text)
        return text

    async def messages(self, request: Request) -> Response:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self._messages(request)
        finally:
            self.in_flight -= 1

    async def _messages(self, request: Request) -> Response:
        got = Received(
            request.method,
            request.url.path,
            dict(request.query_params),
            dict(request.headers),
            await request.body(),
            request.client.port if request.client else 0,
        )
        self.received.append(got)
        if got.headers.get("authorization") != _basic():
            return _error(20003)
        if request.method == "GET":
            return self._list(got)
        trouble = self.troubles.pop(0) if self.troubles else self.usual
        code = _complaint(got) or trouble.refuse
        if code or trouble.status:
            return _error(code, trouble.status, trouble.headers)
        return await self._accept(request, got, trouble)

    async def _accept(self, request: Request, got: Received, trouble: Trouble) -> Response:
        await asyncio.sleep(trouble.before)
        form = got.form
        text = self.add(
            form["To"],
            form["Body"],
            datetime.now(UTC),
            **{"from": form.get("From"), "messaging_service_sid": form.get("MessagingServiceSid")},
        )
        await asyncio.sleep(trouble.after)
        if trouble.cut:
            request.receive.__self__.transport.abort()  # type: ignore[attr-defined]  # uvicorn's own connection
        return _error(20500, trouble.fail) if trouble.fail else JSONResponse(text, 201)

    def _list(self, got: Received) -> Response:
        if self.list_fails:
            return _error(20500, self.list_fails)
        wanted = [] if self.blind else [text for text in self.texts if text["to"] == got.query["To"]]
        size, page = int(got.query.get("PageSize", 50)), int(got.query.get("Page", 0))
        more = (page + 1) * size < len(wanted)
        query = urlencode(got.query | {"Page": page + 1, "PageToken": "PAMM0123"})
        return JSONResponse(
            {
                "messages": wanted[page * size : (page + 1) * size],
                "page": page,
                "page_size": size,
                "uri": f"{PATH}?{urlencode(got.query)}",
                "next_page_uri": f"{PATH}?{query}" if more else None,
            }
        )


def resource(to: str, body: str | None, at: datetime) -> dict[str, Any]:
    """A message as Twilio shows it while it waits: DateSent is empty."""
    sid = f"SM{uuid.uuid4().hex}"
    moment = email.utils.format_datetime(at.astimezone(UTC))
    return {
        "sid": sid,
        "account_sid": ACCOUNT,
        "to": to,
        "from": "+15551230000",
        "messaging_service_sid": None,
        "body": body,
        "status": "queued",
        "direction": "outbound-api",
        "num_segments": "1",
        "num_media": "0",
        "error_code": None,
        "error_message": None,
        "date_created": moment,
        "date_updated": moment,
        "date_sent": None,
        "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json",
    }


@contextlib.contextmanager
def serving() -> Iterator[TwilioServer]:
    """The server listens while the block runs; requests still waiting at its end are dropped."""
    state = TwilioServer()
    app = Starlette(
        routes=[Route(PATH, state.messages, methods=["POST", "GET"])],
        exception_handlers={404: lambda *_: _error(20404), 405: lambda *_: _error(20404, 405)},
    )
    with listening.at(app) as state.url:
        yield state


def _complaint(got: Received) -> int:
    """The code of what is wrong with a request by itself; zero if nothing is."""
    form = got.form
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", form.get("To", "")):
        return 21211 if form.get("To") else 21604
    if not form.get("From") and not form.get("MessagingServiceSid"):
        return 21603
    if not form.get("Body"):
        return 21602
    return 21617 if len(form["Body"]) > 1600 else 0


def _basic() -> str:
    return "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()


def _error(code: int, status: int = 0, headers: dict[str, str] | None = None) -> Response:
    status = status or STATUS.get(code, 400)
    body = {"code": code, "message": "Not for +15557654321.", "more_info": "https://x", "status": status}
    return JSONResponse(body, status, headers=headers)
