"""Contacts, the suppression list and enrolments keep their promises on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from seeding import add_workspace
from sqlalchemy import func, select

from storage import campaigns, contacts, workspaces
from storage.db import Database
from storage.tables import accounts, enrolments
from storage.tables import campaigns as campaign_table

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def person(key: str, **values: Any) -> dict[str, Any]:
    blank = {"first_name": "Ana", "email": key, "zones": (), "zone_from": "", "facts": {}, "guessed": False}
    return {**blank, "email_key": key, "block_key": key, **values}


async def campaign(conn: Any, workspace_id: str, status: str = "draft") -> int:
    brand = await workspaces.default_brand(conn, workspace_id)
    assert brand is not None
    values = {
        "workspace_id": workspace_id, "brand_id": brand.id, "name": f"Launch {status}", "channels": ("email",),
        "autonomy": "review", "status": status, "owner_id": "U1", "channel_id": "C1", "created_at": NOW,
    }  # fmt: skip
    return (await campaigns.add(conn, values)).id


async def test_adding_a_known_key_again_adds_nothing_and_says_so(db: Database, workspace: str) -> None:
    async with db.begin() as conn:
        first = await contacts.add(conn, workspace, [person("a@x.example"), person("b@x.example")], now=NOW)
        again = await contacts.add(conn, workspace, [person("b@x.example"), person("c@x.example")], now=NOW)
    assert set(first) == {"a@x.example", "b@x.example"}
    assert set(again) == {"c@x.example"}


async def test_one_address_is_one_contact_per_workspace(db: Database, workspace: str) -> None:
    await add_workspace(db, "T2")
    async with db.begin() as conn:
        mine = await contacts.add(conn, workspace, [person("a@x.example")], now=NOW)
        theirs = await contacts.add(conn, "T2", [person("a@x.example")], now=NOW)
        assert await contacts.get(conn, "T2", mine["a@x.example"]) is None
        assert await contacts.known(conn, "T2", ["a@x.example"]) == theirs


async def test_accounts_are_shared_and_keep_their_zone(db: Database, workspace: str) -> None:
    async with db.begin() as conn:
        first = await contacts.ensure_accounts(conn, workspace, {"acme": ("Acme", "acme.example")}, now=NOW)
        await conn.execute(accounts.update().values(zone="Europe/Paris"))
        wanted = {"acme": ("ACME Inc", "acme.example"), "beta": ("Beta", "")}
        again = await contacts.ensure_accounts(conn, workspace, wanted, now=NOW)
    assert again["acme"] == (first["acme"][0], "Europe/Paris")
    assert again["beta"][1] == ""


async def test_the_first_cause_of_a_suppression_stays(db: Database, workspace: str) -> None:
    async with db.begin() as conn:
        added = await contacts.suppress(conn, workspace, ["a@x.example"], cause="complaint", by="U1", now=NOW)
        again = await contacts.suppress(conn, workspace, ["a@x.example"], cause="asked", by="U2", now=NOW)
        found = await contacts.suppressed(conn, [(workspace, "a@x.example"), ("T2", "a@x.example")])
    assert (added, again) == (1, 0)
    assert found == {(workspace, "a@x.example"): "complaint"}


async def test_a_hold_keeps_its_first_time_until_it_is_released(db: Database, workspace: str) -> None:
    async with db.begin() as conn:
        ids = await contacts.add(conn, workspace, [person("a@x.example")], now=NOW)
        await contacts.hold(conn, workspace, ids["a@x.example"], NOW)
        await contacts.hold(conn, workspace, ids["a@x.example"], NOW.replace(hour=12))
        held = await contacts.get(conn, workspace, ids["a@x.example"])
        await contacts.release(conn, workspace, ids["a@x.example"])
        free = await contacts.get(conn, workspace, ids["a@x.example"])
    assert held is not None
    assert held.held_since == NOW
    assert free is not None
    assert free.held_since is None


@pytest.mark.parametrize(
    ("status", "unsettled"), [("draft", False), ("active", True), ("paused", False), ("completed", True)]
)
async def test_enrolling_wakes_only_a_campaign_that_runs_or_ran(
    db: Database, workspace: str, status: str, unsettled: bool
) -> None:
    async with db.begin() as conn:
        ids = list((await contacts.add(conn, workspace, [person("a@x.example")], now=NOW)).values())
        campaign_id = await campaign(conn, workspace, status)
        first = await contacts.enrol(conn, workspace, campaign_id, ids, actor="U1", now=NOW)
        woken = await conn.scalar(
            select(campaign_table.c.unsettled).where(campaign_table.c.id == campaign_id)
        )
        again = await contacts.enrol(conn, workspace, campaign_id, ids, actor="U1", now=NOW)
        count = await conn.scalar(select(func.count()).select_from(enrolments))
    assert (first, again, count, bool(woken)) == (1, 0, 1, unsettled)


async def test_stopping_the_last_enrolment_completes_an_active_campaign(db: Database, workspace: str) -> None:
    async with db.begin() as conn:
        rows = [person("a@x.example"), person("b@x.example")]
        ids = list((await contacts.add(conn, workspace, rows, now=NOW)).values())
        campaign_id = await campaign(conn, workspace, "active")
        await contacts.enrol(conn, workspace, campaign_id, ids, actor="U1", now=NOW)
        seen = []
        for contact_id in ids:
            await contacts.stop_enrolments(conn, workspace, [contact_id], reason="asked", now=NOW)
            found = await campaigns.get(conn, workspace, campaign_id)
            assert found is not None
            seen.append(found.status)
    assert seen == ["active", "completed"]
