"""The gates between a draft and the wire. Pure: a situation and a moment in, verdicts out.

They run when drafted (shown), when scheduled, and when claimed (the one that decides). A gate that is added to
GATES appears on cards and in explanations without another edit.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from engine.policy import Policy
from engine.rules import addresses, company, consent, quality, quiet, similarity, timing
from engine.rules.hours import country_of, window_for, window_of, zone_source, zones_for, zones_of
from engine.rules.verdicts import PASS, Kind, Verdict
from storage.facts import Situation
from storage.model import Contact, attached, channels

__all__ = (
    "GATES", "Kind", "Verdict", "broken", "country_of", "decide", "judge",
    "window_for", "window_of", "zone_source", "zones_for", "zones_of",
)  # fmt: skip

LATE = timedelta(minutes=30)
"""How long after its slot an approved post may still go out; later it is missed."""

Judge = Callable[[Situation, Policy, datetime], Verdict]

REST = timedelta(days=30)
"""How long somebody is left alone who had too many messages without a sign of life."""
LOOK_AGAIN = timedelta(minutes=15)
"""How long a message waits when a gate raised (I1; after three times it is blocked) or its sender is stopped."""


def suppressed(case: Situation, policy: Policy, now: datetime) -> Verdict:
    if case.suppressed:
        return _block(f"They are on the suppression list ({case.suppressed}).")
    if case.contact is not None and case.message.channel in case.contact.refused_channels:
        return _block(f"They do not want to be reached by {channels.known(case.message.channel).label}.")
    address = case.address
    if case.contact is not None and not address:
        return _block(f"The contact has no address for {channels.known(case.message.channel).label}.")
    if case.message.channel == "email" and addresses.is_never_mailed(address):
        return _block("This mailbox is not a person's and is never written to.")
    return _PASS_SUPPRESSED


def approved_revision(case: Situation, policy: Policy, now: datetime) -> Verdict:
    """An approval is for words that were seen, going where it was said they would (D2)."""
    row = case.message
    if row.approved_revision is None or not row.approved_by:
        return _block("Nobody has approved these words.")
    if row.approved_revision != row.revision:
        return _block("The words changed after they were approved.")
    shown = attached.seen(row)
    if row.approved_hash != similarity.words_hash(row.subject, row.body, row.channel, case.address, *shown):
        what = "The words, the picture or the address" if shown else "The words or the address"
        return _block(f"{what} changed after they were approved.")
    return _PASS_APPROVED


def placeholders(case: Situation, policy: Policy, now: datetime) -> Verdict:
    left = quality.placeholders(case.message.subject) + quality.placeholders(case.message.body)
    if left:
        return _block(f"A placeholder was not filled in: {left[0][:60]}")
    if not case.message.body.strip():
        return _block("There are no words.")
    return _PASS_PLACEHOLDERS


def slot(case: Situation, policy: Policy, now: datetime) -> Verdict:
    """A post goes out at its time or not at all; it never moves by itself (D6)."""
    promised = case.message.slot_at
    if case.feed is not None and promised is not None and promised + LATE < now:
        return _block("The time of this post has passed.")
    return _PASS_SLOT


def identity(case: Situation, policy: Policy, now: datetime) -> Verdict:
    """Who writes, and for e-mail a postal address (CAN-SPAM, 15 U.S.C. § 7704(a)(5))."""
    if case.sender is None and case.feed is not None:
        network = channels.known(case.feed.network).label
        return _block(f"“{case.brand.name}” has no {network} page yet. Name it with /social brand.")
    if case.sender is None:
        return _block(f"There is no sender for {channels.known(case.message.channel).label}.")
    if case.sender.stopped:
        return Verdict(Kind.HOLD, f"The channel is stopped: {case.sender.stopped}", now + LOOK_AGAIN)
    if case.message.channel == "email" and not case.brand.postal_address.strip():
        return _block("The brand has no postal address. Add it under /outreach settings.")
    return _PASS_IDENTITY


def breaker(case: Situation, policy: Policy, now: datetime) -> Verdict:
    """A channel that failed again and again, or whose provider asked for a pause, rests (F5)."""
    sender = case.sender
    if sender is None or sender.not_before is None or sender.not_before <= now:
        return _PASS_BREAKER
    why = f"The channel rests: {sender.cause}" if sender.opened_at else "The provider asked for a pause."
    return Verdict(Kind.HOLD, why, sender.not_before)


def campaign_runs(case: Situation, policy: Policy, now: datetime) -> Verdict:
    campaign = case.campaign
    if campaign is None or campaign.status in _RUNNING:
        ended = campaign is not None and campaign.ends_at is not None and now >= campaign.ends_at
        if ended and case.message.answers is None:
            return _block("The campaign's end date has passed.")
        if campaign is not None and campaign.starts_at is not None and now < campaign.starts_at:
            return Verdict(Kind.HOLD, "The campaign has not started yet.", campaign.starts_at)
        return _PASS_CAMPAIGN
    if campaign.status == "cancelled":
        return _block("The campaign was cancelled.")
    return Verdict(Kind.HOLD, f"The campaign is {campaign.status}.")


def answered(case: Situation, policy: Policy, now: datetime) -> Verdict:
    """A human reply or a conflict holds everything to that contact until a person decides, an absence until it ends (G3).

    What answers the reply waits for no decision about it: its own approval is one. A conflict holds it too.
    """
    contact = case.contact
    if case.message.answers is not None and contact is not None:
        return _disputed(contact) if case.disputed else _PASS_ANSWER
    if contact is not None and contact.held_since is not None:
        return Verdict(Kind.HOLD, f"A reply or a conflict of {contact.name} waits for a person's decision.")
    if contact is not None and contact.away_until is not None and now < contact.away_until:
        return Verdict(Kind.HOLD, f"{contact.name} is away, or asked to wait.", contact.away_until)
    return _PASS_ANSWERED


def _disputed(contact: Contact) -> Verdict:
    return Verdict(Kind.HOLD, f"A conflict with {contact.name} waits for a person's decision.")


def paused(case: Situation, policy: Policy, now: datetime) -> Verdict:
    """Nothing leaves while a person has paused a contact, or writes to them in person (A2)."""
    contact = case.contact
    if contact is not None and contact.taken_by:
        return Verdict(Kind.HOLD, f"Someone took {contact.name} over and writes to them in person.")
    if contact is not None and contact.paused_by:
        return Verdict(Kind.HOLD, f"Someone paused everything to {contact.name}.")
    return _PASS_UNPAUSED


def frequency(case: Situation, policy: Policy, now: datetime) -> Verdict:
    """Two touches to a contact, over all campaigns, are at least two calendar days apart (E4)."""
    contact = case.contact
    if contact is None or contact.touched_at is None or case.message.in_doubt:
        return _PASS_FREQUENCY
    if case.message.answers is not None:
        return _PASS_OWN_REPLY
    if case.message.replaces is not None:
        return _PASS_REPLACEMENT
    free = timing.earliest_after_touch(contact.touched_at, zones_of(case, policy)[0], policy.gap_hours)
    if now < free:
        return Verdict(Kind.HOLD, f"They were last written to less than {policy.gap_hours} hours ago.", free)
    return _PASS_FREQUENCY


def agreed(case: Situation, policy: Policy, now: datetime) -> Verdict:
    """Where the law asks for it, nothing leaves without a recorded yes (I2)."""
    missing = consent.missing(case, now)
    return _block(missing) if missing else _PASS_AGREED


def quiet_hours(case: Situation, policy: Policy, now: datetime) -> Verdict:
    """The law's hours at the recipient, whatever the window says (E2, I2)."""
    where = quiet.place_of(case, zones_of(case, policy))
    if where is None or quiet.is_open(now, where):
        return _PASS_QUIET
    return Verdict(Kind.HOLD, quiet.why_closed(now, where), quiet.next_open(now, where))


