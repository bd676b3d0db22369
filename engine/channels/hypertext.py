"""The HTML part of a mail: the approved words as paragraphs with clickable links. Pure.

No colours but the footer's grey and no background, so that readers in dark mode choose their own.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping, Set
from urllib.parse import urlsplit

from engine.channels import Envelope

_LINK = re.compile(r"(?:https?://|www\.)[^\W_][^\s<>\"`\x00-\x1f\x7f]*", re.IGNORECASE)
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*\Z")
_CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])
_TRAILING = ".,;:!?'\")]}»”’…"
_OPENING = {")": "(", "]": "[", "}": "{"}
_HEAD = (
    '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<meta name="color-scheme" content="light dark">'
    '<meta name="supported-color-schemes" content="light dark">'
    "<style>:root{color-scheme:light dark}"
    "@media (prefers-color-scheme:dark){.footer,.footer a{color:#a8a8a8!important}}</style>"
)
_BODY_STYLE = "font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;max-width:40em"
_FOOTER_STYLE = "margin-top:2em;font-size:13px;color:#6b6b6b"


def page(envelope: Envelope, body: str, footer: str) -> str:
    """The whole document. `body` and `footer` have line feeds only.

    `lang` comes from the option `locale` when it is given; `dir` from the first letter with a direction.
    Links in the body point at `envelope.tracked`; the footer's are never tracked.
    """
    direction = _direction(body)
    language = _language(envelope.options.get("locale", ""))
    return (
        f'<!DOCTYPE html>\n<html{language} dir="{direction}">\n<head>{_HEAD}\n'
        f"<title>{_escape(envelope.subject)}</title></head>\n"
        f'<body>\n<div{language} dir="{direction}" style="{_BODY_STYLE}">\n'
        f"{_paragraphs(body, envelope.tracked)}\n{_footer(footer, envelope.unsubscribe_url)}"
        f"</div>\n{_pixel(envelope.pixel_url)}</body>\n</html>"
    )


def _paragraphs(body: str, tracked: Mapping[str, str]) -> str:
    chunks = _PARAGRAPHS.split(body.strip("\n"))
    return "\n".join(f"<p>{_linked(chunk, tracked)}</p>" for chunk in chunks if chunk)


def _footer(footer: str, unsubscribe_url: str) -> str:
    lines = _linked(footer, {}, short=unsubscribe_url) if footer else ""
    if unsubscribe_url and unsubscribe_url not in footer:
        anchor = f'<a href="{_escape(unsubscribe_url)}" style="color:#6b6b6b">Unsubscribe</a>'
        lines = f"{lines}<br>\n{anchor}" if lines else anchor
    return f'<p class="footer" style="{_FOOTER_STYLE}">{lines}</p>\n' if lines else ""


def _pixel(url: str) -> str:
    return f'<img src="{_escape(url)}" width="1" height="1" alt="">\n' if url else ""


def _linked(chunk: str, tracked: Mapping[str, str], *, short: str = "") -> str:
    """Escaped text with its links clickable. The link equal to `short` is shown as its host only."""
    if "://" not in chunk and "www." not in chunk.lower():
        return _escape(chunk).replace("\n", "<br>\n")
    known = {*tracked, short}
    out, at = [], 0
    for match in _LINK.finditer(chunk):
        written = _as_written(match.group(), known)
        target = tracked.get(written) or (written if "://" in written else f"http://{written}")
        shown = _host(written) if written == short else written
        out += [_escape(chunk[at : match.start()]), f'<a href="{_escape(target)}">{_escape(shown)}</a>']
        at = match.start() + len(written)
    return "".join([*out, _escape(chunk[at:])]).replace("\n", "<br>\n")


def _as_written(found: str, known: Set[str]) -> str:
    """The link without the punctuation that ends its sentence; a known link counts however it ends."""
    while found not in known and found[-1] in _TRAILING:
        opening = _OPENING.get(found[-1])
        if opening and found.count(opening) >= found.count(found[-1]):
            break
        found = found[:-1]
    return found


def _host(url: str) -> str:
    return f"{urlsplit(url).netloc}/…"


def _escape(value: str) -> str:
    """Escaped for text and for quoted attributes; control characters, which HTML forbids, are dropped."""
    escaped = html.escape(value)
    return escaped if escaped.isprintable() else escaped.translate(_CONTROL)


def _direction(body: str) -> str:
    if body.isascii():
        return "ltr"
    for character in body:
        kind = unicodedata.bidirectional(character)
        if kind in {"R", "AL"}:
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def _language(locale: str) -> str:
    return f' lang="{locale.replace("_", "-")}"' if _LANGUAGE.match(locale) else ""
