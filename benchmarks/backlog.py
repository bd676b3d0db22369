"""Large tables of real rows: one seeded row, copied by the database itself with what must differ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import seeding
from sqlalchemy import ColumnElement, Table, insert, literal, literal_column, select, true
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import CTE

from benchmarks.deliver import NOW, analysed, context
from storage.db import Database
from storage.tables import contacts, messages

DUE = 1_000
LATER = timedelta(minutes=10)
"""Each thousand becomes due this much after the one before: whoever moves the clock has a thousand due each time."""
TOUCHES_EACH = 10
"""Messages of the backlog to one contact."""
ROUNDS = 3
CHUNK = 50_000


async def seeded(url: str, whole: int) -> None:
    """`whole` scheduled messages of one sender: up to ROUNDS × DUE of them due in turn, the others in a month."""
    db = context(url).db
    await seeding.add_workspace(db, "T1")
    soon = min(whole, ROUNDS * DUE)
    for first in range(0, soon, DUE):
        async with db.begin() as conn:
            campaign = await seeding.campaign(conn, "T1", NOW, name=f"Spring {first}")
            people = await seeding.people(conn, "T1", DUE, NOW, first)
            at = NOW + LATER * (first // DUE)
            ids = await seeding.touches(conn, "T1", campaign, people, NOW, due_at=at, with_cards=True)
    await _backlog(db, ids[0], people[0], whole - soon)
    await analysed(db)
    await db.close()


async def _backlog(db: Database, message: int, contact: int, count: int) -> None:
    """Copies in chunks: the product cuts off a transaction that takes long."""
    people = max(1, count // TOUCHES_EACH)
    if count <= 0:
        return
    for first in range(0, people, CHUNK):
        async with db.begin() as conn:
            await _people(conn, contact, numbers(first, min(people, first + CHUNK)))
    async with db.read() as conn:
        start = await conn.scalar(select(contacts.c.id).where(contacts.c.email == "later0@lovelace.example"))
    for first in range(0, count, CHUNK):
        async with db.begin() as conn:
            await _messages(conn, message, numbers(first, min(count, first + CHUNK)), int(start), people)


async def _people(conn: AsyncConnection, template: int, n: CTE) -> None:
    address = literal("later") + n.c.n.cast(contacts.c.first_name.type) + "@lovelace.example"
    await copied(conn, contacts, template, n, {"email": address, "email_key": address, "block_key": address})


async def _messages(conn: AsyncConnection, template: int, n: CTE, first: int, people: int) -> None:
    month = literal(NOW + timedelta(days=30), messages.c.due_at.type)
    differing = {
        "contact_id": first + n.c.n % people, "due_at": month, "slot_at": month,
        "dedupe_key": literal("later") + n.c.n.cast(messages.c.note.type),
    }  # fmt: skip
    await copied(conn, messages, template, n, differing)


def numbers(first: int, end: int) -> CTE:
    """A table of n from `first` to `end` − 1."""
    found = select(literal_column(str(first)).label("n")).cte("numbers", recursive=True)
    return found.union_all(select(found.c.n + 1).where(found.c.n < end - 1))


async def copied(
    conn: AsyncConnection, table: Table, row_id: int, n: CTE, differing: Mapping[str, ColumnElement[Any]]
) -> None:
    """One copy of a row for each n, with its own values in `differing`."""
    names = [name for name in table.c.keys() if name != "id"]  # noqa: SIM118
    chosen = select(*(differing.get(name, table.c[name]).label(name) for name in names))
    source = chosen.select_from(table.join(n, true())).where(table.c.id == row_id)
    await conn.execute(insert(table).from_select(names, source))
