"""Whether somebody agreed to be written to on a channel that needs it (TCPA, GDPR Art. 7). Pure."""

from __future__ import annotations

from datetime import datetime

from storage.facts import Situation
from storage.model import channels
from storage.model.consents import Consent


def missing(case: Situation, now: datetime) -> str:
    """Why there is no consent to this message, as a sentence; empty when there is one, or none is needed."""
    return against(case.message.channel, case.address, case.consent, now) if case.contact else ""


def against(channel: str, address: str, found: Consent | None, now: datetime) -> str:
    """The same before there is a message: `found` is the newest entry of a contact on this channel."""
    kind = channels.known(channel)
    if not kind.consent:
        return ""
    if found is None:
        return f"They never agreed to {kind.label}. Record when and where they did with /outreach consent."
    if not found.given:
        return f"They took back their consent to {kind.label} on {_day(found.at)}: {found.source}."
    if found.address != address:
        return f"They agreed to {kind.label} to another number. Record their consent for this one."
    if found.until is not None and found.until <= now:
        return f"Their consent to {kind.label} ended on {_day(found.until)}. Record a new one."
    return ""


def evidence(case: Situation) -> tuple[str, str]:
    """What is on record, and who says so."""
    found = case.consent
    if found is None:
        needed = channels.known(case.message.channel).consent
        return ("none on record" if needed else "none is needed on this channel"), "recorded consents"
    what = "given" if found.given else "taken back"
    until = f", until {_day(found.until)}" if found.until else ""
    return f"{what} on {_day(found.at)}{until}: {found.source}", f"recorded by {found.recorded_by}"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"
