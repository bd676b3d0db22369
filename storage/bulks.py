"""Many drafts decided at once: which belong together, what was counted when, who looked, what was approved.

A count never changes afterwards: a draft joins it with the revision it had then, and other words are another row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import leases, marks
from storage import messages as message_rows
from storage.db import columns
from storage.lifecycle import State
from storage.model import Bulk, Message
from storage.tables import bulk_drafts, bulks, cards, messages, revisions
from storage.workspaces import insert_new

COLUMNS = columns(bulks, Bulk)


class Group(Protocol):
    """What says which drafts belong together: a Bulk, or what will become one."""

    @property
    def workspace_id(self) -> str: ...
    @property
    def campaign_id(self) -> int | None: ...
    @property
    def brand_id(self) -> int: ...
    @property
    def step(self) -> int | None: ...
    @property
    def starts_at(self) -> datetime | None: ...
    @property
    def ends_at(self) -> datetime | None: ...


def members(bulk: Group) -> ColumnElement[bool]:
    """The messages that belong together, in whatever state."""
    c = messages.c
    mine = c.workspace_id == bulk.workspace_id
    if bulk.campaign_id is not None:
        return and_(mine, c.campaign_id == bulk.campaign_id, c.step == bulk.step, ~message_rows.is_answer())
    return and_(
        mine, c.brand_id == bulk.brand_id, c.feed_id.is_not(None), c.slot_at >= bulk.starts_at, c.slot_at < bulk.ends_at
    )  # fmt: skip


def drafts(bulk: Bulk) -> ColumnElement[bool]:
    return members(bulk) & (messages.c.state == State.DRAFTED)


def passing(bulk: Bulk, number: int) -> Select[Any]:
    """Messages that count `number` covers and that nobody decided about since: join of messages and what was counted."""
    return _counted_now(bulk).where(bulk_drafts.c.since.between(1, number), bulk_drafts.c.problem == "")


def left_out(bulk: Bulk) -> Select[Any]:
    """The same for drafts that were counted and do not pass."""
    return _counted_now(bulk).where(bulk_drafts.c.problem != "")


def _counted_now(bulk: Bulk) -> Select[Any]:
    c, d = messages.c, bulk_drafts.c
    same = and_(d.bulk_id == bulk.id, d.message_id == c.id, d.revision == c.revision)
    return select(c.id).select_from(messages.join(bulk_drafts, same)).where(drafts(bulk))


# --- a bulk and its counts


async def ensure(conn: AsyncConnection, values: Mapping[str, Any], drafted: Sequence[int]) -> int:
    """There should be a bulk of this key with these drafts in it, to be counted anew. Returns its id."""
    mine = (bulks.c.workspace_id == values["workspace_id"], bulks.c.key == values["key"])
    new = insert_new(conn, bulks).values(**values).returning(bulks.c.id)
    if (await conn.execute(new)).first() is None:
        await conn.execute(update(bulks).where(*mine).values(wanted=bulks.c.wanted + 1))
    bulk_id = int((await conn.execute(select(bulks.c.id).where(*mine))).scalar_one())
    await marks.join_bulks(conn, drafted)
    return bulk_id


async def gather(conn: AsyncConnection, bulk: Bulk) -> None:
    """Put every draft of the group into a bulk that was never counted: some are older than it."""
    values = (literal(bulk.workspace_id), literal(bulk.id), messages.c.id, messages.c.revision, literal(0))
    await conn.execute(
        insert_new(conn, bulk_drafts).from_select(
            ["workspace_id", "bulk_id", "message_id", "revision", "since"],
            select(*values).where(drafts(bulk)),
        )
    )


async def get(conn: AsyncConnection, workspace_id: str, bulk_id: int) -> Bulk | None:
    result = await conn.execute(
        select(*COLUMNS).where(bulks.c.workspace_id == workspace_id, bulks.c.id == bulk_id)
    )
    row = result.first()
    return Bulk(*row) if row else None


async def waiting(conn: AsyncConnection, belongs: ColumnElement[bool], *, now: datetime, at_most: int) -> int:
    """How many of these wait for a decision, or are being written and will soon; counted to `at_most`."""
    c = messages.c
    coming = (c.state == literal_column("'planned'")) & (c.due_at <= now)  # in the words of its index
    found = await size(conn, select(c.id).where(belongs, c.state == State.DRAFTED).limit(at_most))
    if found < at_most:
        found += await size(conn, select(c.id).where(belongs, coming).limit(at_most - found))
    return found


async def lease(
    conn: AsyncConnection, *, me: str, machine_now: datetime, until: datetime, limit: int = 8
) -> list[Bulk]:
    """Take bulks that want to be counted. Spans workspaces: the rows say whose they are."""
    found = await leases.take(
        conn, bulks, COLUMNS, bulks.c.counted < bulks.c.wanted,
        me=me, machine_now=machine_now, until=until, limit=limit,
    )  # fmt: skip
    return [Bulk(*row) for row in found]


async def uncounted(conn: AsyncConnection, bulk: Bulk, limit: int) -> list[Message]:
    """Drafts whose present words are in no count yet; those that were decided or changed meanwhile wait where they are."""
    c, d = messages.c, bulk_drafts.c
    result = await conn.execute(
        select(*message_rows.COLUMNS)
        .join(bulk_drafts, and_(d.message_id == c.id, d.revision == c.revision))
        .where(d.bulk_id == bulk.id, d.since == literal_column("0"), drafts(bulk))
        .order_by(c.id)
        .limit(limit)
    )
    return [Message(*row) for row in result]


async def count(
    conn: AsyncConnection, bulk: Bulk, judged: Sequence[tuple[Message, str]], *, me: str, done: bool
) -> bool:
    """Write a new count: these drafts, with why one does not pass (empty: it does), and all from before.

    `done`: nothing is left to count. False, and nothing written, when the lease was lost.
    """
    counted = bulk.wanted if done else bulk.counted
    result = await conn.execute(
        update(bulks)
        .where(bulks.c.id == bulk.id, bulks.c.leased_by == me)
        .values(number=bulk.number + 1, counted=counted, leased_by=None, lease_until=None)
    )
    if result.rowcount and judged:
        rows = [{"m": row.id, "r": row.revision, "p": problem} for row, problem in judged]
        d = bulk_drafts.c
        mine = (d.bulk_id == bulk.id, d.message_id == bindparam("m"), d.revision == bindparam("r"))
        values = {"since": bulk.number + 1, "problem": bindparam("p")}
        await conn.execute(update(bulk_drafts).where(*mine).values(values), rows)
    return bool(result.rowcount)


async def no_longer_passes(
    conn: AsyncConnection, workspace_id: str, bulk_id: int, row: Message, problem: str
) -> None:
    """A draft that had passed is left out from now on."""
    d = bulk_drafts.c
    await conn.execute(
        update(bulk_drafts)
        .where(
            d.workspace_id == workspace_id, d.bulk_id == bulk_id, d.message_id == row.id, d.revision == row.revision
        )
        .values(problem=problem)
    )  # fmt: skip


async def some(conn: AsyncConnection, found: Select[Any], few: int, *, random: bool = False) -> list[int]:
    """At most so many of the messages found, the first by id, or random ones."""
    order = func.random() if random else messages.c.id
    return [row.id for row in await conn.execute(found.order_by(order).limit(few))]


async def size(conn: AsyncConnection, found: Select[Any]) -> int:
    return int((await conn.execute(select(func.count()).select_from(found.subquery()))).scalar_one())


async def without_card(conn: AsyncConnection, bulk: Bulk, limit: int) -> list[int]:
    """Drafts that no card of their own shows yet: those left out first, then the lowest scores."""
    c, d, r, k = messages.c, bulk_drafts.c, revisions.c, cards.c
    counted = and_(d.bulk_id == bulk.id, d.message_id == c.id, d.revision == c.revision)
    worded = and_(r.message_id == c.id, r.revision == c.revision)
    card = exists().where(k.workspace_id == bulk.workspace_id, k.kind == "message", k.entity_id == c.id)
    result = await conn.execute(
        select(c.id)
        .select_from(messages.outerjoin(bulk_drafts, counted).outerjoin(revisions, worded))
        .where(drafts(bulk), ~card)
        .order_by(case((func.coalesce(d.problem, "") == "", 1), else_=0), r.score, c.id)
        .limit(limit)
    )
    return [row.id for row in result]
