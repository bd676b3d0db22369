"""Queries about campaigns, their strategies and their enrolments. A strategy's and a campaign's state change here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import leases
from storage.db import among, columns, maker
from storage.model import Autonomy, Campaign, CampaignStatus, Listed, Step, Strategy, StrategyState
from storage.tables import campaigns, enrolments, messages, strategies

COLUMNS = columns(campaigns, Campaign)
STRATEGY: list[ColumnElement[Any]] = [
    cast(found, Text).label("steps") if found is strategies.c.steps else found
    for found in columns(strategies, Strategy)
]


def name_key(name: str) -> str:
    """Two campaigns of a workspace may not differ only in case or spacing."""
    return " ".join(name.split()).casefold()[:400]


async def add(conn: AsyncConnection, values: Mapping[str, Any]) -> Campaign:
    """Insert a campaign. IntegrityError: the workspace has one of that name."""
    result = await conn.execute(
        insert(campaigns).values(**values, name_key=name_key(values["name"])).returning(*COLUMNS)
    )
    return campaign_of(result.one())


async def get(
    conn: AsyncConnection, workspace_id: str, campaign_id: int, *, lock: bool = False
) -> Campaign | None:
    statement = select(*COLUMNS).where(
        campaigns.c.workspace_id == workspace_id, campaigns.c.id == campaign_id
    )
    row = (await conn.execute(statement.with_for_update() if lock else statement)).first()
    return campaign_of(row) if row else None


async def named(conn: AsyncConnection, workspace_id: str, name: str) -> Campaign | None:
    result = await conn.execute(
        select(*COLUMNS).where(
            campaigns.c.workspace_id == workspace_id, campaigns.c.name_key == name_key(name)
        )
    )
    row = result.first()
    return campaign_of(row) if row else None


async def every(conn: AsyncConnection, workspace_id: str, *conditions: ColumnElement[bool]) -> list[Campaign]:
    """Campaigns of a workspace, newest first."""
    wanted = _EVERY.where(*conditions) if conditions else _EVERY
    return [campaign_of(row) for row in (await conn.execute(wanted, {"workspace_id": workspace_id})).all()]


async def newest(conn: AsyncConnection, workspace_id: str, limit: int) -> list[Listed]:
    result = await conn.execute(_NEWEST, {"workspace_id": workspace_id, "n": limit})
    return [Listed(id_, name, CampaignStatus(status), *rest) for id_, name, status, *rest in result]


async def how_many(conn: AsyncConnection, workspace_id: str) -> int:
    result = await conn.execute(_HOW_MANY, {"workspace_id": workspace_id})
    return int(result.scalar_one())


async def by_ids(conn: AsyncConnection, ids: Sequence[int], *, share: bool = False) -> dict[int, Campaign]:
    """For batches that a claim handed out across workspaces. `share` keeps them as they are until the commit."""
    result = await conn.execute(_BY_IDS_SHARED if share else _BY_IDS, {"ids": list(ids)})
    return {row[0]: campaign_of(row) for row in result.all()}


async def change(conn: AsyncConnection, workspace_id: str, campaign_id: int, **values: Any) -> None:
    await conn.execute(
        update(campaigns)
        .where(campaigns.c.workspace_id == workspace_id, campaigns.c.id == campaign_id)
        .values(**values)
    )


async def reopen(
    conn: AsyncConnection, workspace_id: str, campaign_id: int, enrolment_id: int | None
) -> None:
    """A decision was taken back after the campaign was completed: its sequence is open again."""
    await conn.execute(
        update(enrolments)
        .where(enrolments.c.workspace_id == workspace_id, enrolments.c.id == enrolment_id)
        .where(enrolments.c.state == "completed")
        .values(state="active", next_at=None)
    )
    await conn.execute(
        update(campaigns)
        .where(campaigns.c.workspace_id == workspace_id, campaigns.c.id == campaign_id)
        .where(campaigns.c.status == "completed")
        .values(status="active")
    )


async def lease_unsettled(
    conn: AsyncConnection, *, me: str, machine_now: datetime, until: datetime
) -> Campaign | None:
    """Take one campaign whose rows do not yet agree with its status."""
    waiting: ColumnElement[bool] = literal_column(
        "campaigns.unsettled"
    )  # a Boolean would become = 1 on SQLite: no index
    found = await leases.take(
        conn, campaigns, COLUMNS, waiting, me=me, machine_now=machine_now, until=until, limit=1
    )
    return campaign_of(found[0]) if found else None


# --- strategies


async def add_strategy(conn: AsyncConnection, values: Mapping[str, Any]) -> int:
    blank = {"pillars": (), "steps": [], "measures": (), "state": "draft"}
    result = await conn.execute(insert(strategies).values({**blank, **values}).returning(strategies.c.id))
    return int(result.scalar_one())


async def strategy(
    conn: AsyncConnection, workspace_id: str, strategy_id: int, *, lock: bool = False
) -> Strategy | None:
    statement = select(*STRATEGY).where(
        strategies.c.workspace_id == workspace_id, strategies.c.id == strategy_id
    )
    row = (await conn.execute(statement.with_for_update() if lock else statement)).first()
    return strategy_of(row) if row else None


async def strategies_of(conn: AsyncConnection, workspace_id: str, campaign_id: int) -> list[Strategy]:
    """All of a campaign's strategies, newest first."""
    result = await conn.execute(
        select(*STRATEGY)
        .where(strategies.c.workspace_id == workspace_id, strategies.c.campaign_id == campaign_id)
        .order_by(strategies.c.id.desc())
    )
    return [strategy_of(row) for row in result.all()]


