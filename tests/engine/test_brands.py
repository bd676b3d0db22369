"""What a workspace says about itself changes field by field and never loses the rest."""

from __future__ import annotations

import pytest

from engine import brands
from engine.context import Context, Who
from engine.errors import Refused
from storage import senders, workspaces


async def test_a_partial_change_keeps_everything_else(ctx: Context, olivia: Who) -> None:
    await brands.change(ctx, olivia, {"tone": "warm", "dont": "guarantee\n\nsynergy\nsynergy"})
    brand = await brands.change(ctx, olivia, {"zone": "europe/berlin"})
    assert (brand.tone, brand.dont, brand.zone) == ("warm", ("guarantee", "synergy"), "Europe/Berlin")
    assert brand.postal_address == "1 Main St, Springfield"


async def test_the_sender_keeps_the_address_that_mail_from_names(ctx: Context, olivia: Who) -> None:
    with pytest.raises(Refused, match="MAIL_FROM"):
        await brands.change(ctx, olivia, {"sender_name": "Olivia"})
    async with ctx.db.begin() as conn:
        await brands.ensure_sender(conn, "T1", "email", "hello@acme.example")
    await brands.change(ctx, olivia, {"sender_name": "Olivia\r\nBcc: x@y.example"})
    await brands.change(ctx, olivia, {"reply_to": "olivia@acme.example"})
    async with ctx.db.read() as conn:
        sender = await senders.of_channel(conn, "T1", "email")
    assert sender is not None
    assert (sender.address, sender.reply_to) == ("hello@acme.example", "olivia@acme.example")
    assert sender.name == "Olivia Bcc: x@y.example"


async def test_a_linkedin_author_makes_a_feed_and_who_posts_to_it(ctx: Context, olivia: Who) -> None:
    urn = "urn:li:organization:123"
    await brands.change(ctx, olivia, {"linkedin_address": urn, "linkedin_name": "Acme"})
    async with ctx.db.read() as conn:
        feed = await workspaces.feed(conn, "T1", "linkedin")
        sender = await senders.of_channel(conn, "T1", "linkedin")
    assert feed is not None
    assert sender is not None
    assert (feed.address, feed.name, sender.feed_id) == (urn, "Acme", feed.id)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("linkedin_address", "https://linkedin.com/company/acme"),
        ("linkedin_address", "urn:li:share:1"),
        ("zone", "Mars"),
        ("reply_to", "not an address"),
        ("language", "klingon"),
        ("name", " "),
        ("positioning", "x" * 1_001),
        ("colour", "red"),
    ],
)
async def test_what_is_unusable_is_refused_beside_its_field_and_nothing_changes(
    ctx: Context, olivia: Who, field: str, value: str
) -> None:
    with pytest.raises(Refused) as refused:
        await brands.change(ctx, olivia, {"tone": "warm", field: value})
    assert refused.value.field == field
    async with ctx.db.read() as conn:
        brand = await workspaces.default_brand(conn, "T1")
    assert brand is not None
    assert brand.tone == ""


async def test_only_an_admin_changes_the_brand(ctx: Context, amara: Who) -> None:
    with pytest.raises(Refused, match="admin"):
        await brands.change(ctx, amara, {"tone": "warm"})
