"""``/local/*``: what scripts and tests drive the workspace with. Form fields in, JSON out."""

import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local import clicking, config, speaking
from bot.local.outgoing import Outgoing
from bot.local.store import Json
from bot.local.workspace import SlackError, Workspace

Handler = Callable[[Workspace, Outgoing, FormData], Awaitable[Json]]
_SPAN = re.compile(r"(\d+)([wdhms])")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def routes() -> list[Route]:
    acts: dict[str, Handler] = {
        "say": say,
        "click": click,
        "submit": submit,
        "close": close,
        "upload": upload,
        "shortcut": shortcut,
        "home": home,
    }
    made = [Route(f"/local/{name}", _endpoint(act), methods=["POST"]) for name, act in acts.items()]
    clock = Route("/local/clock", advance, methods=["POST"])
    return [*made, clock, Route("/local/state", state, methods=["GET"])]


async def say(ws: Workspace, out: Outgoing, form: FormData) -> Json:
    user = ws.user(field(form, "user"))
    channel = ws.channel(field(form, "channel"), user["id"])
    return await speaking.say(ws, out, user, channel, field(form, "text"), field(form, "thread_ts"))


async def click(ws: Workspace, out: Outgoing, form: FormData) -> Json:
    user = ws.user(field(form, "user"))
    raw = [str(one) for key in ("value", "option") for one in form.getlist(key)]
    stale = field(form, "stale") in {"1", "true"}
    ids = field(form, "action_id"), field(form, "block_id")
    return await clicking.click(ws, out, user, target(ws, form, user), *ids, raw, stale=stale)


async def submit(ws: Workspace, out: Outgoing, form: FormData) -> Json:
    user = ws.user(field(form, "user"))
    values = _values(field(form, "values") or "{}")
    return await clicking.submit(ws, out, user, modal(ws, form, user), values)


async def close(ws: Workspace, out: Outgoing, form: FormData) -> Json:
    user = ws.user(field(form, "user"))
    return await clicking.close(ws, out, user, modal(ws, form, user))


async def upload(ws: Workspace, out: Outgoing, form: FormData) -> Json:
    """Drop a file into a channel; without one it is only kept, as the file field of a modal does before submitting."""
    user = ws.user(field(form, "user"))
    files = [one for one in form.values() if isinstance(one, UploadFile)]
    if not files:
        raise SlackError("no_file")
    data = await files[0].read()
    if not field(form, "channel"):
        kept = speaking.keep_file(ws, user["id"], files[0].filename or "file", data)
        return {"ok": True, "file": kept["id"]}
    channel = ws.channel(field(form, "channel"), user["id"])
    return await speaking.upload(
        ws, out, user, channel, files[0].filename or "file", data, field(form, "text")
    )


async def shortcut(ws: Workspace, out: Outgoing, form: FormData) -> Json:
    user = ws.user(field(form, "user"))
    message = target(ws, form, user) if field(form, "ts") else None
    return await speaking.shortcut(ws, out, user, field(form, "callback_id"), message)


async def home(ws: Workspace, out: Outgoing, form: FormData) -> Json:
    user = ws.user(field(form, "user"))
    answer = await speaking.home(ws, out, user, field(form, "tab") or "home")
    return answer | {"view": ws.store.get("home", user["id"])}


async def advance(request: Request) -> Response:
    """Step the product's clock: ``advance=2d``, ``3h``, ``1d12h30m``."""
    ws: Workspace = request.app.state.workspace
    if ws.config.advance is None:
        return JSONResponse(
            {"ok": False, "error": "This workspace runs on real time; its clock cannot be moved."}, 404
        )
    async with request.form() as form:
        step = span(field(form, "advance"))
    if step is None:
        return JSONResponse({"ok": False, "error": "advance must look like 2d, 3h or 1d12h."}, 400)
    await ws.config.advance(step)
    ws.changed("clock")
    return JSONResponse({"ok": True, "now": ws.now().isoformat()})


async def state(request: Request) -> Response:
    return JSONResponse(snapshot(request.app.state.workspace))


def snapshot(ws: Workspace) -> Json:
    """Everything a script may want to look at."""
    open_views = [
        {"user": view["user"], "view_id": key, "view": view, "errors": ws.errors.get(key, {})}
        for key, view in ws.views.items()
    ]
    homes = {view["user"]: view for view in ws.store.all("home")}
    return {
        "now": ws.now().isoformat(),
        "team": ws.config.team_id,
        "bot": config.BOT_USER,
        "users": ws.store.all("user"),
        "channels": [
            channel | {"messages": ws.store.messages(channel["id"])} for channel in ws.store.all("channel")
        ],
        "views": open_views,
        "homes": homes,
        "files": ws.store.all("file"),
        "mailbox": ws.mailbox.mails(),
        "warnings": ws.warnings,
    }


def span(text: str) -> timedelta | None:
    """``1d12h`` as a duration above zero; None when it is not one."""
    found = _SPAN.findall(text)
    if not found or _SPAN.sub("", text).strip() or len(text) > 20:
        return None
    total = sum((timedelta(**{_UNITS[unit]: int(count)}) for count, unit in found), timedelta())
    return total if timedelta() < total <= timedelta(days=3660) else None


def field(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def target(ws: Workspace, form: FormData, user: Json) -> Json:
    """The message or view a click is meant for, which this person can see."""
    view_id = field(form, "view_id")
    if view_id:
        found = [view for view in [*ws.views.values(), *ws.store.all("home")] if view["id"] == view_id]
        if not found or found[0]["user"] != user["id"]:
            raise SlackError("view_not_found")
        return found[0]
    channel = ws.channel(field(form, "channel"), user["id"])
    message = ws.store.message(channel["id"], field(form, "ts"))
    if message is None or message.get("ephemeral_for") not in (None, user["id"]):
        raise SlackError("message_not_found")
    return message


def modal(ws: Workspace, form: FormData, user: Json) -> Json:
    view = ws.views.get(field(form, "view_id")) or (None if field(form, "view_id") else ws.top(user["id"]))
    if view is None or view["user"] != user["id"]:
        raise SlackError("view_not_found")
    return view


def _values(raw: str) -> Json:
    """``view.state.values``: block_id → action_id → state."""
    try:
        found = json.loads(raw)
        deep = [state for actions in found.values() for state in actions.values()]
    except (ValueError, AttributeError):
        raise SlackError("invalid_values", ["values must be JSON like view.state.values"]) from None
    if not all(isinstance(state, dict) for state in deep):
        raise SlackError("invalid_values", ["each field of values must be an object"])
    return dict(found)


def _endpoint(act: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        ws: Workspace = request.app.state.workspace
        try:
            async with request.form() as form:
                return JSONResponse(await act(ws, request.app.state.outgoing, form))
        except SlackError as error:
            return JSONResponse({"ok": False, "error": error.code, "messages": error.messages}, 400)

    return endpoint