async def approved(conn: AsyncConnection, workspace_id: str, campaign_id: int) -> Strategy | None:
    every = await strategies_of(conn, workspace_id, campaign_id)
    return next((found for found in every if found.state == "approved"), None)


async def lease_unwritten(
    conn: AsyncConnection, *, me: str, machine_now: datetime, until: datetime, limit: int
) -> list[Strategy]:
    """Take strategies that were asked for and not written yet."""
    waiting = and_(strategies.c.written_at.is_(None), strategies.c.state == "draft")
    found = await leases.take(
        conn, strategies, STRATEGY, waiting, me=me, machine_now=machine_now, until=until, limit=limit
    )
    return [strategy_of(row) for row in found]


async def change_strategy(
    conn: AsyncConnection, workspace_id: str, strategy_id: int, *, leased_by: str | None = None, **values: Any
) -> bool:
    """Write a strategy and end its lease; False when a loop no longer holds the lease it names."""
    guard = [strategies.c.leased_by == leased_by] if leased_by else []
    result = await conn.execute(
        update(strategies)
        .where(strategies.c.workspace_id == workspace_id, strategies.c.id == strategy_id, *guard)
        .values(leased_by=None, lease_until=None, **values)
    )
    return result.rowcount == 1


# --- enrolments


async def waiting(conn: AsyncConnection, campaign_id: int, limit: int) -> list[tuple[int, int | None]]:
    """(enrolment, contact) of those not begun yet, in the order they came; an account's has no contact."""
    result = await conn.execute(
        select(enrolments.c.id, enrolments.c.contact_id)
        .where(enrolments.c.campaign_id == campaign_id, enrolments.c.state == literal_column("'waiting'"))
        .order_by(enrolments.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row[0], row[1]) for row in result.all()]


async def set_enrolments(conn: AsyncConnection, ids: Sequence[int], **values: Any) -> None:
    if ids:
        await conn.execute(update(enrolments).where(enrolments.c.id.in_(list(ids))).values(**values))


async def stop_active(conn: AsyncConnection, campaign_id: int, **values: Any) -> None:
    """End every sequence of a campaign that had begun."""
    await conn.execute(
        update(enrolments)
        .where(enrolments.c.campaign_id == campaign_id, enrolments.c.state == "active")
        .values(next_at=None, **values)
    )


async def due_enrolments(conn: AsyncConnection, *, now: datetime, limit: int) -> list[Any]:
    """Rows (id, workspace_id, campaign_id, contact_id, step) of contacts that must be looked at, locked."""
    result = await conn.execute(
        select(
            enrolments.c.id, enrolments.c.workspace_id, enrolments.c.campaign_id,
            enrolments.c.contact_id, enrolments.c.step,
        )
        .where(
            enrolments.c.state == literal_column("'active'"),
            enrolments.c.next_at.is_not(None),
            enrolments.c.next_at <= now,
            enrolments.c.contact_id.is_not(None),
        )
        .order_by(enrolments.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )  # fmt: skip
    return list(result)


async def complete_if_done(conn: AsyncConnection, campaign_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Active campaigns without an open enrolment are completed; returns (id, workspace) of those."""
    if not campaign_ids:
        return []
    still_open = exists().where(
        enrolments.c.campaign_id == campaigns.c.id, enrolments.c.state.in_(("waiting", "active"))
    )
    result = await conn.execute(
        update(campaigns)
        .where(campaigns.c.id.in_(list(campaign_ids)), campaigns.c.status == "active", ~still_open)
        .values(status="completed")
        .returning(campaigns.c.id, campaigns.c.workspace_id)
    )
    return [(row[0], row[1]) for row in result.all()]


async def counts(conn: AsyncConnection, workspace_id: str, campaign_id: int) -> dict[str, int]:
    """How many messages of a campaign are in which state."""
    result = await conn.execute(
        select(messages.c.state, func.count())
        .where(messages.c.workspace_id == workspace_id, messages.c.campaign_id == campaign_id)
        .group_by(messages.c.state)
    )
    return {row[0]: row[1] for row in result.all()}


def campaign_of(row: Any) -> Campaign:
    values = list(row)
    values[_STATUS], values[_AUTONOMY] = CampaignStatus(values[_STATUS]), Autonomy(values[_AUTONOMY])
    return _campaign(values)


def strategy_of(row: Any) -> Strategy:
    values = dict(zip((column.name for column in STRATEGY), row, strict=True))
    values["state"] = StrategyState(values["state"])
    values["steps"] = _steps(values["steps"])
    return Strategy(**values)


@lru_cache(maxsize=512)
def _steps(text: str) -> tuple[Step, ...]:
    """Read once: every chunk of sequences asks for the same strategies again."""
    return tuple(Step(**step) for step in json.loads(text))


_campaign = maker(Campaign)
_STATUS, _AUTONOMY = ([column.name for column in COLUMNS].index(name) for name in ("status", "autonomy"))
_EVERY = (
    select(*COLUMNS)
    .where(campaigns.c.workspace_id == bindparam("workspace_id"))
    .order_by(campaigns.c.id.desc())
)
_NEWEST = _EVERY.with_only_columns(*columns(campaigns, Listed)).limit(bindparam("n"))
_HOW_MANY = (
    select(func.count()).select_from(campaigns).where(campaigns.c.workspace_id == bindparam("workspace_id"))
)
_BY_IDS = select(*COLUMNS).where(among(campaigns.c.id, "ids"))
_BY_IDS_SHARED = _BY_IDS.order_by(campaigns.c.id).with_for_update(read=True)
