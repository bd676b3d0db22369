"""Bounces and automatic answers, recognised before anything is read as a person's. Pure.

After these nobody is asked, so both must be surer than anything a person may mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from engine.rules import later, phrases, quotes, seen
from engine.rules.phrases import Hit
from engine.rules.seen import Reading, Seen
from storage.model import ReplyClass

SURE = 0.85
STATED = 0.7
"""From this weight on a phrase says by itself where somebody is."""
LITTLE = 8
"""Words beside such a phrase that say nothing else."""
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
    """By the headers; by two things that no person mixes with an answer of their own; or by one beside a day of return."""
    told = any(name in headers and says(headers[name]) for name, says in _SAID.items())
    hits = [hit for hit in found.of("out_of_office") if not _denied(found, hit)]
    days = later.days(own, today) if hits or told else []
    sure = 0.98 if told else max(seen.score(hits), _alone(found, hits, days))
    if sure < SURE or (not told and ("?" in own or _speaks(found))):
        return None
    if gone := found.of("referral"):  # they left: no day brings them back
        return Reading(ReplyClass.UNCLEAR, 0.5, found.quote(gone), whom=found.whom[0])
    return Reading(
        ReplyClass.OUT_OF_OFFICE, sure, found.quote(hits) or ("the mail's headers",), later.last(days)
    )


def _alone(found: Seen, hits: Sequence[Hit], days: Sequence[later.Named]) -> float:
    """How sure one weak hit is: beside a day on which they are back, or when hardly anything else is said."""
    if not hits:
        return 0.0
    if any(day.back for day in days):
        return 0.9
    others = [word.folded for at, word in enumerate(found.words) if at not in found.used]
    little = len(others) <= LITTLE and not phrases.listed("denial").intersection(others)
    return SURE if little and max(hit.weight for hit in hits) >= STATED else 0.0


def _speaks(found: Seen) -> bool:
    """Somebody answers: they want something, or want to be called, other than in an urgent case."""
    if any(hit.kind in _PERSONAL and hit.weight >= 0.6 for hit in found.hits):
        return True
    urgent = {word.sentence for word in found.words if word.folded in phrases.listed("urgency")}
    return any(
        found.words[hit.start].sentence not in urgent and _for_me(found, hit) for hit in found.of("defer")
    )


def _for_me(found: Seen, hit: Hit) -> bool:
    said = {word.folded for word in found.words[hit.start : hit.end]}
    return bool(said & phrases.listed("me"))


def _denied(found: Seen, hit: Hit) -> bool:
    """Right before it stands a no. One further away denies something else: “I cannot answer, being out of office”."""
    return hit.start > 0 and found.words[hit.start - 1].folded in phrases.listed("denial")
