"""Many drafts decided at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Bulk:
    """The drafts of a campaign's step, or of a brand's posts from `starts_at` until `ends_at`; `key` says which.

    It is counted anew while `counted` is less than `wanted`; `number` names the count, and a button carries it.
    """

    id: int
    workspace_id: str
    key: str
    campaign_id: int | None
    brand_id: int
    step: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    channel: str
    wanted: int
    counted: int
    number: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class BulkDecision:
    """Somebody approved all that passed in count `number`. A loop applies it: `state` is open until it is done.

    `covered`: how many it covered when it was made. Of what had been counted, `approved` were, `changed` have other
    words since, `kept` no longer pass or need another person. `cursor` is the last message looked at.
    """

    id: int
    workspace_id: str
    bulk_id: int
    number: int
    decided_by: str
    decided_at: datetime
    state: str
    covered: int
    approved: int
    changed: int
    kept: int
    cursor: int
