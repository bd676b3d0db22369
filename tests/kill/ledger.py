"""What the database says: seeds approved messages, counts what is in flight, compares the end with the world."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import outside
import seeding
from sqlalchemy import func, insert, select, text, update

from storage import cards, workspaces
from storage.db import Database
from storage.lifecycle import State
from storage.tables import campaigns, contacts, digests, messages
from storage.tables import cards as card_rows

CHANNEL = "C0GROWTH"
LATER = timedelta(hours=1)
GONE = 30.0
"""Seconds in which PostgreSQL has noticed that a client is gone; its lock_timeout is 2."""


class Ledger:
    """One workspace with one e-mail sender without a cap; every message goes to a contact of its own."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.seeded = 0
        self.posts: list[int] = []
        self._campaign = 0

    async def open(self) -> None:
        """The digest was due an hour ago, whatever the time is."""
        await seeding.add_workspace(self.db, "T1")
        due = datetime.now(UTC) - timedelta(hours=1)
        async with self.db.begin() as conn:
            self._campaign = await seeding.campaign(conn, "T1", datetime.now(UTC), channel_id=CHANNEL)
            hour = due.strftime("%H:%M:00")
            settings = {"digest_at": hour, "digest_channel": CHANNEL, "weekly_on": "off"}
            await workspaces.set_settings(conn, "T1", settings)

    async def mails(self, count: int, *, drawn: bool = False) -> None:
        """Approved, scheduled and due. Their cards wait for `draw`, unless they are `drawn` as they change."""
        now = datetime.now(UTC)
        async with self.db.begin() as conn:
            people = await seeding.people(conn, "T1", count, now, first=self.seeded)
            ids = await seeding.touches(conn, "T1", self._campaign, people, now)
            values = {"workspace_id": "T1", "kind": "message", "channel": CHANNEL}
            held = None if drawn else now + LATER
            rows = [{**values, "entity_id": id_, "not_before": held} for id_ in ids]
            await conn.execute(insert(card_rows), rows)
        self.seeded += count

    async def slots(self, count: int) -> None:
        """Approved LinkedIn posts whose slot is now."""
        first = len(self.posts)
        words = [f"Slot {n} of our little series" for n in range(first, first + count)]
        async with self.db.begin() as conn:
            self.posts += await seeding.posts(conn, "linkedin", outside.AUTHOR, datetime.now(UTC), *words)
            for made in self.posts[first:]:
                await cards.want(conn, "T1", "message", made, CHANNEL)

    async def rows(self) -> list[Any]:
        """Every message with the address it goes to."""
        statement = select(messages, contacts.c.email, contacts.c.block_key).outerjoin(
            contacts, contacts.c.id == messages.c.contact_id
        )
        async with self.db.read() as conn:
            return list(await conn.execute(statement.order_by(messages.c.id)))

    async def states(self) -> Counter[str]:
        async with self.db.read() as conn:
            found = await conn.execute(select(messages.c.state, func.count()).group_by(messages.c.state))
            return Counter(dict(tuple(row) for row in found))

    async def in_flight(self, pid: int, name: str) -> set[int]:
        """What this process had claimed and not recorded when it died. A commit it had asked for still counts."""
        async with asyncio.timeout(GONE):
            while await self._connections(name):
                await asyncio.sleep(0.01)
        mine = messages.c.leased_by.like(f"%-{pid}-%")
        async with self.db.read() as conn:
            found = await conn.execute(
                select(messages.c.id).where(mine, messages.c.state == State.SENDING.value)
            )
            return set(found.scalars())

    async def _connections(self, name: str) -> int:
        """PostgreSQL notices within milliseconds that a client is gone, unless it is busy with its last request."""
        if self.db.is_sqlite:
            return 0
        asked = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = :name")
        async with self.db.read() as conn:  # one transaction sees one picture
            return int((await conn.execute(asked, {"name": name})).scalar_one())

    async def draw(self) -> int:
        """Let the cards of the unsure be drawn now, and leave out those of the sent; how many are still stale."""
        unsure = select(messages.c.id).where(messages.c.state == State.UNSURE.value)
        stale = card_rows.c.drawn < card_rows.c.wanted
        async with self.db.begin() as conn:
            mine = (card_rows.c.kind == "message", card_rows.c.not_before > datetime.now(UTC) + LATER / 2)
            sent = card_rows.c.entity_id.not_in(unsure)
            await conn.execute(update(card_rows).where(*mine, sent).values(drawn=card_rows.c.wanted))
            await conn.execute(update(card_rows).where(*mine).values(not_before=None))
            return (await conn.execute(select(func.count()).where(stale))).scalar_one()

    async def cards(self) -> dict[int, Any]:
        """Each message's card, by the message's id."""
        async with self.db.read() as conn:
            found = await conn.execute(select(card_rows).where(card_rows.c.kind == "message"))
            return {row.entity_id: row for row in found}

    async def digests(self) -> list[Any]:
        async with self.db.read() as conn:
            return list(await conn.execute(select(digests)))

    async def status(self) -> str:
        async with self.db.read() as conn:
            return str((await conn.execute(select(campaigns.c.status))).scalar_one())