def fatigue(case: Situation, policy: Policy, now: datetime) -> Verdict:
    """Who shows no sign of life after so many touches, over all campaigns, is left alone for a while (E4)."""
    contact = case.contact
    if contact is None or contact.touched_at is None or contact.unanswered < policy.fatigue:
        return _PASS_FATIGUE
    if case.message.answers is not None or case.message.in_doubt:
        return _PASS_FATIGUE
    until = contact.touched_at + REST
    if until <= now:
        return _PASS_FATIGUE
    why = f"They had {contact.unanswered} messages without opening, clicking or answering one."
    return Verdict(Kind.HOLD, why, until)


def window(case: Situation, policy: Policy, now: datetime) -> Verdict:
    """The send window of the recipient (E2). Posts have their own time."""
    if case.contact is None:
        return _PASS_POST
    zones, hours = zones_of(case, policy), window_of(case, policy)
    country = country_of(case.contact)
    if timing.is_open(now, zones, hours, country):
        return _PASS_WINDOW
    reason = timing.why_closed(now, zones, hours, country)
    return Verdict(Kind.HOLD, reason, timing.next_open(now, zones, hours, country))


GATES: tuple[tuple[str, Judge], ...] = (
    ("slot", slot),
    ("suppression", suppressed),
    ("approval", approved_revision),
    ("placeholders", placeholders),
    ("identity", identity),
    ("breaker", breaker),
    ("campaign", campaign_runs),
    ("reply", answered),
    ("paused", paused),
    ("account", lambda case, policy, now: company.judge(case, zones_of(case, policy)[0], now)),
    ("frequency", frequency),
    ("fatigue", fatigue),
    ("consent", agreed),
    ("quiet hours", quiet_hours),
    ("window", window),
)


