"""Makes Slack look like the database: draws every stale card, the first time and every later time.

One channel at a time, one drawer per channel, in id order, at the pace Slack allows. A card that cannot be
drawn waits by itself, longer each time; it never stops another one. A Slack that is away stops all of them.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import lookup, pen, refusals
from bot.hello import Hello
from engine import review
from engine.context import Context
from engine.plan import foresight
from handlers import blocks
from handlers.cards import RENDERERS, Picture
from storage import cards, marks, pictures, slack_channels, troubles, views
from storage.model import Card

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
AT_ONCE = 40
CALLS = 30.0
"""Seconds that drawing one card may take. None begins with less than that left of the lease."""
AFTER_TROUBLE = timedelta(seconds=5)
"""The first wait of a card that could not be drawn; each further failure doubles it."""
AT_MOST = timedelta(minutes=10)
AWAY_AT_MOST = timedelta(minutes=1)
"""When it is Slack that does not answer, the card is not to blame."""
NOT_A_MEMBER = timedelta(minutes=2)
GONE = ("message_not_found", "thread_not_found")
FROZEN = ("cant_update_message", "edit_window_closed")
"""What stands is not ours to change any more: since a new installation, or by the workspace's settings."""
HOPELESS = (
    "is_archived", "restricted_action", "user_not_found", "user_disabled", "cannot_dm_bot",
    "cant_delete_message", "compliance_exports_prevent_deletion",
)  # fmt: skip
OUTSIDE = ("not_in_channel", "channel_not_found")
"""Of a private channel that we are not in Slack says that there is none."""
UNSHOWABLE = ("invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long")
PEOPLE = ("U", "W")
"""How the ids of people begin, where a card's channel is one: it goes to their direct messages."""


