"""Moves sequences on: the next touch is planned when the one before is over, and taken back when that one opens again.

Only the next touch of an enrolment ever exists as a row. Writes no words.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context
from engine.plan import reach
from engine.rules import gates, quiet, sequences, shifting
from engine.rules.ladder import Choice
from storage import campaigns, caps, facts, marks, messages, new_messages
from storage import sequences as sequence_rows
from storage.lifecycle import NOT_ALIVE, PENDING, Event, State
from storage.messages import Change
from storage.model import Campaign, CampaignStatus, Contact, EnrolmentState, Message, Step, Strategy
from storage.sequences import Standing
from storage.tables import messages as rows

CHUNK = 1_000
GOES_ON = (State.SENT, State.SKIPPED, State.REJECTED, State.CANCELLED, State.FAILED)
"""After these the sequence goes on; after blocked and unsure a person decides first."""
HELD = "They replied; a person decides what happens next."
PAUSED = "The campaign is paused."
LATE = timedelta(hours=24)
"""What a draft whose slot passed while it was held gets for a decision."""


@dataclass(frozen=True, slots=True)
class Place:
    """A touch to be planned: for whom, which step of what, by which channel, and when it may leave.

    `why` says why this person of a company; empty where a sequence is one person's.
    """

    enrolment_id: int
    contact: Contact
    campaign: Campaign
    strategy: Strategy
    step: Step
    choice: Choice
    slot_at: datetime | None = None
    why: str = ""


async def turn(ctx: Context) -> bool:
    """Look at the sequences whose last touch is over: plan the next one, or complete them. One chunk."""
    async with ctx.db.begin() as conn:
        due = await campaigns.due_enrolments(conn, now=ctx.now(), limit=CHUNK)
        if due:
            await _advance(ctx, conn, due)
    return bool(due)


async def plan(ctx: Context, conn: AsyncConnection, places: Sequence[Place]) -> list[int]:
    """Insert the messages. What has a slot is drafted a lead time before it; held and paused ones wait without a time."""
    now = ctx.now()
    senders: dict[tuple[str, str, int | None], int | None] = {}
    new = []
    for place in places:
        campaign, channel = place.campaign, place.choice.channel
        key = campaign.workspace_id, channel, campaign.id if campaign.cap is not None else None
        if key not in senders:
            sender = await caps.sender_for(conn, campaign.workspace_id, channel, campaign)
            senders[key] = sender.id if sender else None
        new.append(_row(place, senders[key], now))
    return await new_messages.add(conn, new, actor="plan", now=now)


def _row(place: Place, sender_id: int | None, now: datetime) -> dict[str, Any]:
    campaign, contact, step = place.campaign, place.contact, place.step
    held = contact.held_since is not None
    paused = campaign.status is CampaignStatus.PAUSED
    due_at = sequences.draft_at(place.slot_at, now) if place.slot_at else now
    return {
        "workspace_id": campaign.workspace_id, "campaign_id": campaign.id, "enrolment_id": place.enrolment_id,
        "strategy_id": place.strategy.id, "brand_id": campaign.brand_id, "sender_id": sender_id,
        "step": step.number, "contact_id": contact.id, "channel": place.choice.channel, "fallbacks": (),
        "options": reach.told(place.choice) | ({"why_person": place.why} if place.why else {}),
        "state": State.PLANNED, "due_at": None if held or paused else due_at, "slot_at": place.slot_at,
        "note": HELD if held else PAUSED if paused else "",
        "dedupe_key": f"{campaign.id}:{contact.id}:{step.number}", "created_at": now,
    }  # fmt: skip


# --- going on


async def _advance(ctx: Context, conn: AsyncConnection, due: Sequence[Any]) -> None:
    standings = await sequence_rows.standings(conn, {row.id: row.contact_id for row in due}, GOES_ON)
    over = [row for row in due if row.id in standings and not standings[row.id].under_way]
    known = await campaigns.by_ids(conn, sorted({row.campaign_id for row in due}))
    strategies = await sequence_rows.strategies_in_force(conn, sorted({row.campaign_id for row in over}))
    people = await facts.people(conn, [row.contact_id for row in over])
    ways = await reach.of(ctx, conn, list(people.values()))
    rules = {
        workspace: await policy.of(conn, workspace)
        for workspace in sorted({row.workspace_id for row in over})
    }
    places: list[Place] = []
    finished: list[int] = []
    for row in over:
        place = _next(
            ctx, row, standings[row.id], known[row.campaign_id], strategies.get(row.campaign_id),
            people[row.contact_id], rules[row.workspace_id], ways,
        )  # fmt: skip
        if place is None:
            finished.append(row.id)
        else:
            places.append(place)
    await plan(ctx, conn, places)
    await _write(ctx, conn, due, places, finished)
    await complete(ctx, conn, sorted(known))


async def _write(
    ctx: Context, conn: AsyncConnection, due: Sequence[Any], places: Sequence[Place], finished: Sequence[int]
) -> None:
    by_step: dict[int, list[int]] = defaultdict(list)
    for place in places:
        by_step[place.step.number].append(place.enrolment_id)
    for number, ids in sorted(by_step.items()):
        await campaigns.set_enrolments(conn, ids, next_at=None, step=number)
    await campaigns.set_enrolments(conn, finished, next_at=None, state=EnrolmentState.COMPLETED)
    moved = {place.enrolment_id for place in places} | set(finished)
    await campaigns.set_enrolments(conn, [row.id for row in due if row.id not in moved], next_at=None)


async def complete(ctx: Context, conn: AsyncConnection, campaign_ids: Sequence[int]) -> None:
    """Campaigns of which every sequence has ended."""
    for campaign_id, workspace_id in await campaigns.complete_if_done(conn, campaign_ids):
        await marks.stale(conn, "campaign", [campaign_id])
        await marks.note(conn, workspace_id, "campaign", campaign_id, "complete", actor="plan", now=ctx.now())


def _next(
    ctx: Context,
    row: Any,
    standing: Standing,
    campaign: Campaign,
    strategy: Strategy | None,
    contact: Contact,
    rules: policy.Policy,
    ways: reach.Reach,
) -> Place | None:
    """The following touch that can reach them; None when there is none, or the campaign ends before it."""
    taken = max(row.step, standing.taken)
    later = [step for step in strategy.steps if step.number > taken] if strategy else []
    if strategy is None or not later:
        return None
    step = min(later, key=operator.attrgetter("number"))
    choice = reach.choose(ways, contact, campaign, strategy, step, 1 + standing.sent, rules)
    if not choice.channel:
        return None
    before = _counted_from(standing, ctx.now())
    slot_at = slot(campaign, contact, rules, before, step.wait_days, choice.channel)
    if campaign.ends_at is not None and slot_at >= campaign.ends_at:
        return None
    return Place(row.id, contact, campaign, strategy, step, choice, slot_at)


def _counted_from(last: Standing, now: datetime) -> datetime:
    """The real send of the last touch; if it did not leave, the moment when it would have."""
    return last.sent_at or max(last.slot_at or now, now)


def slot(
    campaign: Campaign | None,
    contact: Contact,
    rules: policy.Policy,
    before: datetime,
    wait_days: int,
    channel: str,
) -> datetime:
    """`wait_days` after `before` in the recipient's window, and in no quiet hour of the law on a channel that has some.

    Where no hour suits, scheduling will say so.
    """
    zones, window = gates.zones_for(contact, campaign, rules), gates.window_for(campaign, rules)
    lawful, country = quiet.on(channel, contact, zones), gates.country_of(contact)
    try:
        at = sequences.slot(before, wait_days, zones, window, country)
        return at if lawful is None else quiet.beside(at, lawful, zones, window, country)
    except ValueError:
        return before + timedelta(days=wait_days)


# --- waiting and going back


async def bring_back(
    conn: AsyncConnection,
    workspace_id: str,
    condition: ColumnElement[bool],
    *,
    actor: str,
    now: datetime,
    shift: timedelta = timedelta(),
    not_before: datetime | None = None,
) -> int:
    """Rows without a due time get one again; at most CHUNK, returns how many.

    Promised slots move by the open time of the last `shift`, and those earlier than `not_before` to that moment.
    """
    parked = await messages.find(
        conn,
        workspace_id,
        condition,
        rows.c.due_at.is_(None),
        rows.c.state.in_((State.PLANNED, State.DRAFTED, State.APPROVED)),
        limit=CHUNK,
    )
    moved = await _moved(conn, parked, now - shift, now) if shift else {}
    changes = []
    for row in parked:
        slot_at = moved.get(row.id, row.slot_at)
        slot_at = slot_at and max(slot_at, not_before or slot_at)
        changes.append(Change(row.id, {"due_at": _due_again(row, slot_at, now), "slot_at": slot_at}))
    await messages.move(conn, Event.UNPARK, changes, actor=actor, now=now, values={"note": ""})
    return len(parked)


async def _moved(
    conn: AsyncConnection, parked: Sequence[Message], since: datetime, until: datetime
) -> dict[int, datetime]:
    """Message → its slot after a pause between the two, each by the hours of its own recipient."""
    found = {}
    promised = [row for row in parked if row.slot_at is not None]
    for case in await facts.gather(conn, promised) if promised else ():
        assert case.message.slot_at is not None
        rules = policy.read(case.settings)
        country = gates.country_of(case.contact)
        alike = gates.zones_of(case, rules), gates.window_of(case, rules), country
        found[case.message.id] = shifting.later(case.message.slot_at, since, until, *alike)
    return found


def _due_again(row: Message, slot_at: datetime | None, now: datetime) -> datetime:
    """A later touch keeps to its slot; a first draft gets its full time for a decision again; others are looked at."""
    later = slot_at if row.step > 1 and row.answers is None else None
    if row.state == State.PLANNED:
        return sequences.draft_at(later, now) if later else now
    if row.state == State.DRAFTED:
        return (later if later > now else now + LATE) if later else now + timedelta(days=7)
    return now


async def reopen(ctx: Context, conn: AsyncConnection, row: Message, *, actor: str) -> None:
    """A touch that was over is open again: what was planned after it and has not left is taken back."""
    if row.enrolment_id is None or row.contact_id is None or row.answers is not None:
        return
    await sequence_rows.lock(conn, row.workspace_id, row.enrolment_id)
    after = (
        rows.c.contact_id.in_(await sequence_rows.people_of(conn, row))
        & (rows.c.enrolment_id == row.enrolment_id)
        & (rows.c.step > row.step)
        & ~messages.is_answer()
    )
    await messages.move_where(
        conn, Event.CANCEL, after & rows.c.state.in_(PENDING), workspace_id=row.workspace_id, actor=actor, now=ctx.now(),
        values={"due_at": None, "note": "The touch before it is open again."},
    )  # fmt: skip
    left = await messages.find(conn, row.workspace_id, after, rows.c.state.not_in(NOT_ALIVE), limit=1)
    if not left:
        await sequence_rows.step_back(conn, row.workspace_id, row.enrolment_id, row.step)
    await campaigns.reopen(conn, row.workspace_id, row.campaign_id or 0, row.enrolment_id)
