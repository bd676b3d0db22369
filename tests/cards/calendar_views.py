"""Calendars as their card shows them: being written, waiting for a decision, in force with every kind of post."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from storage.calendars import Calendar, PlannedPost
from storage.model import Brand
from storage.views import CalendarView
from storage.views.social import DayPost

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
BRAND = Brand(
    1, "T1", "Acme & Söhne", True, "Route audits", "Operations leads", ("Fewer <empty> miles",), "warm", "en", (),
    "", "1 Main St", "Europe/Berlin", targets={"demo": "https://acme.example/demo"},
)  # fmt: skip
CALENDAR = Calendar(
    7, "T1", 1, "draft", "2026-12-01", 30, ("linkedin", "facebook", "x"), 1, "rules", "", "C1GROWTH", "U1OLIVIA",
    None, "", NOW, None, NOW,
)  # fmt: skip


def _post(id_: int, day: int, network: str, hour: int, message_id: int | None = None) -> PlannedPost:
    return PlannedPost(
        id_, 7, 1, f"2026-12-{day:02}", network, datetime(2026, 12, day, hour, tzinfo=UTC), "education", "how-to",
        "question", "demo" if network != "x" else "", "link", "First step: Fewer <empty> miles", "Fewer <empty> miles",
        message_id,
    )  # fmt: skip


_PLANNED = tuple(
    DayPost(_post(place, day, network, hour))
    for place, (day, network, hour) in enumerate(
        ((1, "linkedin", 8), (1, "x", 11), (1, "facebook", 13), (2, "linkedin", 8))
    )
)
_BECAME = (
    ("sent", "", "https://www.linkedin.com/feed/update/urn:li:share:1"),
    ("failed", "X refused the post (400).", ""),
    ("cancelled", "missed", ""),
    ("drafted", "", ""),
)
_VIEW = CalendarView(
    CALENDAR, BRAND, "Europe/Berlin", _PLANNED, {"linkedin": 30, "x": 30, "facebook": 30}, {"": 90},
    ("linkedin",), 0, 5,
)  # fmt: skip
_IN_FORCE = tuple(
    replace(one, post=replace(one.post, message_id=40 + place), state=state, note=note, url=url)
    for place, (one, (state, note, url)) in enumerate(zip(_PLANNED, _BECAME, strict=True))
)

VIEWS: dict[str, tuple[str, Any]] = {
    "calendar_being_written": ("calendar", replace(_VIEW, calendar=replace(CALENDAR, written_at=None))),
    "calendar_draft": ("calendar", _VIEW),
    "calendar_replaces": (
        "calendar",
        replace(_VIEW, cancels=12, pages=("linkedin", "facebook", "x"), calendar=replace(CALENDAR, week=2)),
    ),
    "calendar_in_force": (
        "calendar",
        replace(
            _VIEW, posts=_IN_FORCE, pages=("linkedin", "facebook", "x"),
            states={"sent": 1, "failed": 1, "cancelled": 1, "drafted": 1, "planned": 86},
            calendar=replace(CALENDAR, state="approved", decided_by="U1OLIVIA", decided_at=NOW),
        ),
    ),
    "calendar_rejected": (
        "calendar",
        replace(_VIEW, calendar=replace(
            CALENDAR, state="rejected", decided_by="U2AMARA", decided_at=NOW, reason="Too much <product>.",
        )),
    ),
}  # fmt: skip
