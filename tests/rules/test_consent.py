"""Consent, case by case: which yes lets a text leave, and which one no longer does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from situations import case, contact, message

from engine.policy import Policy
from engine.rules import consent, evidence, gates
from engine.rules.gates import Kind
from storage.model.consents import Consent

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ADA, OTHER = "+4915112345675", "+4915112345676"
YES = Consent(1, "T1", 1, "sms", ADA, True, NOW - timedelta(days=9), None, "form at the fair", "U1", NOW)
NO = replace(YES, id=2, given=False, source="texted STOP")


@pytest.mark.parametrize(
    ("channel", "found", "blocked", "said"),
    [
        ("sms", YES, False, "on record"),
        (
            "sms",
            None,
            True,
            "They never agreed to SMS. Record when and where they did with /outreach consent.",
        ),
        ("sms", NO, True, "They took back their consent to SMS on 15 Nov 2026: texted STOP."),
        ("sms", replace(YES, address=OTHER), True, "to another number"),
        ("sms", replace(YES, until=NOW), True, "ended on 24 Nov 2026"),
        ("sms", replace(YES, until=NOW + timedelta(seconds=1)), False, "on record"),
        ("whatsapp", None, True, "They never agreed to WhatsApp."),
        ("email", None, False, "needs none"),
        ("call", None, False, "needs none"),
        ("linkedin_dm", None, False, "needs none"),
    ],
)
def test_a_yes_counts_for_its_number_until_it_ends(
    channel: str, found: Consent | None, blocked: bool, said: str
) -> None:
    situation = case(
        message=message(channel=channel), contact=contact(phone=ADA, whatsapp=ADA), consent=found
    )
    verdict = dict(gates.GATES)["consent"](situation, Policy(), NOW)
    assert verdict.kind is (Kind.BLOCK if blocked else Kind.PASS)
    assert said in verdict.reason
    assert bool(consent.missing(situation, NOW)) is blocked


@pytest.mark.parametrize(
    ("channel", "found", "shown"),
    [
        ("sms", YES, ("given on 15 Nov 2026: form at the fair", "recorded by U1")),
        ("sms", NO, ("taken back on 15 Nov 2026: texted STOP", "recorded by U1")),
        ("sms", None, ("none on record", "recorded consents")),
        ("email", None, ("none is needed on this channel", "recorded consents")),
    ],
)
def test_why_names_the_yes_its_day_and_who_wrote_it_down(
    channel: str, found: Consent | None, shown: tuple[str, str]
) -> None:
    situation = case(message=message(channel=channel), contact=contact(phone=ADA), consent=found)
    assert evidence.of("consent", situation, Policy(), NOW) == shown
