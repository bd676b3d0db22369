"""Command text and modal state into words and options. Pure; raises nothing but Refused.

Forgives what phones do to text: “smart quotes”, the em dash they make of two hyphens, a lone apostrophe.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine.errors import Refused

MOST = 3_000
"""Characters in one field: what a Slack input can hold."""
LONGEST = 20_000
"""Characters in one command."""

_DOUBLE = '"“”„‟«»＂'
_SINGLE = "'‘’‚‛"
_KEY = re.compile(r"([A-Za-z][A-Za-z_-]{0,31}):", re.ASCII)
_FLAG = re.compile(r"(?:--|[—–])([A-Za-z][A-Za-z_-]{0,31})(?=$|[\s:=])", re.ASCII)
_ENTITY = re.compile(r"<([^<>]*)>")
_MENTION = re.compile(
    r"[@!#](?P<bare>(?:subteam\^)?(?P<id>[UWSCG][A-Z0-9]{1,30}))(?:\|(?P<label>.*))?", re.ASCII
)
_CLOSES = re.compile(rf"[{_SINGLE}](?=\s|$)")
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class UnknownOption(Refused):
    """Something typed like an option that the command does not have."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """What followed a subcommand. `gaps` are the spaces and line breaks before each word."""

    words: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()

    def get(self, name: str, default: str = "") -> str:
        """The last value given for an option."""
        return self.options[name][-1] if name in self.options else default

    @property
    def text(self) -> str:
        """All words, with what stood between them."""
        return self.after(0)

    def after(self, skipped: int) -> str:
        """The words after the first `skipped` ones, with what stood between them."""
        pairs = zip(self.gaps[skipped:], self.words[skipped:], strict=True)
        return "".join(gap + word for gap, word in pairs).strip()

    @property
    def empty(self) -> bool:
        return not (self.words or self.options or self.flags)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    gap: str
    key: str = ""
    flag: bool = False


def subcommand(text: str) -> tuple[str, str]:
    """The first word in lower case, and the rest as plain text. Raises Refused for more than LONGEST characters."""
    bounded("command", text, LONGEST)
    first, _, rest = clean(unescape(text)).strip().partition(" ")
    head, broken, more = first.partition("\n")
    return head.lower(), (more + " " + rest if broken else rest).strip()


def arguments(
    text: str, options: Collection[str] = (), flags: Collection[str] = (), *, free: bool = False
) -> Arguments:
    """Words, options and flags of `text` (already unescaped by `subcommand`).

    `free` is for commands that end in somebody's own text: what is no known option is part of it. Elsewhere an
    unknown option is refused with the nearest one.
    """
    words: list[_Token] = []
    given: dict[str, list[str]] = {}
    seen: set[str] = set()
    tokens = _tokens(text, options, flags, free=free)
    while tokens:
        token = tokens.pop(0)
        if not token.key:
            words.append(token)
        elif token.flag and token.key in flags:
            seen.add(token.key)
        else:
            value = token.text or (tokens.pop(0).text if tokens and not tokens[0].key else "")
            given.setdefault(token.key, []).append(bounded(token.key, value))
    kept = {key: tuple(values) for key, values in given.items()}
    gaps = tuple(token.gap for token in words)
    return Arguments(tuple(token.text for token in words), gaps, kept, frozenset(seen))


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, letters in another order before others; empty when none is near."""
    typed = word.lower()[:32]
    near = difflib.get_close_matches(typed, list(known), n=3, cutoff=0.5)
    swapped = [one for one in near if sorted(one) == sorted(typed)]
    return next(iter(swapped or near), "")


def bounded(name: str, text: str, most: int = MOST) -> str:
    """The text itself. Raises Refused, field `name`, when it is longer than `most` characters."""
    if len(text) > most:
        shown = name.replace("_", " ")
        raise Refused(f"“{shown}” has {len(text):,} characters; at most {most:,} fit.", field=name)
    return text


def number(name: str, text: str, low: int, high: int) -> int:
    """A whole number in bounds. Raises Refused, field `name`."""
    stripped = text.strip()
    if stripped.isascii() and stripped.isdigit() and len(stripped) < 10 and low <= int(stripped) <= high:
        return int(stripped)
    raise Refused(f"“{name.replace('_', ' ')}” is a whole number from {low:,} to {high:,}.", field=name)


def day(name: str, text: str) -> date | None:
    """A day written 2026-11-24; None when empty. Raises Refused, field `name`."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused(f"“{text.strip()[:20]}” is no day; write it like 2026-11-24.", field=name) from None


def names(text: str) -> tuple[str, ...]:
    """Comma-separated words in lower case, each once."""
    return tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))


def unescape(text: str) -> str:
    """What the person typed, from what Slack made of it: entities, mentions, channels and links as plain text."""
    plain = _ENTITY.sub(_typed, text)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def mentions(text: str) -> dict[str, str]:
    """The people, user groups and #channels that Slack's own text names: the name that `unescape` leaves → id."""
    found = (one for one in map(_MENTION.fullmatch, _ENTITY.findall(text)) if one)
    return {"#" * (one[0][0] == "#") + (one["label"] or one["bare"]).lstrip("@#"): one["id"] for one in found}


