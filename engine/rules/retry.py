"""What becomes of a message when its send did not succeed. Pure.

The first try and at most three more; a 429, a fault of the set-up or an open breaker burns none (F4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from engine.errors import ChannelError, Misconfigured, RateLimited, Transient, Undeliverable
from storage.lifecycle import Event

TRIES = 4
FIRST_WAIT = timedelta(minutes=5)
GROWTH = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """`wait` until the next try; `burnt` whether a try was used up; `left` whether it may be on the wire.

    `stops` is the reason to stop the sender, `pause` how long the sender must rest.
    """

    event: Event
    note: str
    wait: timedelta = timedelta()
    burnt: bool = False
    left: bool = False
    stops: str = ""
    pause: timedelta = timedelta()
    dead_address: bool = False


def judge(error: BaseException, tries: int, jitter: float, *, repeatable: bool = False) -> Outcome:
    """The outcome of a failed send. `tries` were burnt before; `jitter` is in [0, 1).

    `repeatable`: the vendor keeps our idempotency key, so an unknown outcome may be tried again under it.
    Anything that is no ChannelError is treated as unknown: it may have been sent.
    """
    reason = error.reason if isinstance(error, ChannelError) else "The send ended without a clear answer."
    if isinstance(error, RateLimited):
        return Outcome(Event.RETRY, reason, wait=error.retry_after, pause=error.retry_after)
    if isinstance(error, Misconfigured):
        return Outcome(Event.RETRY, reason, stops=reason)
    if isinstance(error, Undeliverable):
        return Outcome(Event.FAIL, reason, dead_address=error.dead_address)
    if isinstance(error, Transient) or repeatable:
        if tries + 1 >= TRIES:
            return Outcome(Event.FAIL, f"Gave up after {TRIES} tries. {reason}", burnt=True)
        return Outcome(Event.RETRY, reason, wait=backoff(tries, jitter), burnt=True)
    return Outcome(Event.LOSE, reason, left=True)


def backoff(tries: int, jitter: float) -> timedelta:
    """5, 20, 80 minutes, each stretched by up to a quarter so that a batch does not come back at once."""
    return FIRST_WAIT * float(GROWTH**tries) * (1 + jitter / 4)
