"""One view of every kind of card in each state worth looking at, named by its golden file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import account_views
import bulk_views
import calendar_views
import picture_views
import rehearsal_views
import thread_views

from storage.facts import Situation
from storage.lifecycle import State
from storage.model import (
    Autonomy,
    Brand,
    Campaign,
    CampaignStatus,
    Conflict,
    Contact,
    ContactStatus,
    Engagement,
    EngagementKind,
    Entry,
    Feed,
    Message,
    Reply,
    ReplyClass,
    Revision,
    Sender,
    Step,
    Strategy,
    StrategyState,
)
from storage.model.consents import Consent
from storage.model.sending import WAITING
from storage.recommendations import Recommendation
from storage.scores import Known
from storage.sheets import Sheet
from storage.views import (
    AdviceView,
    CampaignView,
    ChartView,
    ConflictView,
    ContactView,
    DigestView,
    HomeView,
    ImportView,
    MessageView,
    ReminderView,
    ReplyView,
    RunView,
    SenderView,
    StrategyView,
    Touching,
    Waiting,
)

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SLOT = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
ZONE = "Europe/London"
BODY = (
    "Hello Ada,\n\nI read that Analytical Engines opened a second depot in Leeds. Most teams find their first "
    "routes double up for a while; we show them where.\n\nWould fifteen minutes next week be of use?\n\nOlivia"
)


def _sender(**values: Any) -> Sender:
    made = Sender(
        1,
        "T1",
        "email",
        "olivia@acme.example",
        "Olivia",
        "",
        None,
        ZONE,
        None,
        0,
        None,
        None,
        "",
        0,
        None,
        "",
        None,
    )
    return replace(made, **values)


BRAND = Brand(1, "T1", "Acme", True, "", "", (), "", "en", (), "", "1 Main St", "Europe/London")
CAMPAIGN = Campaign(
    id=7, workspace_id="T1", brand_id=1, name="Spring launch", goal="Book ten demos", audience="Operations leads",
    offer="A free route audit", must_say="", must_not_say="", channels=("email",), tone="", language="",
    window="09:00-18:00", zone="", autonomy=Autonomy.REVIEW, autonomy_by=None, status=CampaignStatus.ACTIVE,
    owner_id="U1OLIVIA", channel_id="C1GROWTH", starts_at=None, ends_at=None, paused_at=None, shift_seconds=0,
    unsettled=False, created_at=NOW,
)  # fmt: skip
CONTACT = Contact(
    id=3, workspace_id="T1", account_id=5, first_name="Ada", last_name="Lovelace", email="ada@engines.example",
    phone="", whatsapp="", linkedin_url="", x_handle="", instagram="", messenger_id="",
    company="Analytical Engines", title="Head of Operations", country="DE", locale="en", zones=("Europe/Berlin",),
    zone_from="contact", guessed=False, facts={}, source="", status=ContactStatus.NEW, touched_at=None,
    held_since=None, created_at=NOW,
)  # fmt: skip
FEED = Feed(2, "T1", 1, "linkedin", "urn:li:organization:1", "Acme on LinkedIn")
MESSAGE = Message(
    id=42, workspace_id="T1", campaign_id=7, enrolment_id=1, strategy_id=1, brand_id=1, sender_id=1, step=1, variant="",
    contact_id=3, feed_id=None, channel="email", fallbacks=(), subject="Your second depot, Ada", body=BODY,
    options={"template": "first_touch", "used": ["company", "title"], "hint": ""}, state=State.DRAFTED, revision=1,
    approved_revision=None, approved_hash="", approved_by=None, approved_at=None, due_at=NOW + timedelta(days=7),
    slot_at=None, leased_by=None, lease_until=None, attempts=0, tries=0, resend=0, note="", sent_at=None,
    provider_id="", replaces=None, dedupe_key="k", content_hash="", created_at=NOW,
)  # fmt: skip
SOURCES = [
    {
        "number": 2,
        "text": "You run operations.",
        "sources": ["title"],
        "missing": [],
        "links": [],
        "bare": False,
    },
    {
        "number": 3,
        "text": "You raised $5 million.",
        "sources": [],
        "missing": ["$5"],
        "links": [],
        "bare": False,
    },
    {"number": 4, "text": "Your vans are empty.", "sources": [], "missing": [], "links": [], "bare": True},
]
REVISION = Revision(42, 1, MESSAGE.subject, BODY, "template", "template", "", 85, (), NOW)
FINDINGS = (
    {"code": "a", "sentence": "The subject shouts.", "penalty": 5, "blocks": False},
    {"code": "b", "sentence": "“Guaranteed” may not be said.", "penalty": 0, "blocks": True},
    {
        "code": "c",
        "sentence": "A generic phrase: I hope this finds you well.",
        "penalty": 10,
        "blocks": False,
    },
    {"code": "d", "sentence": "Two exclamation marks.", "penalty": 3, "blocks": False},
)
VERDICTS = (
    ("suppression", "pass", "Not on the suppression list."),
    ("approval", "block", "Nobody has approved these words."),
    ("identity", "pass", "The sender is known."),
    ("window", "hold", "it is 11:00 in Berlin; the window is 09:00–10:00 on business days"),
)
STEPS = (
    Step(1, "email", 0, "call"), Step(2, "email", 2, "sample", "not_opened"), Step(3, "sms", 3, "polite close"),
)  # fmt: skip
STRATEGY = Strategy(
    id=9, workspace_id="T1", campaign_id=7, state=StrategyState.DRAFT, angle="Second depots double up routes at first.",
    pillars=("Proof from peers", "A small first step"), steps=STEPS,
    timing="Weekday mornings of the recipient", measures=("Reply rate over 10 %", "Ten demos"), source="rules",
    note="The language model was too slow.", asked_by="U1OLIVIA", decided_by=None, reason="", written_at=NOW,
    decided_at=None, created_at=NOW,
)  # fmt: skip
REPLY = Reply(4, "T1", 3, 42, "Tuesday suits me.\nAda", ReplyClass.INTERESTED, "U2AMARA", None, "", NOW)
ADVICE = Recommendation(
    6, "T1", 7, "weak replies", {"sent": 72, "people": 60, "answered": 4},
    {"window": "08:00-10:00", "before": "09:00-18:00", "benchmark": "Tue-Thu 8-10"}, "", None, None, NOW,
)  # fmt: skip
RESENTED = replace(
    ADVICE, rule="negative replies", numbers={"sent": 72, "people": 60, "answered": 12, "negative": 5},
    advice={"tone": "respectful, factual and brief", "before": "bold <!here>"},
)  # fmt: skip
CONFLICT = Conflict(5, "T1", 3, "They are in talks with <our> competitor.", "U2AMARA", None, "", NOW)


def _reading(klass: str, **values: Any) -> dict[str, Any]:
    made = {"klass": klass, "confidence": 0.85, "words": ["try again", "in January"], "day": "2027-01-01", "whom": "",
            "hard": False, "between": []}  # fmt: skip
    return made | values


FIGURES = {
    "day": "Mon 23 Nov 2026", "alt": "Sent 12, opened 6, replied 2.", "waiting": 3, "replies": 1, "failures": 1,
    "outreach": {"sent": 12, "people": 12, "answered": 2, "unsubscribed": 1, "delivered": 11, "failed": 1, "bounced": 0,
              "opened": 6, "clicked": 3, "replied": 2, "positive": 1, "converted": 0,
              "reply_rate": "16.7 %", "open_rate": "54.5 %", "click_rate": "27.3 %", "median_reply": "3 h 20 min"},
    "posts": {"sent": 1, "failed": 0, "impressions": 1_204, "engagements": 1, "engagement_rate": "0.1 %"},
    "change": {"sent": 4, "replied": -1, "reply_rate": "(before: 20 %)"},
    "channels": [
        {"channel": "email", "sent": 9, "delivered": 8, "failed": 1, "bounced": 0, "replied": 1, "reply_rate": "11.1 %",
         "people": 9, "answered": 1, "unsubscribed": 1},
        {"channel": "sms", "sent": 3, "delivered": 3, "failed": 0, "bounced": 0, "replied": 1, "reply_rate": "33.3 %",
         "people": 3, "answered": 1, "unsubscribed": 0},
        {"channel": "call", "sent": 0, "delivered": 0, "replied": 0, "reply_rate": "0 %", "people": 0, "answered": 0},
    ],
    "campaigns": [{"id": 7, "name": "Spring launch", "sent": 12, "replied": 2, "people": 12, "answered": 2}],
    "brands": [{"id": 1, "name": "Acme", "sent": 1, "failed": 0, "impressions": 1_204, "engagements": 1}],
    "feeds": [
        {"id": 2, "name": "Acme", "network": "linkedin", "sent": 1, "impressions": 1_204, "engagements": 1},
        {"id": 3, "name": "Acme", "network": "x", "sent": 0, "impressions": "not available"},
    ],
    "alerts": ["email has stopped: the password was refused"],
    "notes": ["Small sample: with 12 messages sent, rates say little."],
}  # fmt: skip

WEEK = FIGURES | {
    "day": "Mon 16 Nov to Sun 22 Nov 2026", "week": True,
    "posts": {"sent": 28, "failed": 1, "impressions": 9_204, "engagements": 512, "engagement_rate": "5.6 %"},
    "waiting": 0, "failures": 0, "alerts": [], "notes": [],
    "brands": [
        {"id": 1, "name": "Acme", "sent": 21, "failed": 0, "impressions": 9_204, "engagements": 512,
         "engagement_rate": "5.6 %"},
        {"id": 2, "name": "Bright & Co", "sent": 7, "failed": 1, "impressions": "not available",
         "engagements": "not available", "engagement_rate": "not available"},
    ],
    "feeds": [],
}  # fmt: skip

_NOTHING = dict.fromkeys(
    ("sent", "delivered", "failed", "bounced", "replied", "unsubscribed", "people", "answered"), 0
)
QUIET = {
    "day": "Sun 22 Nov 2026", "outreach": _NOTHING | {"reply_rate": "0 %"}, "posts": {"sent": 0, "failed": 0},
    "change": {"sent": -5, "replied": -2}, "channels": [], "waiting": 0, "replies": 2, "notes": [],
}  # fmt: skip
_LATE = _NOTHING | {"replied": 4, "reply_rate": "0 %"}
EARLIER = QUIET | {
    "outreach": _LATE, "change": {"sent": -5, "replied": 1, "reply_rate": "(before: 60 %)"},
    "channels": [_LATE | {"channel": "email"}],
    "campaigns": [_LATE | {"id": 7, "name": "Spring launch"}],
    "notes": ["Some replies answer messages sent earlier, or none; the reply rate leaves those out."],
}  # fmt: skip


def acted(event: str, entity: str = "message", actor: str = "U2AMARA") -> Entry:
    return Entry(entity, 42, event, actor, NOW, {})


def message(*, contact: Contact | None = CONTACT, feed: Feed | None = None, **changes: Any) -> MessageView:
    row = replace(MESSAGE, **changes)
    case = Situation(row, contact, CAMPAIGN if contact else None, BRAND, feed, None, {"zone": ZONE})
    return MessageView(
        case, ZONE, account="Analytical Engines", revision=REVISION, verdicts=VERDICTS, expected_at=SLOT
    )


def post(**changes: Any) -> MessageView:
    own: dict[str, Any] = {
        "channel": "linkedin", "contact_id": None, "feed_id": 2, "campaign_id": None, "subject": "",
        "body": "We now ship to Norway. #Logistics", "slot_at": SLOT, "due_at": SLOT,
        "options": {"link": "https://example.com/no"},
    }  # fmt: skip
    found = message(contact=None, feed=FEED, **(own | changes))
    return replace(found, account="")


def task(channel: str, reminders: int = 0, **values: Any) -> MessageView:
    """A touch that waits for a person; `values` are the contact's, and those of the message by name."""
    own = {"state": State.SCHEDULED, "note": WAITING}
    own |= {name: values.pop(name) for name in ("state", "note", "sent_at") if name in values}
    return message(
        contact=replace(CONTACT, **values), channel=channel, subject="", slot_at=SLOT, due_at=SLOT + timedelta(days=1),
        options={"task": {"reminders": reminders, "day": "", "revision": MESSAGE.revision}}, **own,
    )  # fmt: skip


