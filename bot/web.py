"""What the outside world may ask of us over HTTP: Slack's events, signed links, unsubscribe, health."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

import structlog
from jinja2 import Environment, FileSystemLoader
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.readiness import Readiness
from engine import heard, measure
from engine.channels import Listener
from engine.channels.incoming import Call
from engine.context import Context
from storage import troubles

log = structlog.get_logger(__name__)

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
NO_STORE = {"Cache-Control": "no-store, private", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
BODY_LIMIT = 1_000_000
RETRY_AFTER = 30
"""Seconds; about as long as a database takes to come back."""
_pages = Environment(loader=FileSystemLoader(Path(__file__).parent / "pages"), autoescape=True)


class Limit:
    """Refuse bodies nobody of ours would send, and turn a fault into an id instead of a stack trace.

    What arrives is counted too: a chunked body announces no length.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = await self._answered(scope, receive, send)
        if answer is not None:
            await answer(scope, receive, send)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> Response | None:
        """Let the app answer; returns what is to be answered instead. Raises when an answer had begun already."""
        length, begun = Headers(scope=scope).get("content-length", "0"), False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            if len(length) > 12 or not length.isdecimal() or int(length) > BODY_LIMIT:
                raise _TooLarge
            await self._app(scope, _counted(receive), sending)
        except ClientDisconnect:
            return None  # whoever asked is gone
        except Exception as error:
            if begun:
                raise
            return (
                PlainTextResponse("too large", 413) if isinstance(error, _TooLarge) else _fault(scope, error)
            )
        return None


class _TooLarge(Exception):
    """More has arrived than is ever read."""


def _counted(receive: Receive) -> Receive:
    seen = 0

    async def counting() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > BODY_LIMIT:
            raise _TooLarge
        return message

    return counting


def _fault(scope: Scope, error: Exception) -> Response:
    """503 while the database is away: mail programs repeat a one-click unsubscribe (RFC 8058), people come back."""
    id_ = secrets.token_hex(4)
    if cause := troubles.cause(error):
        log.warning("unanswered", error_id=id_, path=scope["path"].split("/")[1], database=cause)
        page = _pages.get_template("busy.html").render(id=id_)
        return HTMLResponse(page, 503, headers={**NO_STORE, "Retry-After": str(RETRY_AFTER)})
    log.error("request_failed", error_id=id_, path=scope["path"].split("/")[1], exc_info=error)
    return PlainTextResponse(f"Something went wrong (id {id_}).", 500)


class Web:
    """The routes. `bolt` is None in a process without Slack."""

    def __init__(self, ctx: Context, bolt: AsyncApp | None) -> None:
        self._ctx = ctx
        self._bolt = bolt
        self._readiness = Readiness(ctx.db)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/slack/events", self.slack, methods=["POST"]),
                Route("/o/{token}", self.opened),
                Route("/c/{token}", self.clicked),
                Route("/u/{token}", self.unsubscribe, methods=["GET", "POST"]),
                Route("/webhooks/{hook}", self.told, methods=["POST"]),
                Route("/healthz", self.alive),
                Route("/readyz", self.ready),
                Route("/", self.root),
            ],
            middleware=[Middleware(Limit)],
        )

    async def slack(self, request: Request) -> Response:
        if self._bolt is None:
            return PlainTextResponse("not here", 404)
        asked = _legible(request, await request.body())
        if asked is None:
            return PlainTextResponse("not signed by Slack", 401)
        return to_starlette_response(await self._bolt.async_dispatch(asked))

    async def opened(self, request: Request) -> Response:
        """The picture in a mail; a forged token is answered like any other unknown page."""
        if not await measure.opened(self._ctx, request.path_params["token"], _agent(request)):
            return _unknown()
        return Response(PIXEL, media_type="image/gif", headers=NO_STORE)

    async def clicked(self, request: Request) -> Response:
        """On to the address that was written in the approved words, and nowhere else."""
        target = await measure.clicked(self._ctx, request.path_params["token"], _agent(request))
        return RedirectResponse(target, 302, headers=NO_STORE) if target else _unknown()

    async def unsubscribe(self, request: Request) -> Response:
        """RFC 8058: the POST alone opts out, without cookies or redirect; a GET changes nothing."""
        token = request.path_params["token"]
        if request.method == "POST":
            done = await measure.unsubscribed(self._ctx, token)
            self._ctx.db.wake()
            return _page("unsubscribed.html") if done else _unknown()
        address = await measure.address_of(self._ctx, token)
        return _page("unsubscribe.html", address=address) if address else _unknown()

    async def told(self, request: Request) -> Response:
        """What a vendor reports. One that is not signed is refused; one that was dealt with is answered alike."""
        hook = request.path_params["hook"]
        channel = next(
            (one for one in self._ctx.channels.values() if isinstance(one, Listener) and one.hook == hook),
            None,
        )
        if channel is None:
            return _unknown()
        url = _called(self._ctx.public_url, request)
        call = Call(url, dict(request.headers), await request.body(), self._ctx.now())
        found = channel.read(call)
        if found is None:
            log.warning("unsigned_call", hook=hook)
            return PlainTextResponse("not signed", 403)
        await heard.take(self._ctx, found)
        media_type, words = channel.hook_answer
        return Response(words, media_type=media_type, headers=NO_STORE)

    async def alive(self, request: Request) -> Response:
        """Green while the process runs: starting it anew would not bring a database back."""
        return JSONResponse({"ok": True})

    async def ready(self, request: Request) -> Response:
        """Red while the database is away, full or read-only, or its schema is not ours; says which."""
        reason = await self._readiness.why_not()
        return JSONResponse({"ok": False, "reason": reason}, 503) if reason else JSONResponse({"ok": True})

    async def root(self, request: Request) -> Response:
        return _page("root.html")


def _legible(request: Request, body: bytes) -> AsyncBoltRequest | None:
    """What Bolt reads out of it; None if it cannot. It reads before it looks at the signature, and anybody may knock:
    what Slack never sent is no fault of ours to log.
    """
    stamp = request.headers.get("x-slack-request-timestamp", "0")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
        return None
    try:
        return to_async_bolt_request(request, body)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _agent(request: Request) -> str:
    """Who says to be asking; nobody for a HEAD, which no mail program sends to show something to a person."""
    return "" if request.method == "HEAD" else request.headers.get("user-agent", "")[:500]


def _called(public_url: str, request: Request) -> str:
    """The address that a vendor called, in its own words: behind a proxy ours is another."""
    if not public_url:
        return str(request.url)
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{public_url}{request.url.path}{query}"


def _unknown() -> Response:
    """The same for every link that is not ours: it tells nothing."""
    return HTMLResponse(_pages.get_template("unknown.html").render(), 404, headers=NO_STORE)


def _page(name: str, **values: str | None) -> Response:
    return HTMLResponse(_pages.get_template(name).render(**values), headers=NO_STORE)