class Reconciler:
    """A loop of the worker. `pace` is the time between two calls to one channel (Slack: one post a second)."""

    def __init__(self, client: AsyncWebClient, *, pace: timedelta = timedelta(seconds=1)) -> None:
        self._client = client
        self._pace = pace
        self._hello = Hello(client)
        self._pen = pen.Pen(client, self._hello)
        self._asked: set[tuple[str, str]] = set()
        self._direct: dict[tuple[str, str], str] = {}

    async def turn(self, ctx: Context) -> bool:
        """Draw what one channel may be given now; False when no channel has anything, or Slack is away."""
        if not await self._hello.there():
            return False
        lease, stale = await self._lease(ctx)
        if lease is None:
            return False
        next_at: datetime | None = None
        try:
            for card in stale:
                next_at = await self._draw(ctx, lease, card)
                if (
                    next_at is not None
                    or time.monotonic() > lease.wire_until
                    or not await self._hello.there()
                ):
                    break
        finally:
            async with ctx.db.begin() as conn:
                paced = await ctx.db.machine_now(conn) + self._pace if self._pace else None
                await slack_channels.release(
                    conn, lease.workspace_id, lease.channel, me=lease.me, next_post_at=next_at or paced
                )
        return bool(stale)

    async def _lease(self, ctx: Context) -> tuple[pen.Lease | None, list[Card]]:
        """A channel and its stale cards. Each lease has a name of its own, so that a late drawer sees it is over."""
        me = f"{ctx.me[:50]}-{secrets.token_hex(4)}"
        begun = time.monotonic()
        async with ctx.db.begin() as conn:
            machine_now = await ctx.db.machine_now(conn)
            found = await slack_channels.lease(
                conn, me=me, machine_now=machine_now, until=machine_now + LEASE
            )
            if found is None:
                return None, []
            limit = 1 if self._pace else AT_ONCE
            stale = await slack_channels.stale_in(conn, *found, machine_now=machine_now, limit=limit)
        return pen.Lease(*found, me, begun + LEASE.total_seconds() - CALLS), stale

    async def _draw(self, ctx: Context, lease: pen.Lease, stale: Card) -> datetime | None:
        """Draw one card, or let it wait; returns when the channel may be tried again, if not at once."""
        try:
            return await self._attempt(ctx, lease, stale)
        except pen.Lost:
            log.info("channel_lost", card=stale.id)
        except lookup.Limited as limited:
            await self._wait(ctx, stale, limited.by)
        except refusals.AWAY as error:
            log.warning("slack_away", kind=type(error).__name__)
            self._hello.doubt()
            await self._later(ctx, stale, at_most=AWAY_AT_MOST)
        except Exception as error:
            if troubles.is_unavailable(error):  # no fault of the card's: the loop waits
                raise
            id_ = secrets.token_hex(4)
            log.error("card_not_drawn", error_id=id_, card=stale.id, kind=stale.kind, exc_info=error)
            await self._later(ctx, stale)
        return None

    async def _attempt(self, ctx: Context, lease: pen.Lease, stale: Card) -> datetime | None:
        """Draw a card from its rows as they are now. Raises what the view, the renderer or the connection raises."""
        async with ctx.db.read() as conn:
            card = await cards.get(conn, stale.id)
            if card is None or card.drawn >= card.wanted or card.channel != lease.channel:
                return None
            parent = await cards.get(conn, card.parent_id) if card.parent_id else None
            picture = await _picture(ctx, conn, card)
        try:
            async with asyncio.timeout(CALLS):
                if card.channel.startswith(PEOPLE):
                    await self._into_direct_messages(ctx, card)
                    return None
                card = await self._pen.find(ctx, card, parent)
                new = await self._shown(ctx, lease, card, parent, picture)
        except SlackApiError as error:
            return await self._trouble(ctx, card, parent, error)
        await self._record(ctx, lease, card, new)
        return None

    async def _shown(
        self, ctx: Context, lease: pen.Lease, card: Card, parent: Card | None, picture: Picture
    ) -> pen.New | None:
        """A picture that Slack does not take is shown without its images, for their files may be gone; else in words: who
        waits for it learns of it, and our log why.
        """
        try:
            return await self._pen.show(ctx, lease, card, parent, picture)
        except SlackApiError as error:
            if refusals.reason(error) not in UNSHOWABLE:
                raise
            messages = refusals.messages(error)
            log.error(refusals.reason(error), card=card.id, kind=card.kind, messages=messages)
            plain = _without_images(picture)
            if plain != picture:
                return await self._shown(ctx, lease, card, parent, plain)
            return await self._pen.show(ctx, lease, card, parent, _in_words(picture))

    async def _record(self, ctx: Context, lease: pen.Lease, card: Card, new: pen.New | None) -> None:
        """What was read before drawing is drawn, unless somebody else drew meanwhile: then once more, to be sure."""
        async with ctx.db.begin() as conn:
            mine = await slack_channels.holds(conn, lease.workspace_id, lease.channel, me=lease.me)
            stands = new is None or await cards.stands(conn, card.id, new.posting_at, new.ts)
            if mine and stands:
                await cards.record(conn, card.id, drawn=card.wanted, not_before=None, failures=0)
                if new is not None and card.kind == "picture":  # its post's card shows the file from now on
                    post = await pictures.post_of(conn, card.workspace_id, card.entity_id)
                    await marks.stale(conn, "message", [post] if post else [])
            else:
                await cards.again(conn, card.id)
        if new is not None:
            self._pen.recorded(card, new)
            if not stands:
                await self._pen.delete(card.channel, new.ts)

    async def _into_direct_messages(self, ctx: Context, card: Card) -> None:
        """A card for a person: from now on its place is the direct messages with them, where its next drawing is."""
        key = (card.workspace_id, card.channel)
        if key not in self._direct:
            self._direct[key] = await self._opened(card.channel)
        async with ctx.db.begin() as conn:
            await cards.move(conn, card, self._direct[key])

    async def _opened(self, user: str) -> str:
        opened = await self._client.conversations_open(users=user)
        return str(opened["channel"]["id"])

    # --- what Slack may say instead

    async def _trouble(
        self, ctx: Context, card: Card, parent: Card | None, error: SlackApiError
    ) -> datetime | None:
        reason = refusals.reason(error)
        log.info("card_refused", card=card.id, kind=card.kind, reason=reason)
        if refusals.limited(error):
            by = refusals.retry_after(error)
            self._hello.rest(by)
            return await self._channel_later(ctx, by)
        if refusals.unanswered(error):
            self._hello.doubt()
        if reason in GONE:
            await self._gone(ctx, card, parent)
        elif reason in OUTSIDE:
            await self._ask_for_invitation(ctx, card)
            return await self._channel_later(ctx, NOT_A_MEMBER)
        elif reason in FROZEN and card.ts is not None:
            async with ctx.db.begin() as conn:
                await cards.move_down(conn, card)
        elif reason in HOPELESS + UNSHOWABLE + FROZEN:
            await self._give_up(ctx, card)
        else:
            await self._later(ctx, card)
        return None

    async def _gone(self, ctx: Context, card: Card, parent: Card | None) -> None:
        """What the call named is not there any more: the message itself, or for a new reply the head of its thread."""
        if card.ts is not None or parent is None:
            async with ctx.db.begin() as conn:
                await cards.post_anew(conn, card)
            return
        async with ctx.db.begin() as conn:
            await cards.post_anew(conn, parent)
        await self._later(ctx, card)  # it follows its parent, which has no place until it is posted again

    async def _later(self, ctx: Context, card: Card, at_most: timedelta = AT_MOST) -> None:
        """Wait 5 s, 10 s, 20 s …: Slack or the card may mend, and until then the channel is for the others."""
        by = min(at_most, AFTER_TROUBLE * 2 ** min(card.failures, 10))
        await self._wait(ctx, card, by, failures=card.failures + 1)

    async def _wait(self, ctx: Context, card: Card, by: timedelta, **values: Any) -> None:
        async with ctx.db.begin() as conn:
            until = await ctx.db.machine_now(conn) + by
            await cards.record(conn, card.id, not_before=until, **values)

    async def _channel_later(self, ctx: Context, by: timedelta) -> datetime:
        async with ctx.db.read() as conn:
            return await ctx.db.machine_now(conn) + by

    async def _give_up(self, ctx: Context, card: Card) -> None:
        async with ctx.db.begin() as conn:
            await cards.record(conn, card.id, drawn=card.wanted, failures=0)

    async def _ask_for_invitation(self, ctx: Context, card: Card) -> None:
        """Tell the person who acted last, in a direct message: once per channel and process that Slack takes it."""
        if (card.workspace_id, card.channel) in self._asked or card.channel.startswith("D"):
            return
        self._asked.add((card.workspace_id, card.channel))
        async with ctx.db.read() as conn:
            user = await marks.last_person(conn, card.workspace_id, card.kind, card.entity_id)
        if user is None:
            return
        text = f"I am not in <#{card.channel}> yet, so I cannot post its cards. Type /invite @Overture there."
        try:
            await self._client.chat_postMessage(channel=await self._opened(user), text=text)
        except (SlackApiError, *refusals.AWAY) as error:
            log.warning("invitation_not_asked", kind=type(error).__name__)
            self._asked.discard((card.workspace_id, card.channel))


def _without_images(picture: Picture) -> Picture:
    return replace(picture, blocks=[block for block in picture.blocks if block["type"] != "image"])


def _in_words(picture: Picture) -> Picture:
    """The same facts as one paragraph, which no limit of Slack's can refuse."""
    text = blocks.cut_escaped(picture.text, blocks.SECTION)
    hint = "Slack does not take this card with its buttons. Tell your admin; the log says why."
    return Picture(text, [blocks.section(text), blocks.context(hint)])


async def _picture(ctx: Context, conn: AsyncConnection, card: Card) -> Picture:
    view = await views.load(conn, card.workspace_id, card.kind, card.entity_id)
    if view is None:
        return Picture("", gone=True)
    if card.kind == "message":
        view = review.judged(view, ctx.now())
    if card.kind == "account":
        view = await foresight.of(ctx, conn, view)
    return RENDERERS[card.kind](view)
