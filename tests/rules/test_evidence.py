"""What explanations say a gate looked at: the value, and who or what said so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from situations import SENDER, TUESDAY, campaign, case, contact, message

from engine.policy import Policy
from engine.rules import evidence, gates
from storage.facts import Situation


@pytest.mark.parametrize("gate", [name for name, _ in gates.GATES])
def test_every_gate_says_what_it_saw(gate: str) -> None:
    found = evidence.of(gate, case(), Policy(), TUESDAY)
    assert found.value
    assert found.source


@pytest.mark.parametrize(
    ("gate", "situation", "rules", "value", "source"),
    [
        ("suppression", case(suppressed="asked"), Policy(), "listed: asked", "the workspace's suppression list"),
        ("approval", case(message=message(approved_by=None)), Policy(), "approved by nobody", "history"),
        ("approval", case(), Policy(), "revision 2 of 2", "history"),
        ("breaker", case(sender=replace(SENDER, opened_at=TUESDAY, failures=6)), Policy(), "open, 6 failures", "sends"),
        ("campaign", case(campaign=campaign(ends_at=TUESDAY)), Policy(), "active, ends Tue 24 Nov 2026", "the campaign"),
        ("reply", case(contact=contact(held_since=TUESDAY)), Policy(), "since 2026-11-24", "replies"),
        ("frequency", case(), Policy(), "gap 48 hours", "defaults"),
        ("frequency", case(), Policy(gap_hours=72), "gap 72 hours", "workspace’s settings"),
        (
            "frequency", case(contact=contact(touched_at=TUESDAY - timedelta(days=1))), Policy(),
            "last touch 2026-11-23T10:00:00+00:00;", "all campaigns",
        ),
        ("window", case(), Policy(), "09:00-18:00; now Tue 11:00 in Europe/Berlin", "zone from the contact"),
        ("window", case(campaign=campaign(window="always")), Policy(), "always", "hours from the campaign"),
        ("window", case(), Policy(window="08:00-12:00"), "08:00-12:00", "hours from the workspace’s settings"),
    ],
)  # fmt: skip
def test_values_and_sources(gate: str, situation: Situation, rules: Policy, value: str, source: str) -> None:
    found = evidence.of(gate, situation, rules, TUESDAY)
    assert value in found.value
    assert source in found.source
