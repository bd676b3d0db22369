"""Slack's mrkdwn as safe HTML: every character a person wrote is escaped, only our own tags come out. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from zoneinfo import ZoneInfo

from markupsafe import Markup

from bot.local import dates, emoji

_HELD = re.compile("\ue000(\\d+)\ue001")
_FENCE = re.compile(r"```\n?(.+?)\n?```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_TOKEN = re.compile("<([^<>\n\ue000\ue001]+)>")
_STYLES = tuple(
    (re.compile(rf"(?<![\w{mark}])\{mark}(?=\S)([^{mark}\n]*?[^\s{mark}])\{mark}(?![\w{mark}])"), tag)
    for mark, tag in (("*", "strong"), ("_", "em"), ("~", "del"))
)
_QUOTE = re.compile(r"^(?:&gt;|>) ?")
_BULLET = re.compile(r"^(\s*)(?:[•◦▪]|-) +")
_SCHEMES = ("http://", "https://", "mailto:", "tel:")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: names of people and channels by id, and the zone dates are shown in."""

    people: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    zone: str = "UTC"
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    me: str = ""


NOBODY = Reader()


def html(text: str, reader: Reader = NOBODY) -> Markup:
    """mrkdwn with Slack's entities (``&amp; &lt; &gt;``) as HTML."""
    held: list[str] = []

    def hold(tag: str) -> str:
        held.append(tag)
        return f"\ue000{len(held) - 1}\ue001"

    text = text.replace("\ue000", "").replace("\ue001", "").replace("\r\n", "\n")
    text = _FENCE.sub(lambda found: hold(f"<pre>{_safe(found.group(1))}</pre>"), text)
    text = _CODE.sub(lambda found: hold(f"<code>{_safe(found.group(1))}</code>"), text)
    text = _TOKEN.sub(lambda found: hold(_token(found.group(1), reader)), text)
    made = _lines(text)
    while _HELD.search(made):
        made = _HELD.sub(lambda found: held[int(found.group(1))], made)
    made = made.replace("</pre><br>", "</pre>")
    return Markup(made)  # noqa: S704 - every part was escaped above


def plain(text: str, *, with_emoji: bool = True) -> Markup:
    """plain_text: nothing is read but emoji shortcodes; line breaks stay."""
    shown = _safe(text)
    return Markup((emoji.shown(shown) if with_emoji else shown).replace("\n", "<br>"))  # noqa: S704 - escaped above


def _lines(text: str) -> str:
    """Quotes and bullets are whole lines; the rest is inline text with line breaks."""
    made: list[str] = []
    open_quote = False
    for line in text.split("\n"):
        quoted = _QUOTE.match(line)
        if quoted and not open_quote:
            made.append("<blockquote>")
        elif open_quote and not quoted:
            made.append("</blockquote>")
        open_quote = bool(quoted)
        made.append(_line(_QUOTE.sub("", line) if quoted else line))
    made.append("</blockquote>" if open_quote else "")
    return re.sub(r"(<br>)+(</blockquote>)", r"\2", "".join(made)).removesuffix("<br>")


def _line(line: str) -> str:
    bullet = _BULLET.match(line)
    if bullet:
        return f'<span class="bullet">{_inline(line[bullet.end() :])}</span>'
    return _inline(line) + "<br>"


def _inline(text: str) -> str:
    made = _safe(text)
    for pattern, tag in _STYLES:
        made = pattern.sub(rf"<{tag}>\1</{tag}>", made)
    return emoji.shown(made)


def _safe(text: str) -> str:
    """Slack's three entities decoded once, then everything escaped for HTML."""
    for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, letter)
    return escape(text, quote=True)


def _token(inside: str, reader: Reader) -> str:
    """What stands between angle brackets: a mention, a date, a link; anything else is shown as it is."""
    mark, _, label = inside.partition("|")
    kinds: dict[str, Callable[[str, str, Reader], str]] = {"@": _person, "#": _place, "!": _special}
    kind = kinds.get(inside[0])
    if kind:
        return kind(mark[1:], label, reader)
    if mark.lower().startswith(_SCHEMES):
        return _link(mark, label or mark.removeprefix("mailto:"))
    return _safe(f"<{inside}>")


def _person(key: str, label: str, reader: Reader) -> str:
    me = " me" if key == reader.me else ""
    return f'<span class="mention{me}">@{_safe(reader.people.get(key) or label or key)}</span>'


def _place(key: str, label: str, reader: Reader) -> str:
    return f'<span class="mention">#{_safe(reader.places.get(key) or label or key)}</span>'


def _special(key: str, label: str, reader: Reader) -> str:
    if key in {"here", "channel", "everyone"}:
        return f'<span class="mention all">@{key}</span>'
    if key.startswith("subteam^"):
        return f'<span class="mention">{_safe(label or key)}</span>'
    if not key.startswith("date^"):
        return _safe(label or f"<!{key}>")
    stamp, _, rest = key.removeprefix("date^").partition("^")
    form, _, link = rest.partition("^")
    shown = dates.shown(stamp, form, ZoneInfo(reader.zone), reader.now)
    if shown is None:
        return _safe(label)
    if link.lower().startswith(("http://", "https://")):
        return _link(link, shown)
    return f'<time title="{_safe(label)}">{_safe(shown)}</time>'


def _link(address: str, label: str) -> str:
    target = _safe(address)
    return f'<a href="{target}" target="_blank" rel="noopener noreferrer">{emoji.shown(_safe(label))}</a>'
