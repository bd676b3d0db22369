"""What a vendor calls to tell us: a request as it came in, and the facts that a reader makes of it.

Knows no vendor and no row. Whoever serves the route decides what a fact changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """`taken`: the vendor has a message of ours, whatever becomes of it. `help`: they ask who writes."""

    MESSAGE = "message"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    TAKEN = "taken"
    DELIVERED = "delivered"
    SOFT_BOUNCED = "soft_bounced"
    HARD_BOUNCED = "hard_bounced"


@dataclass(frozen=True, slots=True)
class Call:
    """`url` is what the vendor called, in its own words: the public address with path and query. Header names are
    in lower case. `at` is when it came, aware UTC."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Incoming:
    """One fact. `address` is the person's, on `channel`; `provider_id` the vendor's id of the message it is about.

    `text` is what they wrote, unquoted and hostile. `key` is our own key of the message where the vendor gave it back,
    so that a fact may come before its receipt. `note` is a sentence for people. `dedupe_key` is the same when the
    vendor repeats itself.
    """

    kind: Kind
    channel: str
    provider_id: str
    address: str
    at: datetime
    dedupe_key: str
    text: str = ""
    key: str = ""
    note: str = ""
