"""What a person does in a channel: says something, types a command, drops a file, opens the Home tab.

Each function returns the bot's answer in words a script can read.
"""

import mimetypes
import secrets
import time

from bot.local import blockkit, config, payloads
from bot.local.outgoing import Answer, Outgoing
from bot.local.store import Json
from bot.local.workspace import SlackError, Workspace

FAILED = "{name} failed with the error `{error}`. Please try again later."


async def say(
    ws: Workspace, out: Outgoing, user: Json, channel: Json, text: str, thread_ts: str = ""
) -> Json:
    """A message, or a slash command when the text begins with a slash."""
    text = text.strip()
    if not text:
        raise SlackError("no_text")
    if text.startswith("/") and not thread_ts:
        return await _command(ws, out, user, channel, text)
    _must_be_member(channel, user)
    message = ws.post(channel["id"], user["id"], text=payloads.typed(ws, text), thread_ts=thread_ts)
    await _announce(ws, out, user, channel, message)
    return {"ok": True, "ts": message["ts"], "channel": channel["id"]}


async def upload(
    ws: Workspace, out: Outgoing, user: Json, channel: Json, name: str, data: bytes, text: str = ""
) -> Json:
    """A file dropped into a channel: a message with it, ``file_shared``, and a ``file_share`` message."""
    _must_be_member(channel, user)
    file = keep_file(ws, user["id"], name, data)
    share(ws, file, channel["id"])
    message = ws.post(
        channel["id"],
        user["id"],
        text=payloads.typed(ws, text),
        files=[file],
        subtype="file_share",
        upload=True,
    )
    answer = None
    if config.BOT_USER in channel["members"]:
        event = {
            "type": "file_shared",
            "channel_id": channel["id"],
            "file_id": file["id"],
            "user_id": user["id"],
        }
        event |= {"file": {"id": file["id"]}, "event_ts": message["ts"]}
        answer = await out.event(event, user["team_id"])
        await _announce(ws, out, user, channel, message)
    return {"ok": True, "file": file["id"], "ts": message["ts"], "status": answer.status if answer else None}


async def home(ws: Workspace, out: Outgoing, user: Json, tab: str = "home") -> Json:
    """Open the app's Home (or Messages) tab."""
    view = ws.store.get("home", user["id"])
    channel = ws.channel("dm", user["id"])
    event = {"type": "app_home_opened", "user": user["id"], "channel": channel["id"], "tab": tab}
    event["event_ts"] = f"{time.time():.6f}"
    if view:
        event["view"] = payloads.view(view)
    answer = await out.event(event, user["team_id"])
    return {"ok": bool(answer and answer.ok), "status": answer.status if answer else None}


async def shortcut(ws: Workspace, out: Outgoing, user: Json, callback_id: str, message: Json | None) -> Json:
    """A global shortcut, or one on a message."""
    payload = payloads.interaction(
        ws, "shortcut", user, callback_id=callback_id, trigger_id=ws.trigger(user["id"])
    )
    payload["action_ts"] = f"{time.time():.6f}"
    if message:
        channel = ws.channel(message["channel"])
        payload |= {"type": "message_action", "message": message, "message_ts": message["ts"]}
        payload |= {"channel": payloads.place(channel)}
        payload["response_url"] = ws.reply_address(channel["id"], user["id"], message["ts"])
    answer = await out.interaction(payload)
    return {"ok": answer.ok, "status": answer.status}


def keep_file(ws: Workspace, user: str, name: str, data: bytes, **facts: str) -> Json:
    """Store bytes as a Slack file; its private address wants the bot's token."""
    key = facts.pop("id", "") or "F" + secrets.token_hex(5).upper()
    name = name.replace("/", "_").replace("\\", "_")[:200] or "file"
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    extension = name.rsplit(".", 1)[-1].lower() if "." in name else "binary"
    address = f"{ws.base_url}/files/{key}/{_slug(name)}"
    file: Json = {
        "id": key,
        "name": name,
        "title": name,
        "mimetype": kind,
        "filetype": extension,
        "pretty_type": extension.upper(),
        "user": user,
        "size": len(data),
        "mode": "hosted",
        "is_external": False,
        "created": int(ws.now().timestamp()),
        "channels": [],
        **dict.fromkeys(("url_private", "url_private_download", "permalink"), address),
        **facts,
    }
    ws.store.put_blob(key, data)
    return ws.store.put("file", key, file)


