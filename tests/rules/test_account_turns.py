"""Who of a company is next: the lead three times, then those not written to, at most three at once, then round."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.rules import accounts
from engine.rules.accounts import Member

A, B, C, D = (Member(1, is_primary=True), Member(2), Member(3), Member(4))
STRUCK = "struck from the order"


def who(steps: int, *members: Member) -> list[int]:
    return [turn.contact_id for _, turn in accounts.foresee(range(1, steps + 1), members)]


@pytest.mark.parametrize(
    ("members", "order"),
    [
        pytest.param((A,), [1, 1, 1, 1, 1, 1, 1], id="one person gets every touch"),
        pytest.param((A, B), [1, 1, 1, 2, 1, 2, 1], id="two people: round from the first"),
        pytest.param(
            (A, B, C), [1, 1, 1, 2, 3, 1, 2, 3, 1], id="three people: round after everybody had a turn"
        ),
        pytest.param((A, B, C, D), [1, 1, 1, 2, 3, 1, 2, 3, 1], id="a fourth waits: three are active"),
        pytest.param(
            (B, A, C), [1, 1, 1, 2, 3, 1, 2, 3, 1], id="the lead begins wherever they stand in the order"
        ),
        pytest.param((B, C, A), [1, 1, 1, 2, 3, 1, 2, 3], id="and so does the round"),
        pytest.param((B, C), [2, 2, 2, 3, 2, 3], id="without a lead the first takes the place"),
        pytest.param((replace(A, out=STRUCK), B, C), [2, 2, 2, 3, 2, 3], id="a struck lead is replaced"),
        pytest.param(
            (A, replace(B, out=STRUCK), C), [1, 1, 1, 3, 1, 3], id="a struck colleague is passed over"
        ),
        pytest.param((replace(A, engaged=True), B, C), [2, 2, 2, 3, 2, 3], id="who engaged is passed over"),
        pytest.param((A, replace(B, engaged=True), C), [1, 1, 1, 3, 1], id="so is a colleague who engaged"),
        pytest.param(
            (replace(A, engaged=True),), [1, 1], id="who engaged is written to when nobody else is left"
        ),
        pytest.param((replace(A, out=STRUCK), replace(B, out="no address")), [], id="nobody is left"),
        pytest.param((), [], id="nobody at all"),
    ],
)
def test_the_order_of_an_account(members: tuple[Member, ...], order: list[int]) -> None:
    assert who(len(order) or 3, *members) == order


def test_a_fourth_person_gets_a_turn_when_one_of_three_drops_out() -> None:
    active = [replace(member, touches=1) for member in (A, B, C)]
    assert accounts.next_person(6, active, 3) == accounts.Turn(1, "everybody had a turn; now round again")
    assert accounts.next_person(6, [*active, D], 3) == accounts.Turn(
        1, "3 people at once are the most; round among them"
    )
    assert accounts.next_person(6, active[:1], 1) == accounts.Turn(1, "there is nobody else to write to")
    gone = [replace(active[0], engaged=True), *active[1:], D]
    assert accounts.next_person(6, gone, 3) == accounts.Turn(4, "the next who was not written to yet")


def test_after_somebody_new_the_round_begins_with_the_first_again() -> None:
    members = [replace(A, touches=4), replace(B, touches=2), replace(C, touches=1)]
    turn = accounts.next_person(8, members, 3)
    assert turn is not None
    assert turn.contact_id == 1


@pytest.mark.parametrize(
    ("wait", "contact", "last", "days"),
    [(2, 1, 1, 2), (2, 2, 1, 3), (3, 2, 1, 3), (5, 2, 1, 5), (1, 1, None, 1), (0, 1, None, 0)],
)
def test_a_colleague_is_written_to_no_earlier_than_three_days_after(
    wait: int, contact: int, last: int | None, days: int
) -> None:
    assert accounts.wait_days(wait, contact, last) == days


def test_only_touches_to_colleagues_delay_a_colleague() -> None:
    monday = datetime(2026, 11, 23, 9, tzinfo=UTC)
    sent = {1: monday, 2: monday + timedelta(days=1)}
    assert accounts.colleague_touched(3, sent) == monday + timedelta(days=1)
    assert accounts.colleague_touched(2, sent) == monday
    assert accounts.colleague_touched(2, {2: monday}) is None
    assert accounts.colleague_touched(1, {}) is None


@pytest.mark.parametrize(
    ("found", "named"),
    [
        (["replied", "opt_out"], "opt_out"),
        (["replied", "negative"], "negative"),
        (["replied", "meeting"], "meeting"),
        (["replied"], "replied"),
        (["reported"], "reported"),
        ([], ""),
    ],
)
def test_the_gravest_conflict_names_the_pause(found: list[str], named: str) -> None:
    assert accounts.worst(found) == named
