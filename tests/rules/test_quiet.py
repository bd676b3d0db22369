"""Quiet hours: when the law lets a text reach somebody, by zone, country, area code and address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from situations import case, contact, message

from engine.plan import sequence
from engine.policy import Policy
from engine.rules import gates, quiet, timing
from engine.rules.gates import Kind

BERLIN, NEW_YORK, CHICAGO = "Europe/Berlin", "America/New_York", "America/Chicago"
MIAMI, HOUSTON, BOSTON, PARIS, DELHI = (
    "+13055550123",
    "+17135550123",
    "+16175550123",
    "+33612345678",
    "+919810012345",
)
GERMAN, SPLIT, FREE = "+4915112345678", "+18505550123", "+18005550123"
ALABAMA, MISSISSIPPI, KENTUCKY = "+12055550123", "+16015550123", "+15025550123"


def at(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def who(phone: str, zones: tuple[str, ...] = (), state: str = "", country: str = "") -> quiet.Place:
    facts: dict[str, Any] = {"state": {"value": state}} if state else {}
    return quiet.place(contact(phone=phone, facts=facts, country=country), zones)


@pytest.mark.parametrize(
    ("where", "local", "zone", "next_local"),
    [
        (who(GERMAN), "2026-11-24 07:59", BERLIN, "2026-11-24 08:00"),
        (who(GERMAN), "2026-11-24 20:59", BERLIN, "2026-11-24 20:59"),
        (who(GERMAN), "2026-11-24 21:00", BERLIN, "2026-11-25 08:00"),
        (who(GERMAN), "2026-11-29 12:00", BERLIN, "2026-11-29 12:00"),  # Sundays are open
        (who(MIAMI), "2026-11-24 20:00", NEW_YORK, "2026-11-25 08:00"),
        (who(BOSTON), "2026-11-24 20:30", NEW_YORK, "2026-11-25 08:00"),
        (who(HOUSTON), "2026-11-24 08:30", CHICAGO, "2026-11-24 09:00"),
        (who(HOUSTON), "2026-11-29 09:00", CHICAGO, "2026-11-29 12:00"),  # Sunday noon
        (who(KENTUCKY), "2026-11-24 09:30", NEW_YORK, "2026-11-24 10:00"),
        (who(MISSISSIPPI), "2026-11-29 12:00", CHICAGO, "2026-11-30 08:00"),
        (who(ALABAMA), "2026-11-26 12:00", CHICAGO, "2026-11-27 08:00"),  # Thanksgiving
        (who(PARIS), "2026-11-29 12:00", "Europe/Paris", "2026-11-30 08:00"),
        (who(PARIS), "2026-12-25 12:00", "Europe/Paris", "2026-12-26 08:00"),
        (who(PARIS), "2026-11-24 21:30", "Europe/Paris", "2026-11-25 08:00"),  # 8 to 22 there, 21 everywhere
        (who(DELHI), "2026-11-24 08:30", "Asia/Kolkata", "2026-11-24 09:00"),
        (who(SPLIT), "2026-11-24 08:30", NEW_YORK, "2026-11-24 09:00"),  # 850 is in two zones
        (who(SPLIT), "2026-11-24 19:30", NEW_YORK, "2026-11-24 19:30"),
        (who(GERMAN, state="Florida", country="US"), "2026-11-24 20:30", BERLIN, "2026-11-25 08:00"),
        (who(GERMAN, state="fl", country="US"), "2026-11-24 20:30", BERLIN, "2026-11-25 08:00"),
        (who(GERMAN, state="Florida", country="DE"), "2026-11-24 20:30", BERLIN, "2026-11-24 20:30"),
        (who(FREE, (BERLIN,)), "2026-11-24 21:30", BERLIN, "2026-11-25 08:00"),  # tells no place
        (who(MIAMI, (BERLIN,)), "2026-11-24 09:00", BERLIN, "2026-11-24 14:00"),  # both must allow it
        (quiet.place(contact(phone=GERMAN, whatsapp=MIAMI), ()), "2026-11-24 09:00", BERLIN, "2026-11-24 14:00"),
        (who(GERMAN), "2026-03-29 01:30", BERLIN, "2026-03-29 08:00"),  # the night without two o'clock
    ],
)  # fmt: skip
def test_the_law_s_hours(where: quiet.Place, local: str, zone: str, next_local: str) -> None:
    now, wanted = at(local, zone), at(next_local, zone)
    assert quiet.next_open(now, where) == wanted
    assert quiet.is_open(now, where) == (now == wanted)
    assert bool(quiet.why_closed(now, where)) == (now != wanted)


def test_zones_without_a_common_hour_have_none() -> None:
    with pytest.raises(ValueError, match="no common hour"):
        quiet.next_open(
            at("2026-11-24 12:00", BERLIN), who("+15025550123", ("Asia/Kolkata", "Pacific/Honolulu"))
        )


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    st.sampled_from([who(one) for one in (MIAMI, HOUSTON, ALABAMA, PARIS, DELHI, GERMAN, SPLIT)]),
)
def test_the_next_hour_is_open_and_everywhere_between_eight_and_nine(
    moment: datetime, where: quiet.Place
) -> None:
    found = quiet.next_open(moment.replace(tzinfo=UTC), where)
    assert quiet.is_open(found, where)
    assert all(8 <= found.astimezone(ZoneInfo(zone)).hour < 21 for zone in where.zones)


@pytest.mark.parametrize(
    ("channel", "window", "kind"),
    [("sms", "always", Kind.HOLD), ("call", "always", Kind.HOLD), ("email", "always", Kind.PASS)],
)
def test_always_means_no_hours_of_ours_and_never_none_of_the_law(
    channel: str, window: str, kind: Kind
) -> None:
    night = at("2026-11-24 23:00", BERLIN)
    found = case(message=message(channel=channel), contact=contact(phone=GERMAN), settings={"window": window})
    verdict = dict(gates.GATES)["quiet hours"](found, Policy(window=window), night)
    assert verdict.kind is kind
    if kind is Kind.HOLD:
        assert verdict.until == at("2026-11-25 08:00", BERLIN)
        assert "Tue 23:00 in Berlin" in verdict.reason


def test_a_window_before_dawn_meets_the_law_s_first_hour_or_nothing() -> None:
    opens = at("2026-11-24 05:00", BERLIN)
    early, night = timing.parse_window("05:00-09:00"), timing.parse_window("05:00-07:00")
    assert quiet.beside(opens, who(GERMAN), (BERLIN,), early, "") == at("2026-11-24 08:00", BERLIN)
    with pytest.raises(ValueError, match="share no hour"):
        quiet.beside(opens, who(GERMAN), (BERLIN,), night, "")


@pytest.mark.parametrize(("channel", "slot"), [("sms", "2026-11-27 08:00"), ("email", "2026-11-26 22:00")])
def test_a_later_touch_is_promised_for_no_quiet_hour(channel: str, slot: str) -> None:
    before, always = at("2026-11-24 22:00", BERLIN), Policy(window="always")
    found = sequence.slot(None, contact(phone=GERMAN), always, before, 2, channel)
    assert found == at(slot, BERLIN)
