"""What a workspace says about itself: its brands, one of them the default, their feeds, and who its e-mail comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import branding
from engine.rules.branding import checked
from storage import brands as rows
from storage import caps, marks, messages, senders, workspaces
from storage.model import Brand, channels

MOST = 200
"""Brands of one workspace."""


async def change(ctx: Context, who: Who, changes: Mapping[str, Any], *, brand_id: int | None = None) -> Brand:
    """Merge validated changes into a brand, the default one unless named, its feeds, and the e-mail sender.

    Keys are branding.FIELDS; the rest stays. Lists may be given as text, one item a line. Raises Refused beside the
    field.
    """
    _must_be_admin(who)
    wanted = {name: checked(name, value) for name, value in changes.items()}
    async with ctx.db.begin() as conn:
        brand = await _brand(conn, who, brand_id)
        await _write(ctx, conn, who, brand, wanted)
        return await _brand(conn, who, brand.id)


async def save(
    ctx: Context, who: Who, name: str, changes: Mapping[str, Any], *, default: bool = False
) -> tuple[Brand, bool]:
    """The brand of this name with these changes, made if there is none yet; whether it is new. Raises Refused."""
    _must_be_admin(who)
    wanted = {field: checked(field, value) for field, value in changes.items() if field != "name"}
    clean = checked("name", name)
    async with ctx.db.begin() as conn:
        known = await rows.named(conn, who.workspace_id, clean)
        brand = known or await _made(ctx, conn, who, clean)
        await _write(ctx, conn, who, brand, wanted)
        if default and not brand.is_default:
            await rows.make_default(conn, who.workspace_id, brand.id)
        return await _brand(conn, who, brand.id), known is None


async def chosen(ctx: Context, who: Who, name: str) -> Brand:
    """The brand of this name, the default one without a name. Raises Refused, naming those there are."""
    async with ctx.db.read() as conn:
        if not name.strip():
            return await _brand(conn, who, None)
        found = await rows.named(conn, who.workspace_id, name)
        if found is not None:
            return found
        known = ", ".join(f"“{brand.name}”" for brand in (await rows.every(conn, who.workspace_id))[:10])
    raise Refused(f"There is no brand called “{name.strip()[:60]}”. There is {known}.", field="brand")


async def ensure_sender(conn: AsyncConnection, workspace_id: str, channel: str, address: str) -> None:
    """Who messages of a channel leave as, created under the brand's name, in its zone, with the channel's cap.

    Posts leave as the page `address`, unless a person has set one. Raises Refused for what cannot be one.
    """
    brand = await workspaces.default_brand(conn, workspace_id)
    assert brand is not None, "every workspace is created with a default brand"
    if channels.known(channel).is_feed:
        if await workspaces.feed(conn, workspace_id, channel) is None:
            page = checked(f"{channel}_address", address) if channel in branding.PAGES else address
            await _ensure_feed(conn, workspace_id, brand, channel, address=page, name=brand.name)
        return
    begins = (await policy.of(conn, workspace_id)).cap_of(channel)
    grows = begins.warm_up
    await senders.ensure(
        conn, workspace_id, channel, address=address, name=brand.name, zone=brand.zone or "UTC",
        cap=begins.most, warm_from=grows.start if grows else None, warm_by=grows.step if grows else 0,
    )  # fmt: skip


async def _made(ctx: Context, conn: AsyncConnection, who: Who, name: str) -> Brand:
    """A new brand begins in the workspace's zone."""
    if len(await rows.every(conn, who.workspace_id)) >= MOST:
        raise Refused(f"There are {MOST} brands already; that is the most.", field="name")
    zone = (await policy.of(conn, who.workspace_id)).zone
    brand_id = await rows.add(conn, who.workspace_id, name, zone=zone)
    await marks.note(
        conn, who.workspace_id, "brand", brand_id, "create", actor=who.user_id, now=ctx.now(), detail=name
    )
    return await _brand(conn, who, brand_id)


