"""Facts about messages arrive twice, late and in any order, and are kept once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from seeding import add_workspace
from sqlalchemy import select, update

from storage import cards, contacts, engagements, facts, messages, tables, workspaces
from storage.db import Database
from storage.lifecycle import State
from storage.model import Engagement, EngagementKind

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture
async def message_id(db: Database, workspace: str) -> int:
    person = {"email": "a@x.example", "email_key": "a@x.example", "facts": {}, "zones": ()}
    async with db.begin() as conn:
        brand = await workspaces.default_brand(conn, workspace)
        assert brand is not None
        (contact_id,) = (await contacts.add(conn, workspace, [person], now=NOW)).values()
        row = {
            "workspace_id": workspace, "brand_id": brand.id, "contact_id": contact_id, "channel": "email",
            "fallbacks": (), "options": {}, "state": State.SENT, "sent_at": NOW, "dedupe_key": "m",
            "created_at": NOW,
        }  # fmt: skip
        (added,) = await messages.add(conn, [row], actor="test", now=NOW)
        await cards.want(conn, workspace, "message", added, "C1")
    return added


def opened(message_id: int, key: str, minute: int = 0) -> Engagement:
    return Engagement(message_id, EngagementKind.OPENED, NOW.replace(minute=minute), key)


async def test_a_fact_that_arrives_twice_counts_once_and_draws_once(
    db: Database, workspace: str, message_id: int
) -> None:
    async with db.begin() as conn:
        first = await engagements.record(
            conn, workspace, [opened(message_id, "o1"), opened(message_id, "o1")]
        )
        again = await engagements.record(conn, workspace, [opened(message_id, "o1")])
        card = await cards.find(conn, workspace, "message", message_id, "C1")
    assert (first, again) == (1, 0)
    assert card is not None
    assert card.wanted == 2


async def test_facts_are_told_in_the_order_in_which_they_happened(
    db: Database, workspace: str, message_id: int
) -> None:
    async with db.begin() as conn:
        await engagements.record(conn, workspace, [opened(message_id, "late", 30)])
        await engagements.record(conn, workspace, [opened(message_id, "early", 5)])
        found = await engagements.of_message(conn, workspace, message_id)
    assert [fact.dedupe_key for fact in found] == ["early", "late"]


async def test_another_workspace_cannot_add_to_a_message_nor_read_it(
    db: Database, workspace: str, message_id: int
) -> None:
    await add_workspace(db, "T2")
    async with db.begin() as conn:
        assert await engagements.record(conn, "T2", [opened(message_id, "o1")]) == 0
        assert await engagements.record(conn, workspace, [opened(message_id, "o1")]) == 1
        assert await engagements.of_message(conn, "T2", message_id) == []


@pytest.mark.parametrize(
    ("kind", "human", "left"),
    [
        (EngagementKind.CLICKED, True, 0),
        (EngagementKind.OPENED, True, 0),
        (EngagementKind.REPLIED, True, 0),
        (EngagementKind.OPENED, False, 13),
        (EngagementKind.DELIVERED, True, 13),
        (EngagementKind.HARD_BOUNCED, True, 13),
    ],
)
async def test_only_a_sign_of_life_ends_the_count_of_touches_in_vain(
    db: Database, workspace: str, message_id: int, kind: EngagementKind, human: bool, left: int
) -> None:
    async with db.begin() as conn:
        await conn.execute(update(tables.contacts).values(unanswered=12))
        person = (await conn.execute(select(tables.contacts.c.id))).scalar_one()
        await facts.touch(conn, [person], NOW)
        await engagements.record(conn, workspace, [Engagement(message_id, kind, NOW, "k", human)])
        assert (await conn.execute(select(tables.contacts.c.unanswered))).scalar_one() == left
        await facts.untouch(conn, person, before=None)
        assert (await conn.execute(select(tables.contacts.c.unanswered))).scalar_one() == max(left - 1, 0)
