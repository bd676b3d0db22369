"""Block Kit in a few functions that return dictionaries, each cut to Slack's limits. Knows nothing of campaigns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from handlers.actions import Button

Json = dict[str, Any]

_MENTION = re.compile(r"&lt;@([UW][A-Z0-9]{1,20})&gt;")
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")

SECTION, HEADER, LABEL, FIELD, CONTEXT, SHOWN_IN_BUTTON = 3_000, 150, 75, 2_000, 2_000, 75
MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100


def escape(text: str) -> str:
    """For mrkdwn, once, in anything that a person, a model or a record wrote."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def line(text: str, most: int = 120) -> str:
    """Somebody's words on one line, cut and escaped: for names inside a sentence, which reads on from left to right."""
    shown = escape(cut(" ".join(text.split()), most))
    return f"\u2068{shown}\u2069" if _RIGHT_TO_LEFT.search(shown) else shown


def bold(text: str, most: int = 120) -> str:
    """Somebody's words in bold. Asterisks inside would end it."""
    return f"*{line(text.replace('*', '∗'), most)}*" if text.strip() else ""


def link(url: str, label: str) -> str:
    """A link with a label; in both, what would end it early is taken out."""
    shown = line(label.replace("|", "/"), 150)
    return f"<{escape(url).replace('|', '%7C').replace(' ', '%20')}|{shown}>"


def sentence(text: str) -> str:
    """A refusal for mrkdwn: escaped, but for the mentions of people that it names."""
    return _MENTION.sub(r"<@\1>", escape(text))


def person(user_id: str) -> str:
    """A mention of a Slack user; other actors by their name."""
    return f"<@{user_id}>" if user_id[:1] in ("U", "W") and user_id.isalnum() else line(user_id, 40)


def cut(text: str, most: int) -> str:
    """At most so many characters, and a sign where something was cut off."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def cut_escaped(text: str, most: int) -> str:
    """The same for mrkdwn that is escaped already: never in the middle of an entity, a mention or a date."""
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    for opens, closes in (("&", ";"), ("<", ">")):
        at = kept.rfind(opens)
        if at >= 0 and closes not in kept[at:] and closes in text[at:]:
            kept = kept[:at]
    return kept.rstrip() + "…"


def header(text: str) -> Json:
    return {"type": "header", "text": plain(" ".join(text.split()) or "–", HEADER)}


def section(text: str, accessory: Json | None = None) -> Json:
    block: Json = {"type": "section", "text": mrkdwn(text, SECTION)}
    return {**block, "accessory": accessory} if accessory else block


def fields(pairs: Sequence[tuple[str, str]]) -> Json:
    """Up to ten titled facts in two columns; values are mrkdwn already."""
    shown = [mrkdwn(f"*{title}*\n{value or '–'}", FIELD) for title, value in pairs[:10]]
    return {"type": "section", "fields": shown}


def context(*texts: str) -> Json:
    return {"type": "context", "elements": [mrkdwn(text, CONTEXT) for text in texts if text][:10]}


def quote(text: str, pieces: int = 6) -> list[Json]:
    """Words exactly as they are: nothing in them is parsed. Cut, visibly, after `pieces` blocks."""
    room = SECTION * pieces
    shown = text if len(text) <= room else text[: room - 1] + "…"
    parts = [shown[at : at + SECTION] for at in range(0, len(shown), SECTION)] or [" "]
    return [
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": part}]}],
        }
        for part in parts
    ]


def actions(buttons: Iterable[Json]) -> list[Json]:
    """A row of buttons; no block at all when there are none."""
    shown = list(buttons)[:25]
    return [{"type": "actions", "elements": shown}] if shown else []


def button(
    text: str,
    action: Button,
    value: str,
    *,
    about: str = "",
    style: str = "",
    url: str = "",
    confirm: Json | None = None,
) -> Json:
    """`about` goes into the accessibility label: which of many such buttons this is."""
    made: Json = {
        "type": "button",
        "action_id": str(action),
        "text": plain(text, SHOWN_IN_BUTTON),
        "value": value,
        "accessibility_label": cut(f"{text}, {' '.join(about.split())}" if about else text, LABEL),
    }
    extra = {"style": style, "url": url, "confirm": confirm}
    return made | {name: given for name, given in extra.items() if given}


def menu(label: str, action: Button, choices: Mapping[str, str]) -> Json:
    """One of `choices`, value → shown text, beside the buttons of a card."""
    options = [_option(value, shown) for value, shown in choices.items()]
    return {
        "type": "static_select",
        "action_id": str(action),
        "placeholder": plain(label, 150),
        "options": options,
    }


def confirmation(title: str, text: str, verb: str, *, deny: str = "Keep it", danger: bool = False) -> Json:
    """Asks first. `text` states the consequence; it is mrkdwn."""
    made: Json = {
        "title": plain(title, 100),
        "text": mrkdwn(text, 300),
        "confirm": plain(verb, 30),
        "deny": plain(deny, 30),
    }
    return {**made, "style": "danger"} if danger else made


def image(file: str, alt: str) -> Json:
    """A picture that was uploaded already, by Slack's id of its file."""
    return {"type": "image", "slack_file": {"id": file}, "alt_text": cut(alt, 2_000)}


