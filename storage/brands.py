"""Queries about a workspace's brands, their feeds, and the sealed tokens of those. Opens no seal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import columns
from storage.model import Brand, Feed, Sender
from storage.senders import COLUMNS as SENDER
from storage.tables import brands, feeds, senders

COLUMNS = columns(brands, Brand)
FEED = columns(feeds, Feed)


async def every(conn: AsyncConnection, workspace_id: str) -> list[Brand]:
    """The default one first, then by name."""
    c = brands.c
    result = await conn.execute(
        select(*COLUMNS).where(c.workspace_id == workspace_id).order_by(c.is_default.desc(), c.name, c.id)
    )
    return [Brand(*row) for row in result]


async def get(conn: AsyncConnection, workspace_id: str, brand_id: int, *, lock: bool = False) -> Brand | None:
    statement = select(*COLUMNS).where(brands.c.workspace_id == workspace_id, brands.c.id == brand_id)
    row = (await conn.execute(statement.with_for_update() if lock else statement)).first()
    return Brand(*row) if row else None


async def named(conn: AsyncConnection, workspace_id: str, name: str) -> Brand | None:
    """In any spelling of capitals and spaces."""
    folded = " ".join(name.casefold().split())
    found = await every(conn, workspace_id)
    return next((brand for brand in found if " ".join(brand.name.casefold().split()) == folded), None)


async def add(conn: AsyncConnection, workspace_id: str, name: str, **values: Any) -> int:
    result = await conn.execute(
        insert(brands)
        .values(
            workspace_id=workspace_id, name=name, is_default=False, value_propositions=(), dont=(), **values
        )
        .returning(brands.c.id)
    )  # fmt: skip
    return int(result.scalar_one())


async def make_default(conn: AsyncConnection, workspace_id: str, brand_id: int) -> None:
    """This one and no other."""
    await conn.execute(
        update(brands).where(brands.c.workspace_id == workspace_id).values(is_default=brands.c.id == brand_id)
    )


async def feeds_of(conn: AsyncConnection, workspace_id: str, brand_id: int) -> dict[str, Feed]:
    """By network; one whose address nobody has given yet is among them."""
    result = await conn.execute(
        select(*FEED).where(feeds.c.workspace_id == workspace_id, feeds.c.brand_id == brand_id)
    )
    return {feed.network: feed for feed in (Feed(*row) for row in result)}


async def pages(conn: AsyncConnection, workspace_id: str) -> list[tuple[Feed, str]]:
    """Every feed of the workspace, with the name of its brand."""
    result = await conn.execute(
        select(*FEED, brands.c.name)
        .join(brands, brands.c.id == feeds.c.brand_id)
        .where(feeds.c.workspace_id == workspace_id)
        .order_by(feeds.c.id)
    )
    return [(Feed(*row[:-1]), row[-1]) for row in result]


async def ensure_feed(conn: AsyncConnection, workspace_id: str, brand_id: int, network: str) -> Feed:
    """The brand's feed on a network, made without an address if there is none: posts can wait for it."""
    known = (await feeds_of(conn, workspace_id, brand_id)).get(network)
    if known is not None:
        return known
    values = {"workspace_id": workspace_id, "brand_id": brand_id, "network": network}
    row = (await conn.execute(insert(feeds).values(**values).returning(*FEED))).one()
    return Feed(*row)


async def sender_of(conn: AsyncConnection, feed: Feed) -> Sender | None:
    """Who posts to a feed: the sender with its address."""
    if not feed.address:
        return None
    c = senders.c
    result = await conn.execute(
        select(*SENDER).where(
            c.workspace_id == feed.workspace_id, c.channel == feed.network, c.address == feed.address,
            c.campaign_id.is_(None),
        )
    )  # fmt: skip
    row = result.first()
    return Sender(*row) if row else None


# --- tokens, sealed


async def set_token(conn: AsyncConnection, workspace_id: str, feed_id: int, sealed: str) -> None:
    await conn.execute(
        update(feeds)
        .where(feeds.c.workspace_id == workspace_id, feeds.c.id == feed_id)
        .values(sealed_token=sealed)
    )


async def sealed_token(conn: AsyncConnection, feed_id: int, *, lock: bool = False) -> tuple[str, str]:
    """(address, sealed token) of a feed that a claim handed out; empty where there is none."""
    statement = select(feeds.c.address, feeds.c.sealed_token).where(feeds.c.id == feed_id)
    row = (await conn.execute(statement.with_for_update() if lock else statement)).first()
    return (row[0], row[1]) if row else ("", "")


async def renew_token(conn: AsyncConnection, feed_id: int, sealed: str) -> None:
    """In place of the one that `sealed_token` read under its lock."""
    await conn.execute(update(feeds).where(feeds.c.id == feed_id).values(sealed_token=sealed))


async def connected(conn: AsyncConnection, workspace_id: str = "") -> Mapping[str, int]:
    """How many feeds of each network have a token of their own; in all workspaces unless one is named."""
    mine = (feeds.c.workspace_id == workspace_id,) if workspace_id else ()
    statement = select(feeds.c.network, func.count()).where(feeds.c.sealed_token != "", *mine)
    return {row[0]: row[1] for row in await conn.execute(statement.group_by(feeds.c.network))}


async def has_token(conn: AsyncConnection, workspace_id: str, brand_id: int) -> set[str]:
    """The networks on which a brand's feed has a token of its own."""
    c = feeds.c
    result = await conn.execute(
        select(c.network).where(c.workspace_id == workspace_id, c.brand_id == brand_id, c.sealed_token != "")
    )
    return {row[0] for row in result}
