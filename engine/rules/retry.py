"""What becomes of a message when its send did not succeed. Pure.

The first try and at most three more; a 429, a fault of the set-up or an open breaker burns none (F4).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from engine.errors import ChannelError, Misconfigured, PartlyOut, RateLimited, Transient, Undeliverable
from storage.lifecycle import Event

TRIES = 4
FIRST_WAIT = timedelta(minutes=5)
FIRST_OF_POST = timedelta(minutes=1)
"""Posts are missed half an hour after their time (gates.LATE); 1, 4 and 16 minutes, stretched, stay within it."""
GROWTH = 4
FIRST_LOOK = timedelta(seconds=30)
LEAST = timedelta(seconds=0.1)
"""What a limit rests a channel at least: a vendor that says "now" is not asked without a pause."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`wait` until the next try, or until an unknown outcome is looked up; `burnt` whether a try was used up;
    `left` whether it may be on the wire; `out` are the vendor's ids of the parts that are there for certain.

    `stops` is the reason to stop the sender, `pause` how long the sender must rest. `healthy` says whether the
    channel did what a working one does; None when this send tells nothing about it.
    """

    event: Event
    note: str
    wait: timedelta = timedelta()
    burnt: bool = False
    left: bool = False
    stops: str = ""
    pause: timedelta = timedelta()
    healthy: bool | None = None
    dead_address: bool = False
    opted_out: bool = False
    out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of a message before this send failed.

    `tries` were burnt; `repeatable`: the vendor keeps our idempotency key, so an unknown outcome may be tried
    again under it; `findable`: the vendor can be asked what arrived;
    `doubt`: an earlier try under this key may have arrived; `probe`: the breaker was open; `post`: its time is fixed.
    """

    tries: int = 0
    repeatable: bool = False
    findable: bool = False
    doubt: bool = False
    probe: bool = False
    post: bool = False


def judge(error: BaseException, before: Before, jitter: float) -> Outcome:
    """The outcome of a failed send. `jitter` is in [0, 1).

    Anything that is no ChannelError is treated as unknown: it may have been sent.
    """
    reason = error.reason if isinstance(error, ChannelError) else "The send ended without a clear answer."
    if isinstance(error, RateLimited):
        wait = max(error.retry_after, LEAST)
        return Outcome(Event.RETRY, reason, wait, left=before.doubt, pause=wait)
    if isinstance(error, Misconfigured):
        return Outcome(Event.RETRY, reason, left=before.doubt, stops=reason)
    if isinstance(error, Undeliverable):
        dead, out = error.dead_address, error.opted_out
        return Outcome(Event.FAIL, reason, healthy=True, dead_address=dead, opted_out=out)
    if isinstance(error, Transient):
        return _again(reason, before, jitter, healthy=error.of_recipient)
    if before.repeatable:
        return _again(reason, replace(before, doubt=True), jitter, healthy=False)
    wait = FIRST_LOOK if before.findable else timedelta()
    lost = Outcome(Event.LOSE, reason, wait, left=True, healthy=False)
    return _broken_off(lost, error) if isinstance(error, PartlyOut) else lost


def _broken_off(lost: Outcome, error: PartlyOut) -> Outcome:
    """What ended it binds the channel as it would have bound it before the first part."""
    if isinstance(error.cause, RateLimited):
        return replace(lost, out=error.out, healthy=None, pause=max(error.cause.retry_after, LEAST))
    if isinstance(error.cause, Misconfigured):
        return replace(lost, out=error.out, healthy=None, stops=error.cause.reason)
    return replace(lost, out=error.out)


def _again(reason: str, before: Before, jitter: float, *, healthy: bool) -> Outcome:
    if before.probe and not healthy:
        return Outcome(Event.RETRY, reason, left=before.doubt, healthy=healthy)
    if before.tries + 1 < TRIES:
        wait = backoff(before.tries, jitter, first=FIRST_OF_POST if before.post else FIRST_WAIT)
        return Outcome(Event.RETRY, reason, wait, burnt=True, left=before.doubt, healthy=healthy)
    event = Event.LOSE if before.doubt else Event.FAIL
    note = f"Gave up after {TRIES} tries. {reason}"
    return Outcome(event, note, burnt=True, left=before.doubt, healthy=healthy)


def backoff(tries: int, jitter: float, *, first: timedelta = FIRST_WAIT) -> timedelta:
    """5, 20, 80 minutes, each stretched by up to a quarter so that a batch does not come back at once."""
    return first * float(GROWTH**tries) * (1 + jitter / 4)
