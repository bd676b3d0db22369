"""Graph's feed, photos and published_posts of one page on loopback: it takes posts and their pictures, lists the posts,
fails on demand.

Runs on a thread of its own, so that processes may be killed around it. Everything that came in is kept.
Tests of other folders say `from channels import facebook_server`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from channels import listening
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PAGE = "102030405060708"
TOKEN = "EAAB0123456789s3cret"
APP_SECRET = "0123456789abcdef"
VERSION = "v26.0"
PATH = f"/{VERSION}/{PAGE}"
STATUS = {190: 401, 10: 403, 200: 403, 368: 403, 1: 500, 2: 503}
"""The status of an error's code; 400 for all others."""

_numbers = itertools.count(7_000_000_001)


@dataclass(frozen=True)
class Trouble:
    """What happens to one new post. `refuse` is an error's code, with `subcode`: nothing is accepted.

    `before` and `after` are seconds of delay around the moment in which the post stands for good; then it answers,
    or fails with the status `fail`, or cuts the connection without a word (`cut`).
    """

    refuse: int = 0
    subcode: int = 0
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
    form: dict[str, Any] = field(default_factory=dict)

    @property
    def json(self) -> dict[str, Any]:
        """What a body says, whichever its form; a file is its octets."""
        said = self.form or json.loads(self.raw)
        return said if isinstance(said, dict) else {}


@dataclass
class FacebookServer:
    """`posts` are those accepted, newest first, as Graph lists them: each stands on the page once. `photos` are the
    fields of those that were uploaded and not published, by id.

    `photo_trouble` befalls every photo, `troubles` befall the next new posts in turn, `usual` all others;
    `fate` says by its words what befalls one; `list_fails` is a code for every list. With `signed`, requests need a
    proof of the app's secret. `duplicates` refuses the words of the newest post (506). `blind` keeps accepted posts
    out of lists. `now` dates new posts.
    """

    url: str = ""
    received: list[Received] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    photos: dict[str, dict[str, Any]] = field(default_factory=dict)
    photo_trouble: Trouble = field(default_factory=Trouble)
    troubles: list[Trouble] = field(default_factory=list)
    usual: Trouble = field(default_factory=Trouble)
    fate: Callable[[str], Trouble | None] | None = None
    list_fails: int = 0
    signed: bool = False
    duplicates: bool = True
    blind: bool = False
    in_flight: int = 0
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def clear(self) -> None:
        """As at the start: nothing received, no trouble. Waits until the last delay is over."""
        while self.in_flight:
            time.sleep(0.01)
        for kept in (self.received, self.posts, self.photos, self.troubles):
            kept.clear()
        self.usual = self.photo_trouble = Trouble()
        self.list_fails = 0
        self.signed, self.duplicates, self.blind = False, True, False

    def add(self, message: str | None, at: datetime, **changes: Any) -> dict[str, Any]:
        """A post that is there already, however it came."""
        post = resource(message, at) | changes
        self.posts.insert(0, post)
        return post

    async def answer(self, request: Request) -> Response:
        self.in_flight += 1
        try:
            return await self._answer(request)
        finally:
            self.in_flight -= 1

    async def _answer(self, request: Request) -> Response:
        got = Received(
            request.method,
            request.url.path,
            dict(request.query_params),
            dict(request.headers),
            await request.body(),
            request.client.port if request.client else 0,
            await _form(request),
        )
        self.received.append(got)
        if got.headers.get("authorization") != f"Bearer {TOKEN}":
            return error(190)
        proof = (got.json if got.method == "POST" else got.query).get("appsecret_proof")
        if (self.signed or proof is not None) and proof != _proof():
            return error(100, message="API calls from the server require an appsecret_proof argument")
        if got.method == "GET":
            return self._list(got)
        if got.path.endswith("/photos"):
            return await self._photo(request, got.json)
        return await self._post(request, got)

    async def _photo(self, request: Request, said: dict[str, Any]) -> Response:
        trouble = self.photo_trouble
        if trouble.refuse or trouble.status:
            return error(trouble.refuse, trouble.subcode, trouble.status, trouble.headers)
        if said.get("published") != "false" or not said.get("source"):
            return error(100)
        id_ = str(next(_numbers))
        self.photos[id_] = said
        await asyncio.sleep(trouble.after)
        if trouble.cut:
            request.receive.__self__.transport.abort()  # type: ignore[attr-defined]  # uvicorn's own connection
        return error(2, status=trouble.fail) if trouble.fail else JSONResponse({"id": id_})

    async def _post(self, request: Request, got: Received) -> Response:
        fated = self.fate(got.json["message"]) if self.fate else None
        trouble = fated or (self.troubles.pop(0) if self.troubles else self.usual)
        shown = [one.get("media_fbid") for one in got.json.get("attached_media", [])]
        whole = got.json.get("message") and all(one in self.photos for one in shown)
        code = trouble.refuse or (0 if whole else 100)
        if (
            not code
            and self.duplicates
            and self.posts
            and self.posts[0].get("message") == got.json["message"]
        ):
            code = 506
        if code or trouble.status:
            return error(code, trouble.subcode, trouble.status, trouble.headers)
        await asyncio.sleep(trouble.before)
        post = self.add(got.json["message"], self.now())
        await asyncio.sleep(trouble.after)
        if trouble.cut:
            request.receive.__self__.transport.abort()  # type: ignore[attr-defined]  # uvicorn's own connection
        if trouble.fail:
            return error(2, status=trouble.fail)
        wanted = got.query.get("fields", "id").split(",")
        return JSONResponse({name: value for name, value in post.items() if name in wanted})

    def _list(self, got: Received) -> Response:
        if self.list_fails:
            return error(self.list_fails)
        wanted = [] if self.blind else self.posts
        size, start = int(got.query.get("limit", 25)), int(got.query.get("after", "0"))
        shown = wanted[start : start + size]
        fields = got.query.get("fields", "id,message,created_time").split(",")
        data = [{name: value for name, value in post.items() if name in fields} for post in shown]
        page: dict[str, Any] = {"data": data}
        if data:
            page["paging"] = {"cursors": {"before": str(start), "after": str(start + size)}}
        if start + size < len(wanted):
            page["paging"]["next"] = following(f"limit={size}&after={start + size}")
        return JSONResponse(page)


