"""Web API: auth.test, chat.*, and the response_url addresses."""

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.local import blockkit, config, speaking
from bot.local.store import Json
from bot.local.workspace import SlackError, Workspace


def auth_test(ws: Workspace, args: Json) -> Json:
    names = {"url": f"{ws.base_url}/", "team": "Local workspace", "user": ws.config.bot_name.lower()}
    ids = {"team_id": ws.config.team_id, "user_id": config.BOT_USER, "bot_id": config.BOT}
    return names | ids | {"is_enterprise_install": False}


def post_message(ws: Workspace, args: Json) -> Json:
    channel = writable(ws, args.get("channel"))
    parts = _content(ws, args, channel["id"])
    thread_ts = args.get("thread_ts")
    if thread_ts and ws.store.message(channel["id"], str(thread_ts)) is None:
        raise SlackError("thread_not_found")
    broadcast = _yes(args.get("reply_broadcast"))
    message = ws.post(
        channel["id"], config.BOT_USER, thread_ts=thread_ts, reply_broadcast=broadcast or None, **parts
    )
    return {"channel": channel["id"], "ts": message["ts"], "message": message}


def post_ephemeral(ws: Workspace, args: Json) -> Json:
    channel = writable(ws, args.get("channel"))
    parts = _content(ws, args, channel["id"])
    user = ws.user(str(args.get("user") or ""))["id"]
    if user not in channel["members"]:
        raise SlackError("user_not_in_channel")
    found = ws.post(
        channel["id"], config.BOT_USER, thread_ts=args.get("thread_ts"), ephemeral_for=user, **parts
    )
    return {"message_ts": found["ts"]}


def update(ws: Workspace, args: Json) -> Json:
    channel = writable(ws, args.get("channel"))
    message = _own(ws, channel, args, "cant_update_message")
    parts = _content(ws, args, channel["id"])
    if "blocks" not in args and message.get("blocks"):
        ws.warn("update_without_blocks", channel=channel["id"], ts=message["ts"])
    changed = ws.edit(message, **{"blocks": [], **parts})
    return {"channel": channel["id"], "ts": message["ts"], "text": changed["text"], "message": changed}


def delete(ws: Workspace, args: Json) -> Json:
    channel = known(ws, args.get("channel"))
    message = _own(ws, channel, args, "cant_delete_message")
    ws.remove(message)
    return {"channel": channel["id"], "ts": message["ts"]}


def permalink(ws: Workspace, args: Json) -> Json:
    channel = known(ws, args.get("channel"))
    message = ws.store.message(channel["id"], str(args.get("message_ts")))
    if message is None:
        raise SlackError("message_not_found")
    address = f"{ws.base_url}/archives/{channel['id']}/p{message['ts'].replace('.', '')}"
    thread = message.get("thread_ts")
    return {"channel": channel["id"], "permalink": address + (f"?thread_ts={thread}" if thread else "")}


def known(ws: Workspace, name: Any) -> Json:
    """A channel by the id an app may use; names are for people."""
    if not isinstance(name, str) or not (ws.store.get("channel", name) or ws.store.get("user", name)):
        raise SlackError("channel_not_found")
    return ws.channel(name)


def writable(ws: Workspace, name: Any) -> Json:
    channel = known(ws, name)
    if channel.get("is_archived"):
        raise SlackError("is_archived")
    if config.BOT_USER not in channel["members"]:
        raise SlackError("not_in_channel")
    return channel


async def respond(request: Request) -> Response:
    """POST to a response_url: five uses, thirty minutes, private unless it says otherwise."""
    ws: Workspace = request.app.state.workspace
    try:
        reply = ws.use_reply(request.path_params["token"])
        body = json.loads(await request.body())
        _respond(ws, reply.channel, reply.user, reply.ts, body)
    except SlackError as error:
        status = 404 if error.code in {"expired_url", "used_url"} else 200
        return JSONResponse({"ok": False, "error": error.code, "errors": error.messages}, status)
    except (ValueError, AttributeError):
        return JSONResponse({"ok": False, "error": "invalid_payload"}, 400)
    return Response("ok")


def _respond(ws: Workspace, channel: str, user: str, ts: str | None, body: Json) -> None:
    source = ws.store.message(channel, ts) if ts else None
    if body.get("delete_original"):
        if source:
            ws.remove(source)
        return
    if body.get("replace_original") and source:
        parts = _content(ws, body, channel)
        ws.edit(source, **{"blocks": [], **parts})
        return
    if speaking.tell(ws, body, channel, user) is None:
        raise SlackError("no_text")


def _own(ws: Workspace, channel: Json, args: Json, refusal: str) -> Json:
    message = ws.store.message(channel["id"], str(args.get("ts")))
    if message is None or message.get("ephemeral_for"):
        raise SlackError("message_not_found")
    if message["user"] != config.BOT_USER:
        raise SlackError(refusal)
    return message


def _content(ws: Workspace, args: Json, channel: str) -> Json:
    """text, blocks and metadata, checked as Slack checks them; a missing text is noted, not refused."""
    parts = {key: args[key] for key in ("text", "blocks", "metadata") if args.get(key) not in (None, "")}
    if args.get("blocks"):
        found = blockkit.problems(args["blocks"], "message")
        if found:
            raise SlackError("invalid_blocks", found)
    elif not str(parts.get("text") or "").strip():
        raise SlackError("no_text")
    if not str(parts.get("text") or "").strip():
        ws.warn("missing_text", channel=channel, blocks=[block.get("type") for block in args["blocks"]])
    _metadata(parts.get("metadata"))
    return parts


def _metadata(found: Any) -> None:
    if found is None:
        return
    if (
        not isinstance(found, dict)
        or not isinstance(found.get("event_payload"), dict)
        or not found.get("event_type")
    ):
        raise SlackError("invalid_metadata_format")


def _yes(value: Any) -> bool:
    return str(value).lower() in {"1", "true"}


METHODS: dict[str, Callable[[Workspace, Json], Json]] = {
    "auth.test": auth_test,
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": permalink,
}
