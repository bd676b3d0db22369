"""rich_text blocks as safe HTML. Pure."""

from html import escape
from typing import Any

from markupsafe import Markup

from bot.local import emoji, mrkdwn
from bot.local.store import Json

_STYLES = (("bold", "strong"), ("italic", "em"), ("strike", "del"), ("code", "code"))


def html(block: Json, reader: mrkdwn.Reader) -> Markup:
    """The whole block; an element nobody knows is left out."""
    made = "".join(_part(part, reader) for part in block.get("elements", []) if isinstance(part, dict))
    return Markup(made)  # noqa: S704 - every part was escaped


def _part(part: Json, reader: mrkdwn.Reader) -> str:
    kind, inside = part.get("type"), part.get("elements", [])
    if kind == "rich_text_list":
        tag = "ol" if part.get("style") == "ordered" else "ul"
        items = "".join(f"<li>{_part(item, reader)}</li>" for item in inside)
        return f'<{tag} class="level{int(part.get("indent", 0))}">{items}</{tag}>'
    line = "".join(_inline(one, reader) for one in inside if isinstance(one, dict))
    tags = {"rich_text_quote": "blockquote", "rich_text_preformatted": "pre"}
    tag = tags.get(str(kind), "div")
    return f"<{tag}>{line}</{tag}>"


def _inline(one: Json, reader: mrkdwn.Reader) -> str:
    made = str(_words(one, reader))
    style = one.get("style") if isinstance(one.get("style"), dict) else {}
    for name, tag in _STYLES:
        if style and style.get(name):
            made = f"<{tag}>{made}</{tag}>"
    return made


def _words(one: Json, reader: mrkdwn.Reader) -> Any:
    kind = one.get("type")
    if kind == "text":
        return escape(str(one.get("text", ""))).replace("\n", "<br>")
    if kind == "emoji":
        return escape(emoji.shown(f":{one.get('name')}:"))
    if kind == "link":
        label = str(one.get("text") or one.get("url")).replace("|", " ").replace(">", " ").replace("<", " ")
        return mrkdwn.html(f"<{_clean(one.get('url'))}|{label}>", reader)
    tokens = {"user": f"<@{_clean(one.get('user_id'))}>", "channel": f"<#{_clean(one.get('channel_id'))}>"}
    tokens["broadcast"] = f"<!{_clean(one.get('range'))}>"
    tokens["date"] = (
        f"<!date^{_clean(one.get('timestamp'))}^{_clean(one.get('format'))}|{_clean(one.get('fallback'))}>"
    )
    return mrkdwn.html(tokens[str(kind)], reader) if kind in tokens else ""


def _clean(value: Any) -> str:
    return "".join(letter for letter in str(value or "") if letter not in "<>|\n")