def following(query: str) -> str:
    """The address of a next page as Graph gives it: with the token."""
    return f"https://graph.facebook.com{PATH}/published_posts?access_token={TOKEN}&{query}"


def resource(message: str | None, at: datetime) -> dict[str, Any]:
    """A post as Graph shows it; one without words has no `message`."""
    number = next(_numbers)
    post = {
        "id": f"{PAGE}_{number}",
        "message": message,
        "created_time": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "permalink_url": f"https://www.facebook.com/{PAGE}/posts/{number}",
    }
    return {name: value for name, value in post.items() if value is not None}


def error(
    code: int,
    subcode: int = 0,
    status: int = 0,
    headers: dict[str, str] | None = None,
    message: str = f"Malformed access token {TOKEN}",
) -> Response:
    said = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "AbCdEf"}
    if subcode:
        said["error_subcode"] = subcode
    return JSONResponse({"error": said}, status or STATUS.get(code, 400), headers=headers)


@contextlib.contextmanager
def serving() -> Iterator[FacebookServer]:
    """The server listens while the block runs; requests still waiting at its end are dropped."""
    state = FacebookServer()
    routes = [
        Route(f"{PATH}/feed", state.answer, methods=["POST"]),
        Route(f"{PATH}/photos", state.answer, methods=["POST"]),
        Route(f"{PATH}/published_posts", state.answer, methods=["GET"]),
    ]
    app = Starlette(routes=routes, exception_handlers={404: lambda *_: error(100, 33)})
    with listening.at(app) as state.url:
        yield state


async def _form(request: Request) -> dict[str, Any]:
    if not request.headers.get("content-type", "").startswith("multipart/"):
        return {}
    async with request.form() as form:
        return {name: value if isinstance(value, str) else await value.read() for name, value in form.items()}


def _proof() -> str:
    return hmac.new(APP_SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