async def _write(
    ctx: Context, conn: AsyncConnection, who: Who, brand: Brand, wanted: Mapping[str, Any]
) -> None:
    own = {name: value for name, value in wanted.items() if name in branding.OWN}
    if own.get("name") and own["name"] != brand.name:
        same = await rows.named(conn, who.workspace_id, own["name"])
        if same is not None and same.id != brand.id:
            raise Refused(f"There is a brand called “{same.name}” already.", field="name")
    for field in own.keys() & {"pictures", "threads"}:
        own[field] = branding.of_pillars(field, own[field], own.get("pillars", brand.pillars))
    if own:
        await workspaces.set_brand(conn, who.workspace_id, brand.id, own)
    if "zone" in own and brand.is_default:
        await caps.set_zone(conn, who.workspace_id, own["zone"] or "UTC")
    await _set_sender(conn, who, wanted)
    for network in branding.PAGES:
        await _set_feed(conn, who, brand, network, wanted)
    for name in sorted(wanted):
        await marks.note(
            conn, who.workspace_id, "brand", brand.id, "setting",
            actor=who.user_id, now=ctx.now(), detail=f"{name} changed",
        )  # fmt: skip


async def ensure_hands(conn: AsyncConnection, workspace_id: str) -> None:
    """Who the touches that people do by hand are signed as, and whose caps they count on: as e-mail is signed."""
    email = await senders.of_channel(conn, workspace_id, "email")
    for name in channels.by_hand():
        await ensure_sender(conn, workspace_id, name, "")
    if email is not None:
        await senders.rename(conn, workspace_id, email.name)


async def _set_sender(conn: AsyncConnection, who: Who, wanted: Mapping[str, Any]) -> None:
    if not any(name in wanted for name in branding.SENDER):
        return
    set_up = await senders.of_channels(conn, who.workspace_id)
    if not set_up & set(channels.to_people()):
        raise Refused("No channel is set up yet: set MAIL_FROM first.", field="sender_name")
    if wanted.get("reply_to") and "email" not in set_up:
        raise Refused("E-mail is not set up yet: set MAIL_FROM first.", field="reply_to")
    if "sender_name" in wanted:
        await senders.rename(conn, who.workspace_id, wanted["sender_name"])
    if "reply_to" in wanted:
        await senders.set_reply_to(conn, who.workspace_id, "email", wanted["reply_to"])
    await ensure_hands(conn, who.workspace_id)


async def _set_feed(
    conn: AsyncConnection, who: Who, brand: Brand, network: str, wanted: Mapping[str, Any]
) -> None:
    """Where the brand posts on a network. A feed keeps its address when none is given; another page needs its own token."""
    address_field, name_field = f"{network}_address", f"{network}_name"
    if address_field not in wanted and name_field not in wanted:
        return
    known = (await rows.feeds_of(conn, who.workspace_id, brand.id)).get(network)
    address = wanted.get(address_field) or (known.address if known else "")
    if not address:
        if wanted.get(name_field):
            raise Refused(f"Name the {network} page itself, too.", field=address_field)
        return
    name = wanted.get(name_field) or (known.name if known else "") or brand.name
    if known is not None and known.address not in ("", address):
        await rows.set_token(conn, who.workspace_id, known.id, "")
    placed = replace(brand, zone=wanted.get("zone") or brand.zone)
    await _ensure_feed(conn, who.workspace_id, placed, network, address=address, name=name)


async def _ensure_feed(
    conn: AsyncConnection, workspace_id: str, brand: Brand, network: str, *, address: str, name: str
) -> None:
    """The page, the sender that posts to it, and the posts that waited for one."""
    await workspaces.set_feed(conn, workspace_id, brand.id, network, address=address, name=name)
    feed = (await rows.feeds_of(conn, workspace_id, brand.id))[network]
    sender_id = await senders.ensure(
        conn, workspace_id, network, address=address, name=name, feed_id=feed.id, zone=brand.zone or "UTC"
    )
    await marks.stale(conn, "message", await messages.adopt(conn, workspace_id, feed.id, sender_id))


async def _brand(conn: AsyncConnection, who: Who, brand_id: int | None) -> Brand:
    found = (
        await rows.get(conn, who.workspace_id, brand_id)
        if brand_id is not None
        else await workspaces.default_brand(conn, who.workspace_id)
    )
    if found is None:
        raise Refused("That brand no longer exists.")
    return found


def _must_be_admin(who: Who) -> None:
    if not who.is_admin:
        raise Refused("Only an admin can change settings. Ask the person who installed Overture.")
