"""What becomes of a failed send, class by class."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import errors
from engine.rules import gates, retry
from engine.rules.retry import Before
from storage.lifecycle import Event

MINUTE = timedelta(minutes=1)


NEW, LAST = Before(), Before(tries=3)
KEYED = Before(repeatable=True)


@pytest.mark.parametrize(
    ("error", "before", "event", "burnt", "wait", "healthy"),
    [
        (errors.Transient("busy"), NEW, Event.RETRY, True, 5 * MINUTE, False),
        (errors.Transient("busy"), Before(tries=1), Event.RETRY, True, 20 * MINUTE, False),
        (errors.Transient("busy"), Before(tries=2), Event.RETRY, True, 80 * MINUTE, False),
        (errors.Transient("busy"), Before(post=True), Event.RETRY, True, MINUTE, False),
        (errors.Transient("busy"), Before(tries=2, post=True), Event.RETRY, True, 16 * MINUTE, False),
        (errors.Transient("busy"), LAST, Event.FAIL, True, 0 * MINUTE, False),
        (errors.Transient("greylisted", of_recipient=True), NEW, Event.RETRY, True, 5 * MINUTE, True),
        (errors.Transient("busy"), Before(tries=3, probe=True), Event.RETRY, False, 0 * MINUTE, False),
        (errors.RateLimited("slow", 7 * MINUTE), LAST, Event.RETRY, False, 7 * MINUTE, None),
        (errors.RateLimited("now", 0 * MINUTE), LAST, Event.RETRY, False, retry.LEAST, None),
        (errors.Misconfigured("login"), LAST, Event.RETRY, False, 0 * MINUTE, None),
        (errors.Undeliverable("no such user"), NEW, Event.FAIL, False, 0 * MINUTE, True),
        (errors.Unknown("cut off"), NEW, Event.LOSE, False, 0 * MINUTE, False),
        (TimeoutError(), NEW, Event.LOSE, False, 0 * MINUTE, False),
        (KeyError("bug"), NEW, Event.LOSE, False, 0 * MINUTE, False),
        (errors.Unknown("cut off"), KEYED, Event.RETRY, True, 5 * MINUTE, False),
        (errors.Unknown("cut off"), Before(tries=3, repeatable=True), Event.LOSE, True, 0 * MINUTE, False),
    ],
)
def test_each_class_of_failure(
    error: Exception, before: Before, event: Event, burnt: bool, wait: timedelta, healthy: bool | None
) -> None:
    outcome = retry.judge(error, before, 0.0)
    assert (outcome.event, outcome.burnt, outcome.wait, outcome.healthy) == (event, burnt, wait, healthy)
    assert outcome.left == (isinstance(error, errors.Unknown | TimeoutError | KeyError))
    assert outcome.note


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (errors.Transient("refused"), Event.LOSE),
        (errors.Unknown("cut off"), Event.LOSE),
        (errors.Undeliverable("invalid"), Event.FAIL),
        (errors.RateLimited("slow", MINUTE), Event.RETRY),
        (errors.Misconfigured("login"), Event.RETRY),
    ],
)
def test_what_may_have_arrived_before_never_ends_as_surely_not_sent(error: Exception, event: Event) -> None:
    """But for a refusal under the same key: the vendor would have repeated its first answer."""
    outcome = retry.judge(error, Before(tries=3, repeatable=True, doubt=True), 0.0)
    assert outcome.event is event
    assert outcome.left == (event is not Event.FAIL)


def test_a_limit_that_says_now_still_rests_the_channel() -> None:
    """Without a pause the vendor would be asked in a loop, since a 429 burns no try."""
    limited = errors.RateLimited("now", timedelta())
    for error in (limited, errors.PartlyOut("two are out", ["1", "2"], limited)):
        assert retry.judge(error, NEW, 0.0).pause >= timedelta(seconds=0.1)


def test_all_tries_of_a_post_fit_into_the_time_after_which_it_is_missed() -> None:
    waits = [retry.backoff(tries, 0.999, first=retry.FIRST_OF_POST) for tries in range(retry.TRIES - 1)]
    assert sum(waits, timedelta()) < gates.LATE


@pytest.mark.parametrize("tries", range(3))
def test_waits_grow_and_are_spread_by_a_quarter(tries: int) -> None:
    shortest, longest = retry.backoff(tries, 0.0), retry.backoff(tries, 0.999)
    assert shortest < longest <= shortest * 1.25 < retry.backoff(tries + 1, 0.0)


@pytest.mark.parametrize(
    ("cause", "pause", "stops", "healthy"),
    [
        (errors.RateLimited("slow down", MINUTE), MINUTE, "", None),
        (errors.Misconfigured("The token is not accepted."), timedelta(), "The token is not accepted.", None),
        (errors.Transient("busy"), timedelta(), "", False),
    ],
)
def test_what_breaks_a_thread_off_binds_the_channel_and_is_never_repeated(
    cause: errors.ChannelError, pause: timedelta, stops: str, healthy: bool | None
) -> None:
    said = retry.judge(errors.PartlyOut("One of two is out.", ["1"], cause), NEW, 0.0)
    assert (said.event, said.out, said.left) == (Event.LOSE, ("1",), True)
    assert (said.pause, said.stops, said.healthy) == (pause, stops, healthy)
