"""What a rehearsal puts in the place of the world: channels that only count, a writer that writes no words of its own,
and a person who approves and does at once what waits for people. Opens no connection.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from engine import approve, policy, review, tasks
from engine.channels import Channel, Envelope, Limits, Receipt
from engine.context import Context, Who
from engine.errors import Refused
from engine.writing import DraftRequest, Words
from engine.writing.rules import TemplateWriter
from engine.writing.templates import MissingVariable
from storage import facts, messages
from storage.db import Database
from storage.lifecycle import Event, State
from storage.messages import Change
from storage.model.sending import WAITING
from storage.tables import messages as rows

SUBJECT, WORDS = "a short rehearsal", "this only stands for words that are written when their time has come."
AT_ONCE = 100
BATCH = 200


@dataclass(slots=True)
class Clock:
    """Business time of a rehearsal: stands still until it is stepped."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


class Silent:
    """A channel that takes every envelope and sends nothing; nobody answers."""

    def __init__(self, real: Channel) -> None:
        self.name, self.provider = real.name, real.provider
        self.limits: Limits = replace(real.limits, concurrency=AT_ONCE)
        self.idempotent_for = timedelta()

    async def send(self, envelope: Envelope) -> Receipt:
        return Receipt(f"rehearsal:{envelope.key}")

    async def close(self) -> None:
        """There is nothing to give back."""


class PracticeWriter(TemplateWriter):
    """Words that say nothing: nobody reads or judges them. It still stops where a template would stop for want of a value.

    A template is filled once for all recipients of whom the same is known.
    """

    batch = BATCH

    def __init__(self) -> None:
        self._known: dict[Any, Words | MissingVariable] = {}

    async def draft(self, request: DraftRequest) -> Words:
        """Raises templates.MissingVariable as the template writer would."""
        shape = _shape(request)
        if shape not in self._known:
            try:
                found = await super().draft(request)
                self._known[shape] = Words(
                    "", WORDS, found.source, found.template, locale=found.locale, practice=True
                )
            except MissingVariable as missing:
                self._known[shape] = missing
        known = self._known[shape]
        if isinstance(known, MissingVariable):
            raise known
        subject = SUBJECT if request.channel == "email" else ""
        return replace(known, subject=subject)


@dataclass(slots=True)
class Person:
    """Approves every draft that a person could approve and does every task when it is offered.

    `stuck` says of the other drafts what forbids them.
    """

    who: Who
    stuck: dict[tuple[int, int], str] = field(default_factory=dict)

    async def turn(self, ctx: Context) -> bool:
        """One batch; False when there was nothing to do."""
        return await self._approve(ctx) or await self._do_tasks(ctx)

    async def _do_tasks(self, ctx: Context) -> bool:
        offered = (rows.c.state == State.SCHEDULED, rows.c.note == WAITING)
        async with ctx.db.read() as conn:
            found = await messages.find(conn, self.who.workspace_id, *offered, limit=BATCH)
        did = 0
        for row in found:
            with contextlib.suppress(Refused):  # a gate forbids it by now: the row says which
                await tasks.done(ctx, self.who, row)
                did += 1
        return did > 0

    async def _approve(self, ctx: Context) -> bool:
        drafted = (rows.c.state == State.DRAFTED, rows.c.contact_id.is_not(None))
        async with ctx.db.begin() as conn:
            found = await messages.find(conn, self.who.workspace_id, *drafted, limit=BATCH + len(self.stuck))
            fresh = [row for row in found if (row.id, row.revision) not in self.stuck]
            changes = []
            for case in await facts.gather(conn, fresh) if fresh else ():
                reason = review.barrier(case, policy.read(case.settings), ctx.now())
                if reason:
                    self.stuck[case.message.id, case.message.revision] = reason
                    continue
                values = approve.approval(ctx, case, self.who.user_id)
                changes.append(Change(case.message.id, values, case.message.revision))
            await messages.move(conn, Event.APPROVE, changes, actor=self.who.user_id, now=ctx.now())
        return bool(fresh)


def context(ctx: Context, db: Database, clock: Clock) -> Context:
    """The same context over another database and clock, with nothing in it that reaches anybody."""
    silent: Mapping[str, Channel] = {name: Silent(real) for name, real in ctx.channels.items()}
    return replace(ctx, db=db, now=clock, writer=PracticeWriter(), channels=silent, me="rehearsal")


def _shape(value: Any) -> Any:
    """A request without what is only true of one recipient: which of their values there are, not what they are."""
    if isinstance(value, DraftRequest):
        return tuple(
            _presence(getattr(value, part.name))
            if part.name in ("person", "history", "reply")
            else _shape(getattr(value, part.name))
            for part in fields(value)
        )
    if isinstance(value, Mapping):
        return tuple(sorted((str(name), _shape(part)) for name, part in value.items()))
    return tuple(_shape(part) for part in value) if isinstance(value, list | tuple) else value


def _presence(value: Any) -> Any:
    if is_dataclass(value):
        told = {part.name: getattr(value, part.name) for part in fields(value)}
        return tuple((n, v if n == "locale" else _presence(v)) for n, v in sorted(told.items()))
    if isinstance(value, Mapping):
        return tuple(sorted(str(name) for name, part in value.items() if part))
    return bool(value)