def _line(event: str, detail: str = "", actor: str = "U2AMARA") -> Entry:
    return Entry("contact", 3, event, actor, NOW, detail)  # type: ignore[arg-type]


def _person(**changes: Any) -> ContactView:
    facts = {
        "industry": {"value": "Logistics & <rail>", "source": "leads.csv"},
        "budget": {"value": "€20,000", "source": "told to a person on 2026-11-23"},
    }
    contact = replace(
        CONTACT, facts=facts, score=61, status=ContactStatus.REPLIED, phone="+4930901820", **changes
    )
    known = Known(
        contact,
        ("Operations leads at logistics firms",),
        frozenset({"opened", "replied"}),
        frozenset({"interested"}),
        True,
    )
    next_ = Touching(43, "email", "scheduled", 2, "Spring launch", SLOT, "Your second depot", "It is Sunday.")
    sent = (Touching(42, "email", "sent", 1, "Spring launch", NOW - timedelta(days=2), "Your first depot"),)
    return ContactView(
        known, ZONE, "Analytical Engines", (("Spring launch", "active", ""),), next_, 2, sent,
        (_line("note", "Met at the fair.\nLikes trains."),), (_line("reply", "interested by rules"), _line("add")),
    )  # fmt: skip


AGREED = Consent(
    9, "T1", 3, "sms", "+4930901820", True, NOW - timedelta(days=9), None, "form at the <fair>", "U1", NOW
)
TEXT = (
    "Hi Ada, I read that Analytical Engines opened a second depot in Leeds; routes often double up then. "
    "Would fifteen minutes next week be of use? - Olivia, Acme"
)


