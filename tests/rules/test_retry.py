"""What becomes of a failed send, class by class."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import errors
from engine.rules import retry
from storage.lifecycle import Event

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("error", "tries", "repeatable", "event", "burnt", "wait"),
    [
        (errors.Transient("busy"), 0, False, Event.RETRY, True, 5 * MINUTE),
        (errors.Transient("busy"), 1, False, Event.RETRY, True, 20 * MINUTE),
        (errors.Transient("busy"), 2, False, Event.RETRY, True, 80 * MINUTE),
        (errors.Transient("busy"), 3, False, Event.FAIL, True, 0 * MINUTE),
        (errors.RateLimited("slow", 7 * MINUTE), 3, False, Event.RETRY, False, 7 * MINUTE),
        (errors.Misconfigured("login"), 3, False, Event.RETRY, False, 0 * MINUTE),
        (errors.Undeliverable("no such user"), 0, False, Event.FAIL, False, 0 * MINUTE),
        (errors.Unknown("cut off"), 0, False, Event.LOSE, False, 0 * MINUTE),
        (errors.Unknown("cut off"), 0, True, Event.RETRY, True, 5 * MINUTE),
        (TimeoutError(), 0, False, Event.LOSE, False, 0 * MINUTE),
        (KeyError("bug"), 0, False, Event.LOSE, False, 0 * MINUTE),
    ],
)
def test_each_class_of_failure(
    error: Exception, tries: int, repeatable: bool, event: Event, burnt: bool, wait: timedelta
) -> None:
    outcome = retry.judge(error, tries, 0.0, repeatable=repeatable)
    assert (outcome.event, outcome.burnt, outcome.wait) == (event, burnt, wait)
    assert outcome.left == (event is Event.LOSE)
    assert outcome.note


@pytest.mark.parametrize("tries", range(3))
def test_waits_grow_and_are_spread_by_a_quarter(tries: int) -> None:
    shortest, longest = retry.backoff(tries, 0.0), retry.backoff(tries, 0.999)
    assert shortest < longest <= shortest * 1.25 < retry.backoff(tries + 1, 0.0)
