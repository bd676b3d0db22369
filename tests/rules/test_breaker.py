"""The circuit breaker, answer by answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.rules import breaker
from engine.rules.breaker import Breaker

FINE, FOUR, OPEN, LATER = Breaker(), Breaker(4), Breaker(5, True), Breaker(7, True)


@pytest.mark.parametrize(
    ("before", "answers", "after"),
    [
        (FINE, "", FINE),
        (FINE, "+", FINE),
        (FINE, "----", FOUR),
        (FOUR, "-", OPEN),
        (FOUR, "+", FINE),
        (FOUR, "+-", Breaker(1)),
        (FINE, "-----", OPEN),
        (FINE, "--------", OPEN),
        (FINE, "----+----", FOUR),
        (FINE, "-----+", FINE),
        (FINE, "+-----", OPEN),
        (OPEN, "", OPEN),
        (OPEN, "-", Breaker(6, True)),
        (OPEN, "---", Breaker(6, True)),
        (LATER, "+", FINE),
        (LATER, "+-", Breaker(1)),
    ],
)
def test_five_failures_in_a_row_open_it_and_one_success_closes_it(
    before: Breaker, answers: str, after: Breaker
) -> None:
    assert breaker.after(before, [answer == "+" for answer in answers]) == after


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(5, 30), (6, 60), (7, 120), (8, 240), (9, 480), (10, 900), (11, 900), (10_000, 900)],
)
def test_each_failed_probe_doubles_the_rest_up_to_a_quarter_of_an_hour(failures: int, seconds: int) -> None:
    least = breaker.rest(Breaker(failures, True), 0.0)
    most = breaker.rest(Breaker(failures, True), 0.999)
    assert least == timedelta(seconds=seconds)
    assert least < most <= least * 1.25
