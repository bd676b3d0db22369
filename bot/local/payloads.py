"""The shapes of what Slack sends to an app: commands, clicks, modals, events. Pure but for the ids they need."""

import re
import time
from html import escape
from typing import Any

from bot.local import config
from bot.local.store import Json
from bot.local.workspace import Workspace

_PEOPLE = re.compile(r"(?<![\w.@|<])@([A-Za-z0-9][\w.-]*)")
_PLACES = re.compile(r"(?<![\w&#|<])#([a-z0-9][\w-]*)")
_LINKS = re.compile(r"https?://[^\s<>|\"“”']+")
_MAILS = re.compile(r"(?<![\w.+/:@-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_TOKEN = re.compile(r"<[^<>]*>")


def person(ws: Workspace, user: Json) -> Json:
    names = {"id": user["id"], "username": user["name"], "name": user["name"]}
    return names | {"team_id": user["team_id"]}


def command(ws: Workspace, user: Json, channel: Json, name: str, text: str) -> dict[str, str]:
    """The form of a slash command."""
    return {
        "token": "local",
        "team_id": user["team_id"],
        "team_domain": "local",
        "channel_id": channel["id"],
        "channel_name": "directmessage" if channel.get("is_im") else channel["name"],
        "user_id": user["id"],
        "user_name": user["name"],
        "command": name,
        "text": text,
        "api_app_id": config.APP,
        "is_enterprise_install": "false",
        "response_url": ws.reply_address(channel["id"], user["id"]),
        "trigger_id": ws.trigger(user["id"]),
    }


def interaction(ws: Workspace, kind: str, user: Json, **parts: Any) -> Json:
    """What every interactive payload has in common."""
    return {
        "type": kind,
        "team": {"id": user["team_id"], "domain": "local"},
        "user": person(ws, user),
        "api_app_id": config.APP,
        "token": "local",
        "enterprise": None,
        "is_enterprise_install": False,
        **parts,
    }


def place(channel: Json) -> Json:
    return {"id": channel["id"], "name": "directmessage" if channel.get("is_im") else channel["name"]}


def message_container(message: Json) -> Json:
    found = {"type": "message", "message_ts": message["ts"], "channel_id": message["channel"]}
    found["is_ephemeral"] = bool(message.get("ephemeral_for"))
    return found | ({"thread_ts": message["thread_ts"]} if message.get("thread_ts") else {})


def action(block: Json, part: Json, state: Json) -> Json:
    """One entry of ``actions``."""
    made = {"type": part["type"], "action_id": part["action_id"], "block_id": block["block_id"]}
    for field in ("text", "value", "url", "style", "placeholder"):
        if part["type"] == "button" and field in part:
            made[field] = part[field]
    if part["type"] != "button":
        made |= state
    return made | {"action_ts": f"{time.time():.6f}"}


def view(found: Json) -> Json:
    """A view as Slack shows it to the app."""
    return {key: value for key, value in found.items() if key != "user"}


def typed(ws: Workspace, text: str) -> str:
    """What a person typed, as Slack hands it on with ``should_escape``: people, channels, links, addresses marked."""
    kept: list[str] = []

    def keep(token: str) -> str:
        kept.append(token)
        return f"<{len(kept) - 1}>"

    text = escape(text.replace("\x00", ""), quote=False)
    text = _LINKS.sub(lambda found: keep(_link(found.group())), text)
    text = _MAILS.sub(lambda found: keep(f"<mailto:{found.group()}|{found.group()}>"), text)
    text = _PEOPLE.sub(lambda found: _mention(ws, found, keep), text)
    text = _PLACES.sub(lambda found: _channel(ws, found, keep), text)
    return _TOKEN.sub(lambda found: kept[int(found.group()[1:-1])], text)


def _link(raw: str) -> str:
    address = re.split("&[lg]t;", raw)[0].rstrip(".,;:!?)")
    return f"<{address}>{raw[len(address) :]}"


def _mention(ws: Workspace, found: re.Match[str], keep: Any) -> str:
    for user in ws.store.all("user"):
        if found.group(1).lower().rstrip(".") in {user["name"], user["id"].lower()}:
            return str(keep(f"<@{user['id']}|{user['name']}>"))
    for group in ws.store.all("usergroup"):
        if found.group(1).lower().rstrip(".") in {group["handle"], group["id"].lower()}:
            return str(keep(f"<!subteam^{group['id']}|@{group['handle']}>"))
    return found.group()


def _channel(ws: Workspace, found: re.Match[str], keep: Any) -> str:
    for channel in ws.store.all("channel"):
        if channel["name"] and found.group(1) == channel["name"]:
            return str(keep(f"<#{channel['id']}|{channel['name']}>"))
    return found.group()
