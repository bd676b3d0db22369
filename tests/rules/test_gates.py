"""The gates, one by one and together: what passes, what waits until when, what never leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from situations import BODY, FEED, SATURDAY, SENDER, TUESDAY, brand, campaign, case, contact, message

from engine.policy import Policy
from engine.rules import gates, similarity
from engine.rules.gates import Kind
from storage.facts import Situation
from storage.model import CampaignStatus

HOLIDAY = datetime(2026, 12, 25, 10, 0, tzinfo=UTC)
IN_15_MINUTES = TUESDAY + timedelta(minutes=15)
MONDAY_9_BERLIN = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("situation", "now", "gate", "kind", "until"),
    [
        (case(), TUESDAY, "", Kind.PASS, None),
        (case(suppressed="asked"), TUESDAY, "suppression", Kind.BLOCK, None),
        (case(contact=contact(email="noreply@x.example")), TUESDAY, "suppression", Kind.BLOCK, None),
        (case(contact=contact(email="")), TUESDAY, "suppression", Kind.BLOCK, None),
        (case(message=message(approved_by=None)), TUESDAY, "approval", Kind.BLOCK, None),
        (case(message=message(approved_by="")), TUESDAY, "approval", Kind.BLOCK, None),
        (case(message=message(approved_revision=1)), TUESDAY, "approval", Kind.BLOCK, None),
        (case(message=message(body=BODY + " ")), TUESDAY, "approval", Kind.BLOCK, None),
        (case(message=message(subject="Another word")), TUESDAY, "approval", Kind.BLOCK, None),
        (case(contact=contact(email="eve@x.example")), TUESDAY, "approval", Kind.BLOCK, None),
        (case(sender=None), TUESDAY, "identity", Kind.BLOCK, None),
        (case(sender=replace(SENDER, stopped="bad login.")), TUESDAY, "identity", Kind.HOLD, IN_15_MINUTES),
        (case(brand=brand(postal_address=" ")), TUESDAY, "identity", Kind.BLOCK, None),
        (case(campaign=campaign(status=CampaignStatus.PAUSED)), TUESDAY, "campaign", Kind.HOLD, None),
        (case(campaign=campaign(status=CampaignStatus.DRAFT)), TUESDAY, "campaign", Kind.HOLD, None),
        (case(campaign=campaign(status=CampaignStatus.CANCELLED)), TUESDAY, "campaign", Kind.BLOCK, None),
        (case(campaign=campaign(status=CampaignStatus.COMPLETED)), TUESDAY, "", Kind.PASS, None),
        (case(campaign=campaign(ends_at=TUESDAY)), TUESDAY, "campaign", Kind.BLOCK, None),
        (case(campaign=campaign(starts_at=SATURDAY)), TUESDAY, "campaign", Kind.HOLD, SATURDAY),
        (case(contact=contact(held_since=TUESDAY)), TUESDAY, "reply", Kind.HOLD, None),
        (case(), SATURDAY, "window", Kind.HOLD, MONDAY_9_BERLIN),
        (case(campaign=campaign(window="always")), SATURDAY, "", Kind.PASS, None),
        (
            case(contact=contact(country="DE")), HOLIDAY, "window", Kind.HOLD,
            datetime(2026, 12, 28, 8, 0, tzinfo=UTC),
        ),
        (
            case(contact=contact(zones=("Europe/Berlin",))), HOLIDAY, "window", Kind.HOLD,
            datetime(2026, 12, 28, 8, 0, tzinfo=UTC),
        ),
        (
            case(contact=contact(zones=()), campaign=campaign(zone="Asia/Tokyo")), TUESDAY, "window", Kind.HOLD,
            datetime(2026, 11, 25, 0, 0, tzinfo=UTC),
        ),
        (case(contact=contact(zones=())), TUESDAY, "", Kind.PASS, None),
    ],
)  # fmt: skip
def test_the_verdict_that_counts(
    situation: Situation, now: datetime, gate: str, kind: Kind, until: datetime | None
) -> None:
    name, verdict = gates.decide(situation, Policy(), now)
    assert (name, verdict.kind, verdict.until) == (gate, kind, until)
    assert kind is Kind.PASS or verdict.reason.endswith((".", "!")) or gate == "window"


@pytest.mark.parametrize(
    ("country", "zones", "phone", "zone_from", "counts"),
    [
        ("FR", ("Europe/Berlin",), "", "", "FR"),
        ("", ("Europe/Berlin",), "", "contact", "DE"),
        ("", ("Asia/Calcutta",), "", "contact", "IN"),
        ("", ("America/New_York", "America/Chicago"), "+12702345678", "phone", "US"),
        ("", ("Australia/Sydney", "Indian/Christmas"), "+61491570156", "phone", "AU"),
        ("", ("Europe/Berlin",), "+442079460018", "contact", "DE"),
        ("", ("Europe/Berlin", "Europe/Paris"), "", "contact", ""),
        ("", ("UTC",), "", "contact", "ZZ"),
        ("", (), "+18005550123", "", ""),
    ],
)
def test_public_holidays_are_those_of_the_country_that_record_zones_or_number_name(
    country: str, zones: tuple[str, ...], phone: str, zone_from: str, counts: str
) -> None:
    found = contact(country=country, zones=zones, phone=phone, zone_from=zone_from)
    assert gates.country_of(found) == counts
    assert gates.country_of(None) == ""


@pytest.mark.parametrize("left", ["Hi {{first_name}}", "Dear [First Name],", "Hello None, a word", "", "   "])
def test_words_with_a_hole_never_leave(left: str) -> None:
    approved = similarity.words_hash("A word", left, "email", "ada@lovelace.example")
    _, verdict = gates.decide(case(message=message(body=left, approved_hash=approved)), Policy(), TUESDAY)
    assert verdict.kind is Kind.BLOCK


@pytest.mark.parametrize(
    ("unanswered", "days_ago", "kind"),
    [(11, 10, Kind.PASS), (12, 10, Kind.HOLD), (30, 29, Kind.HOLD), (30, 30, Kind.PASS), (12, 31, Kind.PASS)],
)
def test_who_shows_no_sign_of_life_is_left_alone_for_a_month(
    unanswered: int, days_ago: int, kind: Kind
) -> None:
    last = TUESDAY - timedelta(days=days_ago)
    situation = case(contact=contact(touched_at=last, unanswered=unanswered))
    gate, verdict = gates.decide(situation, Policy(), TUESDAY)
    assert (gate, verdict.kind) == (("", Kind.PASS) if kind is Kind.PASS else ("fatigue", Kind.HOLD))
    assert verdict.until == (None if kind is Kind.PASS else last + gates.REST)


@pytest.mark.parametrize(
    ("hours_ago", "kind"), [(1, Kind.HOLD), (47, Kind.HOLD), (24 * 3, Kind.PASS), (24 * 30, Kind.PASS)]
)
def test_two_touches_are_two_days_apart(hours_ago: int, kind: Kind) -> None:
    touched = case(contact=contact(touched_at=TUESDAY - timedelta(hours=hours_ago)))
    assert gates.decide(touched, Policy(), TUESDAY)[1].kind is kind


def test_a_post_needs_no_window_and_no_person() -> None:
    approved = similarity.words_hash("", BODY, "linkedin", FEED.address)
    post = message(
        contact_id=None, feed_id=1, campaign_id=None, channel="linkedin", subject="", approved_hash=approved,
        slot_at=SATURDAY,
    )  # fmt: skip
    situation = case(message=post, contact=None, campaign=None, feed=FEED)
    assert gates.decide(situation, Policy(), SATURDAY)[1].kind is Kind.PASS
    late = SATURDAY + timedelta(minutes=31)
    assert gates.decide(situation, Policy(), late)[0] == "slot"


def test_a_gate_that_raises_holds_and_never_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> gates.Verdict:
        raise ZeroDivisionError

    monkeypatch.setattr(gates, "GATES", (("new", broken), *gates.GATES))
    name, verdict = gates.decide(case(), Policy(), TUESDAY)
    assert (name, verdict.kind, verdict.failed) == ("new", Kind.HOLD, True)
    assert verdict.until == TUESDAY + timedelta(minutes=15)
    assert gates.judge(case(), Policy(), TUESDAY)[0][0] == "new"


def test_a_block_beats_a_hold_and_a_person_beats_a_time() -> None:
    held = case(contact=contact(held_since=TUESDAY))
    assert gates.decide(held, Policy(), SATURDAY)[0] == "reply"
    blocked = case(contact=contact(held_since=TUESDAY), suppressed="asked")
    assert gates.decide(blocked, Policy(), SATURDAY)[0] == "suppression"
