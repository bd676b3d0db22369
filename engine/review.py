"""What stands between a draft and its approval: its score and findings, what forbids it, its deadline. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from engine import schedule
from engine.plan import sequence
from engine.policy import Policy, read
from engine.rules import briefs, caps, claims, gates, quality, segments, sequences
from engine.rules.claims import Claim
from engine.rules.gates import Kind
from engine.rules.quality import Assessment
from engine.writing import locales, phrases
from storage import senders
from storage.facts import Situation
from storage.lifecycle import PENDING, Event
from storage.views.nouns import MessageView

GOOD = 80
"""Under this score a draft is written again, and never approved without a person (C4, D7)."""


ABOUT_PEOPLE = ("suppression", "campaign", "reply", "paused", "frequency", "consent", "quiet hours", "window")
ABOUT_POSTS = ("slot",)
ABOUT_ACCOUNTS = ("account",)
"""Gates that always pass for the other kind of message: a card does not list them there."""


def assess(
    case: Situation,
    subject: str,
    body: str,
    *,
    previous: tuple[str, ...] = (),
    sourced: Sequence[Claim] = (),
) -> Assessment:
    """The checks of C4 for this message's channel, brand and campaign. `previous` are the texts of earlier touches,
    `sourced` what its sentences rest on (engine.sourcing)."""
    channel = case.feed.network if case.feed is not None else case.message.channel
    found = quality.assess(
        channel,
        subject,
        body,
        forbidden=briefs.forbidden(case.brand, case.campaign),
        previous=previous,
        in_thread=bool(case.thread),
        language=language(case),
        added=segments.below(channel, body, case.brand, str(case.message.options.get("locale") or "")),
    )
    unsourced = claims.findings(sourced)
    lost = sum(finding.penalty for finding in unsourced)
    return Assessment(max(found.score - lost, 0), (*found.findings, *unsourced))


def language(case: Situation) -> str:
    """The language the words are in, else the one they should be in (C6)."""
    told = str(case.message.options.get("locale") or "")
    wanted = (
        told,
        case.contact.locale if case.contact else "",
        case.campaign.language if case.campaign else "",
        case.brand.language,
        read(case.settings).language,
    )
    return locales.choose(wanted, phrases.locales()).locale


def obstacle(case: Situation, rules: Policy, now: datetime) -> str:
    """Why these words cannot be approved now: a blocking finding or gate; empty when they can."""
    for finding in assess(case, case.message.subject, case.message.body).findings:
        if finding.blocks:
            return finding.sentence
    return barrier(case, rules, now)


def barrier(case: Situation, rules: Policy, now: datetime) -> str:
    """What blocks it whatever its words say; empty when nothing does."""
    for gate, verdict in gates.judge(case, rules, now):
        if verdict.kind is Kind.BLOCK and gate != "approval":
            return verdict.reason
    return ""


def judged(view: MessageView, now: datetime) -> MessageView:
    """A message's card with every gate's verdict and the slot an approval would bring now. Pure."""
    case, rules = view.case, read(view.case.settings)
    left_out = ("approval", *(ABOUT_PEOPLE if case.feed is not None else ABOUT_POSTS))
    left_out += () if case.account is not None else ABOUT_ACCOUNTS
    verdicts = tuple(
        (name, str(verdict.kind), verdict.reason)
        for name, verdict in gates.judge(case, rules, now)
        if name not in left_out
    )
    return replace(view, verdicts=verdicts, expected_at=_expected(view, rules, now))


def _expected(view: MessageView, rules: Policy, now: datetime) -> datetime | None:
    case = view.case
    if case.feed is not None or case.message.state not in PENDING:
        return case.message.slot_at
    sender = case.sender
    capped = sender is not None and sender.cap is not None
    days = caps.Days(senders.today(sender, now), view.booked, now) if sender and capped else None
    event, values = schedule.consequence(case, rules, now, unapproved=True, days=days)
    return values["slot_at"] if event is Event.SCHEDULE else None


def deadline(case: Situation, rules: Policy, now: datetime) -> datetime:
    """By when a decision is needed: a post's or a later touch's slot, else the expiry of a first touch (D6)."""
    promised = case.message.slot_at
    if case.feed is not None and promised is not None:
        return promised
    if promised is not None and is_later(case) and promised > now:
        return promised
    return now + timedelta(days=rules.expiry_days)


def is_later(case: Situation) -> bool:
    """Whether it is a follow-up with a slot of its own: it has its place in a sequence before it is approved."""
    row = case.message
    return case.contact is not None and row.answers is None and row.step > 1 and row.slot_at is not None


def slot(case: Situation, rules: Policy, now: datetime) -> datetime | None:
    """The slot of a draft written now: its own, or the next one if nobody could decide by then any more."""
    promised = case.message.slot_at
    if promised is None or not is_later(case) or promised - now >= sequences.SOONEST:
        return promised
    return later_slot(case, rules, now)


def later_slot(case: Situation, rules: Policy, now: datetime) -> datetime:
    """The one later slot of a touch that nobody decided on: the next open day at its hour."""
    assert case.contact is not None
    promised = max(case.message.slot_at or now, now)
    return sequence.slot(case.campaign, case.contact, rules, promised, 1, case.message.channel)
