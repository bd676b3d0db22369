"""Connects a brand's page: its token is sealed and kept, and a feed that stopped for want of one goes on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine import brands
from engine.channels import page_tokens
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import network_words
from engine.sealing import Seal
from storage import brands as rows
from storage import breakers, marks
from storage.model import Brand

LONGEST = 4_096
_TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Connected:
    """`address` is the page that the token is for, `network` the one it is on."""

    brand: str
    address: str
    network: str


async def connect(ctx: Context, who: Who, seal: Seal, network: str, brand: str, token: str) -> Connected:
    """Keep a page's token, sealed; a stop of its sender is lifted, one message tries it. Raises Refused.

    For X and LinkedIn it may be a JSON object with refresh_token, client_id and client_secret, too: then it is renewed.
    """
    network = network_words.read(network)
    kept = page_tokens.read(token) if network in page_tokens.NETWORKS else None
    token = kept.written() if kept else token
    if not _TOKEN.fullmatch(token) or len(token) > LONGEST:
        raise Refused("Standard input holds no token: give it on one line, without spaces.")
    found = await brands.chosen(ctx, who, brand)
    async with ctx.db.begin() as conn:
        feed = (await rows.feeds_of(conn, who.workspace_id, found.id)).get(network)
        if feed is None or not feed.address:
            raise Refused(
                f"“{found.name}” has no {network} page yet. Name it first: {_example(found, network)}"
            )
        await rows.set_token(conn, who.workspace_id, feed.id, seal.close(token))
        sender = await rows.sender_of(conn, feed)
        if sender is not None and sender.stopped:
            await breakers.set_all(conn, [sender.id], stopped="", not_before=None)
            await marks.stale(conn, "sender", [sender.id])
        await marks.note(
            conn, who.workspace_id, "brand", found.id, "connect", actor=who.user_id, now=ctx.now(), detail=network
        )  # fmt: skip
    return Connected(found.name, feed.address, network)


async def unavailable(ctx: Context, who: Who, brand: Brand, network: str) -> str:
    """Why nothing can be posted there, in a sentence; empty when the page has a token, or the environment has one."""
    if network not in ctx.unavailable:
        return ""
    async with ctx.db.read() as conn:
        own = await rows.has_token(conn, who.workspace_id, brand.id)
    return "" if network in own else ctx.unavailable[network]


def _example(brand: Brand, network: str) -> str:
    page = {"linkedin": "urn:li:organization:123", "facebook": "1234567890", "x": "@acme"}[network]
    return f'/social brand "{brand.name}" {network}:{page}'
