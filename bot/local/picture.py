"""What the page shows, gathered for the templates: people, channels, rows of messages.

It changes nothing but what a person has read.
"""

import hashlib
import re
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import ChainableUndefined, Environment, FileSystemLoader
from markupsafe import Markup

from bot.local import config, dates, elements, emoji, forms, mailbox, mrkdwn, richtext
from bot.local.store import Json
from bot.local.workspace import Workspace

_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
PAGE = 80
GAP = 300
_COLOURS = ("#7a4fbf", "#2f6fb7", "#1d8a6b", "#b7582f", "#a83f72", "#5a6b2f", "#3f57a8", "#8a5a1d")


def environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


ENVIRONMENT = environment()


def page(ws: Workspace, template: str, **facts: Any) -> str:
    return ENVIRONMENT.get_template(template).render(ws=ws, BOT=config.BOT_USER, **facts)


def reader(ws: Workspace, user: Json) -> mrkdwn.Reader:
    people = {one["id"]: one["profile"]["display_name"] for one in ws.store.all("user")}
    places = {one["id"]: one["name"] for one in ws.store.all("channel") if one["name"]}
    return mrkdwn.Reader(people, places, user["tz"], ws.now(), user["id"])


def text(found: Any, who: mrkdwn.Reader) -> Markup:
    """A text object, or a bare string as plain text."""
    if not isinstance(found, dict):
        return mrkdwn.plain(str(found or ""))
    if found.get("type") == "mrkdwn":
        return mrkdwn.html(str(found.get("text", "")), who)
    return mrkdwn.plain(str(found.get("text", "")), with_emoji=found.get("emoji", True) is not False)


def words(found: Any) -> str:
    """A text object where only characters can stand: options, placeholders, titles."""
    raw = found.get("text", "") if isinstance(found, dict) else str(found or "")
    for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        raw = raw.replace(entity, letter)
    return emoji.shown(raw)


def field(block: Json, part: Json) -> str:
    """The name of an element in a browser form."""
    return f"v|{block['block_id']}|{part['action_id']}"


def chosen(state: Json | None) -> list[str]:
    """The values of a state, as a browser's form holds them."""
    for key, value in (state or {}).items():
        if key != "type" and value is not None:
            listed = value if isinstance(value, list) else [value]
            return [
                str(one.get("value", one.get("id", ""))) if isinstance(one, dict) else str(one)
                for one in listed
            ]
    return []


def local_moment(unix: str, user: Json) -> str:
    """Unix seconds as a browser's date-and-time field wants them, in a person's zone."""
    if not unix.isdecimal():
        return unix
    return datetime.fromtimestamp(int(unix), UTC).astimezone(ZoneInfo(user["tz"])).strftime("%Y-%m-%dT%H:%M")


def rows(ws: Workspace, user: Json, channel: Json, thread: str = "", limit: int = PAGE) -> list[Json]:
    """Messages as this person sees them: grouped by author and day; a thread holds its parent first."""
    seen = [one for one in ws.store.messages(channel["id"]) if _visible(one, user, thread)][-limit:]
    made: list[Json] = []
    before: Json | None = None
    zone, today = ZoneInfo(user["tz"]), ws.now().astimezone(ZoneInfo(user["tz"]))
    for message in seen:
        moment = _moment(message, zone)
        last = _moment(before, zone) if before else None
        new_day = last is None or last.date() != moment.date()
        made.append(_row(ws, user, message, moment) | {"day": dates.day(moment, today) if new_day else ""})
        made[-1]["joined"] = not new_day and _continues(before, message)
        before = message
    return made


def avatar(user: Json) -> Json:
    names = user["profile"]["real_name"].split()
    number = hashlib.sha256(user["id"].encode()).digest()[0]
    initials = "".join(name[0] for name in names[:2]).upper()
    return {
        "text": initials,
        "colour": _COLOURS[number % len(_COLOURS)],
        "bot": user["is_bot"] or user["id"] == config.SLACKBOT,
    }


def unread(ws: Workspace, user: Json, channel: Json) -> bool:
    last = (ws.store.get("value", f"read-{user['id']}-{channel['id']}") or {}).get("ts", "")
    found = [
        one
        for one in ws.store.messages(channel["id"])
        if one["user"] != user["id"] and _visible(one, user, "")
    ]
    return bool(found) and found[-1]["ts"] > last