def _edited() -> MessageView:
    now = replace(
        REVISION,
        revision=2,
        body=BODY.replace("fifteen", "ten"),
        author="U2AMARA",
        source="person",
        why="Too long a call",
    )
    return replace(
        message(revision=2, body=now.body),
        revision=now,
        before=REVISION,
        last=acted("revise"),
        expected_at=SLOT,
    )


def _sent() -> MessageView:
    at = SLOT + timedelta(minutes=1)
    kinds = ((EngagementKind.OPENED, False), (EngagementKind.OPENED, True), (EngagementKind.CLICKED, True))
    seen = tuple(Engagement(42, kind, at, f"k{n}", human) for n, (kind, human) in enumerate(kinds))
    return replace(
        message(state=State.SENT, sent_at=at, slot_at=SLOT, approved_by="U2AMARA", approved_at=NOW),
        engagements=seen,
        last=acted("approve"),
    )


def _decided(state: State, event: str, **changes: Any) -> MessageView:
    return replace(message(state=state, **changes), last=acted(event))


_COUNTS = {"drafted": 3, "scheduled": 2, "sent": 1_204, "failed": 1}
_RUN = {"processed": 10, "sent": 9, "failed": 1, "skipped": 0, "unsure": 0, "waiting": 0}

VIEWS: dict[str, tuple[str, Any]] = {
    "campaign_new": (
        "campaign",
        CampaignView(replace(CAMPAIGN, status=CampaignStatus.DRAFT), ZONE, last=acted("create", "campaign")),
    ),
    "campaign_planning": (
        "campaign",
        CampaignView(replace(CAMPAIGN, status=CampaignStatus.DRAFT), ZONE, strategy=StrategyState.DRAFT, writing=True),
    ),
    "campaign_active": (
        "campaign",
        CampaignView(
            CAMPAIGN, ZONE, messages=_COUNTS, people={"active": 12}, engaged={"opened": 6, "replied": 2}, next_at=SLOT,
            coming=4, waits=(0, 2, 3),
            strategy=StrategyState.APPROVED, weak=True,
        ),
    ),
    "campaign_capped": (
        "campaign",
        CampaignView(
            replace(
                CAMPAIGN, cap=1_050, cap_by="U2AMARA", sender_name="Amara <O>", reply_to="amara@acme.example",
                starts_at=NOW, ends_at=NOW + timedelta(days=30),
            ),
            ZONE, last=acted("cap", "campaign"),
        ),
    ),
    "campaign_paused": (
        "campaign",
        CampaignView(
            replace(CAMPAIGN, status=CampaignStatus.PAUSED), ZONE, messages=_COUNTS, people={"active": 12},
            last=replace(acted("pause", "campaign"), detail="3 were already leaving"),
        ),
    ),
    "campaign_cancelled": (
        "campaign",
        CampaignView(replace(CAMPAIGN, status=CampaignStatus.CANCELLED), ZONE, last=acted("cancel", "campaign")),
    ),
    "strategy_writing": ("strategy", StrategyView(replace(STRATEGY, written_at=None), CAMPAIGN, ZONE)),
    "strategy_draft": ("strategy", StrategyView(STRATEGY, CAMPAIGN, ZONE)),
    "strategy_approved": (
        "strategy",
        StrategyView(
            replace(
                STRATEGY, state=StrategyState.APPROVED, decided_by="U2AMARA", decided_at=NOW, source="model", note=""
            ),
            CAMPAIGN, ZONE,
        ),
    ),
    "strategy_rejected": (
        "strategy",
        StrategyView(
            replace(
                STRATEGY, state=StrategyState.REJECTED, decided_by="U2AMARA", decided_at=NOW, reason="Too much about us"
            ),
            CAMPAIGN, ZONE,
        ),
    ),
    "message_planned": ("message", replace(message(state=State.PLANNED, subject="", body=""), revision=None)),
    "message_drafted": ("message", message()),
    "message_text": (
        "message",
        message(contact=replace(CONTACT, phone="+4930901820"), channel="sms", subject="", body=TEXT),
    ),
    "message_with_findings": ("message", replace(message(), revision=replace(REVISION, score=60, findings=FINDINGS))),
    "message_edited": ("message", _edited()),
    "message_approved": ("message", _decided(State.APPROVED, "approve", approved_by="U2AMARA", approved_at=NOW)),
    "message_scheduled": (
        "message",
        _decided(State.SCHEDULED, "approve", slot_at=SLOT, approved_by="U2AMARA", approved_at=NOW, note="It is Sunday."),
    ),
    "message_automatic": ("message", message(state=State.SCHEDULED, slot_at=SLOT, approved_by="U1OLIVIA", approved_at=NOW)),
    "message_sent": ("message", _sent()),
    "message_rejected": ("message", _decided(State.REJECTED, "reject", note="Too long")),
    "message_skipped": ("message", _decided(State.SKIPPED, "skip")),
    "message_expired": ("message", message(state=State.CANCELLED, note="expired")),
    "message_blocked": (
        "message",
        message(state=State.BLOCKED, note="They are on the suppression list (opt-out).", approved_revision=3),
    ),
    "message_unwritten": (
        "message",
        message(state=State.BLOCKED, note="That says nearly the same as post 7 of Tue 1 Dec 2026. Say something new."),
    ),
    "message_failed": ("message", message(state=State.FAILED, note="550 5.1.1 No such mailbox")),
    "message_failed_instead": (
        "message",
        message(
            state=State.FAILED, note="550 5.1.1 No such mailbox",
            options={"instead": {"channel": "sms", "reason": "touch 1 of theirs; email is out (it has just failed)"}},
        ),
    ),
    "task_call": ("task", task("call", phone="+4930901820")),
    "task_done": (
        "task", replace(task("call", phone="+4930901820", state=State.SENT, sent_at=SLOT, note=""), last=acted("done")),
    ),
    "task_given_up": (
        "task", task("call", 3, phone="+4930901820", state=State.SKIPPED, note="Nobody did it after 3 reminders."),
    ),
    "task_linkedin_reminded": (
        "task", task("linkedin_dm", 3, linkedin_url="https://www.linkedin.com/in/ada-lovelace"),
    ),
    "message_unsure": (
        "message", message(state=State.UNSURE, sent_at=SLOT, note="The connection broke after the text was sent."),
    ),
    "post_drafted": ("message", post()),
    "post_sent": (
        "message",
        replace(
            post(state=State.SENT, sent_at=SLOT, options={"url": "https://www.linkedin.com/feed/update/urn:li:share:1/"}),
            last=acted("approve"),
        ),
    ),
    "post_missed": ("message", post(state=State.CANCELLED, note="missed")),
    **picture_views.views(post),
    **thread_views.views(post),
    "reminder_one": ("reminder", ReminderView("Spring launch", ZONE, 1, SLOT)),
    "reminder_many": ("reminder", ReminderView("Spring launch", ZONE, 12, SLOT)),
    "reminder_late": ("reminder", ReminderView("Spring launch", ZONE)),
    "reply_undecided": ("reply", ReplyView(REPLY, CONTACT, ZONE, "Spring launch", MESSAGE.subject, 2, answer=True)),
    "message_unsourced": ("message", message(options={"template": "", "source": "model", "weak": True, "sources": SOURCES})),
    "message_own_angle": (
        "message",
        message(options={"template": "cold-call.en", "angle": "lead with time, because of their pain point “late vans”"}),
    ),
    "strategy_own_angles": ("strategy", StrategyView(STRATEGY, replace(CAMPAIGN, own_angles=True), ZONE)),
    "message_answer": ("message", message(options={"answers": 4, "template": "answer-interested.en"})),
    "reply_stopped": (
        "reply",
        ReplyView(replace(REPLY, decision="stop", decided_by="U1OLIVIA"), CONTACT, ZONE, "Spring launch"),
    ),
    "reply_read": (
        "reply",
        ReplyView(
            replace(REPLY, klass=ReplyClass.NOT_NOW, text="Not now, try again in January.", reading=_reading("not_now")),
            CONTACT, ZONE, "Spring launch", MESSAGE.subject, 1,
        ),
    ),
    "reply_referral": (
        "reply",
        ReplyView(
            replace(
                REPLY, klass=ReplyClass.REFERRAL, text="Ask Bo Ek.", reading=_reading("referral", day=None, whom="Bo Ek")
            ),
            CONTACT, ZONE, "Spring launch", MESSAGE.subject, 1, answer=True,
        ),
    ),
    "reply_unclear": (
        "reply",
        ReplyView(
            replace(
                REPLY, klass=ReplyClass.UNCLEAR,
                reading=_reading("unclear", day=None, between=["negative", "interested"]),
            ),
            CONTACT, ZONE, "Spring launch", MESSAGE.subject, 0,
        ),
    ),
    "reply_corrected": (
        "reply",
        ReplyView(
            replace(
                REPLY, klass=ReplyClass.OPT_OUT, decision="opted out", decided_by="U1OLIVIA",
                reading=_reading("negative", corrected_by="U1OLIVIA"),
            ),
            CONTACT, ZONE,
        ),
    ),
    "reply_away": (
        "reply",
        ReplyView(
            replace(REPLY, klass=ReplyClass.OUT_OF_OFFICE, reading=_reading("out_of_office")),
            replace(CONTACT, away_until=SLOT), ZONE, "Spring launch", MESSAGE.subject, 1,
        ),
    ),
    "reply_bounced": (
        "reply",
        ReplyView(
            replace(REPLY, klass=ReplyClass.BOUNCE, reading=_reading("bounce", day=None, hard=True, suppressed=True)),
            CONTACT, ZONE,
        ),
    ),
    "conflict_open": ("conflict", ConflictView(CONFLICT, CONTACT, ZONE, 1)),
    "conflict_closed": (
        "conflict",
        ConflictView(replace(CONFLICT, decision="close", decided_by="U2AMARA"), CONTACT, ZONE),
    ),
    "contact_new": ("contact", ContactView(Known(replace(CONTACT, title="", company="", guessed=True)), ZONE)),
    "contact": ("contact", replace(_person(), agreed=(AGREED,))),
    "contact_paused": ("contact", _person(paused_by="U2AMARA", held_since=NOW, away_until=SLOT)),
    "contact_taken": ("contact", _person(
        taken_by="U2AMARA", held_since=NOW, preferred_channel="linkedin_dm", refused_channels=("sms", "call"),
    )),
    "contact_suppressed": (
        "contact", ContactView(Known(CONTACT, suppressed="unsubscribed"), ZONE, history=(_line("suppress", "unsubscribed"),))
    ),
    "advice_open": ("advice", AdviceView(ADVICE, CAMPAIGN, ZONE)),
    "advice_tone": ("advice", AdviceView(RESENTED, CAMPAIGN, ZONE)),
    "advice_applied": (
        "advice", AdviceView(replace(ADVICE, decision="applied", decided_by="U2AMARA", decided_at=NOW), CAMPAIGN, ZONE)
    ),
    "digest_counting": ("digest", DigestView(1, NOW - timedelta(days=1), NOW, ZONE)),
    "digest": ("digest", DigestView(1, NOW - timedelta(days=1), NOW, ZONE, "U1OLIVIA", FIGURES)),
    "digest_quiet": ("digest", DigestView(3, NOW - timedelta(days=1), NOW, ZONE, None, QUIET)),
    "digest_replies_to_earlier": ("digest", DigestView(4, NOW - timedelta(days=1), NOW, ZONE, None, EARLIER)),
    "digest_week": ("digest", DigestView(2, NOW - timedelta(days=7), NOW, ZONE, None, WEEK)),
    "digest_week_counting": ("digest", DigestView(2, NOW - timedelta(days=7), NOW, ZONE)),
    "chart": ("chart", ChartView(1, NOW - timedelta(days=1), ZONE, b"\x89PNG", FIGURES)),
    "sheet": (
        "sheet",
        Sheet(1, "Posts of Acme, 2026-11-01 to 2026-11-30", "posts-2026-11-01-to-2026-11-30",
              ["brand", "network", "posts", "likes"], [["Acme", "x", 3, None], ["=Acme", "all", 3, None]], NOW),
    ),
    "chart_week": ("chart", ChartView(2, NOW - timedelta(days=7), ZONE, b"\x89PNG", WEEK)),
    "import_running": (
        "import",
        ImportView(1, "leads.csv", "Spring launch", "working", "U2AMARA", 1_200, 900, 200, 97, 3,
                   ({"line": 7, "reason": "“x” is no address."}, {"line": 9, "reason": "No address."})),
    ),
    "import_done": ("import", ImportView(1, "leads.csv", "", "done", "U2AMARA", 3, 3)),
    "import_failed": ("import", ImportView(1, "x.csv", "", "failed", "U2AMARA", error="This is a picture, not a table.")),
    "run_working": ("run", RunView(1, "Spring launch", 10, False, "U2AMARA", "open")),
    "run_done": (
        "run",
        RunView(1, "Spring launch", 10, False, "U2AMARA", "done",
                _RUN | {"named": [{"who": "Bo Ek", "channel": "email", "what": "No such mailbox"}]}),
    ),
    "run_dry": (
        "run",
        RunView(1, "Spring launch", 10, True, "U2AMARA", "done",
                {"processed": 1, "sent": 0, "failed": 0, "skipped": 0,
                 "preview": [{"who": "Ada Lovelace", "channel": "email", "what": "“Hello”; waits for approval"}]}),
    ),
    "sender_rests": (
        "sender",
        SenderView(_sender(opened_at=NOW, cause="The mail server cannot be reached.", not_before=NOW), None, ZONE),
    ),
    "sender_tried": (
        "sender",
        SenderView(_sender(opened_at=NOW, cause="The mail server cannot be reached."),
                   Entry("sender", 1, "try_now", "U2AMARA", NOW, ""), ZONE),
    ),
    "sender_stopped": (
        "sender",
        SenderView(_sender(stopped="The mail server refused the login (535). Check SMTP_URL.", opened_at=NOW), None, ZONE),
    ),
    "sender_works": ("sender", SenderView(_sender(), Entry("sender", 1, "closed", "deliver", NOW, ""), ZONE)),
}  # fmt: skip

HOMES: dict[str, HomeView] = {
    "home_empty": HomeView(ZONE),
    "home": HomeView(
        ZONE,
        (Waiting(42, "Ada Lovelace", "Spring launch", "email", NOW, "C1GROWTH", "1764.1"),
         Waiting(43, "Bo", "", "sms", None)),
        12, 1, 2,
        (Waiting(44, "Cy", "Spring launch", "email", SLOT, "C1GROWTH", "1764.2", "550 No <such> mailbox", "", "failed"),),
        (Waiting(4, "Dee", "Spring launch", "email", NOW, "C1GROWTH", "1764.3", "Tuesday suits me", "interested"),
         Waiting(5, "Eve", "", "", NOW, klass="neutral")),
        1, 2, (Waiting(45, "Fay", "Spring launch", "call", NOW, "C1GROWTH", "1764.4"),), 1,
        ((CAMPAIGN, 12, 1_204),), 1, True, True, frozenset({7}),
    ),
}  # fmt: skip

VIEWS |= bulk_views.VIEWS
VIEWS |= account_views.views(CAMPAIGN, CONTACT, STRATEGY, MESSAGE, CONFLICT)
VIEWS |= calendar_views.VIEWS
VIEWS |= rehearsal_views.VIEWS