def share(ws: Workspace, file: Json, channel: str) -> None:
    file["channels"] = [*dict.fromkeys([*file["channels"], channel])]
    ws.store.put("file", file["id"], file)


def tell(ws: Workspace, body: Json, channel: str, user: str, default: str = "ephemeral") -> Json | None:
    """Post what a command's answer or a response_url holds; SlackError when Slack would refuse it."""
    blocks = body.get("blocks")
    found = blockkit.problems(blocks, "message") if blocks is not None else []
    if found:
        raise SlackError("invalid_blocks", found)
    if not body.get("text") and not blocks:
        return None
    if not body.get("text"):
        ws.warn("missing_text", channel=channel, where="answer")
    open_to_all = body.get("response_type", default) == "in_channel"
    whose = None if open_to_all else user
    parts = {"text": body.get("text"), "blocks": blocks, "thread_ts": body.get("thread_ts")}
    return ws.post(channel, config.BOT_USER, ephemeral_for=whose, **parts)


async def _command(ws: Workspace, out: Outgoing, user: Json, channel: Json, text: str) -> Json:
    name, _, rest = text.partition(" ")
    if name in {"/invite", "/remove"}:
        return await _membership(ws, out, user, channel, name, rest)
    known = {command.name: command for command in ws.config.commands}
    if name not in known:
        ws.whisper(channel["id"], user["id"], f"`{name.replace('`', '')}` is not a valid command.")
        return {"ok": False, "error": "unknown_command"}
    words = payloads.typed(ws, rest.strip()) if known[name].should_escape else rest.strip()
    answer = await out.command(payloads.command(ws, user, channel, name, words))
    error = "" if answer.ok else _failure(answer)
    if answer.ok:
        error = _answered(ws, user, channel, text, answer)
    if error:
        ws.whisper(channel["id"], user["id"], FAILED.format(name=name, error=error))
    return {"ok": not error, "status": answer.status, "answer": answer.json() or answer.body, "error": error}


def _answered(ws: Workspace, user: Json, channel: Json, text: str, answer: Answer) -> str:
    """Show the answer to a command; the error Slack would show instead."""
    body = answer.json() or ({"text": answer.body} if answer.body.strip() else {})
    if body.get("response_type") == "in_channel":
        ws.post(channel["id"], user["id"], text=payloads.typed(ws, text))
    try:
        tell(ws, body, channel["id"], user["id"])
    except SlackError as error:
        ws.warn(error.code, messages=error.messages, where="command answer")
        return error.code
    return ""


def _failure(answer: Answer) -> str:
    return "operation_timeout" if answer.status == 408 else "dispatch_failed"


async def _membership(ws: Workspace, out: Outgoing, user: Json, channel: Json, name: str, rest: str) -> Json:
    _must_be_member(channel, user)
    target = ws.user(rest.strip().split(" ")[0])
    if name == "/remove":
        ws.leave(channel, target["id"])
        ws.post(channel["id"], target["id"], text="was removed from the channel", subtype="channel_leave")
        return {"ok": True}
    if ws.join(channel, target["id"]):
        ws.post(channel["id"], target["id"], text=f"joined #{channel['name']}", subtype="channel_join")
        event = {
            "type": "member_joined_channel",
            "user": target["id"],
            "channel": channel["id"],
            "channel_type": "C",
        }
        event |= {"team": user["team_id"], "inviter": user["id"], "event_ts": f"{time.time():.6f}"}
        if config.BOT_USER in ws.channel(channel["id"])["members"]:
            await out.event(event, user["team_id"])
    return {"ok": True}


async def _announce(ws: Workspace, out: Outgoing, user: Json, channel: Json, message: Json) -> None:
    """Tell the bot of a message where it is a member."""
    if config.BOT_USER not in channel["members"]:
        return
    event = dict(message) | {
        "event_ts": message["ts"],
        "channel_type": "im" if channel.get("is_im") else "channel",
    }
    await out.event(event, user["team_id"])
    if f"<@{config.BOT_USER}" in message["text"] and not channel.get("is_im"):
        await out.event(event | {"type": "app_mention"}, user["team_id"])


def _must_be_member(channel: Json, user: Json) -> None:
    if user["id"] not in channel["members"]:
        raise SlackError("not_in_channel")


def _slug(name: str) -> str:
    return "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in name
    )
