"""Tasks: touches that a person does (F2). Offered when due, reminded of, skipped; sent only when a person says so.

Every gate is asked when a task is offered, at each reminder, and when it is done. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.approve import Ref
from engine.context import Context, Who
from engine.deliver import record
from engine.errors import Refused
from engine.rules import caps, gates
from engine.rules import tasks as rules_of
from engine.rules.gates import Kind, Verdict
from engine.rules.tasks import Offer
from storage import cards, contacts, facts, marks, messages, senders, tasks
from storage.facts import Situation
from storage.lifecycle import Event
from storage.messages import Change
from storage.model import Message, Sender, channels
from storage.model.sending import WAITING

BATCH = 100
HOURS = ("window", "quiet hours")
"""When a person says that it is done, it was done before: the hour is not asked again, all else is."""
GIVEN_UP = f"Nobody did it after {rules_of.REMINDERS} reminders."
ANOTHER = "Another task for them waits for a person; this one comes after it."


async def turn(ctx: Context) -> bool:
    """The due tasks of one sender: offered, reminded of, skipped, or held by a gate. False when none is due."""
    async with ctx.db.begin() as conn:
        machine_now, now = await ctx.db.machine_now(conn), ctx.now()
        sender = await tasks.due_sender(conn, now)
        if sender is None:
            return False
        sender = await _today(conn, sender, now)
        rows = await _due(conn, sender, now)
        passed = await _judge(ctx, conn, await facts.gather(conn, rows, lock=True, sender=sender), now)
        fresh = sum(not case.message.is_offered for case in passed)
        await senders.reserve(conn, sender, fresh, now=now, machine_now=machine_now)
        await _offer(conn, passed, senders.today(sender, now), now)
    return bool(rows)


async def done(ctx: Context, who: Who, ref: Ref) -> None:
    """A person did it: from now on it counts as sent. Raises Refused where a gate or the cap forbids it by now."""
    async with ctx.db.begin() as conn:
        machine_now, now = await ctx.db.machine_now(conn), ctx.now()
        case, sender = await _open(conn, who, ref, now)
        gate, verdict = gates.decide(case, policy.read(case.settings), now, leave_out=HOURS)
        if verdict.kind is Kind.PASS:
            await _count(conn, case, sender, now, machine_now)
            await _done(conn, who, case, now)
        else:
            await record.stopped(ctx, conn, [(case, gate, verdict)], now)
    if verdict.kind is not Kind.PASS:
        raise Refused(f"It was not recorded as done, and it waits no longer: {verdict.reason}")


async def skip(ctx: Context, who: Who, ref: Ref) -> None:
    """Drop this touch; the sequence goes on, and its place of today is free again."""
    async with ctx.db.begin() as conn:
        now = ctx.now()
        case, sender = await _open(conn, who, ref, now)
        values = {"note": "", "due_at": now}
        moved = await messages.move(
            conn, Event.SKIP, [Change(ref.id, values, ref.revision)],
            actor=who.user_id, now=now, workspace_id=who.workspace_id,
        )  # fmt: skip
        if moved and rules_of.read(case.message).day == _day(sender):
            await senders.give_back(conn, sender, 1)


async def about(ctx: Context, who: Who, ref: Ref) -> str:
    """The address by which the contact of a task is known (engine.addressees.named). Raises Refused."""
    async with ctx.db.read() as conn:
        row = await messages.get(conn, who.workspace_id, ref.id)
        contact = await contacts.get(conn, who.workspace_id, row.contact_id or 0) if row else None
    if contact is None:
        raise Refused("That task no longer exists.")
    return contact.email or contact.phone or contact.linkedin_url


# --- offering


async def _due(conn: AsyncConnection, sender: Sender, now: datetime) -> list[Message]:
    """Reminders first; then as many new ones as the sender has room for. The rest is put off by engine.schedule."""
    reminders = await tasks.due(conn, sender.id, now=now, offered=True, limit=BATCH)
    room = senders.room(sender, now)
    left = BATCH - len(reminders)
    limit = left if room is None else min(left, room)
    return [*reminders, *await tasks.due(conn, sender.id, now=now, offered=False, limit=limit)]


async def _judge(
    ctx: Context, conn: AsyncConnection, cases: Sequence[Situation], now: datetime
) -> list[Situation]:
    """Those that pass, one for each contact; the rest are held or blocked, and skipped when nobody did them."""
    busy = await tasks.busy(conn, [case.contact.id for case in cases if case.contact])
    passed, stopped, given_up = [], [], list[Situation]()
    for case in cases:
        rules, who = policy.read(case.settings), case.contact.id if case.contact else 0
        gate, verdict = gates.decide(case, rules, now)
        if verdict.kind is Kind.PASS and not case.message.is_offered and who in busy:
            gate, verdict = "task", Verdict(Kind.HOLD, ANOTHER, _next(case, now))
        if verdict.kind is not Kind.PASS:
            stopped.append((case, gate, verdict))
        elif case.message.is_offered and rules_of.read(case.message).is_last:
            given_up.append(case)
        else:
            passed.append(case)
            busy.add(who)
    await record.stopped(ctx, conn, stopped, now)
    await _give_up(conn, given_up, now)
    return passed


async def _give_up(conn: AsyncConnection, cases: Sequence[Situation], now: datetime) -> None:
    """Skipped with the reason, which stands in the contact's history too."""
    changes = [Change(case.message.id, {"note": GIVEN_UP}, case.message.revision) for case in cases]
    moved = await messages.move(conn, Event.SKIP, changes, actor="tasks", now=now)
    for case in cases:
        row = case.message
        if row.id in moved and row.contact_id is not None:
            detail = f"{channels.known(row.channel).label}, touch {row.step}. {GIVEN_UP}"
            await marks.note(
                conn,
                row.workspace_id,
                "contact",
                row.contact_id,
                "skip",
                actor="tasks",
                now=now,
                detail=detail,
            )