def divider() -> Json:
    return {"type": "divider"}


def plain(text: str, most: int) -> Json:
    return {"type": "plain_text", "text": cut(text, most) or " ", "emoji": True}


def mrkdwn(text: str, most: int) -> Json:
    return {"type": "mrkdwn", "text": cut_escaped(text, most) or " "}


# --- inputs: the block_id is the field's name, so that Refused.field finds it


def text_input(
    name: str,
    label: str,
    *,
    value: str = "",
    hint: str = "",
    placeholder: str = "",
    long: bool = False,
    optional: bool = True,
    most: int = 3_000,
    focus: bool = False,
) -> Json:
    element: Json = {"type": "plain_text_input", "action_id": name, "multiline": long, "max_length": most}
    extra: Json = {
        "initial_value": value[:most],
        "placeholder": plain(placeholder, 150) if placeholder else None,
        "focus_on_load": focus,
    }
    return _input(name, label, element | {k: v for k, v in extra.items() if v}, hint, optional=optional)


def select(
    name: str,
    label: str,
    choices: Mapping[str, str],
    *,
    value: str = "",
    hint: str = "",
    optional: bool = False,
) -> Json:
    """One of up to a hundred `choices`, value → shown text."""
    made = {key: _option(key, shown) for key, shown in list(choices.items())[:100]}
    element: Json = {"type": "static_select", "action_id": name, "options": list(made.values())}
    element["placeholder"] = plain(label, 150)
    if value in made:
        element["initial_option"] = made[value]
    return _input(name, label, element, hint, optional=optional)


def checkboxes(
    name: str, label: str, choices: Mapping[str, str], *, values: Sequence[str] = (), optional: bool = False
) -> Json:
    """Any of up to ten `choices`."""
    made = {key: _option(key, shown) for key, shown in list(choices.items())[:10]}
    element: Json = {"type": "checkboxes", "action_id": name, "options": list(made.values())}
    chosen = [made[key] for key in values if key in made]
    if chosen:
        element["initial_options"] = chosen
    return _input(name, label, element, "", optional=optional)


def date_input(name: str, label: str, *, value: str = "", hint: str = "") -> Json:
    element: Json = {"type": "datepicker", "action_id": name, "placeholder": plain(label, 150)}
    if value:
        element["initial_date"] = value
    return _input(name, label, element, hint, optional=True)


def file_input(
    name: str, label: str, kinds: Sequence[str], *, hint: str = "", optional: bool = False
) -> Json:
    """One file, of these endings."""
    element: Json = {"type": "file_input", "action_id": name, "filetypes": list(kinds), "max_files": 1}
    return _input(name, label, element, hint, optional=optional)


def channel_input(name: str, label: str, *, value: str = "", hint: str = "", optional: bool = False) -> Json:
    """A Slack channel; one that must be chosen starts with the one the person is in."""
    element: Json = {"type": "conversations_select", "action_id": name, "placeholder": plain(label, 150)}
    if value:
        element["initial_conversation"] = value
    elif not optional:
        element["default_to_current_conversation"] = True
    return _input(name, label, element, hint, optional=optional)


def people_input(name: str, label: str, *, values: Sequence[str] = (), hint: str = "") -> Json:
    """Any people of the workspace, as Slack lists them."""
    element: Json = {"type": "multi_users_select", "action_id": name, "placeholder": plain(label, 150)}
    if values:
        element["initial_users"] = list(values)
    return _input(name, label, element, hint, optional=True)


def _input(name: str, label: str, element: Json, hint: str, *, optional: bool) -> Json:
    block: Json = {
        "type": "input",
        "block_id": name,
        "label": plain(label, 2_000),
        "element": element,
        "optional": optional,
    }
    return {**block, "hint": plain(hint, 2_000)} if hint else block


def _option(value: str, shown: str) -> Json:
    return {"text": plain(shown, 75), "value": value[:150]}


# --- times


def when(at: datetime, zone: str) -> str:
    """An instant in each reader's own zone; who cannot see that reads it in `zone`, which is named."""
    there = local(at, zone)
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{there:%Y-%m-%d %H:%M} {zone}>"


def plain_time(at: datetime, zone: str) -> str:
    """The same for the top-level text: "Tue 24 Nov 09:00 (Europe/Berlin)"."""
    there = local(at, zone)
    return f"{there:%a} {there.day} {there:%b %H:%M} ({zone})"


def recipient_time(at: datetime, zone: str) -> str:
    """Where the recipient is: "Tue 24 Nov 09:00 in Berlin"."""
    there = local(at, zone)
    city = zone.rsplit("/", 1)[-1].replace("_", " ")
    return f"{there:%a} {there.day} {there:%b %H:%M} in {city}"


def local(at: datetime, zone: str) -> datetime:
    """The wall time at `zone`; UTC when there is no such zone."""
    try:
        return at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return at.astimezone(UTC)
