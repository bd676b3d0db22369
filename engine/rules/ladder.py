"""Which channel a touch takes, and why (F3). Pure.

In order: suppression and consent, availability, what the contact said, what the campaign chose, the ladder, and
history once there is enough.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from engine.errors import Refused
from engine.rules import channel_words, history
from storage import facts
from storage.histories import Past
from storage.model import Contact, channels

Rungs = tuple[tuple[str, int], ...]
"""Channels with the first touch each is for, in order: the last holds for all that follow."""

LADDER: Rungs = (("email", 1), ("sms", 3), ("call", 5))
UNUSED = "the campaign does not use it"
NO_PAST: Mapping[str, Past] = {}
EACH = 2
"""Touches on each channel of a campaign that names one which the ladder does not know: then its own order counts."""
_RUNG = re.compile(
    r"([a-z][a-z_ -]{0,24}?)\s+(\d{1,2})\s*(?:[-–]\s*(\d{1,2})|(\+))?", re.ASCII | re.IGNORECASE
)
_LACKS = {"email": "no e-mail address", "phone": "no phone number", "linkedin_url": "no LinkedIn address"}


@dataclass(frozen=True, slots=True)
class Ways:
    """What stands against channels, each with its reason: `barred` is law or the person's no (suppression, missing
    consent), `unavailable` what is not set up here."""

    barred: Mapping[str, str] = field(default_factory=dict)
    unavailable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """`channel` is empty when none can be used. `reason` says why this one, `others` (channel, why not) all the rest."""

    channel: str
    reason: str
    others: tuple[tuple[str, str], ...] = ()


def choose(
    contact: Contact,
    touch: int,
    chosen: Sequence[str],
    ways: Ways,
    *,
    rungs: Rungs = LADDER,
    step: str = "",
    leave_out: str = "",
    past: Mapping[str, Past] = NO_PAST,
) -> Choice:
    """The channel of touch `touch` (from 1) of this contact in a campaign that chose the channels `chosen`.

    `step` is the channel that the step of an approved strategy insists on, empty for none. `leave_out` is one that
    has just failed for good. `past` is how they answered on each channel before.
    """
    climbed = rungs if _knows(rungs, chosen) else _own(chosen)
    wanted = dict.fromkeys((contact.preferred_channel, step, *chosen, *(name for name, _ in climbed + rungs)))
    against = {name: obstacle(contact, name, ways) for name in wanted if name}
    if leave_out:
        against[leave_out] = against.get(leave_out) or "it has just failed"
    unused = {name: why or ("" if name in chosen else UNUSED) for name, why in against.items()}
    if contact.preferred_channel and not against[contact.preferred_channel]:
        found, reason = contact.preferred_channel, "they asked for it"
    elif not unused.get(step, UNUSED):
        found, reason = step, "the step of the strategy says so"
    elif len(chosen) == 1 and not leave_out:
        found, reason = "" if against[chosen[0]] else chosen[0], "the only channel of the campaign"
    else:
        found, reason = _climb(climbed, touch, unused, contact)
        free = [name for name, _ in climbed if not unused[name]] if past else []
        if better := history.better(found, free, past):
            unused[found] = f"they answered more by {_named(better)}"
            reason = (
                f"{history.told(better, found, past, _named)}; the ladder alone would take {_named(found)}"
            )
            found = better
    if leave_out and not found:
        found, reason = _climb(rungs, touch, against, contact)
    others = tuple((name, why or _left(climbed, name)) for name, why in unused.items() if name != found)
    return Choice(found, reason if found else _none(against, chosen), others)


def obstacle(contact: Contact, channel: str, ways: Ways) -> str:
    """Why this channel cannot be used for them; empty when it can. The one question that others need to ask."""
    if why := ways.barred.get(channel) or ways.unavailable.get(channel):
        return why
    address = facts.address_of(contact, channel)
    lacks = channels.known(channel).address
    if not address:
        return _LACKS.get(lacks, "no address for it")
    if lacks == "linkedin_url" and not address.lower().startswith("https://"):
        return "the LinkedIn address is no https address"
    return "they refused it" if channel in contact.refused_channels else ""


def planned(touch: int, chosen: Sequence[str], rungs: Rungs = LADDER) -> str:
    """The channel that touch is meant for, before anything is known of the contact: what a strategy shows."""
    climbed = rungs if _knows(rungs, chosen) else _own(chosen)
    unused = {name: "" if name in chosen else UNUSED for name, _ in climbed}
    return next((climbed[n][0] for n in _order(climbed, touch) if not unused[climbed[n][0]]), "email")


@lru_cache(maxsize=64)
def parse(text: str) -> Rungs:
    """Read "email 1-2, sms 3-4, call 5+". Raises Refused, field "ladder"."""
    found = [_RUNG.fullmatch(part.strip()) for part in text.split(",") if part.strip()]
    if not found or any(rung is None for rung in found):
        raise Refused("Write the ladder like email 1-2, sms 3-4, call 5+.", field="ladder")
    read = [
        (channel_words.read(rung[1], field="ladder"), int(rung[2]), int(rung[3]) if rung[3] else 0)
        for rung in found
        if rung
    ]
    if not all(name for name, _, _ in read):
        raise Refused("Every rung of the ladder names a channel.", field="ladder")
    whole = read[0][1] == 1 and all(
        then == (last or first) + 1 and first <= (last or first)
        for (_, first, last), (_, then, _) in pairwise(read)
    )
    if not whole or len({name for name, _, _ in read}) < len(read):
        raise Refused(
            "The ladder begins with touch 1, leaves none out and names a channel once.", field="ladder"
        )
    return tuple((name, first) for name, first, _ in read)


def shown(rungs: Rungs) -> str:
    """As `parse` reads it."""
    parts = [f"{name} {_touches(rungs, n)}" for n, (name, _) in enumerate(rungs)]
    return ", ".join(parts)


def told(rungs: Rungs) -> str:
    """The same with the channels as people call them; `parse` reads that too."""
    return ", ".join(f"{_named(name)} {_touches(rungs, n)}" for n, (name, _) in enumerate(rungs))


def _knows(rungs: Rungs, chosen: Sequence[str]) -> bool:
    return set(chosen) <= {name for name, _ in rungs}


def _own(chosen: Sequence[str]) -> Rungs:
    """The campaign's own order, EACH touches each: the ladder lacks one of its channels."""
    return tuple((name, 1 + EACH * n) for n, name in enumerate(dict.fromkeys(chosen)))


