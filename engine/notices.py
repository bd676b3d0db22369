"""Cards that nobody asked for: what went wrong with a message, and what an admin must know."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from storage import campaigns, cards, workspaces
from storage.model import Campaign, Message


async def of_message(conn: AsyncConnection, row: Message, campaign: Campaign | None) -> None:
    """The card of a message: in its campaign's thread, an answer in its reply's, or for a post where it was asked for."""
    if row.answers is not None:
        place = str(row.options.get("channel", "")) or (campaign.channel_id if campaign else "")
        await cards.want(conn, row.workspace_id, "message", row.id, place, parent=("reply", row.answers))
    elif campaign is not None:
        parent = ("campaign", campaign.id)
        await cards.want(conn, row.workspace_id, "message", row.id, campaign.channel_id, parent=parent)
    elif channel := str(row.options.get("channel", "")):
        await cards.want(conn, row.workspace_id, "message", row.id, channel)


async def of_messages(conn: AsyncConnection, rows: Iterable[Message]) -> None:
    """The same for rows that a claim handed out without their campaigns."""
    found = list(rows)
    known = await campaigns.by_ids(conn, sorted({row.campaign_id for row in found if row.campaign_id}))
    for row in found:
        await of_message(conn, row, known.get(row.campaign_id or 0))


async def published(conn: AsyncConnection, rows: Iterable[Message]) -> None:
    """The channel gets the links (E6): a card of each post that has none there yet."""
    places = [
        (row.workspace_id, row.id, channel)
        for row in rows
        if (channel := str(row.options.get("channel", "")))
    ]
    if places:
        await cards.want_each(conn, "message", places)


async def to_admins(
    conn: AsyncConnection, workspace_id: str, kind: str, entity_id: int, *, anew: bool
) -> None:
    """A card where the admins look. `anew` posts it again, so that it is seen; otherwise it is only redrawn."""
    place = await admin_place(conn, workspace_id)
    if not place:
        return
    known = await cards.find(conn, workspace_id, kind, entity_id, place)
    if known is not None and anew:
        await cards.post_anew(conn, known)
    else:
        await cards.want(conn, workspace_id, kind, entity_id, place)


async def admin_place(conn: AsyncConnection, workspace_id: str) -> str:
    """The admin channel; else the installer, by direct message; else the digest's channel, or a campaign's (I7)."""
    rules = await policy.of(conn, workspace_id)
    workspace = await workspaces.get(conn, workspace_id)
    named = rules.admin_channel or (workspace.installer_id if workspace else "") or rules.digest_channel
    if named:
        return named
    newest = await campaigns.every(conn, workspace_id)
    return newest[0].channel_id if newest else ""
