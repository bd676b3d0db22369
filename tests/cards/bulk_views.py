"""The card of many drafts in each state worth looking at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from storage.model import Bulk, BulkDecision, Entry, Message
from storage.views.bulks import BulkView, DraftLine

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ZONE = "Europe/London"
STEP = Bulk(5, "T1", "step:7:1", 7, 1, 1, None, None, "C1GROWTH", 3, 3, 3, NOW)
WEEK = Bulk(
    6, "T1", "week:1:2026-11-23", None, 1, None, NOW - timedelta(days=1), NOW + timedelta(days=6), "C1GROWTH", 1, 1, 1, NOW
)  # fmt: skip
_BODY = (
    "Hello, I read that you opened a second depot. Most teams find their first routes double up for a while."
)


def line(name: str, score: int = 95, problem: str = "", length: int = 640) -> DraftLine:
    return DraftLine(name, f"Your second depot, {name.split()[0]}", _BODY, score, length, problem)


def decided(state: str = "done", **values: Any) -> BulkDecision:
    given = {"covered": 60, "approved": 60, "changed": 0, "kept": 0, "cursor": 99} | values
    return BulkDecision(1, "T1", 5, 3, "U2AMARA", NOW, state, **given)


_SAMPLES = (line("Ada Lovelace"), line("Bo Larsen", 88), line("Cy Young", 100))
_LEFT = (
    line("Dan Brown", 60, "Its score is 60, under 80."),
    line("Eve Black", 85, "A generic phrase: I hope this finds you well."),
)
_STEP: dict[str, Any] = {
    "waiting": 62, "passing": 60, "scores": (81, 100), "first_at": NOW + timedelta(days=7), "samples": _SAMPLES,
    "lowest": line("Flo Green", 81), "longest": line("Gil Gray", 90, length=1_240), "left_out": _LEFT, "left_in_all": 2,
}  # fmt: skip


def bulk(found: Bulk = STEP, about: str = "Spring launch", **values: Any) -> tuple[str, BulkView]:
    return "bulk", BulkView(found, about, ZONE, {}, **values)


VIEWS: dict[str, tuple[str, Any]] = {
    "bulk_many": bulk(**_STEP),
    "bulk_few": bulk(waiting=12, passing=12, scores=(95, 95), samples=_SAMPLES, writing=388),
    "bulk_none_pass": bulk(
        waiting=20, left_out=_LEFT, left_in_all=18, first_at=NOW + timedelta(days=7)
    ),
    "bulk_approving": bulk(**_STEP, decision=decided("open", covered=1_200, approved=400)),
    "bulk_approved": bulk(waiting=2, left_out=_LEFT, left_in_all=2, decision=decided(), standing=48),
    "bulk_undone": bulk(**_STEP, decision=decided(), undone=Entry("bulk", 5, "undo", "U1OLIVIA", NOW, {})),
    "bulk_partly": bulk(decision=decided(approved=57, changed=2, kept=1)),
    "bulk_week": bulk(WEEK, "Acme", waiting=21, passing=21, scores=(84, 100), samples=_SAMPLES),
}  # fmt: skip


def drafts(make: Any) -> tuple[tuple[str, Message], ...]:
    """For the form: what must be opened first."""
    return (("Ada Lovelace", make), ("Bo Larsen", make))
