"""What a gate looked at, for people: the value and where it came from. Pure.

A gate without an entry here still appears in explanations, with its reason alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from engine.policy import Policy
from engine.rules import company, consent, gates, quiet, timing
from storage.facts import Situation


class Evidence(NamedTuple):
    """`value` is what the gate judged, `source` who or what said so. An instant in it is as timing.instant writes it."""

    value: str
    source: str


NONE = Evidence("", "")


def of(gate: str, case: Situation, policy: Policy, now: datetime) -> Evidence:
    look = _LOOKS.get(gate)
    return look(case, policy, now) if look else NONE


def _suppression(case: Situation, policy: Policy, now: datetime) -> Evidence:
    found = f"listed: {case.suppressed}" if case.suppressed else "not listed"
    return Evidence(found, "the workspace's suppression list")


def _approval(case: Situation, policy: Policy, now: datetime) -> Evidence:
    row = case.message
    if row.approved_revision is None or row.approved_by is None:
        return Evidence(f"revision {row.revision}, approved by nobody", "the message's history")
    at = f" on {timing.instant(row.approved_at)}" if row.approved_at else ""
    words = f"revision {row.approved_revision} of {row.revision}, approved{at}"
    return Evidence(words, "the message's history")


def _placeholders(case: Situation, policy: Policy, now: datetime) -> Evidence:
    return Evidence(f"{len(case.message.body)} characters", "the approved words")


def _identity(case: Situation, policy: Policy, now: datetime) -> Evidence:
    who = case.sender.name or case.sender.address if case.sender else "nobody"
    where = "postal address set" if case.brand.postal_address.strip() else "no postal address"
    return Evidence(f"from {who}; {where}", "the brand's settings")


def _breaker(case: Situation, policy: Policy, now: datetime) -> Evidence:
    sender = case.sender
    if sender is None:
        return NONE
    state = f"open, {sender.failures} failures in a row" if sender.opened_at else "closed"
    return Evidence(state, "the channel's last sends")


def _campaign(case: Situation, policy: Policy, now: datetime) -> Evidence:
    campaign = case.campaign
    if campaign is None:
        return Evidence("no campaign", "the message")
    ends = f", ends {timing.shown(campaign.ends_at, year=True)}" if campaign.ends_at else ""
    return Evidence(f"{campaign.status}{ends}", "the campaign")


def _reply(case: Situation, policy: Policy, now: datetime) -> Evidence:
    held = case.contact.held_since if case.contact else None
    away = case.contact.away_until if case.contact else None
    if not held and away and now < away:
        return Evidence(f"not before {timing.instant(away)}", "recorded replies")
    return Evidence(f"waiting since {timing.instant(held)}" if held else "none waiting", "recorded replies")


def _paused(case: Situation, policy: Policy, now: datetime) -> Evidence:
    contact = case.contact
    taken, paused = (contact.taken_by, contact.paused_by) if contact else (None, None)
    said = (
        f"taken over by {taken}"
        if taken
        else f"paused by {paused}"
        if paused
        else "neither paused nor taken over"
    )
    return Evidence(said, "the contact's card")


def _frequency(case: Situation, policy: Policy, now: datetime) -> Evidence:
    touched = case.contact.touched_at if case.contact else None
    last = f"last touch {timing.instant(touched)}" if touched else "never touched"
    return Evidence(
        f"{last}; gap {policy.gap_hours} hours",
        _setting(policy, "gap_hours", "all campaigns; the gap from the"),
    )


def _fatigue(case: Situation, policy: Policy, now: datetime) -> Evidence:
    count = case.contact.unanswered if case.contact else 0
    return Evidence(
        f"{count} touches since a sign of life; at most {policy.fatigue}", "opens, clicks, replies"
    )


def _window(case: Situation, policy: Policy, now: datetime) -> Evidence:
    if case.contact is None:
        return NONE
    zones = gates.zones_of(case, policy)
    hours = (case.campaign.window if case.campaign else "") or policy.window
    there = ", ".join(f"{now.astimezone(ZoneInfo(zone)):%a %H:%M} in {zone}" for zone in zones[:3])
    own = bool(case.campaign and case.campaign.window)
    asked = "hours from the campaign" if own else _setting(policy, "window", "hours from the")
    return Evidence(f"{hours}; now {there}", f"{asked}; zone from the {gates.zone_source(case)}")


def _quiet(case: Situation, policy: Policy, now: datetime) -> Evidence:
    where = quiet.place_of(case, gates.zones_of(case, policy))
    if where is None:
        return Evidence("none on this channel", "the law")
    there = ", ".join(f"{now.astimezone(ZoneInfo(zone)):%a %H:%M} in {zone}" for zone in where.zones[:3])
    return Evidence(f"{quiet.rule(where)}; now {there}", "the law, by number, country and address")


def _slot(case: Situation, policy: Policy, now: datetime) -> Evidence:
    at = case.message.slot_at
    late = int(gates.LATE.total_seconds() // 60)
    return Evidence(f"{timing.instant(at)}, {late} minutes at most" if at else "no slot yet", "the calendar")


def _setting(policy: Policy, name: str, prefix: str) -> str:
    changed = getattr(policy, name) != type(policy).model_fields[name].default
    return f"{prefix} {'workspace’s settings' if changed else 'defaults'}"


_LOOKS: Mapping[str, Callable[[Situation, Policy, datetime], Evidence]] = {
    "slot": _slot,
    "suppression": _suppression,
    "approval": _approval,
    "placeholders": _placeholders,
    "identity": _identity,
    "breaker": _breaker,
    "campaign": _campaign,
    "reply": _reply,
    "paused": _paused,
    "account": lambda case, policy, now: Evidence(*company.looked_at(case)),
    "frequency": _frequency,
    "fatigue": _fatigue,
    "consent": lambda case, policy, now: Evidence(*consent.evidence(case)),
    "quiet hours": _quiet,
    "window": _window,
}
