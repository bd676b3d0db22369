"""Loopback ends of the wires for the demo: an SMTP server that fills the mailbox, and a LinkedIn that records posts and
lists them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local import uploads

Deliver = Callable[[str, list[str], bytes], None]


class Mailroom:
    """aiosmtpd's handler: every mail it takes responsibility for is in the mailbox."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        self._deliver(envelope.mail_from or "", list(envelope.rcpt_tos), content)
        return "250 2.0.0 taken"


class Feed:
    """Speaks LinkedIn's POST /rest/posts: 201, an empty body and the id in `x-restli-id`; GET lists an author's posts,
    newest first.

    `uploads` are the pictures of all networks. A post that shows one has what is kept of it as its `picture`.
    """

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.uploads = uploads.Uploads()

    def routes(self) -> list[Route]:
        place = "/linkedin/rest/posts"
        return [
            Route(place, self.post, methods=["POST"]),
            Route(place, self.found, methods=["GET"]),
            *self.uploads.routes(),
        ]

    def app(self) -> Starlette:
        return Starlette(routes=self.routes())

    async def post(self, request: Request) -> Response:
        if not request.headers.get("linkedin-version") or "authorization" not in request.headers:
            return JSONResponse({"status": 401, "message": "Unauthorized"}, 401)
        body = await request.json()
        media = body.get("content", {}).get("media")
        picture = self.uploads.shown(media.get("id"), media.get("altText", "")) if media else None
        if media and picture is None:
            return JSONResponse({"status": 400, "message": "The image was not uploaded."}, 400)
        urn = f"urn:li:share:{7_000_000_000_000_000_000 + secrets.randbelow(10**15)}"
        post = {"id": urn, "createdAt": time.time_ns() // 1_000_000, **body}
        self.posts.append(post | ({"picture": picture} if picture else {}))
        return Response(status_code=201, headers={"x-restli-id": urn})

    async def found(self, request: Request) -> Response:
        """LinkedIn's finder by author; a person's posts it shows to no app."""
        author, count, start = (request.query_params.get(name, "") for name in ("author", "count", "start"))
        if request.headers.get("x-restli-method") != "FINDER" or not (count + start).isdecimal():
            return JSONResponse({"status": 400, "message": "ILLEGAL_ARGUMENT"}, 400)
        if not author.startswith("urn:li:organization:"):
            return JSONResponse({"status": 403, "message": "Not enough permissions."}, 403)
        first, most = int(start or 0), int(count or 10)
        mine = [post for post in self.posts if post["author"] == author][::-1]
        paging = {"start": first, "count": most, "links": []}
        return JSONResponse({"elements": mine[first : first + most], "paging": paging})
