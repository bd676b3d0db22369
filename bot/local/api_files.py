"""Web API: the three steps of an upload, files.info, and the private address of a file."""

import secrets
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.local import api_chat, config, speaking
from bot.local.store import Json
from bot.local.workspace import SlackError, Workspace

MEGABYTES_50 = 50 * 1024 * 1024


def upload_url(ws: Workspace, args: Json) -> Json:
    name, length = str(args.get("filename") or ""), str(args.get("length") or "")
    if not name or not length.isdigit() or int(length) == 0:
        raise SlackError("invalid_arguments", ["[ERROR] filename and length are required"])
    if int(length) > MEGABYTES_50:
        raise SlackError("file_too_large")
    key = "F" + secrets.token_hex(5).upper()
    waiting = {"name": name, "alt_txt": str(args.get("alt_txt") or ""), "length": int(length)}
    ws.store.put("value", f"upload-{key}", waiting)
    return {"upload_url": f"{ws.base_url}/upload/{key}", "file_id": key}


async def receive(request: Request) -> Response:
    """The bytes of an upload, raw or as a multipart form."""
    ws: Workspace = request.app.state.workspace
    key = request.path_params["key"]
    waiting = ws.store.get("value", f"upload-{key}")
    if waiting is None:
        return Response("file not found", 404)
    data = await _bytes(request)
    if len(data) != waiting["length"]:
        return Response("the length differs from what was announced", 400)
    alt = {"alt_txt": waiting["alt_txt"]} if waiting["alt_txt"] else {}
    speaking.keep_file(ws, config.BOT_USER, waiting["name"], data, id=key, **alt)
    ws.store.delete("value", f"upload-{key}")
    return Response(f"OK - {len(data)}")


def complete(ws: Workspace, args: Json) -> Json:
    """Share uploaded files in a channel as one message; a picture without words for it is noted."""
    listed = args.get("files")
    if not isinstance(listed, list) or not listed:
        raise SlackError("invalid_arguments", ["[ERROR] files is required"])
    files = [_finished(ws, one) for one in listed]
    channels = str(args.get("channel_id") or args.get("channels") or "")
    for name in filter(None, channels.split(",")):
        _shared(ws, args, api_chat.writable(ws, name), files)
    return {"files": files}


def info(ws: Workspace, args: Json) -> Json:
    file = ws.store.get("file", str(args.get("file")))
    if file is None:
        raise SlackError("file_not_found")
    return {"file": _addressed(ws, file), "comments": []}


async def private(request: Request) -> Response:
    """``url_private``: the bytes, for the bot's token only."""
    ws: Workspace = request.app.state.workspace
    file = ws.store.get("file", request.path_params["key"])
    if request.headers.get("authorization") != f"Bearer {ws.config.bot_token}":
        return Response("<!doctype html><title>Sign in to Slack</title>", 200, media_type="text/html")
    if file is None:
        return Response("file not found", 404)
    return Response(ws.store.blob(file["id"]) or b"", media_type=file["mimetype"])


def _finished(ws: Workspace, one: Any) -> Json:
    file = ws.store.get("file", str(one.get("id"))) if isinstance(one, dict) else None
    if file is None:
        raise SlackError("file_not_found")
    if one.get("title"):
        file = ws.store.put("file", file["id"], file | {"title": str(one["title"])})
    if file["mimetype"].startswith("image/") and not file.get("alt_txt"):
        ws.warn("missing_alt_text", file=file["id"])
    return _addressed(ws, file)


def _shared(ws: Workspace, args: Json, channel: Json, files: list[Json]) -> None:
    for file in files:
        speaking.share(ws, file, channel["id"])
    text, thread = args.get("initial_comment"), args.get("thread_ts")
    ws.post(channel["id"], config.BOT_USER, text=text, files=files, thread_ts=thread, subtype="file_share")


def _addressed(ws: Workspace, file: Json) -> Json:
    """A file with addresses on the server that runs now."""
    tail = file["url_private"].split("/files/", 1)[1]
    address = f"{ws.base_url}/files/{tail}"
    return file | {"url_private": address, "url_private_download": address, "permalink": address}


async def _bytes(request: Request) -> bytes:
    if not request.headers.get("content-type", "").startswith("multipart/"):
        return await request.body()
    async with request.form() as form:
        for value in form.values():
            if not isinstance(value, str):
                return await value.read()
    return b""


METHODS: dict[str, Callable[[Workspace, Json], Json]] = {
    "files.getUploadURLExternal": upload_url,
    "files.completeUploadExternal": complete,
    "files.info": info,
}
