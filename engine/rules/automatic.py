"""Bounces and automatic answers, recognised before anything is read as a person's. Pure.

After these nobody is asked, so both must be surer than anything a person may mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from engine.rules import later, quotes, seen
from engine.rules.seen import Reading, Seen
from storage.model import ReplyClass

SURE = 0.85
BOUNCES = ("bounce", "bounce_hard", "bounce_soft")
_PERSONAL = frozenset({"opt_out", "negative", "not_now", "interested", "question", "talk", "sarcasm"})
_SAID: Mapping[str, Callable[[str], bool]] = {
    "auto-submitted": lambda value: value.split(";")[0].split("(")[0].strip() not in ("", "no"),
    "x-autoreply": lambda value: value not in ("", "no"),
    "x-autorespond": bool,
    "precedence": lambda value: value == "auto_reply",
    "x-fc-machinegenerated": lambda value: value == "true",
}
"""Headers by which a machine says so (RFC 3834, and what vendors wrote before it)."""


def bounce(text: str, headers: Mapping[str, str]) -> Reading | None:
    """By the whole text without quoted lines: the evidence stands below a divider. Header names are lower case."""
    lines = (line for line in quotes.clean(text).split("\n") if line.lstrip()[:1] != ">")
    found = seen.look("\n".join(lines))
    hits = found.of(*BOUNCES)
    reported = "delivery-status" in headers.get("content-type", "")
    sure = 0.97 if reported else seen.score(hits)
    personal = any(hit.kind in _PERSONAL and hit.weight >= SURE for hit in found.hits)
    if sure < SURE or (personal and not reported):
        return None
    hard = bool(found.of("bounce_hard")) and not found.of("bounce_soft")
    return Reading(ReplyClass.BOUNCE, sure, found.quote(hits) or ("the mail's headers",), hard=hard)


def is_passing(text: str) -> bool:
    """Whether a bounce names a reason that passes, or that is ours: its address may be alive."""
    return bool(seen.look(quotes.clean(text)).of("bounce_soft"))


def away(own: str, found: Seen, today: date, headers: Mapping[str, str]) -> Reading | None:
    """By the headers, or by two things that no person mixes with an answer of their own."""
    told = any(name in headers and says(headers[name]) for name, says in _SAID.items())
    hits = found.of("out_of_office")
    sure = 0.98 if told else seen.score(hits)
    personal = any(hit.kind in _PERSONAL and hit.weight >= 0.6 for hit in found.hits)
    if sure < SURE or (not told and (personal or "?" in own)):
        return None
    if gone := found.of("referral"):  # they left: no day brings them back
        return Reading(ReplyClass.UNCLEAR, 0.5, found.quote(gone), whom=found.whom[0])
    day = later.last(later.days(own, today))
    return Reading(ReplyClass.OUT_OF_OFFICE, sure, found.quote(hits) or ("the mail's headers",), day)
