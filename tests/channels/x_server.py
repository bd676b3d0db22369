"""X's API v2 on loopback, as its documents describe it: it takes media and posts, shows the timeline, fails on demand.

Runs on a thread of its own, so that processes may be killed around it. Everything that came in is kept.
Tests of other folders say `from channels import x_server`.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from channels import listening
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engine.rules import lengths

TOKEN = "x-user-t0ken"
ACCOUNT = "2244994945"
USERNAME = "acme"
EPOCH_MS = 1_288_834_974_657
PROBLEMS = {
    400: (
        "https://api.twitter.com/2/problems/invalid-request",
        "Invalid Request",
        "One or more parameters is invalid.",
    ),
    401: ("about:blank", "Unauthorized", "Unauthorized"),
    402: ("about:blank", "CreditsDepleted", "Your account has no credits left."),
    403: (
        "https://api.twitter.com/2/problems/client-forbidden",
        "Client Forbidden",
        "Your app is not enrolled.",
    ),
    404: ("https://api.twitter.com/2/problems/resource-not-found", "Not Found Error", "Could not find it."),
    429: ("about:blank", "Too Many Requests", "Too Many Requests"),
}
DUPLICATE = {
    "type": "about:blank",
    "title": "Forbidden",
    "status": 403,
    "detail": "You are not allowed to create a Tweet with duplicate content.",
}
"""As seen in February 2026."""


@dataclass(frozen=True)
class Trouble:
    """What happens to one new post. `refuse` is a status, with `detail` or else its usual words: nothing is accepted.

    Otherwise the post is accepted for good; then it answers after `after` seconds, fails with the status `fail`, or
    cuts the connection without a word (`cut`).
    """

    refuse: int = 0
    detail: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0
    fail: int = 0
    cut: bool = False


@dataclass(frozen=True)
class Received:
    """One request as it came in, whatever became of it. Header names are lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes


@dataclass
class XServer:
    """`posts` are those accepted, oldest first, each with its raw words: each is public once.

    `troubles` befall the next new posts in turn; None is no trouble. `fate` says by its words what befalls one.
    `list_fails` is a status for every timeline. `blind` keeps posts out of the timeline; `lax` takes the same words
    twice. `page` is the most that one page of it holds.

    `media` by id: category, octets, media type and alt. Of it, `media_troubles` befall every upload, status and metadata;
    `work` are the states that are told of media, one after the other; the last one stays.
    """

    url: str = ""
    received: list[Received] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    troubles: list[Trouble | None] = field(default_factory=list)
    fate: Callable[[str], Trouble | None] | None = None
    list_fails: int = 0
    blind: bool = False
    lax: bool = False
    page: int = 100
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    media_troubles: dict[str, Trouble] = field(default_factory=dict)
    work: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._count = itertools.count()

    def clear(self) -> None:
        """As at the start: nothing received, no trouble."""
        for kept in (self.received, self.posts, self.troubles, self.media, self.media_troubles, self.work):
            kept.clear()
        self.list_fails, self.blind, self.lax, self.page = 0, False, False, 100

    def add(self, text: str, at: datetime, after: str = "") -> dict[str, Any]:
        """A post that is there already, however it came."""
        moment = int(at.timestamp() * 1000) - EPOCH_MS
        post = {"id": str((moment << 22) | next(self._count) % 4096), "text": text, "after": after}
        self.posts.append(post)
        return post

    @property
    def texts(self) -> list[str]:
        return [post["text"] for post in self.posts]

    @property
    def written(self) -> list[dict[str, Any]]:
        """The bodies of all requests to post."""
        return [
            json.loads(got.raw) for got in self.received if (got.method, got.path) == ("POST", "/2/tweets")
        ]

    async def answer(self, request: Request) -> Response:
        headers = dict(request.headers)
        got = Received(
            request.method, request.url.path, dict(request.query_params), headers, await request.body()
        )
        self.received.append(got)
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return _problem(401)
        if got.path == "/2/users/me":
            return JSONResponse({"data": {"id": ACCOUNT, "name": "Acme", "username": USERNAME}})
        if got.path.startswith("/2/media/"):
            return await self._media(request, got)
        return self._timeline(got) if got.method == "GET" else await self._post(request, got)

    async def _media(self, request: Request, got: Received) -> Response:
        step = (
            "metadata" if got.path.endswith("/metadata") else "upload" if got.method == "POST" else "status"
        )
        trouble = self.media_troubles.get(step, Trouble())
        await asyncio.sleep(trouble.after)
        if trouble.refuse:
            return _problem(trouble.refuse, trouble.detail, trouble.headers)
        if step == "metadata":
            said = json.loads(got.raw)
            self.media[said["id"]]["alt"] = said["metadata"]["alt_text"]["text"]
            return JSONResponse({"data": {"id": said["id"], "associated_metadata": {}}})
        if step == "status":
            return self._working(got.query["media_id"])
        async with request.form() as form:
            file, category = form["media"], form["media_category"]
            assert not isinstance(file, str)
            id_ = str(9_000 + len(self.media))
            self.media[id_] = {"category": category, "octets": await file.read(), "type": file.content_type}
        return self._working(id_)

    def _working(self, id_: str) -> Response:
        state = self.work.pop(0) if len(self.work) > 1 else next(iter(self.work), "")
        work = {"processing_info": {"state": state, "check_after_secs": 1}} if state else {}
        return JSONResponse({"data": {"id": id_, "media_key": f"3_{id_}", **work}})

    async def _post(self, request: Request, got: Received) -> Response:
        said = json.loads(got.raw)
        fated = self.fate(said["text"]) if self.fate else None
        trouble = fated or (self.troubles.pop(0) if self.troubles else None) or Trouble()
        if trouble.refuse:
            return _problem(trouble.refuse, trouble.detail, trouble.headers)
        shown_with = said.get("media", {}).get("media_ids", [])
        if lengths.weighted(said["text"]) > 280 or not set(shown_with) <= set(self.media):
            return _problem(400)
        if said["text"] in self.texts and not self.lax:
            return JSONResponse(DUPLICATE, 403)
        post = self.add(
            said["text"], datetime.now(UTC), said.get("reply", {}).get("in_reply_to_tweet_id", "")
        )
        post["media"] = shown_with
        await asyncio.sleep(trouble.after)
        if trouble.cut:
            request.receive.__self__.transport.abort()  # type: ignore[attr-defined]  # uvicorn's own connection
        if trouble.fail:
            return _problem(trouble.fail)
        return JSONResponse({"data": {"id": post["id"], "text": shown(post["text"], shown_with)}}, 201)

    def _timeline(self, got: Received) -> Response:
        if self.list_fails:
            return _problem(self.list_fails)
        start = datetime.strptime(got.query["start_time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        oldest = (int(start.timestamp() * 1000) - EPOCH_MS) << 22
        wanted = [post for post in reversed(self.posts) if int(post["id"]) >= oldest and not self.blind]
        begin = int(got.query.get("pagination_token", "t0")[1:])
        size = min(self.page, int(got.query["max_results"]))
        some = wanted[begin : begin + size]
        meta: dict[str, Any] = {"result_count": len(some)}
        if begin + size < len(wanted):
            meta["next_token"] = f"t{begin + size}"
        data = [
            {
                "id": post["id"],
                "text": shown(post["text"], post.get("media")),
                "edit_history_tweet_ids": [post["id"]],
            }
            for post in some
        ]
        return JSONResponse({"data": data, "meta": meta} if data else {"meta": meta})


def shown(text: str, media: list[str] | None = None) -> str:
    """As X gives words back: & < > escaped, every link rewritten, and one behind them for what is shown with them."""
    text = f"{text} https://pic.example/1" if media else text
    links = re.compile(r"https?://\S*\w|(?<![\w@.])\w+\.(?:com|de|co)\b")
    return html.escape(links.sub("https://t.co/AbC123xyz0", text), quote=False)


@contextlib.contextmanager
def serving() -> Iterator[XServer]:
    """The server listens while the block runs; requests still waiting at its end are dropped."""
    state = XServer()
    app = Starlette(
        routes=[
            Route("/2/users/me", state.answer, methods=["GET"]),
            Route(f"/2/users/{ACCOUNT}/tweets", state.answer, methods=["GET"]),
            Route("/2/tweets", state.answer, methods=["POST"]),
            Route("/2/media/upload", state.answer, methods=["POST", "GET"]),
            Route("/2/media/metadata", state.answer, methods=["POST"]),
        ]
    )
    with listening.at(app) as state.url:
        yield state


def _problem(status: int, detail: str = "", headers: dict[str, str] | None = None) -> Response:
    kind, title, usual = PROBLEMS.get(status, ("about:blank", "Service Unavailable", "Service Unavailable"))
    body = {"type": kind, "title": title, "status": status, "detail": detail or usual}
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")