def judge(case: Situation, policy: Policy, now: datetime) -> list[tuple[str, Verdict]]:
    """Every gate's verdict, in order. A gate that raises is a hold that says so, never a pass."""
    return [(name, _safely(gate, case, policy, now)) for name, gate in GATES]


def decide(
    case: Situation, policy: Policy, now: datetime, *, leave_out: tuple[str, ...] = ()
) -> tuple[str, Verdict]:
    """The verdict that counts: a block before a hold, a hold for a person before one with a time, the longest hold.

    `leave_out` is for previews of drafts, and for the hours of a task that was done: the claim never leaves one out.
    """
    worst: tuple[str, Verdict] = ("", _PASS)
    for name, gate in GATES:
        if name in leave_out:
            continue
        try:
            verdict = gate(case, policy, now)
        except Exception:
            verdict = broken(now)
        if verdict.kind is PASS:
            continue
        if verdict.kind is Kind.BLOCK:
            return name, verdict
        if _later(verdict, worst[1]):
            worst = (name, verdict)
    return worst


def broken(now: datetime) -> Verdict:
    """The verdict of a check that erred: it waits, and after three times it is blocked (I1)."""
    return Verdict(Kind.HOLD, "A safety check failed; it is tried again.", now + LOOK_AGAIN, failed=True)


def _safely(gate: Judge, case: Situation, policy: Policy, now: datetime) -> Verdict:
    try:
        return gate(case, policy, now)
    except Exception:
        return broken(now)


def _later(verdict: Verdict, than: Verdict) -> bool:
    if than.kind is Kind.PASS:
        return True
    if than.until is None or verdict.until is None:
        return verdict.until is None
    return verdict.until > than.until


def _block(reason: str) -> Verdict:
    return Verdict(Kind.BLOCK, reason)


_RUNNING = ("active", "completed")
_PASS = Verdict(Kind.PASS, "")
_PASS_SUPPRESSED = Verdict(Kind.PASS, "Not on the suppression list.")
_PASS_APPROVED = Verdict(Kind.PASS, "These exact words were approved for this address.")
_PASS_PLACEHOLDERS = Verdict(Kind.PASS, "Every placeholder is filled in.")
_PASS_IDENTITY = Verdict(Kind.PASS, "The sender and its postal address are known.")
_PASS_BREAKER = Verdict(Kind.PASS, "The channel works.")
_PASS_CAMPAIGN = Verdict(Kind.PASS, "Nothing about the campaign stops it.")
_PASS_ANSWERED = Verdict(Kind.PASS, "No reply is waiting for a decision.")
_PASS_ANSWER = Verdict(Kind.PASS, "It answers their reply.")
_PASS_OWN_REPLY = Verdict(Kind.PASS, "It answers their own reply, so the two days do not count.")
_PASS_UNPAUSED = Verdict(Kind.PASS, "Nobody paused them or took them over.")
_PASS_REPLACEMENT = Verdict(Kind.PASS, "It replaces a touch that failed, so the two days do not count.")
_PASS_FREQUENCY = Verdict(Kind.PASS, "No other touch within the gap between two.")
_PASS_AGREED = Verdict(Kind.PASS, "Consent is on record, or this channel needs none.")
_PASS_QUIET = Verdict(Kind.PASS, "No quiet hour of the law.")
_PASS_FATIGUE = Verdict(Kind.PASS, "They were not written to in vain for long.")
_PASS_WINDOW = Verdict(Kind.PASS, "It is inside the recipient's send window.")
_PASS_SLOT = Verdict(Kind.PASS, "Its time has not passed.")
_PASS_POST = Verdict(Kind.PASS, "Posts go out at the brand's time.")
