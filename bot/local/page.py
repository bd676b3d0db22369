"""The page people look at, and the fragments it fetches when something changed."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.local import config, people, picture
from bot.local.store import Json
from bot.local.workspace import SlackError, Workspace

POLICY = (
    "default-src 'self'; img-src 'self' data: https: http://127.0.0.1:* http://localhost:*; "
    "style-src 'self' 'unsafe-inline'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: https: http://127.0.0.1:* http://localhost:*; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


def routes() -> list[Route]:
    return [
        Route("/", shell),
        Route("/ui/sidebar", sidebar),
        Route("/ui/messages", messages),
        Route("/ui/home", home),
        Route("/ui/mails", mails),
        Route("/ui/top", top),
        Route("/ui/file/{key}", file),
        Route("/ui/mail/{key}", mail_html),
        Route("/archives/{channel}/{mark}", permalink),
    ]


async def shell(request: Request) -> Response:
    """The whole page: ``user``, ``at`` (channel id or name, ``home``, ``mailbox``), ``thread``, ``mail``."""
    ws: Workspace = request.app.state.workspace
    try:
        facts = _facts(ws, request)
    except SlackError:
        return RedirectResponse("/")
    if facts["channel"]:
        picture.read(ws, facts["user"], facts["channel"])
    if facts["mail"]:
        ws.mailbox.opened(facts["mail"])
    answer = _html(ws, "shell.html", **facts)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


async def sidebar(request: Request) -> Response:
    return _fragment(request, "sidebar.html")


async def messages(request: Request) -> Response:
    """A channel's messages or a thread's; looking at them is reading them."""
    ws: Workspace = request.app.state.workspace
    facts = _facts(ws, request)
    picture.read(ws, facts["user"], facts["channel"])
    name = "thread.html" if request.query_params.get("pane") == "thread" else "messages.html"
    return _html(ws, name, **facts)


async def home(request: Request) -> Response:
    return _fragment(request, "home.html")


async def mails(request: Request) -> Response:
    return _fragment(request, "mails.html")


async def top(request: Request) -> Response:
    ws: Workspace = request.app.state.workspace
    return _html(ws, "clock.html", user=ws.user(request.query_params.get("user") or people.OLIVIA))


async def file(request: Request) -> Response:
    """A file for the page; only pictures are shown in place, anything else is saved."""
    ws: Workspace = request.app.state.workspace
    found = ws.store.get("file", request.path_params["key"])
    if found is None:
        return Response("file not found", 404)
    picture_kinds = {"image/png", "image/jpeg", "image/gif", "image/webp"}
    kind = found["mimetype"] if found["mimetype"] in picture_kinds else "application/octet-stream"
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    if kind == "application/octet-stream":
        tail = found["url_private"].rsplit("/", 1)[-1]
        headers["Content-Disposition"] = f'attachment; filename="{tail}"'
    return Response(ws.store.blob(found["id"]) or b"", media_type=kind, headers=headers)


async def mail_html(request: Request) -> Response:
    """The HTML part of a mail, shut in: no scripts, links open in a new tab."""
    ws: Workspace = request.app.state.workspace
    found = ws.mailbox.mail(request.path_params["key"])
    if found is None:
        return Response("mail not found", 404)
    answer = HTMLResponse('<base target="_blank">' + found["html"])
    answer.headers["Content-Security-Policy"] = MAIL_POLICY
    return answer


async def permalink(request: Request) -> Response:
    """A message's address. One without its thread, as the bot writes them, opens the thread all the same."""
    mark = request.path_params["mark"].removeprefix("p")
    channel = request.path_params["channel"]
    ws: Workspace = request.app.state.workspace
    found = ws.store.message(channel, f"{mark[:-6]}.{mark[-6:]}") or {}
    thread = str(request.query_params.get("thread_ts") or found.get("thread_ts") or "")
    tail = f"&thread={thread}" if thread.replace(".", "").isdigit() else ""
    return RedirectResponse(
        f"/?at={channel if channel.isalnum() else ''}{tail}#{'t' if tail else 'm'}{mark if mark.isdigit() else ''}"
    )


def _fragment(request: Request, template: str) -> Response:
    ws: Workspace = request.app.state.workspace
    return _html(ws, template, **_facts(ws, request))


def _html(ws: Workspace, template: str, **facts: object) -> HTMLResponse:
    return HTMLResponse(picture.page(ws, template, **facts), headers={"Cache-Control": "no-store"})


def _facts(ws: Workspace, request: Request) -> Json:
    query = request.query_params
    user = ws.user(query.get("user") or people.OLIVIA)
    at = query.get("at") or people.GROWTH
    channel = None if at in {"home", "mailbox"} else ws.channel(at, user["id"])
    thread = query.get("thread") or ""
    facts: Json = {"user": user, "at": channel["id"] if channel else at, "channel": channel, "thread": thread}
    facts |= {"reader": picture.reader(ws, user), "mail": ws.mailbox.mail(query.get("mail") or "")}
    asked = query.get("limit") or ""
    limit = int(asked) if asked.isdecimal() and 0 < len(asked) < 7 else picture.PAGE
    facts["limit"] = limit
    facts["rows"] = picture.rows(ws, user, channel, limit=limit) if channel else []
    facts["replies"] = picture.rows(ws, user, channel, thread, limit=500) if channel and thread else []
    return facts | _around(ws, user)


def _around(ws: Workspace, user: Json) -> Json:
    """What the sidebar and the top bar show."""
    channels = [
        one for one in ws.store.all("channel") if not one.get("is_im") and user["id"] in one["members"]
    ]
    people_here = [one for one in ws.store.all("user") if one["id"] not in {config.BOT_USER, config.SLACKBOT}]
    direct = ws.channel("dm", user["id"])
    marks = {one["id"]: picture.unread(ws, user, one) for one in [*channels, direct]}
    return {
        "channels": channels,
        "people": people_here,
        "direct": direct,
        "unread": marks,
        "mails": ws.mailbox.mails()[::-1],
    }
