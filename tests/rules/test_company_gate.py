"""The gate of a company: each thing that stops it by itself, and a check that errs never lets anything pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engine.policy import Policy
from engine.rules import company, gates
from engine.rules.gates import Kind
from storage.facts import Situation
from storage.model.accounts import AccountCase, Member, Seen

NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
ADA = Member(9, 3, 1, True, 70, "", "U1OLIVIA", None)
ACME = AccountCase("Acme", member=ADA)
CALM = timedelta(days=3)


def case(account: Any, answers: int | None = None) -> Situation:
    """A touch to Ada, with nothing in it that this gate does not look at."""
    message = SimpleNamespace(answers=answers, contact_id=3)
    contact = SimpleNamespace(id=3, name="Ada Byron", zones=("Europe/Berlin",))
    return cast("Situation", SimpleNamespace(message=message, contact=contact, account=account))


def seen(kind: str) -> tuple[Seen, ...]:
    return (Seen(kind, 4, "Grace Hopper", NOW),)


@pytest.mark.parametrize(
    ("account", "kind", "says"),
    [
        (None, Kind.PASS, "Nothing at their company"),
        (ACME, Kind.PASS, "Nothing at their company"),
        (replace(ACME, seen=seen("replied")), Kind.HOLD, "Grace Hopper replied"),
        (replace(ACME, seen=seen("meeting")), Kind.HOLD, "Grace Hopper booked a meeting"),
        (replace(ACME, seen=seen("opt_out")), Kind.HOLD, "Grace Hopper opted out"),
        (replace(ACME, seen=seen("negative")), Kind.HOLD, "Grace Hopper answered in the negative"),
        (replace(ACME, seen=seen("reported")), Kind.HOLD, "Grace Hopper has a conflict on record"),
        (replace(ACME, asked=True), Kind.HOLD, "Acme is paused until a person decides"),
        (replace(ACME, paused_at=NOW), Kind.HOLD, "Acme is paused until a person decides"),
        (
            replace(ACME, member=replace(ADA, approved_by=None)),
            Kind.HOLD,
            "The order of Acme is not approved yet",
        ),
        (
            replace(ACME, member=replace(ADA, struck_by="U2AMARA")),
            Kind.BLOCK,
            "struck from the order of Acme",
        ),
        (replace(ACME, member=None), Kind.BLOCK, "struck from the order of Acme"),
        (replace(ACME, sent={4: NOW - CALM + timedelta(minutes=1)}), Kind.HOLD, "less than 3 days ago"),
        (replace(ACME, sent={4: NOW - CALM}), Kind.PASS, "Nothing at their company"),
        (replace(ACME, sent={3: NOW - timedelta(hours=1)}), Kind.PASS, "Nothing at their company"),
    ],
)
def test_what_a_company_allows(account: AccountCase | None, kind: Kind, says: str) -> None:
    verdict = company.judge(case(account), "Europe/Berlin", NOW)
    assert (verdict.kind, says in verdict.reason) == (kind, True)


def test_three_days_are_three_days_of_the_calendar_over_a_change_of_the_clocks() -> None:
    saturday = datetime(2026, 10, 24, 10, 0, tzinfo=UTC)  # noon in Berlin; on Sunday the clocks go back
    found = company.judge(
        case(replace(ACME, sent={4: saturday})), "Europe/Berlin", saturday + timedelta(days=2)
    )
    assert found.until == saturday + timedelta(days=3)
    evening = datetime(
        2026, 3, 27, 23, 30, tzinfo=UTC
    )  # Saturday in Berlin already; on Sunday they go forward
    found = company.judge(
        case(replace(ACME, sent={4: evening})), "Europe/Berlin", evening + timedelta(days=1)
    )
    assert found.until == evening + timedelta(days=3)


def test_an_answer_to_their_own_reply_needs_its_own_approval_and_nothing_else() -> None:
    assert company.judge(case(replace(ACME, seen=seen("replied")), answers=5), "UTC", NOW).kind is Kind.PASS


def test_a_check_that_errs_does_not_let_pass() -> None:
    broken = case(SimpleNamespace(name="Acme"))  # nothing it asks for is there
    verdict = dict(gates.judge(broken, Policy(), NOW))["account"]
    assert (verdict.kind, verdict.failed) == (Kind.HOLD, True)