def clean(text: str) -> str:
    """Without control and half characters, which no database takes, or that turn text around; line breaks stay."""
    return _UNSAFE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def values(state: Any) -> dict[str, str | tuple[str, ...]]:
    """A modal's `view.state.values` by block_id: one input per block. Anything unexpected is left out."""
    found: dict[str, str | tuple[str, ...]] = {}
    blocks = state.items() if isinstance(state, dict) else ()
    for name, elements in blocks:
        element = next(iter(elements.values()), None) if isinstance(elements, dict) else None
        if isinstance(element, dict):
            found[str(name)] = _value(element)
    return found


def metadata(text: Any) -> dict[str, str]:
    """What our modal carried along, from `private_metadata`; empty when it is none of ours."""
    try:
        found = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _value(element: Mapping[str, Any]) -> str | tuple[str, ...]:
    for many, name in (("selected_options", "value"), ("files", "id")):
        if isinstance(element.get(many), list):
            return tuple(str(one.get(name, "")) for one in element[many] if isinstance(one, dict))
    chosen = element.get("selected_option")
    if isinstance(chosen, dict):
        return clean(str(chosen.get("value", "")))
    people = element.get("selected_users")
    if isinstance(people, list):
        return tuple(clean(str(user)) for user in people)
    for key in ("value", "selected_date", "selected_time", "selected_conversation", "selected_channel"):
        if isinstance(element.get(key), str):
            return clean(element[key])
    return ""


def _typed(match: re.Match[str]) -> str:
    """One <…> of Slack's as the person typed it."""
    target, _, label = match[1].partition("|")
    if target[:1] in ("@", "#", "!"):
        sign = "#" if target[0] == "#" else "@"
        return sign + (label or target[1:]).lstrip("@#")
    if target.startswith(("mailto:", "tel:")):
        return label or target.partition(":")[2]
    return label if label and target.rstrip("/").endswith(label.rstrip("/")) else target


def _tokens(text: str, options: Collection[str], flags: Collection[str], *, free: bool) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        start = at
        while at < len(text) and text[at].isspace():
            at += 1
        if at < len(text):
            token, at = _token(text, at, text[start:at], options, flags, free=free)
            tokens.append(token)
    return tokens


def _token(
    text: str, at: int, gap: str, options: Collection[str], flags: Collection[str], *, free: bool
) -> tuple[_Token, int]:
    dashed = _FLAG.match(text, at)
    if dashed and (key := _known(dashed[1], {*options, *flags}, free=free)):
        end = dashed.end() + (text[dashed.end() : dashed.end() + 1] in (":", "="))
        if key in flags or end == dashed.end():
            return _Token("", gap, key, flag=True), _skip_value(text, end, key in flags)
        value, end = _piece(text, end, rest=True)
        return _Token(value, gap, key), end
    named = _KEY.match(text, at)
    if named and not text.startswith("//", named.end()):
        strict = not free and named.end() < len(text) and not text[named.end()].isspace()
        if key := _known(named[1], options, free=not strict):
            value, end = _piece(text, named.end(), rest=True)
            return _Token(value, gap, key), end
    value, end = _piece(text, at, rest=False)
    return _Token(value, gap), end


def _skip_value(text: str, at: int, is_flag: bool) -> int:
    """A flag may be written with a value ("--dry-run:yes"); it says nothing more."""
    return _piece(text, at, rest=False)[1] if is_flag and text[at - 1] in ":=" else at


def _known(name: str, known: Collection[str], *, free: bool) -> str:
    folded = name.lower().replace("_", "-")
    for key in known:
        if key.replace("_", "-") == folded:
            return key
    if free or not known:
        return ""
    near = nearest(folded, known)
    hint = f"did you mean {near}?" if near else f"known are {', '.join(sorted(known))}."
    raise UnknownOption(f"There is no option “{name[:32]}”; {hint}")


def _piece(text: str, at: int, *, rest: bool) -> tuple[str, int]:
    """A quoted piece or a word from `at`, and where it ends. An open quote with `rest` takes all that follows."""
    if at < len(text) and text[at] in _DOUBLE:
        close = _closing(text, at)
        if close > 0:
            return text[at + 1 : close].replace('\\"', '"'), close + 1
        return _to_end(text, at + 1) if rest else _word(text, at + 1)
    if at < len(text) and text[at] in _SINGLE:
        close = _closing_single(text, at)
        if close > 0:
            return text[at + 1 : close], close + 1
    return _word(text, at)


def _closing(text: str, at: int) -> int:
    """Where the quotation opened at `at` ends: its own partner first, else any double quote; -1 when nowhere."""
    partner = {"“": "”", "„": "“”", "«": "»"}.get(text[at], text[at])
    for wanted in (partner, _DOUBLE):
        found = re.compile(rf"(?<!\\)[{wanted}]").search(text, at + 1)
        if found:
            return found.start()
    return -1


def _closing_single(text: str, at: int) -> int:
    """A single quote closes only before a space or the end, so that don't stays one word."""
    found = _CLOSES.search(text, at + 1)
    return found.start() if found else -1


def _word(text: str, at: int) -> tuple[str, int]:
    end = at
    while end < len(text) and not text[end].isspace():
        end += 1
    return text[at:end], end


def _to_end(text: str, at: int) -> tuple[str, int]:
    return text[at:].strip(), len(text)
