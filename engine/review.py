"""What stands between a draft and its approval: its score and findings, what forbids it, its deadline. Writes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from engine import schedule
from engine.policy import Policy, read
from engine.rules import briefs, gates, quality
from engine.rules.gates import Kind
from engine.rules.quality import Assessment
from storage.facts import Situation
from storage.lifecycle import PENDING, Event
from storage.views.nouns import MessageView

GOOD = 80
"""Under this score a draft is written again, and never approved without a person (C4, D7)."""


ABOUT_PEOPLE = ("suppression", "campaign", "reply", "frequency", "window")
ABOUT_POSTS = ("slot",)
"""Gates that always pass for the other kind of message: a card does not list them there."""


def assess(case: Situation, subject: str, body: str) -> Assessment:
    """The checks of C4 for this message's channel, brand and campaign."""
    channel = case.feed.network if case.feed is not None else case.message.channel
    return quality.assess(channel, subject, body, forbidden=briefs.forbidden(case.brand, case.campaign))


def obstacle(case: Situation, rules: Policy, now: datetime) -> str:
    """Why these words cannot be approved now: a blocking finding or gate; empty when they can."""
    for finding in assess(case, case.message.subject, case.message.body).findings:
        if finding.blocks:
            return finding.sentence
    for gate, verdict in gates.judge(case, rules, now):
        if verdict.kind is Kind.BLOCK and gate != "approval":
            return verdict.reason
    return ""


def judged(view: MessageView, now: datetime) -> MessageView:
    """A message's card with every gate's verdict and the slot an approval would bring now. Pure."""
    case, rules = view.case, read(view.case.settings)
    left_out = ("approval", *(ABOUT_PEOPLE if case.feed is not None else ABOUT_POSTS))
    verdicts = tuple(
        (name, str(verdict.kind), verdict.reason)
        for name, verdict in gates.judge(case, rules, now)
        if name not in left_out
    )
    return replace(view, verdicts=verdicts, expected_at=_expected(case, rules, now))


def _expected(case: Situation, rules: Policy, now: datetime) -> datetime | None:
    if case.feed is not None or case.message.state not in PENDING:
        return case.message.slot_at
    event, values = schedule.consequence(case, rules, now, unapproved=True)
    return values["slot_at"] if event is Event.SCHEDULE else None


def deadline(case: Situation, rules: Policy, now: datetime) -> datetime:
    """By when a decision is needed: a post's slot, else the expiry of a first touch (D6)."""
    if case.feed is not None and case.message.slot_at is not None:
        return case.message.slot_at
    return now + timedelta(days=rules.expiry_days)
