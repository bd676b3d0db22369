"""LinkedIn's posts and images on loopback: it names a place for a picture, takes its octets and then the post, and
lists an organisation's posts.

The list is as strict as the vendor's page "Posts API" says: the author comes first, and the finder is named in a header.

Tests of other folders say `from channels import linkedin_server`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from channels import listening
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "linkedin-t0ken"
PAGE = "urn:li:organization:9"
STEPS = {"/rest/images": "place", "/rest/posts": "post"}


@dataclass(frozen=True)
class Trouble:
    """What happens to every request of one step: `refuse` is a status, `silent` are seconds until it answers.

    A post with `cut` is accepted, and the connection cut without a word.
    """

    refuse: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    silent: float = 0
    cut: bool = False


@dataclass(frozen=True)
class Received:
    """One request as it came in. `step` is place, put, post or list; header names are lower case."""

    step: str
    method: str
    headers: dict[str, str]
    raw: bytes
    query: str = ""


@dataclass
class LinkedInServer:
    """`pictures`: octets by URN, empty until they are put. `posts` are those accepted, newest last, as they are listed.

    `troubles` by step; `fate` says by its words as they were sent what befalls a post. `unseen`: refuse to list, as
    without the permission. `blind` keeps posts out of lists. `now` dates new posts.
    """

    url: str = ""
    received: list[Received] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)
    troubles: dict[str, Trouble] = field(default_factory=dict)
    fate: Callable[[str], Trouble | None] | None = None
    unseen: bool = False
    blind: bool = False
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def clear(self) -> None:
        """As at the start: nothing received, no trouble."""
        self.unseen = self.blind = False
        for kept in (self.received, self.pictures, self.posts, self.troubles):
            kept.clear()

    @property
    def steps(self) -> list[str]:
        return [got.step for got in self.received]

    async def answer(self, request: Request) -> Response:
        step = "list" if request.method == "GET" else STEPS.get(request.url.path, "put")
        raw = await request.body()
        got = Received(step, request.method, dict(request.headers), raw, request.url.query)
        self.received.append(got)
        trouble = self.troubles.get(step, Trouble())
        await asyncio.sleep(trouble.silent)
        if got.headers.get("authorization") != f"Bearer {TOKEN}":
            return _said(401, "no token")
        if trouble.refuse:
            return _said(trouble.refuse, f"Refused, said {TOKEN}", trouble.headers)
        if step == "put":
            return self._put(request.path_params["urn"], got.raw)
        if step == "list":
            return self._list(got)
        return self._place(request) if step == "place" else self._post(request, json.loads(got.raw))

    def _place(self, request: Request) -> Response:
        if request.query_params.get("action") != "initializeUpload":
            return _said(400, "no such action")
        urn = f"urn:li:image:C4E10AQ-{len(self.pictures)}_x"
        self.pictures[urn] = b""
        return JSONResponse({"value": {"uploadUrl": f"{self.url}/dms-uploads/{urn}?sig=a%2Fb", "image": urn}})

    def _put(self, urn: str, raw: bytes) -> Response:
        self.pictures[urn] = raw
        return Response(status_code=201)

    def _post(self, request: Request, said: dict[str, Any]) -> Response:
        trouble = (self.fate(said["commentary"]) if self.fate else None) or self.troubles.get(
            "post", Trouble()
        )
        if trouble.refuse:
            return _said(trouble.refuse, "Refused.", trouble.headers)
        media = said.get("content", {}).get("media", {}).get("id")
        if media and not self.pictures.get(media):
            return _said(400, "the image was not uploaded")
        self.posts.append(resource(said, self.now(), len(self.posts) + 1))
        if trouble.cut:
            request.receive.__self__.transport.abort()  # type: ignore[attr-defined]  # uvicorn's own connection
        return Response(status_code=201, headers={"x-restli-id": self.posts[-1]["id"]})

    def _list(self, got: Received) -> Response:
        query = re.fullmatch(
            r"author=([^&]+)&q=author&count=(\d+)&start=(\d+)&sortBy=(?:CREATED|LAST_MODIFIED)", got.query
        )
        headers = {"x-restli-method": "FINDER", "x-restli-protocol-version": "2.0.0"}
        if not query or any(got.headers.get(name) != value for name, value in headers.items()):
            return _said(400, "ILLEGAL_ARGUMENT")
        author, count, start = unquote(query[1]), int(query[2]), int(query[3])
        if "linkedin-version" not in got.headers or quote(author, safe="") != query[1] or count > 100:
            return _said(400, "ILLEGAL_ARGUMENT")
        if self.unseen or not author.startswith("urn:li:organization:"):
            return _said(403, f"Not enough permissions to access: partnerApiPostsExternal, {TOKEN}")
        mine = [] if self.blind else [post for post in self.posts if post["author"] == author][::-1]
        following = (
            f"/rest/posts?author={query[1]}&q=author&count={count}&start={start + count}&sortBy=CREATED"
        )
        links = [{"rel": "next", "href": following, "type": "application/json"}]
        paging = {"start": start, "count": count, "links": links if start + count < len(mine) else []}
        return JSONResponse({"elements": mine[start : start + count], "paging": paging})


def resource(said: dict[str, Any], at: datetime, number: int) -> dict[str, Any]:
    """A post as LinkedIn lists it: what was sent, hashtags as templates, with what LinkedIn adds."""
    moment = round(at.timestamp() * 1000)
    words = re.sub(r"(?<!\\)#(\w+)", r"{hashtag|\\#|\1}", said["commentary"])
    added = {"createdAt": moment, "publishedAt": moment, "lastModifiedAt": moment}
    return {**said, "id": f"urn:li:share:{number}", "commentary": words, **added}


@contextlib.contextmanager
def serving() -> Iterator[LinkedInServer]:
    """The server listens while the block runs."""
    state = LinkedInServer()
    routes = [
        Route("/rest/images", state.answer, methods=["POST"]),
        Route("/rest/posts", state.answer, methods=["GET", "POST"]),
        Route("/dms-uploads/{urn}", state.answer, methods=["PUT"]),
    ]
    with listening.at(Starlette(routes=routes)) as state.url:
        yield state


def _said(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"status": status, "message": message}, status, headers=headers)
