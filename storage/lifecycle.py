"""The life of a message: which event may take it from which state to which.

Pure. The drawing in docs/lifecycle.md is generated from TRANSITIONS.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    PLANNED = "planned"
    DRAFTED = "drafted"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    BLOCKED = "blocked"
    UNSURE = "unsure"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class Event(StrEnum):
    DRAFT = "draft"
    REVISE = "revise"
    APPROVE = "approve"
    UNDO = "undo"
    REJECT = "reject"
    SKIP = "skip"
    REWRITE = "rewrite"  # a person asked for new words after a rejection or an expiry
    SCHEDULE = "schedule"
    HOLD = "hold"
    PARK = "park"  # waits for a person or a campaign: no due time at all
    TAKE_BACK = "take_back"  # parked out of the queue
    UNPARK = "unpark"
    DEFER = "defer"  # nobody decided by its slot: it gets one later slot
    BLOCK = "block"
    OFFER = "offer"  # a task waits for a person, or waits on after a reminder
    DONE = "done"  # a person did it
    CLAIM = "claim"
    RETRY = "retry"
    SENT = "sent"
    FAIL = "fail"
    LOSE = "lose"  # the outcome of a send cannot be known
    RESTORE = "restore"  # a backup was put back: it may have left since
    CONFIRM = "confirm"  # a person, or a late answer: it was sent
    SEND_AGAIN = "send_again"
    CHECK_AGAIN = "check_again"
    CANCEL = "cancel"


_S = State

TRANSITIONS: dict[Event, dict[State, State]] = {
    Event.DRAFT: {_S.PLANNED: _S.DRAFTED},
    Event.REVISE: {_S.DRAFTED: _S.DRAFTED, _S.APPROVED: _S.DRAFTED, _S.SCHEDULED: _S.DRAFTED},
    Event.APPROVE: {_S.DRAFTED: _S.APPROVED},
    Event.UNDO: {
        _S.APPROVED: _S.DRAFTED,
        _S.SCHEDULED: _S.DRAFTED,
        _S.REJECTED: _S.DRAFTED,
        _S.SKIPPED: _S.DRAFTED,
    },
    Event.REJECT: {_S.DRAFTED: _S.REJECTED},
    Event.SKIP: {_S.DRAFTED: _S.SKIPPED, _S.APPROVED: _S.SKIPPED, _S.SCHEDULED: _S.SKIPPED},
    Event.REWRITE: {
        _S.REJECTED: _S.PLANNED,
        _S.DRAFTED: _S.PLANNED,
        _S.CANCELLED: _S.PLANNED,
        _S.BLOCKED: _S.PLANNED,
    },
    Event.SCHEDULE: {_S.APPROVED: _S.SCHEDULED},
    Event.HOLD: {
        _S.SCHEDULED: _S.SCHEDULED,
        _S.APPROVED: _S.APPROVED,
        _S.PLANNED: _S.PLANNED,
        _S.UNSURE: _S.UNSURE,  # looked up again later
    },
    Event.PARK: {_S.PLANNED: _S.PLANNED, _S.DRAFTED: _S.DRAFTED, _S.APPROVED: _S.APPROVED},
    Event.TAKE_BACK: {_S.SCHEDULED: _S.APPROVED},
    Event.UNPARK: {_S.PLANNED: _S.PLANNED, _S.DRAFTED: _S.DRAFTED, _S.APPROVED: _S.APPROVED},
    Event.DEFER: {_S.DRAFTED: _S.DRAFTED},
    Event.BLOCK: {_S.PLANNED: _S.BLOCKED, _S.APPROVED: _S.BLOCKED, _S.SCHEDULED: _S.BLOCKED},
    Event.OFFER: {_S.SCHEDULED: _S.SCHEDULED},
    Event.DONE: {_S.SCHEDULED: _S.SENT},
    Event.CLAIM: {_S.SCHEDULED: _S.SENDING},
    Event.RETRY: {_S.SENDING: _S.SCHEDULED, _S.FAILED: _S.SCHEDULED, _S.UNSURE: _S.SCHEDULED},
    Event.SENT: {_S.SENDING: _S.SENT, _S.UNSURE: _S.SENT},
    Event.FAIL: {_S.SENDING: _S.FAILED, _S.UNSURE: _S.FAILED},
    Event.LOSE: {_S.SENDING: _S.UNSURE, _S.SCHEDULED: _S.UNSURE},
    Event.RESTORE: {_S.APPROVED: _S.UNSURE, _S.SCHEDULED: _S.UNSURE},
    Event.CONFIRM: {_S.UNSURE: _S.SENT},
    Event.SEND_AGAIN: {_S.UNSURE: _S.SCHEDULED},
    Event.CHECK_AGAIN: {_S.BLOCKED: _S.APPROVED},
    Event.CANCEL: {
        _S.PLANNED: _S.CANCELLED,
        _S.DRAFTED: _S.CANCELLED,
        _S.APPROVED: _S.CANCELLED,
        _S.SCHEDULED: _S.CANCELLED,
        _S.BLOCKED: _S.CANCELLED,
    },
}

PENDING = (_S.PLANNED, _S.DRAFTED, _S.APPROVED, _S.SCHEDULED)
"""States from which words may still leave without a new decision about the row."""

OVER = (_S.SENT, _S.FAILED, _S.UNSURE, _S.REJECTED, _S.SKIPPED, _S.CANCELLED, _S.BLOCKED)
"""States in which the sequence must be looked at again."""

NOT_ALIVE = (_S.REJECTED, _S.SKIPPED, _S.CANCELLED, _S.FAILED, _S.BLOCKED)
"""States that free a message's place: a replacement with the same key may exist."""

TROUBLED = (_S.BLOCKED, _S.FAILED, _S.UNSURE)
"""States that a person must look at."""


def sources(event: Event) -> tuple[State, ...]:
    """The states in which `event` is legal."""
    return tuple(TRANSITIONS[event])
