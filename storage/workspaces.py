"""Queries about workspaces, their default brand and its feeds, and what the installation keeps for itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import columns
from storage.model import Brand, Feed, Workspace
from storage.tables import brands, feeds, secrets, slack_events, workspaces


def insert_new(conn: AsyncConnection, table: Any) -> Any:
    """INSERT … ON CONFLICT DO NOTHING in either dialect: the row that exists wins."""
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    return dialect.insert(table).on_conflict_do_nothing()


async def ensure(conn: AsyncConnection, workspace: Workspace, *, zone: str = "UTC") -> None:
    """Create the workspace with its default brand if it is new; else refresh its name, its bot and who installed it.

    Where nobody is named, who installed it stays as known.
    """
    named = {"installer_id": workspace.installer_id} if workspace.installer_id else {}
    await conn.execute(
        insert_new(conn, workspaces).values(
            id=workspace.id,
            name=workspace.name,
            bot_user_id=workspace.bot_user_id,
            installer_id=workspace.installer_id,
            settings=dict(workspace.settings),
            created_at=workspace.created_at,
        )
    )
    await conn.execute(
        update(workspaces)
        .where(workspaces.c.id == workspace.id)
        .values(name=workspace.name, bot_user_id=workspace.bot_user_id, **named)
    )
    if await default_brand(conn, workspace.id) is None:
        await conn.execute(
            insert(brands).values(
                workspace_id=workspace.id, name=workspace.name, is_default=True, zone=zone,
                value_propositions=(), dont=(),
            )
        )  # fmt: skip


async def get(conn: AsyncConnection, workspace_id: str) -> Workspace | None:
    result = await conn.execute(
        select(*columns(workspaces, Workspace)).where(workspaces.c.id == workspace_id)
    )
    row = result.first()
    return Workspace(*row) if row else None


async def every(conn: AsyncConnection) -> list[Workspace]:
    """All workspaces: for the clock, which asks which rows should exist by now."""
    result = await conn.execute(select(*columns(workspaces, Workspace)).order_by(workspaces.c.id))
    return [Workspace(*row) for row in result]


async def settings(conn: AsyncConnection, workspace_id: str, *, lock: bool = False) -> Mapping[str, Any]:
    statement = select(workspaces.c.settings).where(workspaces.c.id == workspace_id)
    result = await conn.execute(statement.with_for_update(key_share=True) if lock else statement)
    found: Mapping[str, Any] = result.scalar_one_or_none() or {}
    return found


async def set_settings(conn: AsyncConnection, workspace_id: str, values: Mapping[str, Any]) -> None:
    await conn.execute(
        update(workspaces).where(workspaces.c.id == workspace_id).values(settings=dict(values))
    )


async def default_brand(conn: AsyncConnection, workspace_id: str) -> Brand | None:
    result = await conn.execute(
        select(*columns(brands, Brand)).where(brands.c.workspace_id == workspace_id, brands.c.is_default)
    )
    row = result.first()
    return Brand(*row) if row else None


async def brand(conn: AsyncConnection, workspace_id: str, brand_id: int) -> Brand:
    result = await conn.execute(
        select(*columns(brands, Brand)).where(brands.c.workspace_id == workspace_id, brands.c.id == brand_id)
    )
    return Brand(*result.one())


async def set_brand(
    conn: AsyncConnection, workspace_id: str, brand_id: int, values: Mapping[str, Any]
) -> None:
    await conn.execute(
        update(brands).where(brands.c.workspace_id == workspace_id, brands.c.id == brand_id).values(**values)
    )


async def feed(conn: AsyncConnection, workspace_id: str, network: str) -> Feed | None:
    """The default brand's feed on a network."""
    result = await conn.execute(
        select(*columns(feeds, Feed))
        .join(brands, brands.c.id == feeds.c.brand_id)
        .where(feeds.c.workspace_id == workspace_id, feeds.c.network == network, brands.c.is_default)
    )
    row = result.first()
    return Feed(*row) if row else None


async def set_feed(
    conn: AsyncConnection, workspace_id: str, brand_id: int, network: str, *, address: str, name: str
) -> None:
    found = await conn.execute(
        update(feeds)
        .where(feeds.c.workspace_id == workspace_id, feeds.c.brand_id == brand_id, feeds.c.network == network)
        .values(address=address, name=name)
    )
    if found.rowcount == 0:
        await conn.execute(
            insert(feeds).values(
                workspace_id=workspace_id, brand_id=brand_id, network=network, address=address, name=name
            )
        )


async def delivered_before(conn: AsyncConnection, workspace_id: str, event_id: str) -> bool:
    """Whether this Slack event was dealt with already."""
    mine = (slack_events.c.workspace_id == workspace_id) & (slack_events.c.event_id == event_id)
    return (await conn.execute(select(slack_events.c.at).where(mine))).first() is not None


async def remember(conn: AsyncConnection, workspace_id: str, event_id: str, now: datetime) -> bool:
    """An event of Slack or of a vendor was dealt with: a later delivery of it changes nothing. False for such a one."""
    new = insert_new(conn, slack_events).values(workspace_id=workspace_id, event_id=event_id, at=now)
    return (await conn.execute(new.returning(slack_events.c.at))).first() is not None


async def secret(conn: AsyncConnection, name: str) -> str | None:
    result = await conn.execute(select(secrets.c.value).where(secrets.c.name == name))
    return result.scalar_one_or_none()


async def keep_secret(conn: AsyncConnection, name: str, value: str) -> None:
    """Store a secret unless one of that name exists: the first writer of several processes wins."""
    await conn.execute(insert_new(conn, secrets).values(name=name, value=value))
