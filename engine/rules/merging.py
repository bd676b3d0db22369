"""Two records of one person into one: what is kept of whom. Pure; loses nothing that was known of either."""

from __future__ import annotations

from typing import Any

from storage import facts
from storage.model import Contact, ContactStatus

FILLED = (
    "account_id", "first_name", "last_name", "phone", "whatsapp", "linkedin_url", "x_handle", "instagram", "messenger_id",
    "company", "title", "country", "locale", "source", "paused_by", "taken_by", "preferred_channel",
)  # fmt: skip
"""What the other record tells where the kept one is silent."""
_FURTHER = (
    ContactStatus.NEW, ContactStatus.CONTACTED, ContactStatus.REPLIED, ContactStatus.LOST, ContactStatus.QUALIFIED,
    ContactStatus.CONVERTED,
)  # fmt: skip
OF_AN_ADDRESS = (facts.DEAD_MAILBOX, *facts.OF_NUMBER)
"""Causes that say something of one address and nothing of the person's others."""


def merged(kept: Contact, other: Contact) -> dict[str, Any]:
    """The columns of the kept record that change. Holds, absences, refusals and the last touch hold for the person."""
    found: dict[str, Any] = {
        name: getattr(other, name) for name in FILLED if getattr(other, name) and not getattr(kept, name)
    }
    if other.email and not kept.email:
        found |= {"email": other.email, "guessed": other.guessed}
    if other.zones and not kept.zones:
        found |= {"zones": other.zones, "zone_from": other.zone_from}
    found["facts"] = {**other.facts, **kept.facts}
    found["status"] = max(ContactStatus(kept.status), ContactStatus(other.status), key=_FURTHER.index)
    found["refused_channels"] = tuple(sorted({*kept.refused_channels, *other.refused_channels}))
    for name, choose in (("touched_at", max), ("away_until", max), ("held_since", min)):
        found[name] = choose((at for one in (kept, other) if (at := getattr(one, name))), default=None)
    return found


def of_the_person(causes: list[str]) -> str:
    """The cause by which both addresses are suppressed: the first that is the person's own wish; empty for none."""
    return next((cause for cause in causes if cause not in OF_AN_ADDRESS), "")
