"""Signals: what a person says is going on around a brand. Tomorrow's drafts take them up; approved words stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import brands
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import signals, timing
from engine.writing import cleaning
from storage import calendars, marks, messages
from storage import signals as rows
from storage.lifecycle import Event, State
from storage.messages import Change
from storage.model import Brand
from storage.tables import messages as message_rows

LASTS = timedelta(days=3)
LONGEST = 90
TEXT = 300
_UNAPPROVED = {"approved_revision": None, "approved_hash": "", "approved_by": None, "approved_at": None}


@dataclass(frozen=True, slots=True)
class Added:
    """`rewritten` drafts of tomorrow take it up, `approved` ones do not; `relevant` says whether it is about the brand."""

    brand: str
    expires_at: datetime
    relevant: bool
    rewritten: int
    approved: int


async def add(ctx: Context, who: Who, text: str, *, kind: str, brand: str, days: int | None) -> Added:
    """Keep a signal until it expires, and have tomorrow's undecided drafts written with it. Raises Refused."""
    said = cleaning.clean(text, TEXT)
    if not said:
        raise Refused("Say what is going on, like /social signal add “New rules for …”.", field="text")
    if kind not in rows.KINDS:
        raise Refused(f"A signal is one of {', '.join(rows.KINDS)}.", field="kind")
    if days is not None and not 1 <= days <= LONGEST:
        raise Refused(f"A signal lasts 1 to {LONGEST} days.", field="expires")
    found = await brands.chosen(ctx, who, brand)
    expires = ctx.now() + (timedelta(days=days) if days else LASTS)
    about = " ".join((found.positioning, found.audience, *found.value_propositions))
    async with ctx.db.begin() as conn:
        signal_id = await rows.add(
            conn, who.workspace_id, found.id, kind=kind, text=said, expires_at=expires, by=who.user_id, now=ctx.now()
        )  # fmt: skip
        await marks.note(
            conn, who.workspace_id, "signal", signal_id, "create", actor=who.user_id, now=ctx.now(), detail=said
        )  # fmt: skip
        relevant = signals.relevant(said, about)
        rewritten, approved = await renew(ctx, conn, found, actor=who.user_id) if relevant else (0, 0)
    return Added(found.name, expires, relevant, rewritten, approved)


async def every(ctx: Context, who: Who, brand: str) -> tuple[Brand, list[rows.Signal]]:
    """Those in force, the newest first."""
    found = await brands.chosen(ctx, who, brand)
    async with ctx.db.read() as conn:
        return found, await rows.in_force(conn, who.workspace_id, found.id, ctx.now())


async def renew(
    ctx: Context, conn: AsyncConnection, brand: Brand, *, actor: str, feed_id: int | None = None
) -> tuple[int, int]:
    """Have tomorrow's undecided posts of a calendar written anew; how many are, and how many are approved already."""
    zone = brand.zone or "UTC"
    day = signals.tomorrow(ctx.now(), zone)
    start, end = (timing.slot_on(day + timedelta(days=more), time(0), zone) for more in (0, 1))
    mine = (message_rows.c.feed_id == feed_id,) if feed_id else ()
    found = await messages.find(
        conn, brand.workspace_id, message_rows.c.brand_id == brand.id, message_rows.c.feed_id.is_not(None),
        message_rows.c.slot_at >= start, message_rows.c.slot_at < end, *mine,
    )  # fmt: skip
    planned = await calendars.posts_of(conn, [row.id for row in found])
    mine_rows = [row for row in found if row.id in planned]
    drafted = [Change(row.id, revision=row.revision) for row in mine_rows if row.state == State.DRAFTED]
    waiting = [Change(row.id, {"due_at": ctx.now()}) for row in mine_rows if row.state == State.PLANNED]
    moved = await messages.move(
        conn, Event.REWRITE, drafted, actor=actor, now=ctx.now(), values=_UNAPPROVED | {"due_at": ctx.now()}
    )
    early = await messages.move(conn, Event.HOLD, waiting, actor=actor, now=ctx.now())
    approved = sum(row.state in (State.APPROVED, State.SCHEDULED) for row in mine_rows)
    return len(moved) + len(early), approved
