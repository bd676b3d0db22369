"""A message with all that gates and channels are decided by, in a state in which it may leave; each test varies it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from engine.rules import similarity
from storage.facts import Situation
from storage.lifecycle import State
from storage.model import Autonomy, Brand, Campaign, CampaignStatus, Contact, Feed, Message, Sender

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 28, 10, 0, tzinfo=UTC)
BODY = "Would a short call on Thursday suit you?"


def brand(**values: Any) -> Brand:
    made = Brand(1, "T1", "Acme", True, "", "", (), "", "en", (), "", "1 Main St", "UTC")
    return replace(made, **values)


def campaign(**values: Any) -> Campaign:
    made = Campaign(
        1, "T1", 1, "Spring", "", "", "", "", "", ("email",), "", "", "", "", Autonomy.REVIEW, None,
        CampaignStatus.ACTIVE, "U1", "C1", None, None, None, 0, False, TUESDAY,
    )  # fmt: skip
    return replace(made, **values)


def contact(**values: Any) -> Contact:
    made = Contact(
        1, "T1", None, "Ada", "Lovelace", "ada@lovelace.example", "", "", "", "", "", "", "", "", "", "",
        ("Europe/Berlin",), "contact", False, {}, "", "new", None, None, TUESDAY,  # type: ignore[arg-type]
    )  # fmt: skip
    return replace(made, **values)


SENDER = Sender(
    1, "T1", "email", "o@acme.example", "Olivia", "", None, "UTC", None, 0, None, None, "", 0, None, "", None
)
FEED = Feed(1, "T1", 1, "linkedin", "urn:li:organization:1", "Acme")


def message(**values: Any) -> Message:
    made = Message(
        id=1, workspace_id="T1", campaign_id=1, enrolment_id=1, strategy_id=1, brand_id=1, sender_id=1, step=1,
        variant="", contact_id=1, feed_id=None, channel="email", fallbacks=(), subject="A word", body=BODY,
        options={}, state=State.SCHEDULED, revision=2, approved_revision=2,
        approved_hash=similarity.words_hash("A word", BODY, "email", "ada@lovelace.example"), approved_by="U1",
        approved_at=TUESDAY, due_at=TUESDAY, slot_at=TUESDAY, leased_by=None, lease_until=None, attempts=0,
        tries=0, resend=0, note="", sent_at=None, provider_id="", replaces=None, dedupe_key="k",
        content_hash="", created_at=TUESDAY,
    )  # fmt: skip
    return replace(made, **values)


def case(**parts: Any) -> Situation:
    base: dict[str, Any] = {
        "message": message(), "contact": contact(), "campaign": campaign(), "brand": brand(), "feed": None,
        "sender": SENDER, "settings": {}, "suppressed": "",
    }  # fmt: skip
    return Situation(**{**base, **parts})
