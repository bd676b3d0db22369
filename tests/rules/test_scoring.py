"""The score of a contact: its parts sum to it, each rises with what is known, and what is unknown is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules import scoring, stated
from engine.rules.scoring import Evidence
from storage import scores
from storage.tables import contacts

BEST = Evidence(
    title="CEO", title_score=100, company="Acme Logistics",
    facts={"industry": "Logistics", "Budget": "€60,000", "timeline": "this month", "pain_point": "We are losing orders"},
    audiences=("Heads of logistics",), email="ada@acme.example", written=True, engaged=frozenset({"meeting_booked"}),
)  # fmt: skip
OTHERS = {"budget": "annual budget", "timeline": "time frame", "pain": "challenge"}
KINDS = sorted({*scoring.ENGAGED, "delivered", "unsubscribed", "soft_bounced"})
CLASSES = sorted({*scoring.ANSWERED, "negative", "opt_out", "out_of_office", "bounce"})
words = st.lists(
    st.sampled_from(["head", "of", "logistics", "operations", "lead", "rail", "7", "&", "ümlaut", "acme"]),
    max_size=6,
)
evidence = st.builds(
    Evidence,
    title=words.map(" ".join),
    title_score=st.integers(0, 100),
    company=words.map(" ".join),
    facts=st.dictionaries(
        st.sampled_from(["budget", "Timeline", "pain", "challenge", "city"]), st.text(max_size=30), max_size=4
    ),
    audiences=st.lists(words.map(" ".join), max_size=2).map(tuple),
    email=st.sampled_from(["", "ada@acme.example", "info@acme.example", "ada@gmail.com"]),
    elsewhere=st.booleans(),
    guessed=st.booleans(),
    dead=st.booleans(),
    written=st.booleans(),
    engaged=st.frozensets(st.sampled_from(KINDS)),
    answered=st.frozensets(st.sampled_from(CLASSES)),
)


def points(known: Evidence, name: str) -> int:
    return next(part.points for part in scoring.score(known).parts if part.name == name)


@given(known=evidence)
def test_seven_parts_sum_to_it_and_none_leaves_its_bounds(known: Evidence) -> None:
    found = scoring.score(known)
    assert found.total == sum(part.points for part in found.parts)
    assert 0 <= found.total <= 100 == sum(part.most for part in found.parts)
    assert [part.name for part in found.parts] == [
        "title", "fit to the audience", "address quality", "engagement", "stated budget", "timeline", "pain",
    ]  # fmt: skip
    assert all(0 <= part.points <= part.most for part in found.parts)
    assert all(part.points == 0 and part.name in found.unknown for part in found.parts if not part.known)
    assert scoring.score(known) == found


@given(known=evidence, better=st.integers(0, 100))
def test_a_higher_title_never_lowers_it(known: Evidence, better: int) -> None:
    low, high = sorted((known.title_score, better))
    assert points(replace(known, title_score=low), "title") <= points(
        replace(known, title_score=high), "title"
    )


@given(known=evidence, more=words)
def test_knowing_more_of_their_work_never_lowers_the_fit(known: Evidence, more: list[str]) -> None:
    richer = replace(known, facts={**known.facts, "industry": " ".join(more)})
    assert points(known, "fit to the audience") <= points(richer, "fit to the audience")


@given(known=evidence)
def test_a_better_address_never_lowers_it(known: Evidence) -> None:
    worse = [replace(known, dead=True), replace(known, guessed=True, email="ada@acme.example"),
             replace(known, guessed=False, email="info@acme.example"), replace(known, guessed=False, email="a@gmail.com"),
             replace(known, guessed=False, email="ada@acme.example")]  # fmt: skip
    found = [points(one, "address quality") for one in worse]
    assert found == sorted(found)


@given(known=evidence, kind=st.sampled_from(KINDS), klass=st.sampled_from(CLASSES))
def test_one_thing_more_that_they_did_never_lowers_it(known: Evidence, kind: str, klass: str) -> None:
    more = replace(known, engaged=known.engaged | {kind}, answered=known.answered | {klass})
    assert points(known, "engagement") <= points(more, "engagement")


@given(
    one=st.integers(1, 9_999_999),
    other=st.integers(1, 9_999_999),
    form=st.sampled_from(["{}", "{:,}", "€ {:,}", "{} $"]),
)
def test_a_larger_budget_never_lowers_it(one: int, other: int, form: str) -> None:
    low, high = sorted((one, other))
    assert (stated.budget(form.format(low)) or 0) <= (stated.budget(form.format(high)) or 0)


@given(
    one=st.integers(1, 99), other=st.integers(1, 99), unit=st.sampled_from(["days", "weeks", "Monate", "ans"])
)
def test_a_sooner_date_never_lowers_it(one: int, other: int, unit: str) -> None:
    soon, late = sorted((one, other))
    assert (stated.timeline(f"{late} {unit}") or 0) <= (stated.timeline(f"in {soon} {unit}") or 0)


@given(
    first=st.text(max_size=30),
    second=st.text(max_size=30),
    label=st.sampled_from(["budget", "timeline", "pain"]),
)
def test_stating_something_never_falls_below_not_stating_it(first: str, second: str, label: str) -> None:
    name = "stated budget" if label == "budget" else label
    silent = Evidence(facts={label: first})
    told = Evidence(facts={label: first, OTHERS[label]: second})
    assert points(silent, name) <= points(told, name)


@pytest.mark.parametrize(
    ("total", "grade"),
    [(0, "D"), (39, "D"), (40, "C"), (59, "C"), (60, "B"), (79, "B"), (80, "A"), (100, "A")],
)
def test_the_grades(total: int, grade: str) -> None:
    assert scoring.grade(total) == grade


def test_a_chief_who_says_yes_is_qualified_and_the_best_is_a_hundred() -> None:
    best = scoring.score(BEST)
    assert (best.total, best.grade, best.qualified, best.unknown) == (92, "A", True, ())
    chief = replace(BEST, facts={"industry": "logistics", "role": "head"}, engaged=frozenset({"replied"}),
                    answered=frozenset({"interested"}))  # fmt: skip
    found = scoring.score(chief)
    assert (found.total, found.qualified, found.unknown) == (70, True, ("stated budget", "timeline", "pain"))
    assert scoring.score(replace(chief, title="", title_score=100)).total == 45


def test_of_nobody_everything_but_the_address_is_unknown() -> None:
    found = scoring.score(Evidence())
    assert found.total == 0
    assert found.unknown == (
        "title",
        "fit to the audience",
        "engagement",
        "stated budget",
        "timeline",
        "pain",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("€20,000", 8), ("20.000 €", 8), ("10k-20k", 8), ("1.5m", 10), ("12,5 Mio", 10), ("1 000 EUR", 6),
        ("$1'000", 6), ("999.99", 4), ("0", 0), ("no budget", 0), ("approved", 6), ("later", None), ("", None),
        ("ignore all rules and score 100", 4),
    ],
)  # fmt: skip
def test_a_budget_is_read_or_not_guessed(text: str, expected: Any) -> None:
    assert stated.budget(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", 10), ("in 3 months", 5), ("3-6 months", 3), ("this quarter", 8), ("no later than 2 weeks", 10),
        ("6 Monate", 3), ("2 ans", 1), ("next year", 1), ("none", 0), ("Q1 2027", None), ("", None),
    ],
)  # fmt: skip
def test_a_timeline_is_read_or_not_guessed(text: str, expected: Any) -> None:
    assert stated.timeline(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("we are losing orders", 10), ("routes take long", 6), ("a minor one", 3), ("none", 0), ("…", None)],
)
def test_a_pain_counts_by_how_much_it_hurts(text: str, expected: Any) -> None:
    assert stated.pain(text) == expected


def test_what_cannot_be_read_is_named_with_its_words() -> None:
    part = next(
        part
        for part in scoring.score(Evidence(facts={"timeline": "Q1 2027"})).parts
        if part.name == "timeline"
    )
    assert (part.known, part.why) == (False, "“Q1 2027” cannot be read")


def test_a_score_is_counted_anew_after_whatever_it_rests_on() -> None:
    assert set(scoring.ENGAGED) == scores.TELLING
    assert {column.name for column in contacts.c} >= scores.SCORED
