"""What sends tell about their channel: opens and closes its circuit breaker, stops it when the set-up is wrong.

The state is columns of senders, shared by all workers. Messages only wait for it: it uses up none of their tries.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import notices
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import breaker
from engine.rules.breaker import Breaker
from engine.rules.retry import Outcome
from storage import breakers, marks, messages, senders
from storage.breakers import Place
from storage.lifecycle import Event, State
from storage.model import Sender
from storage.tables import messages as rows

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Lesson:
    """What one batch tells about one channel of one workspace, in the order in which it happened.

    Each answer with its sender as it was at the claim.
    """

    answers: list[tuple[Sender, bool]] = field(default_factory=list)
    cause: str = ""
    stops: dict[int, str] = field(default_factory=dict)
    pauses: dict[int, timedelta] = field(default_factory=dict)


def lessons(outcomes: Sequence[tuple[Sender, Outcome | None]]) -> dict[Place, Lesson]:
    """By channel. Without an outcome it was sent: that matters only where something failed, now or before."""
    found: dict[Place, Lesson] = defaultdict(Lesson)
    told = {
        (sender.workspace_id, sender.channel)
        for sender, outcome in outcomes
        if outcome is not None or sender.failures or sender.opened_at
    }
    for sender, outcome in outcomes:
        if (sender.workspace_id, sender.channel) not in told:
            continue
        lesson = found[sender.workspace_id, sender.channel]
        healthy = True if outcome is None else outcome.healthy
        if healthy is not None:
            lesson.answers.append((sender, healthy))
        if outcome is None:
            continue
        if outcome.healthy is False:
            lesson.cause = outcome.note
        if outcome.stops:
            lesson.stops[sender.id] = outcome.stops
        if outcome.pause:
            lesson.pauses[sender.id] = max(outcome.pause, lesson.pauses.get(sender.id, timedelta()))
    return dict(found)


async def learn(
    ctx: Context, conn: AsyncConnection, found: dict[Place, Lesson], locked: dict[Place, list[Sender]]
) -> None:
    """Write down what was learned. `locked` is what breakers.lock gave for the same places."""
    if not found:
        return
    machine_now = await ctx.db.machine_now(conn)
    for place, lesson in found.items():
        mine = locked[place]
        await _turn_breaker(ctx, conn, mine, lesson, machine_now)
        for sender_id, pause in lesson.pauses.items():
            await breakers.set_all(conn, [sender_id], not_before=machine_now + pause)
        for sender in mine:
            if sender.id in lesson.stops and not sender.stopped:
                await _stop(ctx, conn, sender, lesson.stops[sender.id], machine_now)


async def try_now(ctx: Context, who: Who, sender_id: int) -> None:
    """A person does not want to wait for the next probe, or mended the set-up. One message tries it."""
    async with ctx.db.begin() as conn:
        sender = await senders.get(conn, who.workspace_id, sender_id)
        if sender is None or not (sender.stopped or sender.opened_at):
            raise Refused("This channel works; nothing waits for it.")
        mine = (await breakers.lock(conn, [(sender.workspace_id, sender.channel)])).popitem()[1]
        await breakers.set_all(conn, [sender_id], stopped="")
        await breakers.set_all(conn, [one.id for one in mine if one.opened_at], not_before=None)
        await _hurry(ctx, conn, who, [one.id for one in mine])
        await _tell(ctx, conn, sender, "try_now", actor=who.user_id, anew=False)
    ctx.db.wake()


async def _hurry(ctx: Context, conn: AsyncConnection, who: Who, sender_ids: Sequence[int]) -> None:
    """One message that failed before need not wait any longer: it is the one that tries."""
    failed = rows.c.sender_id.in_(list(sender_ids)) & (rows.c.tries > 0)
    scheduled = failed & (rows.c.state == State.SCHEDULED)
    await messages.move_where(
        conn, Event.HOLD, scheduled, workspace_id=who.workspace_id, actor=who.user_id, now=ctx.now(),
        values={"due_at": ctx.now(), "note": "Tried at once."}, limit=1,
    )  # fmt: skip


async def lift_stops(ctx: Context, conn: AsyncConnection) -> None:
    """At start: what stopped a sender may have been mended. One message tries it; if it fails, it stops again."""
    stopped = await breakers.resting(conn, list(ctx.channels))
    if stopped:
        await breakers.set_all(conn, [one.id for one in stopped], stopped="", not_before=None)
        await marks.stale(conn, "sender", [one.id for one in stopped])


async def _turn_breaker(
    ctx: Context, conn: AsyncConnection, mine: Sequence[Sender], lesson: Lesson, machine_now: datetime
) -> None:
    mine = [one for one in mine if not one.stopped]
    if not mine:
        return
    first = mine[0]
    before = Breaker(max(one.failures for one in mine), any(one.opened_at for one in mine))
    resting = {one.id for one in mine if one.opened_at}  # what was in flight then tells of the time before
    counted = [healthy for one, healthy in lesson.answers if one.opened_at or one.id not in resting]
    after = breaker.after(before, counted)
    if after == before:
        return
    ids = [one.id for one in mine]
    if after.is_open:
        until = machine_now + breaker.rest(after, random.random())  # noqa: S311 - so that two do not meet again
        opened = next((one.opened_at for one in mine if one.opened_at), ctx.now())
        await breakers.set_all(
            conn, ids, failures=after.failures, opened_at=opened, cause=lesson.cause, not_before=until
        )
        log.warning("breaker_open", channel=first.channel, failures=after.failures)
        if before.is_open:
            await marks.stale(conn, "sender", ids)
        else:
            await _tell(ctx, conn, first, "opened", detail=lesson.cause, anew=True)
        return
    rested: dict[str, None] = {"not_before": None} if before.is_open else {}
    await breakers.set_all(conn, ids, failures=after.failures, opened_at=None, cause="", **rested)
    if before.is_open:
        log.info("breaker_closed", channel=first.channel)
        for sender in mine:
            await _tell(ctx, conn, sender, "closed", anew=False)


async def _stop(
    ctx: Context, conn: AsyncConnection, sender: Sender, reason: str, machine_now: datetime
) -> None:
    """Half open at once: when the stop is lifted, one message tries it before the others follow."""
    log.error("sender_stopped", sender_id=sender.id, reason=reason)
    await breakers.set_all(
        conn, [sender.id], stopped=reason, opened_at=sender.opened_at or ctx.now(), cause=reason,
        failures=max(sender.failures, breaker.THRESHOLD), not_before=machine_now,
    )  # fmt: skip
    await _tell(ctx, conn, sender, "stopped", detail=reason, anew=sender.opened_at is None)


async def _tell(
    ctx: Context, conn: AsyncConnection, sender: Sender, event: str, *, anew: bool, actor: str = "deliver",
    detail: str = "",
) -> None:  # fmt: skip
    """A line in its timeline; its card is posted, or redrawn where it stands."""
    await marks.note(
        conn, sender.workspace_id, "sender", sender.id, event, actor=actor, now=ctx.now(), detail=detail[:500]
    )
    if event in ("opened", "stopped"):
        await notices.to_admins(conn, sender.workspace_id, "sender", sender.id, anew=anew)
    else:
        await marks.stale(conn, "sender", [sender.id])
