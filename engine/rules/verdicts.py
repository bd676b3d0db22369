"""What a check says about one message: it passes, it waits, or it never leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict, not a secret
    HOLD = "hold"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is a sentence for people. A hold without `until` waits for a person; `failed`: the gate itself erred."""

    kind: Kind
    reason: str
    until: datetime | None = None
    failed: bool = False


PASS = Kind.PASS
"""Read off its class at every gate of every message, it would cost Python 3.11 more than most gates do."""
