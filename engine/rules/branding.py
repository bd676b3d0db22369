"""What a person may say about a brand, field by field: checked and put into the form in which it is kept. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import time
from typing import Any

from engine.errors import Refused
from engine.rules import addresses, calendar, links, network_words, timing
from engine.writing import cleaning

LIMITS = {
    "name": 80,
    "positioning": 1_000,
    "audience": 1_000,
    "tone": 300,
    "voice": 500,
    "call_to_action": 500,
    "postal_address": 500,
}
LISTS = ("value_propositions", "say", "dont", "pillars", "pictures", "threads")
SENDER = ("sender_name", "reply_to")
PAGES = ("linkedin", "facebook", "x")
FEED = tuple(f"{network}_{part}" for network in PAGES for part in ("address", "name"))
OWN = (*LIMITS, *LISTS, "language", "zone", "targets", "posting_times")
"""What stands in the brand's own row."""
FIELDS = (*OWN, *SENDER, *FEED)
LANGUAGES = ("en", "de", "fr", "es")

_ADDRESS = {
    "linkedin": (
        r"urn:li:(?:person|organization):[A-Za-z0-9_-]{1,64}",
        "LinkedIn author; write urn:li:organization: or urn:li:person: and its id",
    ),
    "facebook": (r"[1-9][0-9]{0,29}", "Facebook page; write its number"),
    "x": (r"[0-9]{1,19}|@[A-Za-z0-9_]{1,50}", "X account; write it like @acme, or its number"),
}
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


def checked(name: str, value: Any) -> Any:
    """The value as it is stored. Raises Refused beside the field."""
    if name in LISTS:
        return _items(name, value)
    if name == "targets":
        return _targets(_lines(value))
    if name == "posting_times":
        return _times(_lines(value))
    text = str(value).strip()
    if name in LIMITS:
        return _text(name, text)
    if name in _READERS:
        return _READERS[name](text)
    network, _, part = name.partition("_")
    if name not in FEED:
        raise Refused(f"There is no setting called “{name[:40]}”.", field=name)
    return _page(network, text) if part == "address" else cleaning.clean(text, cleaning.NAME)


def calls(targets: Mapping[str, Any], call_to_action: str = "") -> dict[str, str]:
    """Call to action → address. A brand that only has one sentence with a link in it goes by what the link is for."""
    named = {call: str(targets[call]) for call in calendar.CALLS if targets.get(call)}
    link = next(iter(links.links_in(call_to_action)), "")
    if named or not link:
        return named
    folded = call_to_action.casefold()
    kind = next((call for call in calendar.CALLS if call in folded), "contact")
    return {kind: link}


def of_pillars(field: str, names: Sequence[str], pillars: Sequence[str]) -> tuple[str, ...]:
    """Those of a brand's pillars that its `pictures` or `threads` name, spelled as there. Raises Refused for another."""
    known = {pillar.casefold(): pillar for pillar in pillars or calendar.PILLARS}
    for name in names:
        if name.casefold() not in known:
            some = ", ".join(known.values())
            raise Refused(f"“{name}” is none of its pillars; they are {some}.", field=field)
    return tuple(known[name.casefold()] for name in names)


def posting_time(times: Mapping[str, Any], network: str) -> time:
    """When a brand posts there, local to its zone (E6 unless it says otherwise)."""
    own = str(times.get(network, ""))
    return time.fromisoformat(own) if own else timing.POST_TIMES[network]


def shown_targets(targets: Mapping[str, Any]) -> str:
    """As a person types them, one a line."""
    return "\n".join(f"{call} {address}" for call, address in targets.items())


def shown_times(times: Mapping[str, Any]) -> str:
    return "\n".join(f"{network} {at}" for network, at in times.items())


def _text(name: str, text: str) -> str:
    if len(text) > LIMITS[name]:
        raise Refused(f"That is longer than {LIMITS[name]:,} characters; shorten it.", field=name)
    if name == "name" and not text:
        raise Refused("A brand needs a name.", field="name")
    return cleaning.clean(text, LIMITS[name], lines=name == "postal_address")


def _lines(value: str | Sequence[str] | Mapping[str, str]) -> list[str]:
    if isinstance(value, Mapping):
        return [f"{key} {one}" for key, one in value.items()]
    found = value.splitlines() if isinstance(value, str) else list(value)
    return [line for line in (" ".join(str(one).split()) for one in found) if line]


def _items(name: str, value: str | Sequence[str]) -> tuple[str, ...]:
    found = value.splitlines() if isinstance(value, str) else value
    items = tuple(dict.fromkeys(filter(None, (cleaning.clean(item, cleaning.CELL) for item in found))))
    if len(items) > 50:
        raise Refused("At most 50 lines fit here.", field=name)
    if name in ("pillars", "pictures", "threads") and any(len(item) > 40 for item in items):
        raise Refused("A pillar is a word or two; shorten it.", field=name)
    return items


def _targets(lines: list[str]) -> dict[str, str]:
    """Lines like "demo https://acme.example/demo"."""
    found = {}
    for line in lines:
        named, _, address = line.rpartition(" ")
        call = calendar.target_of(named.rstrip(": "))
        if not call:
            known = ", ".join(calendar.CALLS)
            raise Refused(f"Begin “{line[:40]}” with one of {known}, then its address.", field="targets")
        if links.links_in(address) != (address,):
            raise Refused(f"{call} needs one full address, beginning with https://.", field="targets")
        found[call] = address
    return found


def _times(lines: list[str]) -> dict[str, str]:
    """Lines like "linkedin 08:30"."""
    found = {}
    for line in lines:
        named, _, at = line.rpartition(" ")
        parts = _TIME.fullmatch(at)
        if not named or parts is None:
            raise Refused(f"“{line[:40]}” is no posting time; write linkedin 09:00.", field="posting_times")
        network = network_words.read(named.rstrip(": "), field="posting_times")
        found[network] = f"{int(parts[1]):02}:{parts[2]}"
    return found


def _page(network: str, text: str) -> str:
    pattern, hint = _ADDRESS[network]
    if text and not re.fullmatch(pattern, text):
        raise Refused(f"“{text[:60]}” is no {hint}.", field=f"{network}_address")
    return text


def _reply_to(text: str) -> str:
    try:
        return addresses.email_address(text) if text else ""
    except Refused as refusal:
        raise Refused(refusal.sentence, field="reply_to") from None


def _language(text: str) -> str:
    if text.lower() not in ("", *LANGUAGES):
        raise Refused(f"Write one of {', '.join(LANGUAGES)}.", field="language")
    return text.lower()


_READERS: Mapping[str, Callable[[str], str]] = {
    "sender_name": lambda text: cleaning.clean(text, cleaning.NAME),
    "reply_to": _reply_to,
    "language": _language,
    "zone": lambda text: timing.validate_zone(text) if text else "",
}
