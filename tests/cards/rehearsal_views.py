"""One view of every state of a rehearsal's card and its files, named by its golden file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from storage.rehearsals import Rehearsal
from storage.views import RehearsalChartView, RehearsalRowsView, RehearsalView

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TOUCH: dict[str, Any] = {
    "contact": 7, "step": 1, "channel": "email", "at": "2026-11-24T14:00:00+00:00", "zone": "America/New_York",
    "state": "sent", "why": "",
}  # fmt: skip
LATER = TOUCH | {"contact": 8, "at": "2026-11-25T08:00:00+00:00", "zone": "Europe/Berlin"}
WHY = "Waits until tomorrow, Wed 25 Nov: 1 of 1 on Tue 24 Nov are taken (warm-up, day 1)."
HELD = TOUCH | {
    "contact": 9,
    "at": None,
    "state": "held",
    "why": "They replied; a person decides what happens next.",
}
REPORT = {
    "sent": 2, "people": 2, "waited": 1, "held": 1, "stopped": 0, "later": 3, "plan": "rules",
    "alt": "Bars of messages a day against the daily cap. email: 2 messages on 2 days.",
    "days": [
        {"day": "2026-11-24", "sent": {"email": 1}, "others": {"email": 2}, "limit": {"email": 3}, "waited": 0,
         "first": [TOUCH]},
        {"day": "2026-11-25", "sent": {"email": 1}, "others": {}, "limit": {}, "waited": 1, "first": [LATER]},
    ],
    "reasons": [{"why": WHY, "count": 1}, {"why": HELD["why"], "count": 1}],
}  # fmt: skip
DONE = Rehearsal(
    5, "T1", 3, 60, "U1OLIVIA", "C1GROWTH", "done", NOW, "Europe/London", 60, REPORT, None, "", NOW
)
COMPARED = {
    "until": NOW.isoformat(), "same": 1, "moved": 0, "missing": 1, "unplanned": 0,
    "days": [{"day": "2026-11-24", "planned": 1, "real": 1}, {"day": "2026-11-25", "planned": 1, "real": 0}],
}  # fmt: skip
NAMES = {7: "Ada Lovelace", 8: "Bo Ek"}
PEOPLE = {7: ("Ada Lovelace", "Analytical Engines"), 8: ("=Bo Ek", "")}

VIEWS: dict[str, tuple[str, Any]] = {
    "rehearsal_begins": (
        "rehearsal",
        RehearsalView(replace(DONE, state="open", report=None, begun_at=None, reached=0), "Spring launch"),
    ),
    "rehearsal_under_way": (
        "rehearsal",
        RehearsalView(replace(DONE, state="open", report=None, begun_at=None, reached=23), "Spring launch"),
    ),
    "rehearsal_done": ("rehearsal", RehearsalView(DONE, "Spring launch", NAMES)),
    "rehearsal_compared": (
        "rehearsal",
        RehearsalView(replace(DONE, compared=COMPARED), "Spring launch", NAMES),
    ),
    "rehearsal_failed": (
        "rehearsal",
        RehearsalView(
            replace(
                DONE, state="failed", report=None, error="SMS is unavailable: TWILIO_ACCOUNT_SID is not set."
            ),
            "Spring launch",
        ),
    ),
    "rehearsal_chart": ("rehearsal_chart", RehearsalChartView(5, "Spring launch", b"\x89PNG", REPORT)),
    "rehearsal_rows": (
        "rehearsal_rows",
        RehearsalRowsView(5, "Spring launch", NOW, (TOUCH, LATER, HELD), PEOPLE),
    ),
}
