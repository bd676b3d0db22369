"""Whom of a company the next touch goes to, and what stops it (H2, H4). Pure: never looks at a clock or a database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from storage.model.accounts import Seen

LEAD_STEPS = 3
"""The first touches go to the primary lead."""
MOST_ACTIVE = 3
"""People of one company who are written to at the same time."""
APART = 3
"""Days between a touch to one person and the next touch to a colleague of theirs."""
REENGAGE, RECYCLE = "reengage", "recycle"
TWICE = 2
SILENT = timedelta(days=7)
"""After so long one more touch is proposed; after twice as long a new beginning."""
NOBODY = "Nobody there can be written to."
"""Why a sequence ended that had nobody left; somebody new begins it again."""


class Evidence(StrEnum):
    """The four conflicts; "reported" is what a person says about anybody there."""

    REPLIED = "replied"
    MEETING = "meeting"
    OPT_OUT = "opt_out"
    NEGATIVE = "negative"
    REPORTED = "reported"


SAID: Mapping[str, str] = {
    Evidence.REPLIED: "replied",
    Evidence.MEETING: "booked a meeting",
    Evidence.OPT_OUT: "opted out",
    Evidence.NEGATIVE: "answered in the negative",
    Evidence.REPORTED: "has a conflict on record",
}
"""What each says about a contact, behind their name."""


@dataclass(frozen=True, slots=True)
class Member:
    """One contact of the company, in the order in which they are contacted.

    `out` says why they get nothing more (struck, suppressed, no address), empty when they may. `engaged`: they reacted
    themselves, or wait for a person's decision. `touches` left, or are under way, in this account's sequence.
    """

    contact_id: int
    is_primary: bool = False
    out: str = ""
    engaged: bool = False
    touches: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """Who is next and why."""

    contact_id: int
    why: str


def next_person(step: int, members: Sequence[Member], last: int | None = None) -> Turn | None:
    """Whom touch `step` goes to; `last` had the one before. None when nobody of the company can get one.

    Steps 1 to 3 go to the primary lead; from 4 to the next who was not written to and did not engage, while fewer than
    three are active; then round from the lead on. Who engaged is written to again only when nobody else is left.
    """
    able = [member for member in members if not member.out]
    quiet = [member for member in able if not member.engaged]
    lead = next((member for member in quiet if member.is_primary), None)
    if step <= LEAD_STEPS and lead is not None:
        return Turn(lead.contact_id, f"steps 1 to {LEAD_STEPS} go to the primary lead")
    active = [member for member in quiet if member.touches]
    if step <= LEAD_STEPS and active:
        return Turn(active[0].contact_id, "takes the place of the primary lead")
    fresh = next((member for member in quiet if not member.touches), None)
    if fresh is not None and len(active) < MOST_ACTIVE:
        why = (
            "takes the place of the primary lead"
            if step <= LEAD_STEPS
            else "the next who was not written to yet"
        )
        return Turn(fresh.contact_id, why)
    if active:
        return Turn(_round(members, last).contact_id, _why_again(fresh is not None, len(active)))
    answered = [member for member in able if member.engaged]
    return Turn(answered[0].contact_id, "nobody else is left") if answered else None


def _why_again(others_wait: bool, active: int) -> str:
    if others_wait:
        return f"{MOST_ACTIVE} people at once are the most; round among them"
    return "everybody had a turn; now round again" if active > 1 else "there is nobody else to write to"


def _round(members: Sequence[Member], last: int | None) -> Member:
    """The active one behind `last`, from the primary lead on in the order; the first again after the last, and after
    somebody's first touch."""
    circle = sorted(members, key=lambda member: not member.is_primary)
    active = [member for member in circle if member.touches and not member.out and not member.engaged]
    ids = [member.contact_id for member in circle]
    before = next((member for member in circle if member.contact_id == last), None)
    if before is None or (before.touches <= 1 and not before.is_primary):
        return active[0]
    behind = ids[ids.index(before.contact_id) + 1 :]
    return next((member for member in active if member.contact_id in behind), active[0])


def foresee(
    steps: Sequence[int], members: Sequence[Member], last: int | None = None
) -> list[tuple[int, Turn]]:
    """Who each of these steps goes to if nobody reacts and everything leaves: (step, turn)."""
    found: list[tuple[int, Turn]] = []
    now = list(members)
    for step in steps:
        turn = next_person(step, now, last)
        if turn is None:
            break
        found.append((step, turn))
        last = turn.contact_id
        now = [replace(m, touches=m.touches + 1) if m.contact_id == last else m for m in now]
    return found


def wait_days(wait: int, contact_id: int, last: int | None) -> int:
    """Days from the touch before: a colleague of whom it went to is written to no earlier than APART days after."""
    return wait if last in (None, contact_id) else max(wait, APART)


def colleague_touched(contact_id: int, sent: Mapping[int, datetime]) -> datetime | None:
    """When a colleague of theirs was written to last; `sent` is contact → last touch."""
    return max((at for colleague, at in sent.items() if colleague != contact_id), default=None)


def why_held(company: str, seen: Sequence[Seen]) -> str:
    """Why nothing goes to a company, as a sentence; `seen` may be empty where a person has yet to decide."""
    if not seen:
        return f"{company} is paused until a person decides."
    told = next(one for one in seen if one.kind == worst([other.kind for other in seen]))
    return f"{company} waits for a person's decision: {told.name} {SAID[told.kind]}."


def proposal(made: Mapping[str, int], recycled: int) -> str:
    """What to propose about a company that stays silent: one more touch, twice; then a new beginning, twice; then nothing.

    `made` counts what was proposed in this run, "declined" among it; `recycled` how often it was begun again before.
    """
    if made.get(REENGAGE, 0) < TWICE and not made.get("declined", 0):
        return REENGAGE
    return RECYCLE if not made.get(RECYCLE, 0) and recycled < TWICE else ""


def quiet_for(made: Mapping[str, int]) -> timedelta:
    """How long a company must have been silent before the next proposal."""
    return SILENT if made.get(REENGAGE, 0) < TWICE else 2 * SILENT


def worst(found: Collection[str]) -> str:
    """Which of several conflicts names the pause: what forbids most comes first; empty for none."""
    order = (Evidence.OPT_OUT, Evidence.NEGATIVE, Evidence.MEETING, Evidence.REPLIED, Evidence.REPORTED)
    return next((kind for kind in order if kind in found), "")
