"""Slack's limits for blocks and views (slack.md, section 3). Pure: it says what Slack would refuse, changes nothing."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from bot.local import elements
from bot.local.elements import Json, Report

SURFACES = {"message": 50, "modal": 100, "home": 100}
VIEW_BYTES = 250_000

_SECTION = (
    elements.SELECTS
    | elements.MULTI
    | elements.CHOICES
    | {"button", "datepicker", "timepicker", "overflow", "image"}
)
_ACTIONS = (
    elements.SELECTS
    | elements.MULTI
    | elements.CHOICES
    | elements.TIMES
    | {"button", "overflow", "rich_text_input"}
)
_INPUT = (
    elements.SELECTS | elements.MULTI | elements.CHOICES | elements.TIMES | elements.TYPED | {"file_input"}
)


def problems(blocks: Any, surface: str = "message") -> list[str]:
    """What Slack would answer ``invalid_blocks`` to, one sentence with a JSON pointer each; empty when all is well.

    surface: ``message``, ``modal`` or ``home``.
    """
    report = Report()
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        report.say("/blocks", "must be an array of objects")
        return report.found
    if len(blocks) > SURFACES[surface]:
        report.say("/blocks", f"no more than {SURFACES[surface]} items allowed")
    for number, block in enumerate(blocks):
        _block(report, f"/blocks/{number}", block, surface)
    _unique(
        report, "/blocks", [str(block["block_id"]) for block in blocks if "block_id" in block], "block_id"
    )
    _totals(report, blocks)
    return report.found


def view_problems(view: Any) -> list[str]:
    """The same for a modal or a Home tab."""
    report = Report()
    if not isinstance(view, dict) or view.get("type") not in {"modal", "home"}:
        report.say("/type", "must be modal or home")
        return report.found
    report.length("/private_metadata", view.get("private_metadata"), 3000)
    for field in ("callback_id", "external_id"):
        report.length(f"/{field}", view.get(field), 255)
    if view["type"] == "modal":
        _modal(report, view)
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        report.say("", "view must be less than 250 kB")
    return report.found + problems(view.get("blocks"), view["type"])


def _modal(report: Report, view: Json) -> None:
    report.text("/title", view.get("title"), 24, plain=True)
    for field in ("submit", "close"):
        if field in view and view[field] is not None:
            report.text(f"/{field}", view[field], 24, plain=True)
    blocks = [block for block in view.get("blocks") or [] if isinstance(block, dict)]
    if any(block.get("type") == "input" for block in blocks) and not view.get("submit"):
        report.say("/submit", "missing required field: a modal with input blocks needs submit")
    parts = [block.get("element") or {} for block in blocks if block.get("type") == "input"]
    if sum(bool(part.get("focus_on_load")) for part in parts if isinstance(part, dict)) > 1:
        report.say("/blocks", "focus_on_load may be true for one element only")


def _block(report: Report, at: str, block: Json, surface: str) -> None:
    kind = block.get("type")
    report.length(f"{at}/block_id", block.get("block_id"), 255, empty=False)
    check = _BLOCKS.get(str(kind))
    if check is None:
        report.say(f"{at}/type", f"unsupported type: {kind}")
    elif surface not in _ONLY.get(str(kind), SURFACES):
        report.say(f"{at}/type", f"{kind} is not allowed in a {surface}")
    else:
        check(report, at, block)
        ids = [str(part["action_id"]) for _, part in _parts(block) if "action_id" in part]
        _unique(report, at, ids, "action_id")


def _parts(block: Json) -> Iterator[tuple[str, Json]]:
    """Elements of a block with their place in it."""
    for field in ("accessory", "element"):
        if isinstance(block.get(field), dict):
            yield field, block[field]
    found = block.get("elements")
    if block.get("type") in {"actions", "context_actions"} and isinstance(found, list):
        yield from ((f"elements/{n}", part) for n, part in enumerate(found) if isinstance(part, dict))


def _section(report: Report, at: str, block: Json) -> None:
    if not block.get("text") and not block.get("fields"):
        report.say(at, "missing required field: text or fields")
    if block.get("text") is not None:
        report.text(f"{at}/text", block["text"], 3000)
    report.items(f"{at}/fields", block.get("fields"), 10)
    for number, field in enumerate(elements.listed(block.get("fields"))):
        report.text(f"{at}/fields/{number}", field, 2000)
    _inside(report, at, block, _SECTION)


def _header(report: Report, at: str, block: Json) -> None:
    report.text(f"{at}/text", block.get("text"), 150, plain=True)


def _context(report: Report, at: str, block: Json) -> None:
    report.items(f"{at}/elements", block.get("elements"), 10, required=True)
    for number, part in enumerate(elements.listed(block.get("elements"))):
        place = f"{at}/elements/{number}"
        if isinstance(part, dict) and part.get("type") == "image":
            elements.image(report, place, part)
        else:
            report.text(place, part, 2000)


def _actions(report: Report, at: str, block: Json) -> None:
    report.items(f"{at}/elements", block.get("elements"), 25, required=True)
    _inside(report, at, block, _ACTIONS)


def _context_actions(report: Report, at: str, block: Json) -> None:
    report.items(f"{at}/elements", block.get("elements"), 5, required=True)
    _inside(report, at, block, frozenset({"feedback_buttons", "icon_button"}))


def _input(report: Report, at: str, block: Json) -> None:
    report.text(f"{at}/label", block.get("label"), 2000, plain=True)
    if block.get("hint") is not None:
        report.text(f"{at}/hint", block["hint"], 2000, plain=True)
    if not isinstance(block.get("element"), dict):
        report.say(f"{at}/element", "missing required field")
    _inside(report, at, block, _INPUT)


def _inside(report: Report, at: str, block: Json, allowed: frozenset[str]) -> None:
    for place, part in _parts(block):
        if part.get("type") not in allowed:
            report.say(f"{at}/{place}/type", f"unsupported type: {part.get('type')}")
        else:
            elements.check(report, f"{at}/{place}", part)


def _image(report: Report, at: str, block: Json) -> None:
    elements.image(report, at, block)
    if block.get("title") is not None:
        report.text(f"{at}/title", block["title"], 2000, plain=True)


def _markdown(report: Report, at: str, block: Json) -> None:
    report.length(f"{at}/text", block.get("text"), 12_000, empty=False, required=True)


def _rich_text(report: Report, at: str, block: Json) -> None:
    report.items(f"{at}/elements", block.get("elements"), 1000, required=True)
    known = {"rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"}
    for number, part in enumerate(elements.listed(block.get("elements"))):
        if not isinstance(part, dict) or part.get("type") not in known:
            report.say(f"{at}/elements/{number}/type", "unsupported type")


def _alert(report: Report, at: str, block: Json) -> None:
    report.text(f"{at}/text", block.get("text"), 200)
    if block.get("level", "default") not in {"default", "info", "warning", "error", "success"}:
        report.say(f"{at}/level", "must be default, info, warning, error or success")


def _table(report: Report, at: str, block: Json) -> None:
    report.items(f"{at}/rows", block.get("rows"), 100, required=True)
    for number, row in enumerate(elements.listed(block.get("rows"))):
        report.items(f"{at}/rows/{number}", row, 20)


def _data_table(report: Report, at: str, block: Json) -> None:
    report.length(f"{at}/caption", block.get("caption"), 2000, empty=False, required=True)
    _table(report, at, {"rows": elements.listed(block.get("rows"))[:100]})
    report.items(f"{at}/rows", block.get("rows"), 101, required=True)
    if not 1 <= block.get("page_size", 5) <= 100:
        report.say(f"{at}/page_size", "must be between 1 and 100")


def _chart(report: Report, at: str, block: Json) -> None:
    title, chart = block.get("title"), block.get("chart")
    report.length(f"{at}/title", title.get("text") if isinstance(title, dict) else title, 50, required=True)
    if not isinstance(chart, dict) or chart.get("type") not in {"pie", "bar", "area", "line"}:
        report.say(f"{at}/chart/type", "must be pie, bar, area or line")
        return
    field = "segments" if chart["type"] == "pie" else "series"
    report.items(f"{at}/chart/{field}", chart.get(field), 6, required=True)


def _card(report: Report, at: str, block: Json) -> None:
    if not any(block.get(field) for field in ("hero_image", "title", "actions", "body")):
        report.say(at, "missing required field: hero_image, title, actions or body")
    for field, most in (("title", 150), ("subtitle", 150), ("body", 200)):
        if block.get(field) is not None:
            report.text(f"{at}/{field}", block[field], most)


def _several(field: str, most: int) -> Callable[[Report, str, Json], None]:
    return lambda report, at, block: report.items(f"{at}/{field}", block.get(field), most, required=True)


def _free(report: Report, at: str, block: Json) -> None:
    """Blocks whose inside this workspace does not judge."""


_BLOCKS: dict[str, Callable[[Report, str, Json], None]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "context_actions": _context_actions,
    "divider": _free,
    "input": _input,
    "image": _image,
    "markdown": _markdown,
    "rich_text": _rich_text,
    "alert": _alert,
    "table": _table,
    "data_table": _data_table,
    "data_visualization": _chart,
    "card": _card,
    "carousel": _several("elements", 10),
    "container": _several("child_blocks", 10),
    "task_card": _free,
    "plan": _free,
    "file": _free,
    "video": _free,
}
_ONLY = {
    kind: {"message"}
    for kind in ("markdown", "table", "data_table", "task_card", "plan", "context_actions", "file")
}
_ONLY["alert"] = {"modal"}


def _unique(report: Report, at: str, names: list[str], field: str) -> None:
    for name in sorted({name for name in names if names.count(name) > 1}):
        report.say(at, f"{field} {name!r} is used more than once")


def _totals(report: Report, blocks: list[Json]) -> None:
    words = sum(len(str(block.get("text"))) for block in blocks if block.get("type") == "markdown")
    if words > 12_000:
        report.say("/blocks", "markdown blocks hold more than 12000 characters together")
    for kind, most in (("table", 1), ("data_visualization", 2)):
        if sum(block.get("type") == kind for block in blocks) > most:
            report.say("/blocks", f"no more than {most} {kind} allowed in a message")
