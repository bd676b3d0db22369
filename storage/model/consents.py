"""What a contact agreed to, or took back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """`given` False: it was taken back. `at` is when they said so, `until` when it ends by itself, `source` where.

    It is for `address` alone: another number needs its own. `recorded_by` is who wrote it down, and `created_at` when.
    """

    id: int
    workspace_id: str
    contact_id: int
    channel: str
    address: str
    given: bool
    at: datetime
    until: datetime | None
    source: str
    recorded_by: str
    created_at: datetime
