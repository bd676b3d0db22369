"""Plays the next days: the real stages over a copy in memory, with a clock that steps to the next due instant.

Writes to no database but its own. Blocks its thread for as long as it takes: it belongs in one of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from engine import accounts, plan
from engine.context import Context
from engine.deliver import Lane
from engine.rehearse import outcome
from engine.rehearse.script import Played, Script
from engine.rehearse.stage import Clock, Person, context
from engine.rules import timing
from storage import campaigns, copying, messages, rehearsals, senders, upcoming
from storage.in_memory import InMemory
from storage.lifecycle import Event, State
from storage.messages import Change
from storage.model import StrategyState
from storage.tables import messages as rows

Turn = Callable[[Context], Awaitable[bool]]
DAY = timedelta(days=1)


@dataclass(slots=True)
class Progress:
    """Shared between two threads: days that are through, and whether it is wanted at all any more."""

    reached: int = 0
    unwanted: threading.Event = field(default_factory=threading.Event)


class Unwanted(Exception):
    """Nobody waits for the outcome any more."""


async def play(ctx: Context, script: Script, turns: Sequence[Turn], progress: Progress) -> Played:
    """`turns` are the loops that move outreach on. Raises Refused when the campaign cannot be planned."""
    db, clock = InMemory(), Clock(script.begins)
    stage = context(ctx, db, clock)
    lanes = [Lane(channel) for channel in stage.channels.values()]
    try:
        await db.make()
        async with db.begin() as conn:
            await copying.write(conn, script.rows)
        await _land(stage, script)
        play = _Play(stage, script, [*turns, *(lane.turn for lane in lanes)], Person(script.who))
        await play.begin()
        await play.through(clock, progress)
        return await outcome.read(stage, script, play.person.stuck, play.limits)
    finally:
        await db.close()


async def _land(stage: Context, script: Script) -> None:
    """What is on the wire while the copy is taken counts as sent."""
    async with stage.db.begin() as conn:
        flying = await messages.find(conn, script.who.workspace_id, rows.c.state == State.SENDING)
        changes = [Change(row.id, {"sent_at": stage.now(), "due_at": None}) for row in flying]
        await messages.move(conn, Event.SENT, changes, actor="rehearsal", now=stage.now())


@dataclass(slots=True)
class _Play:
    stage: Context
    script: Script
    turns: Sequence[Turn]
    person: Person
    limits: dict[tuple[str, date], dict[int, int]] = field(default_factory=dict)

    async def begin(self) -> None:
        """What nobody decided on yet counts as approved: the strategy, and the order of each account."""
        await self._strategy()
        await self._drain()
        async with self.stage.db.read() as conn:
            undecided = await rehearsals.orders(conn, self.script.who.workspace_id)
        for enrolment_id, revision in undecided:
            await accounts.approve_all(self.stage, self.script.who, accounts.Shown(enrolment_id, revision))

    async def _strategy(self) -> None:
        """Where there is none, rules write one."""
        workspace, campaign_id = self.script.who.workspace_id, self.script.campaign_id
        async with self.stage.db.read() as conn:
            known = await campaigns.strategies_of(conn, workspace, campaign_id)
        if any(found.state is StrategyState.APPROVED for found in known):
            return
        if not any(found.state is StrategyState.DRAFT for found in known):
            await plan.ask(self.stage, self.script.who, campaign_id)
        await self._drain()
        async with self.stage.db.read() as conn:
            known = await campaigns.strategies_of(conn, workspace, campaign_id)
        newest = next(found for found in known if found.state is StrategyState.DRAFT)
        await plan.approve(self.stage, self.script.who, newest.id)

    async def through(self, clock: Clock, progress: Progress) -> None:
        """From due instant to due instant, until nothing is due before the end."""
        while True:
            await self._settle()
            await self._note_limits()
            if progress.unwanted.is_set():
                raise Unwanted
            to = await self._next()
            if to is None or to >= self.script.ends:
                return
            clock.now = to
            progress.reached = (to - self.script.begins).days

    async def _settle(self) -> None:
        """Until no loop has anything to do and nothing waits for the person."""
        await self._drain()
        while await self.person.turn(self.stage):
            while await self.person.turn(self.stage):
                continue
            await self._drain()

    async def _drain(self) -> None:
        moved = True
        while moved:
            moved = False
            for turn in self.turns:
                while await turn(self.stage):
                    moved = True

    async def _next(self) -> datetime | None:
        """The next due instant; what is overdue and waits for something else is looked at once a day."""
        now = self.stage.now()
        async with self.stage.db.read() as conn:
            first = await upcoming.first(conn, now)
            stands = await upcoming.overdue(conn, now)
        return min(first or now + DAY, now + DAY) if stands else first

    async def _note_limits(self) -> None:
        """What the senders may send on the day that it is for them."""
        now = self.stage.now()
        async with self.stage.db.read() as conn:
            for sender in await rehearsals.limited(conn, self.script.who.workspace_id):
                limit = senders.today(sender, now).limit
                if limit is not None:
                    day = timing.local_date(now, sender.zone or "UTC")
                    self.limits.setdefault((sender.channel, day), {})[sender.id] = limit
