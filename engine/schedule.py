"""Schedule: approved rows get the next hour that is right for their recipient, or their post's own time.

Slots are given out within the senders' daily caps, day by day; the claim only checks again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context
from engine.rules import caps, gates, quiet, rivals, timing
from engine.rules.gates import Kind
from storage import caps as cap_rows
from storage import facts, messages, promises, senders
from storage.facts import Situation
from storage.lifecycle import Event, State
from storage.messages import Change
from storage.model import Message
from storage.model.sending import WAITING
from storage.tables import messages as rows

BATCH = 200
LEASE = timedelta(seconds=30)
_FROM_THE_QUEUE = {Event.SCHEDULE: Event.HOLD, Event.PARK: Event.TAKE_BACK}
"""What the events of an approved row are for one that is scheduled already."""


async def turn(ctx: Context) -> bool:
    """One batch: rows whose limits changed, approved ones, or what a full sender left over. False when there is none."""
    return await _replan(ctx) or await _give_slots(ctx) or await _carry_over(ctx)


def consequence(
    case: Situation,
    rules: policy.Policy,
    now: datetime,
    *,
    unapproved: bool = False,
    days: caps.Days | None = None,
    others: Sequence[rivals.Promise] = (),
) -> tuple[Event, dict[str, Any]]:
    """What becomes of an approved row: its slot, or why it has none. Pure, but that it books a place in `days`.

    `unapproved` asks what an approval would bring: the approval gate is left out. `days` of a sender with a limit.
    `others` are messages to the same contact that have their hour.
    """
    sender = {"sender_id": case.sender.id if case.sender else None, "slot_at": case.message.slot_at}
    gate, verdict = gates.decide(case, rules, now, leave_out=("approval",) if unapproved else ())
    if verdict.kind is Kind.BLOCK and gate == "slot":
        return Event.CANCEL, {**sender, "due_at": None, "note": "missed"}
    if verdict.kind is Kind.BLOCK:
        return Event.BLOCK, {**sender, "due_at": None, "note": verdict.reason}
    if verdict.kind is Kind.HOLD and verdict.until is None:
        return Event.PARK, {**sender, "due_at": None, "note": verdict.reason}
    if case.feed is not None:
        slot = case.message.slot_at or now
        return Event.SCHEDULE, {**sender, "due_at": slot, "slot_at": slot, "note": verdict.reason}
    earliest = max(now, case.message.slot_at or now, verdict.until or now)
    zone = gates.zones_of(case, rules)[0]
    earliest, first = rivals.earliest(_approval_of(case), earliest, others, zone, rules.gap_hours)
    try:
        place = _place(case, rules, earliest, days)
    except ValueError:
        zones = ", ".join(gates.zones_of(case, rules))
        note = f"There is no hour that suits all possible zones ({zones}). Set the contact's zone."
        return Event.BLOCK, {**sender, "due_at": None, "note": note[:500]}
    note = place.reason or first or verdict.reason
    return Event.SCHEDULE, {**sender, "due_at": place.at, "slot_at": place.at, "note": note}


def _place(case: Situation, rules: policy.Policy, earliest: datetime, days: caps.Days | None) -> caps.Place:
    """The first moment from `earliest` inside the recipient's window, on a day on which the sender has room."""
    alike = (
        gates.zones_of(case, rules),
        gates.window_of(case, rules),
        gates.country_of(case.contact),
        quiet.place_of(case, gates.zones_of(case, rules)),
    )
    zones, hours, country, lawful = alike

    def opening(after: datetime) -> datetime:
        opens = timing.next_open(after, zones, hours, country)
        return opens if lawful is None else quiet.beside(opens, lawful, zones, hours, country)

    return days.take(earliest, opening, alike) if days is not None else caps.Place(opening(earliest))


async def days_of(conn: AsyncConnection, sender_ids: Sequence[int], now: datetime) -> dict[int, caps.Days]:
    """The days of those senders that have a limit, which stay locked: two workers never give one place twice."""
    return {
        sender.id: caps.Days(senders.today(sender, now), await cap_rows.booked(conn, sender.id), now)
        for sender in await cap_rows.locked(conn, sender_ids)
    }


# --- the three things a turn may do


async def _give_slots(ctx: Context) -> bool:
    """Leased in a transaction of its own, because senders are locked before messages."""
    now = ctx.now()
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        due = await messages.lease(
            conn, State.APPROVED, me=ctx.me, now=now, machine_now=machine_now,
            until=machine_now + LEASE, limit=BATCH,
        )  # fmt: skip
    if due:
        async with ctx.db.begin() as conn:
            await _write(conn, await _consequences(conn, due, now), now, leased_by=ctx.me)
    return bool(due)


async def _carry_over(ctx: Context) -> bool:
    """What is due while its sender has sent all it may today goes to the next day with room, and says so."""
    now = ctx.now()
    async with ctx.db.begin() as conn:
        sender = await cap_rows.exhausted(conn, now)
        if sender is None:
            return False
        due = await messages.due_for(conn, sender.id, now=now, limit=BATCH)
        found = await _consequences(conn, due, now)
        await _write(conn, {_FROM_THE_QUEUE.get(event, event): of for event, of in found.items()}, now)
    return True


