"""Slack's Web API at ``/api/<method>``: reads arguments, checks the token, answers in Slack's wire shape.

The methods themselves live in the api_* modules.
"""

import json
import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.local import api_chat, api_conversations, api_files, api_views, scopes, troubles
from bot.local.store import Json
from bot.local.workspace import SlackError, Workspace

Method = Callable[[Workspace, Json], Json]

METHODS: dict[str, Method] = {
    **api_chat.METHODS,
    **api_conversations.METHODS,
    **api_files.METHODS,
    **api_views.METHODS,
}
_NESTED = {"blocks", "view", "metadata", "files", "attachments"}


async def call(request: Request) -> Response:
    """One call; errors answer 200 with ``ok: false`` as Slack does, a rate limit 429 with Retry-After."""
    ws: Workspace = request.app.state.workspace
    name = request.path_params["method"]
    trouble = troubles.met(ws, name)
    if trouble is None or trouble.after:
        answer = await _carried_out(ws, name, request)
        answer.headers["x-oauth-scopes"] = ",".join(sorted(scopes.granted(ws)))
    return await troubles.answer(ws, trouble) if trouble else answer


async def _carried_out(ws: Workspace, name: str, request: Request) -> Response:
    received = time.monotonic()
    try:
        args = await _arguments(request)
        token = args.pop("token", "")
        channel = str(args.get("channel") or args.get("channel_id") or "")
        ws.calls.append((name, channel, received))
        _allowed(ws, name, token)
        _paced(ws, name, args)
        return JSONResponse({"ok": True, **METHODS[name](ws, args)})
    except SlackError as error:
        if error.code == "ratelimited":
            return JSONResponse({"ok": False, "error": error.code}, 429, headers={"Retry-After": "1"})
        return JSONResponse(_refusal(error))


def _refusal(error: SlackError) -> Json:
    body: Json = {"ok": False, "error": error.code, **error.fields}
    if error.messages:
        body |= {"errors": error.messages, "response_metadata": {"messages": error.messages}}
    return body


async def _arguments(request: Request) -> Json:
    """Query, form or JSON, with the token of the Authorization header; nested JSON strings are read."""
    args: Json = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        args |= _json(await request.body() or b"{}")
    else:
        async with request.form() as form:
            args |= {key: value for key, value in form.items() if isinstance(value, str)}
    for key in _NESTED & args.keys():
        if isinstance(args[key], str):
            args[key] = _nested(key, args[key])
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return args | ({"token": token} if scheme.lower() == "bearer" else {})


def _json(body: bytes) -> Json:
    try:
        found = json.loads(body)
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(found, dict):
        raise SlackError("json_not_object")
    return found


def _nested(key: str, value: str) -> object:
    try:
        return json.loads(value) if value else None
    except ValueError:
        raise SlackError("invalid_blocks_format" if key == "blocks" else "invalid_arguments") from None


def _allowed(ws: Workspace, name: str, token: str) -> None:
    if name not in METHODS:
        raise SlackError("unknown_method")
    if not token:
        raise SlackError("not_authed")
    if token == ws.config.app_token:
        raise SlackError("not_allowed_token_type")
    if token != ws.config.bot_token:
        raise SlackError("invalid_auth")
    scopes.need(ws, *scopes.OF.get(name, ()))


def _paced(ws: Workspace, name: str, args: Json) -> None:
    """One message a second and channel, when that strictness is switched on."""
    if not ws.rate_limited or name != "chat.postMessage":
        return
    channel, now = str(args.get("channel")), time.monotonic()
    if now - ws.posted_at.get(channel, -1.0) < 1.0:
        raise SlackError("ratelimited")
    ws.posted_at[channel] = now
