"""What a workspace says about itself: its default brand, who its e-mail comes from, and its LinkedIn feed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import addresses, timing
from engine.writing import cleaning
from storage import caps, marks, senders, workspaces
from storage.model import Brand, channels

LIMITS = {
    "name": 80,
    "positioning": 1_000,
    "audience": 1_000,
    "tone": 300,
    "call_to_action": 500,
    "postal_address": 500,
}
LISTS = ("value_propositions", "dont")
SENDER = ("sender_name", "reply_to")
LINKEDIN = ("linkedin_address", "linkedin_name")
FIELDS = (*LIMITS, *LISTS, "language", "zone", *SENDER, *LINKEDIN)
LANGUAGES = ("en", "de", "fr", "es")

_URN = re.compile(r"urn:li:(?:person|organization):[A-Za-z0-9_-]{1,64}")


async def change(ctx: Context, who: Who, changes: Mapping[str, Any]) -> Brand:
    """Merge validated changes into the default brand, its e-mail sender and its LinkedIn feed; the rest stays.

    Keys are FIELDS. Lists may be given as text, one item a line. Raises Refused beside the field.
    """
    if not who.is_admin:
        raise Refused("Only an admin can change settings. Ask the person who installed Overture.")
    checked = {name: _checked(name, value) for name, value in changes.items()}
    async with ctx.db.begin() as conn:
        brand = await _brand(conn, who)
        own = {name: value for name, value in checked.items() if name not in (*SENDER, *LINKEDIN)}
        if own:
            await workspaces.set_brand(conn, who.workspace_id, brand.id, own)
        if "zone" in own:
            await caps.set_zone(conn, who.workspace_id, own["zone"] or "UTC")
        await _set_sender(conn, who, checked)
        await _set_feed(conn, who, brand, checked)
        for name in sorted(checked):
            await marks.note(
                conn, who.workspace_id, "brand", brand.id, "setting",
                actor=who.user_id, now=ctx.now(), detail=f"{name} changed",
            )  # fmt: skip
        return await _brand(conn, who)


async def ensure_sender(conn: AsyncConnection, workspace_id: str, channel: str, address: str) -> None:
    """Who messages of a channel leave as, created under the brand's name, in its zone, with the channel's cap.

    Posts leave as the page `address`, unless a person has set one. Raises Refused for what cannot be one.
    """
    brand = await workspaces.default_brand(conn, workspace_id)
    assert brand is not None, "every workspace is created with a default brand"
    if channels.known(channel).is_feed:
        if await workspaces.feed(conn, workspace_id, channel) is None:
            checked = _urn(address) if channel == "linkedin" else address
            await _ensure_feed(conn, workspace_id, brand, channel, address=checked, name=brand.name)
        return
    begins = (await policy.of(conn, workspace_id)).cap_of(channel)
    grows = begins.warm_up
    await senders.ensure(
        conn, workspace_id, channel, address=address, name=brand.name, zone=brand.zone or "UTC",
        cap=begins.most, warm_from=grows.start if grows else None, warm_by=grows.step if grows else 0,
    )  # fmt: skip


async def _set_sender(conn: AsyncConnection, who: Who, checked: Mapping[str, Any]) -> None:
    if not any(name in checked for name in SENDER):
        return
    sender = await senders.of_channel(conn, who.workspace_id, "email")
    if sender is None:
        raise Refused("E-mail is not set up yet: set MAIL_FROM first.", field="sender_name")
    await senders.set_identity(
        conn,
        who.workspace_id,
        "email",
        name=checked.get("sender_name", sender.name),
        reply_to=checked.get("reply_to", sender.reply_to),
    )


async def _set_feed(conn: AsyncConnection, who: Who, brand: Brand, checked: Mapping[str, Any]) -> None:
    if not any(name in checked for name in LINKEDIN):
        return
    known = await workspaces.feed(conn, who.workspace_id, "linkedin")
    address = checked.get("linkedin_address") or (known.address if known else "")
    if not address:
        if checked.get("linkedin_name"):
            raise Refused("Name the author too, like urn:li:organization:123.", field="linkedin_address")
        return
    name = checked.get("linkedin_name") or (known.name if known else "") or brand.name
    placed = replace(brand, zone=checked.get("zone") or brand.zone)
    await _ensure_feed(conn, who.workspace_id, placed, "linkedin", address=address, name=name)


async def _ensure_feed(
    conn: AsyncConnection, workspace_id: str, brand: Brand, network: str, *, address: str, name: str
) -> None:
    await workspaces.set_feed(conn, workspace_id, brand.id, network, address=address, name=name)
    feed = await workspaces.feed(conn, workspace_id, network)
    assert feed is not None, "it was just written"
    await senders.ensure(
        conn, workspace_id, network, address=address, name=name, feed_id=feed.id, zone=brand.zone or "UTC"
    )


async def _brand(conn: AsyncConnection, who: Who) -> Brand:
    brand = await workspaces.default_brand(conn, who.workspace_id)
    assert brand is not None, "every workspace is created with a default brand"
    return brand


def _checked(name: str, value: Any) -> Any:
    """The value as it is stored. Raises Refused beside the field."""
    if name in LISTS:
        return _items(name, value)
    text = str(value).strip()
    if name in LIMITS:
        if len(text) > LIMITS[name]:
            raise Refused(f"That is longer than {LIMITS[name]:,} characters; shorten it.", field=name)
        if name == "name" and not text:
            raise Refused("A brand needs a name.", field="name")
        return cleaning.clean(text, LIMITS[name], lines=name == "postal_address")
    return _READERS[name](text) if name in _READERS else _unknown(name)


def _items(name: str, value: str | Sequence[str]) -> tuple[str, ...]:
    found = value.splitlines() if isinstance(value, str) else value
    items = tuple(dict.fromkeys(filter(None, (cleaning.clean(item, cleaning.CELL) for item in found))))
    if len(items) > 50:
        raise Refused("At most 50 lines fit here.", field=name)
    return items


def _sender_name(text: str) -> str:
    return cleaning.clean(text, cleaning.NAME)


def _reply_to(text: str) -> str:
    try:
        return addresses.email_address(text) if text else ""
    except Refused as refusal:
        raise Refused(refusal.sentence, field="reply_to") from None


def _language(text: str) -> str:
    if text.lower() not in ("", *LANGUAGES):
        raise Refused(f"Write one of {', '.join(LANGUAGES)}.", field="language")
    return text.lower()


def _zone(text: str) -> str:
    return timing.validate_zone(text) if text else ""


def _urn(text: str) -> str:
    if text and not _URN.fullmatch(text):
        raise Refused(
            f"“{text[:60]}” is no LinkedIn author; write urn:li:organization: or urn:li:person: and its id.",
            field="linkedin_address",
        )
    return text


def _unknown(name: str) -> Any:
    raise Refused(f"There is no setting called “{name[:40]}”.", field=name)


_READERS = {
    "sender_name": _sender_name,
    "reply_to": _reply_to,
    "language": _language,
    "zone": _zone,
    "linkedin_address": _urn,
    "linkedin_name": _sender_name,
}
