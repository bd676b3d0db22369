"""Block Kit as forms: the state of elements, what a person picked, what Slack's client checks before it submits. Pure."""

import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.local import elements
from bot.local.elements import Json

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def numbered(blocks: list[Json]) -> list[Json]:
    """Blocks as Slack returns them: each with a block_id, each interactive element with an action_id."""
    made = []
    for number, block in enumerate(blocks):
        block = {"block_id": f"b{number}", **block}
        for field in ("accessory", "element"):
            if isinstance(block.get(field), dict):
                block[field] = _named(block[field], f"a{number}")
        if block.get("type") in {"actions", "context_actions"}:
            parts = enumerate(block["elements"])
            block["elements"] = [_named(part, f"a{number}.{place}") for place, part in parts]
        made.append(block)
    return made


def parts(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every interactive element with its block."""
    for block in blocks:
        for field in ("accessory", "element"):
            if isinstance(block.get(field), dict) and block[field].get("type") != "image":
                yield block, block[field]
        if block.get("type") in {"actions", "context_actions"}:
            yield from ((block, part) for part in block["elements"])


def initial(blocks: list[Json]) -> Json:
    """``state.values`` of blocks that nobody has touched; buttons and overflows hold no state."""
    values: Json = {}
    for block, part in parts(blocks):
        if part["type"] not in {"button", "overflow", "icon_button", "feedback_buttons"}:
            values.setdefault(block["block_id"], {})[part["action_id"]] = _untouched(part)
    return values


def carried(blocks: list[Json], old: Json) -> Json:
    """The state after an update: old values stay where block, action and type are the same."""
    values = initial(blocks)
    for block_id, actions in values.items():
        for action_id, fresh in actions.items():
            before = old.get(block_id, {}).get(action_id)
            if before and before.get("type") == fresh["type"]:
                actions[action_id] = before
    return values


def picked(part: Json, raw: list[str], zone: str = "UTC") -> Json:
    """The state of an element after a person typed or chose; raw are the values as a browser form has them."""
    kind, one = part["type"], (raw[0] if raw else "")
    state: Json = {"type": kind}
    if kind in {"plain_text_input", "email_text_input", "url_text_input", "number_input"}:
        return state | {"value": one.replace("\r\n", "\n") or None}
    if kind == "rich_text_input":
        return state | {"rich_text_value": _rich(one) if one else None}
    if kind == "datepicker":
        return state | {"selected_date": one or None}
    if kind == "timepicker":
        return state | {"selected_time": one or None}
    if kind == "datetimepicker":
        return state | {"selected_date_time": _moment(one, zone)}
    if kind == "file_input":
        return state | {"files": [{"id": value} for value in raw if value]}
    return state | _choice(part, kind, [value for value in raw if value])


def mistakes(view: Json, values: Json) -> dict[str, str]:
    """What Slack's client refuses before anything is sent: block_id → sentence."""
    found = {}
    for block in view["blocks"]:
        if block.get("type") == "input":
            part = block["element"]
            state = values.get(block["block_id"], {}).get(part["action_id"], {})
            wrong = _mistake(part, state, optional=bool(block.get("optional")))
            if wrong:
                found[block["block_id"]] = wrong
    return found


def _named(part: Json, fallback: str) -> Json:
    return part if part.get("type") == "image" else {"action_id": fallback, **part}


def _untouched(part: Json) -> Json:
    kind = part["type"]
    if "initial_option" in part or "initial_options" in part:
        chosen = part.get("initial_options") or [part["initial_option"]]
        many = kind == "checkboxes" or kind.startswith("multi_")
        return {"type": kind} | ({"selected_options": chosen} if many else {"selected_option": chosen[0]})
    if kind == "rich_text_input" and part.get("initial_value"):
        return {"type": kind, "rich_text_value": part["initial_value"]}
    for key in ("value", "date", "time", "date_time", "user", "channel", "conversation"):
        if f"initial_{key}" in part:
            return picked(part, [str(part[f"initial_{key}"])])
    for key in ("users", "channels", "conversations"):
        if f"initial_{key}" in part:
            return picked(part, part[f"initial_{key}"])
    return picked(part, [])


def _choice(part: Json, kind: str, raw: list[str]) -> Json:
    for noun in ("user", "channel", "conversation"):
        if kind == f"{noun}s_select":
            return {f"selected_{noun}": raw[0] if raw else None}
        if kind == f"multi_{noun}s_select":
            return {f"selected_{noun}s": raw}
    known = {option["value"]: option for option in elements.options(part)}
    if kind.endswith("external_select"):
        known |= {value: {"text": {"type": "plain_text", "text": value}, "value": value} for value in raw}
    chosen = [known[value] for value in raw if value in known]
    if kind == "checkboxes" or kind.startswith("multi_"):
        return {"selected_options": chosen}
    return {"selected_option": chosen[0] if chosen else None}


def _moment(raw: str, zone: str) -> int | None:
    """Unix seconds from a number or from a browser's local date and time."""
    if not raw or raw.isdecimal():
        return int(raw) if raw else None
    try:
        return int(datetime.fromisoformat(raw).replace(tzinfo=ZoneInfo(zone)).timestamp())
    except ValueError:
        return None


def _rich(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def _mistake(part: Json, state: Json, *, optional: bool) -> str:
    filled = next((value for key, value in state.items() if key != "type"), None)
    if filled in (None, "", []):
        return "" if optional else "Please complete this required field."
    kind, text = part["type"], str(filled)
    if kind == "plain_text_input":
        return _size(part, text)
    if kind == "email_text_input" and not _EMAIL.fullmatch(text):
        return "Please enter a valid email address."
    if kind == "url_text_input" and not text.startswith(("http://", "https://")):
        return "Please enter a valid URL."
    return _number(part, text) if kind == "number_input" else ""


def _size(part: Json, text: str) -> str:
    most, least = part.get("max_length", 3000), part.get("min_length", 0)
    if len(text) > most:
        return f"Please enter at most {most} characters."
    return f"Please enter at least {least} characters." if len(text) < least else ""


def _number(part: Json, text: str) -> str:
    try:
        number = float(text) if part.get("is_decimal_allowed") else int(text)
    except ValueError:
        return "Please enter a number." if part.get("is_decimal_allowed") else "Please enter a whole number."
    if "min_value" in part and number < float(part["min_value"]):
        return f"Please enter {part['min_value']} or more."
    if "max_value" in part and number > float(part["max_value"]):
        return f"Please enter {part['max_value']} or less."
    return ""
