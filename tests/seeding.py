"""Puts a workspace, a campaign with people and messages of any state into a database; and a clock that tests set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.rules import addresses, similarity
from storage import campaigns, senders, workspaces
from storage.db import Database
from storage.lifecycle import State
from storage.model import Workspace
from storage.tables import cards, contacts, enrolments, messages

BODY = "Hello, here is a short note about booking. Would Tuesday suit you for a call?"
SUBJECT = "A quick word about booking"


@dataclass
class Clock:
    """Business time for a test: stands still until it is moved."""

    now: datetime = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # a Tuesday

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


async def add_workspace(db: Database, workspace_id: str) -> str:
    async with db.begin() as conn:
        created = datetime(2026, 11, 1, tzinfo=UTC)
        noun = Workspace(workspace_id, "Acme", "UBOT", "U1OLIVIA", {}, created)
        await workspaces.ensure(conn, noun)
        brand = await workspaces.default_brand(conn, workspace_id)
        assert brand is not None
        await workspaces.set_brand(conn, workspace_id, brand.id, {"postal_address": "1 Main St, Springfield"})
    return workspace_id


async def campaign(conn: AsyncConnection, workspace_id: str, now: datetime, **values: Any) -> int:
    """An active campaign with window:always and an e-mail sender."""
    brand = await workspaces.default_brand(conn, workspace_id)
    assert brand is not None
    await senders.ensure(conn, workspace_id, "email", address="olivia@acme.example", name="Olivia")
    made = await campaigns.add(
        conn,
        {
            "workspace_id": workspace_id, "brand_id": brand.id, "name": "Spring", "channels": ("email",),
            "window": "always", "autonomy": "review", "status": "active", "owner_id": "U1OLIVIA",
            "channel_id": "C1GROWTH", "created_at": now, **values,
        },
    )  # fmt: skip
    return made.id


async def people(
    conn: AsyncConnection, workspace_id: str, count: int, now: datetime, first: int = 0
) -> list[int]:
    rows = [
        {
            "workspace_id": workspace_id, "first_name": f"Ada{n}", "email": f"ada{n}@lovelace.example",
            "email_key": f"ada{n}@lovelace.example", "block_key": addresses.identity_key(f"ada{n}@lovelace.example"),
            "zones": (), "facts": {}, "status": "new", "created_at": now,
        }
        for n in range(first, first + count)
    ]  # fmt: skip
    await conn.execute(insert(contacts), rows)
    found = await conn.execute(
        select(contacts.c.id).where(contacts.c.workspace_id == workspace_id).order_by(contacts.c.id)
    )
    return [row.id for row in found][first : first + count]


async def touches(
    conn: AsyncConnection,
    workspace_id: str,
    campaign_id: int,
    contact_ids: Sequence[int],
    now: datetime,
    *,
    state: State = State.SCHEDULED,
    due_at: datetime | None = None,
    step: int = 1,
    with_cards: bool = False,
    **values: Any,
) -> list[int]:
    """One message per contact, approved and due unless told otherwise."""
    sender = await senders.of_channel(conn, workspace_id, "email")
    brand = await workspaces.default_brand(conn, workspace_id)
    assert sender is not None
    assert brand is not None
    known = await conn.execute(
        select(contacts.c.id, contacts.c.email).where(contacts.c.id.in_(list(contact_ids)))
    )
    email = {row.id: row.email for row in known}
    existing = await conn.execute(
        select(enrolments.c.contact_id, enrolments.c.id).where(enrolments.c.campaign_id == campaign_id)
    )
    enrolled = {row.contact_id: row.id for row in existing}
    missing = [id_ for id_ in contact_ids if id_ not in enrolled]
    if missing:
        await conn.execute(
            insert(enrolments),
            [
                {
                    "workspace_id": workspace_id, "campaign_id": campaign_id, "contact_id": id_, "step": step,
                    "state": "active", "created_at": now,
                }
                for id_ in missing
            ],
        )  # fmt: skip
        existing = await conn.execute(
            select(enrolments.c.contact_id, enrolments.c.id).where(enrolments.c.campaign_id == campaign_id)
        )
        enrolled = {row.contact_id: row.id for row in existing}
    decided = state in (State.APPROVED, State.SCHEDULED, State.SENDING)
    rows = [
        {
            "workspace_id": workspace_id, "campaign_id": campaign_id, "enrolment_id": enrolled[id_],
            "brand_id": brand.id, "sender_id": sender.id, "step": step, "contact_id": id_, "channel": "email",
            "fallbacks": (), "subject": SUBJECT, "body": BODY, "options": {}, "state": state, "revision": 1,
            "approved_revision": 1 if decided else None, "approved_by": "U1OLIVIA" if decided else None,
            "approved_hash": similarity.words_hash(SUBJECT, BODY, "email", email[id_]) if decided else "",
            "due_at": due_at or now - timedelta(minutes=1), "slot_at": due_at or now,
            "dedupe_key": f"{campaign_id}:{id_}:{step}", "created_at": now, **values,
        }
        for id_ in contact_ids
    ]  # fmt: skip
    result = await conn.execute(insert(messages).returning(messages.c.id, sort_by_parameter_order=True), rows)
    ids = [row.id for row in result]
    if with_cards:
        await conn.execute(
            insert(cards),
            [
                {"workspace_id": workspace_id, "kind": "message", "entity_id": id_, "channel": "C1GROWTH"}
                for id_ in ids
            ],
        )
    return ids


async def posts(
    conn: AsyncConnection,
    network: str,
    page: str,
    now: datetime,
    *words: str,
    state: State = State.SCHEDULED,
    **values: Any,
) -> list[int]:
    """Posts of T1's default brand on a page of its own, due now, approved unless they are drafts.

    `values` go into every row.
    """
    brand = await workspaces.default_brand(conn, "T1")
    assert brand is not None
    await workspaces.set_feed(conn, "T1", brand.id, network, address=page, name="Acme")
    feed = await workspaces.feed(conn, "T1", network)
    assert feed is not None
    sender = await senders.ensure(conn, "T1", network, address=page, name="Acme", feed_id=feed.id)
    own = {
        "workspace_id": "T1", "brand_id": brand.id, "sender_id": sender, "feed_id": feed.id, "channel": network,
        "fallbacks": (), "subject": "", "options": {}, "state": state, "revision": 1,
        "approved_revision": 1, "approved_by": "U1OLIVIA", "due_at": now, "slot_at": now, "created_at": now,
    }  # fmt: skip
    made = []
    for body in words:
        approved = similarity.words_hash("", body, network, page)
        row = own | {
            "body": body,
            "approved_hash": approved,
            "content_hash": approved,
            "dedupe_key": approved,
        }
        if state == State.DRAFTED:
            row |= {"approved_revision": None, "approved_by": None, "approved_hash": ""}
        made.append(
            (await conn.execute(insert(messages).values(row | values).returning(messages.c.id))).scalar_one()
        )
    return made
