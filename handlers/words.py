"""What states, channels and numbers are called for people. An emoji always stands beside its word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from engine import policy
from engine.rules import sequences, timing
from handlers import blocks
from handlers.request import Request
from storage.lifecycle import State
from storage.model import CampaignStatus, ContactStatus, ReplyClass, StrategyState, channels


class Sign(NamedTuple):
    emoji: str
    word: str

    def __str__(self) -> str:
        return f"{self.emoji} {self.word}"


STATUS: Mapping[CampaignStatus, Sign] = {
    CampaignStatus.DRAFT: Sign("📝", "Draft"),
    CampaignStatus.ACTIVE: Sign("🟢", "Active"),
    CampaignStatus.PAUSED: Sign("⏸️", "Paused"),
    CampaignStatus.COMPLETED: Sign("🏁", "Completed"),
    CampaignStatus.CANCELLED: Sign("⛔", "Cancelled"),
}

STRATEGY: Mapping[StrategyState, Sign] = {
    StrategyState.DRAFT: Sign("🕓", "Waiting for a decision"),
    StrategyState.APPROVED: Sign("✅", "Approved"),
    StrategyState.REJECTED: Sign("⛔", "Rejected"),
    StrategyState.SUPERSEDED: Sign("📄", "Replaced by a newer one"),
}

MESSAGE: Mapping[State, Sign] = {
    State.PLANNED: Sign("✍️", "Being written"),
    State.DRAFTED: Sign("🕓", "Waiting for a decision"),
    State.APPROVED: Sign("✅", "Approved"),
    State.SCHEDULED: Sign("🗓️", "Scheduled"),
    State.SENDING: Sign("📤", "Being sent"),
    State.SENT: Sign("📬", "Sent"),
    State.FAILED: Sign("❌", "Failed"),
    State.BLOCKED: Sign("⛔", "Blocked"),
    State.UNSURE: Sign("❓", "Unsure"),
    State.REJECTED: Sign("⛔", "Rejected"),
    State.SKIPPED: Sign("⏭️", "Skipped"),
    State.CANCELLED: Sign("🚫", "Cancelled"),
}

CONTACT: Mapping[ContactStatus, Sign] = {
    ContactStatus.NEW: Sign("🆕", "New"),
    ContactStatus.CONTACTED: Sign("📬", "Contacted"),
    ContactStatus.REPLIED: Sign("💬", "Replied"),
    ContactStatus.QUALIFIED: Sign("⭐", "Qualified"),
    ContactStatus.CONVERTED: Sign("🏆", "Converted"),
    ContactStatus.LOST: Sign("🏳️", "Lost"),
}

LANGUAGE: Mapping[str, str] = {"en": "English", "de": "German", "fr": "French", "es": "Spanish"}

AUTONOMY: Mapping[str, str] = {
    "review": "Review every message",
    "first": "Review the first touch",
    "auto": "Automatic when the checks find nothing",
}

ANGLE: Mapping[str, str] = {
    "campaign": "One for the whole campaign",
    "per-lead": "Each lead's own, from their facts",
}

CREATE: Mapping[str, str] = {
    "create": "Create the campaign",
    "accounts": "Write to companies: one sequence each",
}

WEEKLY_ON: Mapping[str, str] = {day: f"On {day.capitalize()}" for day in policy.WEEKDAYS} | {
    policy.NEVER: "Off: only the daily digest"
}

AUTO_PAUSE: Mapping[str, str] = {
    "on": "On: the whole account waits",
    "off": "Off: the next step waits and its card asks",
}

STOP_SCOPE: Mapping[str, str] = {
    "person": "Everything to that person",
    "phone": "Texts and calls; the rest waits for a decision",
}

REPLY: Mapping[ReplyClass, str] = {
    ReplyClass.INTERESTED: "Interested",
    ReplyClass.QUESTION: "Question",
    ReplyClass.NOT_NOW: "Not now",
    ReplyClass.REFERRAL: "Referral",
    ReplyClass.NEGATIVE: "Negative",
    ReplyClass.NEUTRAL: "Neutral",
    ReplyClass.OUT_OF_OFFICE: "Out of office",
    ReplyClass.OPT_OUT: "Opt out",
    ReplyClass.BOUNCE: "Bounce",
    ReplyClass.UNCLEAR: "Unclear",
}


NAMED_REPLY: Mapping[str, str] = {
    str(klass): shown for klass, shown in REPLY.items() if klass is not ReplyClass.UNCLEAR
}
"""What a person may call a reply: unclear is said by rules alone."""


def channel(name: str) -> str:
    """How a channel is called, escaped: a later version may have stored one that this one does not know."""
    return blocks.line(channels.known(name).label, 40)


def touches() -> dict[str, str]:
    """Choices for how many touches a sequence has, with the days they fall on."""
    return {
        str(
            number
        ): f"{count(number, 'touch', 'touches')}: days {sequences.shown(sequences.waits_of(number))}"
        for number in (1, 3, 5, sequences.TOUCHES, 10, sequences.MANY)
    }


def purpose(key: str) -> str:
    """What a touch is for, escaped: a stored one may be older than the keys."""
    return sequences.PURPOSES.get(key) or blocks.line(key, 200)


def day(text: str) -> str:
    """A stored day, 2026-11-24, as people read it: "Tue 24 Nov 2026". What is none is shown as it is, escaped."""
    try:
        return timing.shown(date.fromisoformat(text), year=True)
    except ValueError:
        return blocks.line(text, 40)


def count(number: int, noun: str, plural: str = "") -> str:
    """ "1 message", "1,200 messages"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def command(request: Request, rest: str, subject: str = "outreach") -> str:
    """How a command is typed in this installation: its name may carry a prefix."""
    return f"/{request.prefix}{subject} {rest}".strip()


_FIELDS = {"zone": "time zone", "linkedin_url": "LinkedIn address", "x_handle": "X", "whatsapp": "WhatsApp"}


def fields(names: Sequence[str]) -> str:
    """What of a contact: "title, time zone"."""
    return ", ".join(_FIELDS.get(name, name.replace("_", " ")) for name in names)
