"""LinkedIn's posts and images on loopback: it names a place for a picture, takes its octets and then the post.

Tests of other folders say `from channels import linkedin_server`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from channels import listening
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "linkedin-t0ken"
STEPS = {"/rest/images": "place", "/rest/posts": "post"}


@dataclass(frozen=True)
class Trouble:
    """What happens to every request of one step: `refuse` is a status, `silent` are seconds until it answers."""

    refuse: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    silent: float = 0


@dataclass(frozen=True)
class Received:
    """One request as it came in. `step` is place, put or post; header names are lower case."""

    step: str
    method: str
    headers: dict[str, str]
    raw: bytes


@dataclass
class LinkedInServer:
    """`pictures`: octets by URN, empty until they are put. `posts` are those accepted. `troubles` by step."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)
    troubles: dict[str, Trouble] = field(default_factory=dict)

    def clear(self) -> None:
        """As at the start: nothing received, no trouble."""
        for kept in (self.received, self.pictures, self.posts, self.troubles):
            kept.clear()

    @property
    def steps(self) -> list[str]:
        return [got.step for got in self.received]

    async def answer(self, request: Request) -> Response:
        step = STEPS.get(request.url.path, "put")
        got = Received(step, request.method, dict(request.headers), await request.body())
        self.received.append(got)
        trouble = self.troubles.get(step, Trouble())
        await asyncio.sleep(trouble.silent)
        if got.headers.get("authorization") != f"Bearer {TOKEN}":
            return _said(401, "no token")
        if trouble.refuse:
            return _said(trouble.refuse, f"Refused, said {TOKEN}", trouble.headers)
        if step == "put":
            return self._put(request.path_params["urn"], got.raw)
        return self._place(request) if step == "place" else self._post(json.loads(got.raw))

    def _place(self, request: Request) -> Response:
        if request.query_params.get("action") != "initializeUpload":
            return _said(400, "no such action")
        urn = f"urn:li:image:C4E10AQ-{len(self.pictures)}_x"
        self.pictures[urn] = b""
        return JSONResponse({"value": {"uploadUrl": f"{self.url}/dms-uploads/{urn}?sig=a%2Fb", "image": urn}})

    def _put(self, urn: str, raw: bytes) -> Response:
        self.pictures[urn] = raw
        return Response(status_code=201)

    def _post(self, said: dict[str, Any]) -> Response:
        media = said.get("content", {}).get("media", {}).get("id")
        if media and not self.pictures.get(media):
            return _said(400, "the image was not uploaded")
        self.posts.append(said)
        return Response(status_code=201, headers={"x-restli-id": f"urn:li:share:{len(self.posts)}"})


@contextlib.contextmanager
def serving() -> Iterator[LinkedInServer]:
    """The server listens while the block runs."""
    state = LinkedInServer()
    routes = [
        Route("/rest/images", state.answer, methods=["POST"]),
        Route("/rest/posts", state.answer, methods=["POST"]),
        Route("/dms-uploads/{urn}", state.answer, methods=["PUT"]),
    ]
    with listening.at(Starlette(routes=routes)) as state.url:
        yield state


def _said(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"status": status, "message": message}, status, headers=headers)