async def _replan(ctx: Context) -> bool:
    """After a sender's limits changed, what waits for a later day gets a new one, all of it before any is placed."""
    now = ctx.now()
    async with ctx.db.begin() as conn:
        sender = await cap_rows.to_replan(conn)
        if sender is None:
            return False
        later = (rows.c.sender_id == sender.id) & (rows.c.state == State.SCHEDULED) & (rows.c.due_at > now)
        taken = await messages.move_where(
            conn,
            Event.TAKE_BACK,
            later & (rows.c.tries == 0) & (rows.c.note != WAITING),
            workspace_id=sender.workspace_id,
            actor="schedule",
            now=now,
            values={"due_at": now, "slot_at": None, "note": "The daily cap changed."},
        )
        if len(taken) < messages.CHUNK:
            await cap_rows.replanned(conn, sender.id)
    return True


# --- shared


async def _consequences(
    conn: AsyncConnection, due: Sequence[Message], now: datetime
) -> dict[Event, list[Change]]:
    cases = await _with_senders(conn, await facts.gather(conn, due))
    days = await days_of(conn, [case.sender.id for case in cases if case.sender], now)
    promised = await _promised(conn, cases)
    groups: dict[Event, list[Change]] = defaultdict(list)
    behind: list[Change] = []
    for case in sorted(cases, key=_turn_of):
        rules, others = policy.read(case.settings), promised[case.message.contact_id]
        mine = days.get(case.sender.id) if case.sender else None
        event, values = consequence(case, rules, now, days=mine, others=others)
        groups[event].append(Change(case.message.id, values))
        if event is Event.SCHEDULE and case.contact is not None:
            behind += _give_way(case, rules, values["due_at"], others)
            others.append(_promise(case, values["due_at"]))
    await messages.move(conn, Event.HOLD, behind, actor="schedule", now=now)
    return groups


async def _promised(
    conn: AsyncConnection, cases: Sequence[Situation]
) -> defaultdict[int | None, list[rivals.Promise]]:
    """What else has its hour, by contact, but for the cases themselves."""
    mine = {case.message.id for case in cases}
    found: defaultdict[int | None, list[rivals.Promise]] = defaultdict(list)
    contacts = [case.contact.id for case in cases if case.contact]
    for id_, contact_id, answers, approved_at, due_at, name in await promises.of_contacts(conn, contacts):
        if id_ not in mine:
            turn = caps.precedence(answers is not None, approved_at, 0, id_)
            found[contact_id].append(rivals.Promise(id_, turn, due_at, name))
    return found


def _promise(case: Situation, at: datetime) -> rivals.Promise:
    name = case.campaign.name if case.campaign is not None else ""
    return rivals.Promise(case.message.id, _approval_of(case), at, name)


def _give_way(
    case: Situation, rules: policy.Policy, at: datetime, others: list[rivals.Promise]
) -> list[Change]:
    """Those approved later that had an hour too near: they are looked at again when the gap is over, and say why."""
    zone = gates.zones_of(case, rules)[0]
    name = case.campaign.name if case.campaign is not None else "Another message"
    after = timing.earliest_after_touch(at, zone, rules.gap_hours)
    values = {
        "due_at": after,
        "slot_at": after,
        "note": rivals.first(name),
    }
    moved = rivals.giving_way(_approval_of(case), at, others, zone, rules.gap_hours)
    others[:] = [other for other in others if other not in moved]
    return [Change(other.message_id, values) for other in moved]


def _turn_of(case: Situation) -> Any:
    """Whose turn it is when a limit binds: answers, then the older approval, then the higher score (E5)."""
    return _approval_of(case, (case.contact.score if case.contact else None) or 0)


def _approval_of(case: Situation, score: int = 0) -> Any:
    row = case.message
    return caps.precedence(row.answers is not None, row.approved_at, score, row.id)


async def _with_senders(conn: AsyncConnection, cases: Sequence[Situation]) -> list[Situation]:
    """Each with who it leaves as: its campaign may have got a cap, and so a sender of its own, since it was planned."""
    known: dict[tuple[str, str, int | None], Any] = {}
    found = []
    for case in cases:
        own = case.campaign.id if case.campaign is not None and case.campaign.cap is not None else None
        if case.sender is None or case.sender.campaign_id != own:
            key = case.message.workspace_id, case.message.channel, own
            if key not in known:
                known[key] = await cap_rows.sender_for(conn, key[0], key[1], case.campaign)
            case = replace(case, sender=known[key])
        found.append(case)
    return found


async def _write(
    conn: AsyncConnection,
    groups: Mapping[Event, Sequence[Change]],
    now: datetime,
    *,
    leased_by: str | None = None,
) -> None:
    for event, changes in groups.items():
        await messages.move(conn, event, changes, actor="schedule", now=now, leased_by=leased_by)
