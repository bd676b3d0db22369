"""A database as revision 0001 knew it, a few rows of every table. Knows no code that came later; never change it.

Times are text that both databases read; JSON and lists of words are text too.
"""

from __future__ import annotations

import json
from typing import Any

Row = dict[str, Any]
NOW = "2026-11-24 10:00:00.000000+00:00"
BEFORE = "2026-11-24 09:59:00.000000+00:00"
LATER = "2026-11-25 08:30:00.123456+00:00"
LONG_AGO = "2026-10-02 07:15:00.000001+00:00"
SUBJECT = "A quick word about booking"
BODY = "Hello, here is a short note about booking. Would Tuesday suit you for a call?"
HASH = "09ad55bca28426a903be11b354dd868250e89828b7c629d61e8e902d64891289"
"""What an approval of these words to ada@lovelace.example was bound to."""
W = {"workspace_id": "T1"}
LEASE = {"leased_by": "host-1-abc", "lease_until": LONG_AGO}
STATES = (
    "planned", "drafted", "approved", "scheduled", "sending", "sent",
    "failed", "blocked", "unsure", "rejected", "skipped", "cancelled",
)  # fmt: skip
DUE = 4
"""The id of the message that is approved, scheduled and due."""


def _message(id_: int, state: str) -> Row:
    """One touch per contact and state; what was decided or has left says so."""
    decided = state not in ("planned", "drafted", "rejected", "skipped", "cancelled")
    left = state in ("sent", "unsure")
    waits = {"planned": NOW, "drafted": LATER, "approved": LATER, "scheduled": BEFORE}
    return {
        **W, "id": id_, "campaign_id": 1, "enrolment_id": id_, "strategy_id": 1, "brand_id": 1, "sender_id": 1,
        "step": 1, "variant": "", "contact_id": id_, "channel": "email", "fallbacks": '["sms"]',
        "subject": "" if state == "planned" else SUBJECT, "body": "" if state == "planned" else BODY,
        "options": json.dumps({"why_channel": "the step says so"}), "state": state,
        "revision": 0 if state == "planned" else 1, "approved_revision": 1 if decided else None,
        "approved_hash": HASH if decided else "", "approved_by": "U1OLIVIA" if decided else None,
        "approved_at": LONG_AGO if decided else None, "due_at": waits.get(state), "slot_at": BEFORE,
        "attempts": int(left or state == "failed"), "tries": 0, "resend": 0, "note": "the note — “as it was”",
        "sent_at": LONG_AGO if left else None, "provider_id": "<p@example.com>" if left else "",
        "replaces": 6 if state == "failed" else None, "dedupe_key": f"1:{id_}:1", "content_hash": "",
        "created_at": LONG_AGO, **(LEASE if state == "sending" else {}),
    }  # fmt: skip


def _contact(id_: int, email: str) -> Row:
    return {
        **W, "id": id_, "account_id": 1 if id_ < 3 else None, "first_name": "Zoë", "last_name": f"Nº {id_}",
        "email": email, "phone": "+4915112345678", "company": "Lovelace & Söhne", "title": "CEO", "country": "DE",
        "locale": "de", "zones": '["Europe/Berlin"]', "zone_from": "contact", "guessed": id_ == 5,
        "facts": json.dumps({"industry": {"value": "bank", "source": "import"}}), "source": "import",
        "status": "replied" if id_ == 6 else "new", "touched_at": LONG_AGO if id_ == 6 else None,
        "held_since": LONG_AGO if id_ == 6 else None, "email_key": email, "block_key": email,
        "created_at": LONG_AGO,
    }  # fmt: skip