async def _offer(conn: AsyncConnection, passed: Sequence[Situation], sender: Sender, now: datetime) -> None:
    changes = []
    for case in passed:
        before = rules_of.read(case.message)
        day = before.day if case.message.is_offered else _day(sender)
        options = rules_of.kept(case.message, Offer(before.reminders + 1, day))
        values = {"due_at": _next(case, now), "options": options}
        changes.append(Change(case.message.id, values, case.message.revision))
    moved = await messages.move(conn, Event.OFFER, changes, actor="tasks", now=now, values={"note": WAITING})
    for case in passed:
        if case.message.id in moved:
            await _show(conn, case)


async def _show(conn: AsyncConnection, case: Situation) -> None:
    """Its card, beside that of its words; a reminder moves it down, so that it is seen."""
    row = case.message
    place = case.campaign.channel_id if case.campaign else ""
    card = await cards.find(conn, row.workspace_id, "task", row.id, place)
    if card is not None and card.ts is not None:
        await cards.move_down(conn, card)
    elif place:
        parent = ("reply", row.answers) if row.answers else ("campaign", row.campaign_id or 0)
        await cards.want(conn, row.workspace_id, "task", row.id, place, parent=parent)


def _next(case: Situation, now: datetime) -> datetime:
    rules = policy.read(case.settings)
    hours = gates.zones_of(case, rules), gates.window_of(case, rules), gates.country_of(case.contact)
    return rules_of.next_reminder(now, *hours)


async def _today(conn: AsyncConnection, sender: Sender, now: datetime) -> Sender:
    """A day on which tasks were offered and none was done warms nothing up."""
    over = sender.resets_at is not None and sender.resets_at <= now and sender.used > 0
    if over and sender.resets_at and not await tasks.did_any(conn, sender.id, sender.resets_at):
        return replace(sender, used=0)
    return sender


# --- deciding


async def _open(conn: AsyncConnection, who: Who, ref: Ref, now: datetime) -> tuple[Situation, Sender]:
    """The task as it stands once its sender and its contact are locked. Raises Refused when it is no open task."""
    row = await messages.get(conn, who.workspace_id, ref.id)
    if row is None or row.sender_id is None:
        raise Refused("That task no longer exists.")
    sender = await tasks.sender(conn, who.workspace_id, row.sender_id)
    assert sender is not None, "a message's sender exists"
    sender = senders.today(await _today(conn, sender, now), now)
    (case,) = await facts.gather(conn, [row], lock=True, sender=sender)
    row = await messages.get(conn, who.workspace_id, ref.id)
    if row is None or not row.is_offered:
        state = row.state if row else "gone"
        raise Refused(f"This task does not wait for anybody any more: it is {state}. Nothing was changed.")
    if row.revision != ref.revision:
        raise Refused("The words have changed since this card was drawn. Look at the new ones first.")
    return replace(case, message=row), sender


async def _count(
    conn: AsyncConnection, case: Situation, sender: Sender, now: datetime, machine_now: datetime
) -> None:
    """It counts on the day it is done; on the day it was offered it was counted already."""
    if rules_of.read(case.message).day == _day(sender):
        return
    if senders.room(sender, now) == 0:
        why = caps.source(sender, sender.warm_days)
        raise Refused(f"{sender.limit} of {sender.limit} today are taken ({why}). Do it tomorrow.")
    await senders.reserve(conn, sender, 1, now=now, machine_now=machine_now)


async def _done(conn: AsyncConnection, who: Who, case: Situation, now: datetime) -> None:
    row = case.message
    values = {"note": "", "due_at": None, "sent_at": now, "provider_id": ""}
    moved = await messages.move(
        conn, Event.DONE, [Change(row.id, values, row.revision)],
        actor=who.user_id, now=now, workspace_id=who.workspace_id,
    )  # fmt: skip
    if not moved:
        raise Refused("Someone else was faster; look at the card again.")
    if case.contact is not None:
        await facts.touch(conn, [case.contact.id], now)
        await facts.contacted(conn, [case.contact.id])


def _day(sender: Sender) -> str:
    """Names the sender's day of today, as `senders.today` gave it."""
    return sender.resets_at.isoformat() if sender.resets_at else ""