def read(ws: Workspace, user: Json, channel: Json) -> None:
    """Remember how far this person has read."""
    messages = ws.store.messages(channel["id"])
    if messages and unread(ws, user, channel):
        ws.store.put("value", f"read-{user['id']}-{channel['id']}", {"ts": messages[-1]["ts"]})
        ws.changed("sidebar")


def message_state(ws: Workspace, user: Json, message: Json) -> Json:
    values = ws.picked.get((message["channel"], message["ts"], user["id"]), {})
    return forms.carried(message.get("blocks") or [], values)


def _visible(message: Json, user: Json, thread: str) -> bool:
    if message.get("ephemeral_for") not in (None, user["id"]):
        return False
    parent = message.get("thread_ts")
    if thread:
        return thread in (message["ts"], parent)
    return parent in (None, message["ts"]) or bool(message.get("reply_broadcast"))


def _row(ws: Workspace, user: Json, message: Json, moment: datetime) -> Json:
    author = ws.store.get("user", message["user"]) or {
        "id": "?",
        "is_bot": False,
        "profile": {"real_name": "Unknown"},
    }
    repliers = [ws.store.get("user", one) for one in message.get("reply_users", [])]
    return {
        "message": message,
        "author": author,
        "avatar": avatar(author),
        "time": dates.clock(moment),
        "private": bool(message.get("ephemeral_for")),
        "state": message_state(ws, user, message),
        "repliers": [avatar(one) for one in repliers if one],
    }


def _moment(message: Json, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(int(message["ts"].split(".")[0]), UTC).astimezone(zone)


def _continues(before: Json | None, message: Json) -> bool:
    """The same author going on within five minutes, in the same voice."""
    if before is None or before["user"] != message["user"] or before.get("subtype") or message.get("subtype"):
        return False
    same_voice = before.get("ephemeral_for") == message.get("ephemeral_for")
    return same_voice and float(message["ts"]) - float(before["ts"]) < GAP


def clock_text(ws: Workspace, user: Json) -> str:
    here = ws.now().astimezone(ZoneInfo(user["tz"]))
    return f"{here:%a} {here.day} {here:%b %Y}, {dates.clock(here)} · {user['tz_label']}"


def when(moment: str, user: Json) -> str:
    """A stored moment as a short date and time in a person's zone."""
    here = datetime.fromisoformat(moment).astimezone(ZoneInfo(user["tz"]))
    return f"{here:%b} {here.day}, {dates.clock(here)}"


def linked(raw: str) -> Markup:
    """The text part of a mail with its addresses clickable."""
    made = _ADDRESS.sub(r'<a href="\g<0>" target="_blank" rel="noopener noreferrer">\g<0></a>', escape(raw))
    return Markup(made)  # noqa: S704 - escaped first


def confirm(found: Json) -> dict[str, str]:
    parts = {key: words(found.get(key)) for key in ("title", "text", "confirm", "deny")}
    return parts | {"style": str(found.get("style") or "")}


def slack_file(ws: Workspace, found: Json | None) -> str:
    """The page's own address of a picture named by id or private address."""
    for file in ws.store.all("file"):
        if found and (file["id"] == found.get("id") or f"/files/{file['id']}/" in str(found.get("url"))):
            return f"/ui/file/{file['id']}"
    return ""


def rich_words(state: Json, block: Json, part: Json) -> str:
    """The plain words of a rich text field, for its text area."""
    found = state.get(block["block_id"], {}).get(part["action_id"]) or {}
    sections = (found.get("rich_text_value") or {}).get("elements", [])
    return "\n".join(
        "".join(str(one.get("text", "")) for one in section.get("elements", [])) for section in sections
    )


ENVIRONMENT.globals |= {
    "options": elements.options,
    "rich": richtext.html,
    "field": field,
    "chosen": chosen,
    "text": text,
    "words": words,
    "local_moment": local_moment,
    "avatar": avatar,
    "clock_text": clock_text,
    "when": when,
    "linked": linked,
    "confirm": confirm,
    "slack_file": slack_file,
    "rich_words": rich_words,
    "has_one_click": mailbox.one_click,
}
