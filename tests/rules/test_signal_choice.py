"""A signal is taken up when it is about the brand, by tomorrow's posts, until it expires; a strong topic goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from engine.rules import signals
from storage.model import Brand

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
BRAND = Brand(
    1, "T1", "Acme", True, "Route audits for logistics", "Operations leads",
    ("Fewer empty miles", "No missed pick-up, whatever your CRM"), "",
    "en", (), "", "", "Europe/Berlin",
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    text: str
    created_at: datetime = NOW


@pytest.mark.parametrize(
    ("text", "hours", "taken"),
    [
        ("New toll for logistics firms in Austria", 23, True),
        ("New toll for LOGISTICS firms", 2, True),
        ("Empty mile taxes are discussed", 23, True),
        ("CRM prices rise", 23, True),
        ("Pick-ups at night are banned", 23, True),
        ("The rims of wheels", 23, False),
        ("A film festival opens", 23, False),
        ("New toll for logistics firms in Austria", 60, False),
    ],
    ids=[
        "tomorrow",
        "today",
        "another form of the word",
        "an abbreviation",
        "a compound",
        "small words",
        "about something else",
        "later than tomorrow",
    ],
)
def test_a_signal_is_chosen(text: str, hours: int, taken: bool) -> None:
    slot = NOW + timedelta(hours=hours)
    told = Told(text)
    found = signals.chosen([told], now=NOW, slot=slot, zone="Europe/Berlin", brand=BRAND, topic="First step")
    assert (found is told) == taken


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (None, ""),
        ((63, 1_000), "6.3 %"),
        ((60, 1_000), "6 %"),
        ((50, 1_000), ""),
        ((10, 99), ""),
        ((6, 100), "6 %"),
        ((0, 0), ""),
    ],
)
def test_a_topic_is_strong_over_five_percent_of_a_hundred_views(
    counts: tuple[int, int] | None, said: str
) -> None:
    assert signals.share(counts) == said