def _order(climbed: Rungs, touch: int) -> tuple[int, ...]:
    """The rung of this touch, the earlier ones from the nearest, the later ones."""
    at = max(n for n, (_, first) in enumerate(climbed) if first <= touch)
    return (*range(at, -1, -1), *range(at + 1, len(climbed)))


def _climb(climbed: Rungs, touch: int, against: Mapping[str, str], contact: Contact) -> tuple[str, str]:
    """The first rung in order that nothing stands against, and why it is that one."""
    order = _order(climbed, touch)
    n = next((n for n in order if not against[climbed[n][0]]), None)
    if n is None:
        return "", ""
    at, meant = order[0], climbed[order[0]][0]
    if n == at:
        return meant, f"touch {touch} of theirs; touches {_touches(climbed, n)} are for {_named(meant)}"
    if _addresses(contact) == {"email"}:
        return climbed[n][0], "an e-mail address is all there is of them"
    way = "the nearest earlier rung" if n < at else "the next later rung"
    return climbed[n][0], f"touch {touch} of theirs; {_named(meant)} is out ({against[meant]}), so {way}"


def _addresses(contact: Contact) -> set[str]:
    fields = {channels.known(name).address for name in channels.to_people()}
    return {name for name in fields if getattr(contact, name)}


def _left(climbed: Rungs, name: str) -> str:
    """Why a channel that could be used is not: it has its own rung."""
    at = next((n for n, (rung, _) in enumerate(climbed) if rung == name), None)
    return "another one comes first" if at is None else f"it is for touches {_touches(climbed, at)}"


def _none(against: Mapping[str, str], chosen: Sequence[str]) -> str:
    told = "; ".join(f"{_named(name)}: {against[name]}" for name in chosen if against[name])
    return f"No channel of the campaign reaches them ({told})."


def _touches(rungs: Rungs, n: int) -> str:
    first = rungs[n][1]
    if n + 1 == len(rungs):
        return f"{first}+"
    last = rungs[n + 1][1] - 1
    return str(first) if last <= first else f"{first}-{last}"


def _named(channel: str) -> str:
    label = channels.known(channel).label
    return label.lower() if label in ("Email", "Call") else label