ADDRESSES = ["ada@lovelace.example" if n == DUE else f"zoe{n}@lovelace.example" for n in range(1, 14)]
ROWS: dict[str, list[Row]] = {
    "clock": [{"id": 1, "offset_seconds": 0, "stepped_by": "demo"}],
    "secrets": [{"name": "secret_key", "value": "c2VjcmV0"}],
    "workspaces": [
        {
            "id": "T1", "name": "Acme", "bot_user_id": "UBOT", "installer_id": "U1OLIVIA",
            "settings": json.dumps({"zone": "Europe/Berlin", "window": "always"}), "created_at": LONG_AGO,
        },
        {"id": "T2", "name": "Other", "settings": "{}", "created_at": LONG_AGO},
    ],
    "slack_events": [{**W, "event_id": "Ev1", "at": LONG_AGO}],
    "accounts": [
        {**W, "id": 1, "key": "lovelace.example", "name": "Lovelace", "domain": "lovelace.example",
         "zone": "Europe/Berlin", "created_at": LONG_AGO}
    ],
    "brands": [
        {**W, "id": 1, "name": "Acme", "is_default": True, "positioning": "booking", "audience": "salons",
         "value_propositions": '["no-shows fall"]', "tone": "calm", "language": "en", "dont": '["never cheap"]',
         "call_to_action": "demo", "postal_address": "1 Main St, Springfield", "zone": "Europe/Berlin"},
        {"workspace_id": "T2", "id": 2, "name": "Other", "is_default": True, "value_propositions": "[]", "dont": "[]"},
    ],
    "feeds": [{**W, "id": 1, "brand_id": 1, "network": "linkedin", "address": "urn:li:organization:1", "name": "Acme"}],
    "senders": [
        {**W, "id": 1, "channel": "email", "address": "olivia@acme.example", "name": "Olivia", "zone": "UTC",
         "resets_at": LATER, "used": 3, "cap": 20, "failures": 1, "served_at": LONG_AGO},
        {**W, "id": 2, "channel": "linkedin", "address": "urn:li:organization:1", "feed_id": 1, "stopped": "401",
         "not_before": LONG_AGO},
        {"workspace_id": "T2", "id": 3, "channel": "email", "address": "o@other.example"},
    ],
    "campaigns": [
        {**W, "id": 1, "brand_id": 1, "name": "Spring “launch”", "name_key": "spring “launch”", "goal": "demos",
         "channels": '["email", "sms"]', "window": "always", "zone": "Europe/Berlin", "autonomy": "auto",
         "autonomy_by": "U1OLIVIA", "status": "active", "owner_id": "U1OLIVIA", "channel_id": "C1", "starts_at": LONG_AGO,
         "created_at": LONG_AGO},
        {**W, "id": 2, "brand_id": 1, "name": "Paused", "name_key": "paused", "channels": '["email"]',
         "autonomy": "review", "status": "paused", "owner_id": "U1OLIVIA", "channel_id": "C1", "paused_at": LONG_AGO,
         "shift_seconds": 60, "unsettled": True, **LEASE, "created_at": LONG_AGO},
    ],
    "strategies": [
        {**W, "id": 1, "campaign_id": 1, "state": "approved", "angle": "calm mornings", "pillars": '["proof"]',
         "steps": json.dumps([{"number": 1, "channel": "email", "wait_days": 0, "purpose": "short call asked"}]),
         "measures": '["replies"]', "source": "template", "asked_by": "U1OLIVIA", "decided_by": "U1OLIVIA",
         "written_at": LONG_AGO, "decided_at": LONG_AGO, "created_at": LONG_AGO},
        {**W, "id": 2, "campaign_id": 2, "state": "draft", "pillars": "[]", "steps": "[]", "measures": "[]",
         "asked_by": "U1OLIVIA", "created_at": LONG_AGO},
    ],
    "contacts": [_contact(n, address) for n, address in enumerate(ADDRESSES, 1)],
    "enrolments": [
        {**W, "id": n, "campaign_id": 1, "contact_id": n, "step": 1, "state": "waiting" if n == 13 else "active",
         "next_at": LONG_AGO if n == 6 else None, "reason": "", "created_at": LONG_AGO}
        for n in range(1, 14)
    ],
    "suppressions": [
        {**W, "id": 1, "kind": "address", "key": "zoe12@lovelace.example", "cause": "unsubscribed",
         "added_by": "recipient", "created_at": LONG_AGO}
    ],
    "messages": [
        *(_message(n, state) for n, state in enumerate(STATES, 1)),
        {**_message(13, "scheduled"), "campaign_id": None, "enrolment_id": None, "strategy_id": None,
         "contact_id": None, "feed_id": 1, "sender_id": 2, "channel": "linkedin", "due_at": LATER, "slot_at": LATER,
         "dedupe_key": "1:linkedin:2026-11-25", "content_hash": "c" * 64},
    ],
    "revisions": [
        {"message_id": n, "revision": 1, "subject": SUBJECT, "body": BODY, "author": "draft", "source": "template",
         "score": 95, "findings": json.dumps([{"code": "caps", "sentence": "CAPS", "penalty": 5, "blocks": False}]),
         "created_at": LONG_AGO}
        for n in range(2, 14)
    ],
    "engagements": [
        {**W, "id": 1, "message_id": 6, "contact_id": 6, "kind": "opened", "at": LONG_AGO, "human": True,
         "dedupe_key": "open:6", "detail": "{}"},
        {**W, "id": 2, "message_id": 6, "contact_id": 6, "kind": "clicked", "at": LONG_AGO, "human": False,
         "dedupe_key": "click:6", "detail": json.dumps({"url": "https://acme.example/ü"})},
    ],
    "replies": [
        {**W, "id": 1, "contact_id": 6, "message_id": 6, "text": "Gladly!", "klass": "interested",
         "recorded_by": "U1OLIVIA", "created_at": LONG_AGO}
    ],
    "timeline": [
        {**W, "id": n, "entity": "message", "entity_id": n, "event": "plan", "actor": "plan", "at": LONG_AGO,
         "detail": "as it was"}
        for n in range(1, 14)
    ],
    "cards": [
        {**W, "id": 1, "kind": "campaign", "entity_id": 1, "channel": "C1", "ts": "1760000000.000100", "wanted": 7,
         "drawn": 7},
        *({**W, "id": 1 + n, "kind": "message", "entity_id": n, "channel": "C1", "parent_id": 1,
           "ts": f"1760000000.0002{n:02}" if n % 2 else None, "wanted": 3, "drawn": 2, "failures": 1,
           "not_before": LATER, "posting_at": LONG_AGO if n == 2 else None} for n in range(1, 14)),
    ],
    "slack_channels": [{**W, "channel": "C1", "next_post_at": LATER, **LEASE}],
    "digests": [
        {**W, "id": 1, "key": "digest:C1:2026-11-24", "channel": "C1", "starts_at": LONG_AGO, "ends_at": NOW,
         "zone": "Europe/Berlin", "figures": json.dumps({"sent": 3}), "chart": b"\x89PNG\x00", "created_at": NOW},
        {**W, "id": 2, "key": "digest:C1:2026-11-25", "channel": "C1", "starts_at": NOW, "ends_at": LATER,
         "zone": "UTC", "asked_by": "U1OLIVIA", **LEASE, "created_at": NOW},
    ],
    "imports": [
        {**W, "id": 1, "campaign_id": 1, "file_name": "leads.csv", "file": b"email\nada@lovelace.example\n",
         "asked_by": "U1OLIVIA", "channel": "C1", "state": "done", "line": 2, "added": 1,
         "problems": json.dumps([{"line": 3, "reason": "no address"}]), "key": "F1", "created_at": LONG_AGO}
    ],
    "runs": [
        {**W, "id": 1, "campaign_id": 1, "batch": 10, "dry": True, "asked_by": "U1OLIVIA", "channel": "C1",
         "state": "done", "report": json.dumps({"processed": 1}), "created_at": LONG_AGO}
    ],
}  # fmt: skip
"""In an order in which each row points at rows that exist."""
