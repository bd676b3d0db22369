"""What the page posts when a person acts. It turns browser forms into the same calls that scripts make."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import httpx
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.local import clicking, forms, guard, live, mailbox, picture, scripting, speaking
from bot.local.store import Json
from bot.local.workspace import SlackError, Workspace

_SENTENCES = {
    "not_in_channel": "You are not a member of this channel.",
    "channel_not_found": "This channel does not exist.",
    "no_text": "Type something first.",
}
Act = Callable[[Request, Workspace, FormData, Json], Awaitable[None]]


def routes() -> list[Route]:
    acts: dict[str, Act] = {"say": say, "click": click, "submit": submit, "close": close}
    acts |= {"upload": upload, "sample": sample, "clock": clock, "home": home}
    made = [Route(f"/ui/{name}", _endpoint(act), methods=["POST"]) for name, act in acts.items()]
    made.append(Route("/ui/modal", modal, methods=["POST"]))
    made.append(Route("/ui/options", options, methods=["POST"]))
    made.append(Route("/ui/unsubscribe", unsubscribe, methods=["POST"]))
    return [*made, Route("/ui/stream", live.stream)]


async def say(request: Request, ws: Workspace, form: FormData, user: Json) -> None:
    channel = ws.channel(scripting.field(form, "channel"), user["id"])
    words, thread = scripting.field(form, "text"), scripting.field(form, "thread_ts")
    files = [one for one in form.getlist("file") if isinstance(one, UploadFile) and one.filename]
    for one in files:
        await speaking.upload(
            ws, request.app.state.outgoing, user, channel, one.filename or "", await one.read(), words
        )
    if not files:
        await speaking.say(ws, request.app.state.outgoing, user, channel, words, thread)


async def click(request: Request, ws: Workspace, form: FormData, user: Json) -> None:
    target = scripting.target(ws, form, user)
    values = await collect(ws, target, form, user)
    if "channel" in target:
        ws.picked[(target["channel"], target["ts"], user["id"])] = forms.carried(
            target.get("blocks") or [], values
        )
    else:
        clicking.fill(target, values)
    action_id, block_id = scripting.field(form, "action_id"), scripting.field(form, "block_id")
    named = [one for one in form.getlist(f"v|{block_id}|{action_id}") if isinstance(one, str)]
    raw = [str(form["pressed"])] if "pressed" in form else named
    await clicking.click(ws, request.app.state.outgoing, user, target, action_id, block_id, raw)


async def submit(request: Request, ws: Workspace, form: FormData, user: Json) -> None:
    view = scripting.modal(ws, form, user)
    await clicking.submit(ws, request.app.state.outgoing, user, view, await collect(ws, view, form, user))


async def close(request: Request, ws: Workspace, form: FormData, user: Json) -> None:
    await clicking.close(ws, request.app.state.outgoing, user, scripting.modal(ws, form, user))


async def upload(request: Request, ws: Workspace, form: FormData, user: Json) -> None:
    await scripting.upload(ws, request.app.state.outgoing, form)


async def sample(request: Request, ws: Workspace, form: FormData, user: Json) -> None:
    """Drop one of the sample files."""
    channel = ws.channel(scripting.field(form, "channel"), user["id"])
    for path in ws.config.samples:
        if path.name == scripting.field(form, "name"):
            await speaking.upload(ws, request.app.state.outgoing, user, channel, path.name, path.read_bytes())


async def clock(request: Request, ws: Workspace, form: FormData, user: Json) -> None:
    step = scripting.span(scripting.field(form, "advance"))
    if ws.config.advance and step:
        await ws.config.advance(step)
        ws.changed("clock")


async def home(request: Request, ws: Workspace, form: FormData, user: Json) -> None:
    await speaking.home(ws, request.app.state.outgoing, user)


async def modal(request: Request) -> Response:
    """The top modal of a person, drawn again; what is typed in the page so far is kept."""
    ws: Workspace = request.app.state.workspace
    async with request.form() as form:
        user = ws.user(scripting.field(form, "user"))
        view = ws.views.get(scripting.field(form, "view_id"))
        if view and view["user"] == user["id"] and not ws.errors.get(view["id"]):
            clicking.fill(view, _kept(view, await collect(ws, view, form, user)))
    facts = {"user": user, "view": ws.top(user["id"]), "reader": picture.reader(ws, user)}
    return HTMLResponse(picture.page(ws, "modal.html", **facts))


async def options(request: Request) -> Response:
    """The choices of an external select."""
    ws: Workspace = request.app.state.workspace
    async with request.form() as form:
        user = ws.user(scripting.field(form, "user"))
        target = scripting.target(ws, form, user)
        ids = scripting.field(form, "action_id"), scripting.field(form, "block_id")
        found = await clicking.suggestions(ws, request.app.state.outgoing, user, target, *ids, "")
    return HTMLResponse(picture.page(ws, "options.html", found=found))


async def unsubscribe(request: Request) -> Response:
    """The one-click POST of RFC 8058, as a mail provider makes it; only to this machine."""
    ws: Workspace = request.app.state.workspace
    async with request.form() as form:
        mail = ws.mailbox.mail(scripting.field(form, "mail"))
    address = mailbox.one_click(mail) if mail else None
    if address is None:
        return HTMLResponse("This mail offers no one-click unsubscribe.")
    if urlsplit(address).hostname not in guard.LOOPBACK | ws.config.hosts:
        return HTMLResponse("The address leads to another machine; the local mailbox does not go there.")
    try:
        body = {"List-Unsubscribe": "One-Click"}
        answer = await request.app.state.outgoing.client.post(address, data=body)
    except httpx.HTTPError:
        return HTMLResponse("Nobody answered at the unsubscribe address.")
    done = "Unsubscribed" if answer.is_success else "The server refused"
    return HTMLResponse(f"{done} (HTTP {answer.status_code}).")


async def collect(ws: Workspace, target: Json, form: FormData, user: Json) -> Json:
    """``state.values`` from a browser form; fields it does not hold count as left empty."""
    values: Json = {}
    if "has" not in form:
        return values
    for block, part in forms.parts(target.get("blocks") or []):
        if part["type"] in {"button", "overflow"}:
            continue
        raw = form.getlist(picture.field(block, part))
        state = forms.picked(part, [one for one in raw if isinstance(one, str)], user["tz"])
        if part["type"] == "file_input":
            state["files"] = await _files(ws, user, raw) or _before(target, block, part)
        values.setdefault(block["block_id"], {})[part["action_id"]] = state
    return values


async def _files(ws: Workspace, user: Json, raw: list[UploadFile | str]) -> list[Json]:
    sent = [one for one in raw if isinstance(one, UploadFile) and one.filename]
    return [speaking.keep_file(ws, user["id"], one.filename or "", await one.read()) for one in sent]


def _before(target: Json, block: Json, part: Json) -> list[Json]:
    known = target.get("state", {}).get("values", {}).get(block["block_id"], {}).get(part["action_id"], {})
    return list(known.get("files") or [])


def _kept(view: Json, values: Json) -> Json:
    """Only what the view still has and does not hold yet: an update by the app wins over what it changed."""
    known = view["state"]["values"]
    return {
        block: {
            action: state
            for action, state in actions.items()
            if action in known.get(block, {}) and known[block][action]["type"] == state["type"]
        }
        for block, actions in values.items()
    }


def _endpoint(act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        ws: Workspace = request.app.state.workspace
        try:
            async with request.form() as form:
                await act(request, ws, form, ws.user(scripting.field(form, "user")))
        except SlackError as error:
            sentence = _SENTENCES.get(error.code, error.messages[0] if error.messages else error.code)
            return Response(status_code=204, headers={"HX-Trigger": f'{{"toast": "{_ascii(sentence)}"}}'})
        return Response(status_code=204)

    return endpoint


def _ascii(sentence: str) -> str:
    return "".join(
        letter for letter in sentence if letter.isascii() and letter.isprintable() and letter not in '"\\'
    )
