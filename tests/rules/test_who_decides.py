"""Roles, four eyes, what leaves without a person, and what is left out when many are approved: a table each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.rules import autonomy, many, roles
from engine.rules.roles import Role
from storage.model import Autonomy, Contact, ContactStatus

A, B, C = "U1ANN", "U2BEN", "U3CAT"
G, H = "S1LEADS", "S2READERS"
GIVEN = {Role.ADMIN: (A,), Role.APPROVER: (G, C), Role.VIEWER: (B, H, C)}


@pytest.mark.parametrize(
    ("user", "belongs", "installer", "otherwise", "role"),
    [
        (A, (), False, Role.APPROVER, Role.ADMIN),
        (B, (), False, Role.APPROVER, Role.VIEWER),
        (B, (G,), False, Role.APPROVER, Role.VIEWER),  # their own goes before the group's
        (C, (), False, Role.VIEWER, Role.APPROVER),  # given two: the higher
        ("U4DEE", (), False, Role.APPROVER, Role.APPROVER),
        ("U4DEE", (), False, Role.VIEWER, Role.VIEWER),
        ("U4DEE", (G,), False, Role.VIEWER, Role.APPROVER),
        ("U4DEE", (H,), False, Role.APPROVER, Role.VIEWER),  # a group may take away
        ("U4DEE", (H, G), False, Role.VIEWER, Role.APPROVER),
        ("U4DEE", (H,), False, Role.ADMIN, Role.VIEWER),
        (B, (H,), True, Role.VIEWER, Role.ADMIN),  # the installer is never locked out
    ],
)
def test_a_role_is_the_persons_own_then_their_groups_then_everybodys(
    user: str, belongs: tuple[str, ...], installer: bool, otherwise: Role, role: Role
) -> None:
    found = roles.of(user, GIVEN, installer=installer, otherwise=otherwise, belongs=belongs)
    assert found is role


def test_only_groups_that_were_given_a_role_are_asked_for() -> None:
    assert roles.groups(GIVEN) == (G, H)
    assert roles.groups({Role.ADMIN: (A,)}) == ()


@pytest.mark.parametrize(
    ("user", "authors", "owner", "reason"),
    [
        (A, [("template", False)], A, "You asked for these words"),
        (B, [("template", False)], A, ""),
        (B, [(B, True), ("model", False)], A, "You changed these words last"),
        (A, [(B, True), ("model", False)], A, ""),  # somebody else's words: the owner may
        (B, [(C, True), (B, True)], A, ""),
        (B, [("model", False), (B, True)], A, "You changed these words last"),  # written again since
        (A, [("model", False), (B, True)], A, "You asked for these words"),
        (A, [], A, "You asked for these words"),
        (A, [("template", False)], "", ""),  # a post: nobody's campaign
    ],
)
def test_four_eyes_are_those_of_whoever_wrote_last_else_of_the_owner(
    user: str, authors: list[tuple[str, bool]], owner: str, reason: str
) -> None:
    said = roles.own_words(user, authors, owner)
    assert said.startswith(reason)
    assert bool(said) == bool(reason)


@pytest.mark.parametrize(
    ("level", "step", "free"),
    [
        (Autonomy.REVIEW, 1, False), (Autonomy.REVIEW, 5, False), (Autonomy.FIRST, 1, False), (Autonomy.FIRST, 2, True),
        (Autonomy.AUTO, 1, True), (Autonomy.AUTO, 9, True),
    ],
)  # fmt: skip
def test_what_a_campaign_lets_leave(level: Autonomy, step: int, free: bool) -> None:
    assert autonomy.covers(level, step) is free


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, ""),
        ({"score": 90}, ""),
        ({"score": 91}, "over 90"),
        ({"score": None}, ""),
        ({"guessed": True}, "guess"),
        ({"facts": {"industry": {"value": "Logistics"}}}, ""),
        ({"facts": {"industry": {"value": "Hospital & Health Care"}}}, "health"),
        ({"facts": {"industry": {"value": "Investment banking"}}}, "finance"),
        ({"facts": {"industry": {"value": "GOVERNMENT administration"}}}, "government"),
        ({"facts": {"industry": {"value": "Local government", "source": "csv"}}, "score": 99}, "government"),
        ({"facts": {"industry": None}}, ""),
    ],
)
def test_whose_drafts_always_go_to_a_person(contact: Any, values: dict[str, Any], reason: str) -> None:
    said = autonomy.to_a_person(replace(contact, **values))
    assert reason in said
    assert bool(said) == bool(reason)


@pytest.mark.parametrize(
    ("score", "findings", "more", "problem"),
    [
        (100, [], {}, ""),
        (80, [], {}, ""),
        (79, [], {}, "Its score is 79, under 80."),
        (None, [], {}, many.UNSCORED),
        (95, [{"sentence": "A.", "penalty": 5}], {}, "A."),
        (95, [{"sentence": "A.", "penalty": 5}, {"sentence": "B.", "penalty": -10}], {}, "B."),
        (95, [{"sentence": "A.", "penalty": 5}, {"sentence": "C.", "penalty": 0, "blocks": True}], {}, "C."),
        (100, [{"sentence": "Rests on no fact.", "penalty": 0}], {}, "Rests on no fact."),  # a mere warning
        (100, [{"penalty": 1}], {}, "A check found something."),
        (100, [], {"obstacle": "They are on the suppression list."}, "They are on the suppression list."),
        (100, [], {"alone": autonomy.AGAIN}, "Written again after a rejection."),
        (100, [], {"guessed": True}, many.GUESSED),
        (100, [], {"wants_picture": True}, many.NO_PICTURE),
    ],
)
def test_what_is_left_out_of_approve_all(
    score: int | None, findings: list[dict[str, Any]], more: dict[str, Any], problem: str
) -> None:
    assert many.problem(score, findings, **more) == problem


@pytest.mark.parametrize(
    ("passing", "over", "few", "opened"),
    [(50, 50, 3, 0), (51, 50, 3, 3), (10_000, 50, 3, 3), (2, 1, 5, 2), (0, 50, 3, 0)],
)
def test_how_many_are_opened_first(passing: int, over: int, few: int, opened: int) -> None:
    assert many.to_open(passing, over=over, few=few) == opened


@pytest.fixture
def contact() -> Any:
    return Contact(
        id=3, workspace_id="T1", account_id=None, first_name="Ada", last_name="L", email="ada@engines.example", phone="",
        whatsapp="", linkedin_url="", x_handle="", instagram="", messenger_id="", company="", title="", country="",
        locale="", zones=(), zone_from="", guessed=False, facts={}, source="", status=ContactStatus.NEW, touched_at=None,
        held_since=None, created_at=datetime(2026, 11, 24, tzinfo=UTC),
    )  # fmt: skip
