"""Makes Slack look like the database: draws every stale card, the first time and every later time.

One channel at a time, one drawer per channel, in id order, at the pace Slack allows. A card that cannot be
drawn waits by itself, longer each time; it never stops another one.
"""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import review
from engine.context import Context
from handlers.cards import RENDERERS, Picture
from storage import cards, marks, views
from storage.model import Card

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
AT_ONCE = 40
CALLS = 30.0
"""Seconds that drawing one card may take: well under the lease."""
AFTER_TROUBLE = timedelta(seconds=5)
"""The first wait of a card that could not be drawn; each further failure doubles it."""
AT_MOST = timedelta(minutes=10)
AWAY_AT_MOST = timedelta(minutes=1)
"""When it is Slack that does not answer, the card is not to blame."""
AWAY = (OSError, TimeoutError, aiohttp.ClientError)
NOT_A_MEMBER = timedelta(minutes=2)
GONE = ("message_not_found", "thread_not_found")
HOPELESS = (
    "is_archived",
    "channel_not_found",
    "restricted_action",
    "account_inactive",
    "cant_update_message",
)
OUTSIDE = ("not_in_channel",)


class Reconciler:
    """A loop of the worker. `pace` is the time between two calls to one channel (Slack: one post a second)."""

    def __init__(self, client: AsyncWebClient, *, pace: timedelta = timedelta(seconds=1)) -> None:
        self._client = client
        self._pace = pace
        self._asked: set[tuple[str, str]] = set()

    async def turn(self, ctx: Context) -> bool:
        """Draw what one channel may be given now; False when no channel has anything."""
        async with ctx.db.begin() as conn:
            machine_now = await ctx.db.machine_now(conn)
            leased = await cards.lease_channel(
                conn, me=ctx.me, machine_now=machine_now, until=machine_now + LEASE
            )
            if leased is None:
                return False
            limit = 1 if self._pace else AT_ONCE
            stale = await cards.stale_in(conn, *leased, machine_now=machine_now, limit=limit)
        next_at: datetime | None = None
        try:
            for card in stale:
                next_at = await self._draw(ctx, card)
                if next_at is not None:
                    break
        finally:
            async with ctx.db.begin() as conn:
                paced = await ctx.db.machine_now(conn) + self._pace if self._pace else None
                await cards.release_channel(conn, *leased, me=ctx.me, next_post_at=next_at or paced)
        return bool(stale)

    async def _draw(self, ctx: Context, stale: Card) -> datetime | None:
        """Draw one card, or let it wait; returns when the channel may be tried again, if not at once."""
        try:
            return await self._attempt(ctx, stale)
        except AWAY as error:
            log.warning("slack_away", kind=type(error).__name__)
            await self._later(ctx, stale, at_most=AWAY_AT_MOST)
        except Exception as error:
            id_ = secrets.token_hex(4)
            log.error("card_not_drawn", error_id=id_, card=stale.id, kind=stale.kind, exc_info=error)
            await self._later(ctx, stale)
        return None

    async def _attempt(self, ctx: Context, stale: Card) -> datetime | None:
        """Draw a card from its rows as they are now. Raises what the view, the renderer or the connection raises."""
        async with ctx.db.read() as conn:
            card = await cards.get(conn, stale.id)
            if card is None or card.drawn >= card.wanted:
                return None
            parent = await cards.get(conn, card.parent_id) if card.parent_id else None
            picture = await _picture(ctx, conn, card)
        try:
            async with asyncio.timeout(CALLS):
                values = await self._show(ctx, card, parent, picture)
        except SlackApiError as error:
            return await self._trouble(ctx, card, parent, error)
        async with ctx.db.begin() as conn:
            await cards.record(conn, card.id, drawn=card.wanted, not_before=None, failures=0, **values)
        return None

    async def _show(self, ctx: Context, card: Card, parent: Card | None, picture: Picture) -> dict[str, Any]:
        """Post or update; returns the columns that follow from it."""
        if picture.gone:
            return await self._remove(card)
        if picture.file is not None:
            return await self._upload(card, parent, picture)
        words: dict[str, Any] = {"text": picture.text, "blocks": picture.blocks, "channel": card.channel}
        if card.ts is not None:
            await self._client.chat_update(ts=card.ts, **words)
            return {}
        async with ctx.db.begin() as conn:
            await cards.record(conn, card.id, posting_at=await ctx.db.machine_now(conn))
        posted = await self._client.chat_postMessage(
            **words,
            thread_ts=parent.ts if parent else None,
            metadata={"event_type": "overture_card", "event_payload": {"card": str(card.id)}},
            unfurl_links=False,
            unfurl_media=False,
        )
        return {"ts": str(posted["ts"]), "posting_at": None}

    async def _upload(self, card: Card, parent: Card | None, picture: Picture) -> dict[str, Any]:
        if card.ts is not None or picture.file is None:
            return {}
        await self._client.files_upload_v2(
            channel=card.channel,
            thread_ts=parent.ts if parent else None,
            file=picture.file.data,
            filename=picture.file.name,
            title=picture.file.title,
            alt_txt=picture.file.alt,
            initial_comment=picture.text,
        )
        return {"ts": "file", "posting_at": None}

    async def _remove(self, card: Card) -> dict[str, Any]:
        if card.ts is not None and card.ts != "file":
            await self._client.chat_delete(channel=card.channel, ts=card.ts)
        return {"ts": None}

    # --- what Slack may say instead

    async def _trouble(
        self, ctx: Context, card: Card, parent: Card | None, error: SlackApiError
    ) -> datetime | None:
        reason = _reason(error)
        log.info("card_refused", card=card.id, kind=card.kind, reason=reason)
        if reason in ("ratelimited", "rate_limited"):
            return await self._channel_later(ctx, _retry_after(error))
        if reason in GONE:
            await self._gone(ctx, card, parent)
        elif reason in OUTSIDE:
            await self._ask_for_invitation(ctx, card)
            await self._wait(ctx, card, NOT_A_MEMBER)
        elif reason == "invalid_blocks":
            log.error("invalid_blocks", card=card.id, kind=card.kind, messages=_messages(error))
            await self._give_up(ctx, card)
        elif reason in HOPELESS:
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
        """Once per channel and process: tell the person who acted last, in a direct message."""
        if (card.workspace_id, card.channel) in self._asked:
            return
        self._asked.add((card.workspace_id, card.channel))
        async with ctx.db.read() as conn:
            user = await marks.last_person(conn, card.workspace_id, card.kind, card.entity_id)
        if user is None:
            return
        text = f"I am not in <#{card.channel}> yet, so I cannot post its cards. Type /invite @Overture there."
        try:
            opened = await self._client.conversations_open(users=user)
            await self._client.chat_postMessage(channel=opened["channel"]["id"], text=text)
        except (SlackApiError, *AWAY) as error:
            log.warning("invitation_not_asked", kind=type(error).__name__)


async def _picture(ctx: Context, conn: AsyncConnection, card: Card) -> Picture:
    view = await views.load(conn, card.workspace_id, card.kind, card.entity_id)
    if view is None:
        return Picture("", gone=True)
    if card.kind == "message":
        view = review.judged(view, ctx.now())
    return RENDERERS[card.kind](view)


def _reason(error: SlackApiError) -> str:
    """Slack's word for what is wrong; empty when the answer was no answer of the API (a proxy's page, say)."""
    return str(error.response.get("error") or "") if isinstance(error.response, AsyncSlackResponse) else ""


def _retry_after(error: SlackApiError) -> timedelta:
    asked = str(error.response.headers.get("Retry-After") or "")
    return timedelta(seconds=min(int(asked), 3600) if asked.isdecimal() and len(asked) < 9 else 1)


def _messages(error: SlackApiError) -> list[str]:
    """Slack's own words about our blocks: they name places, never contents."""
    found = (error.response.get("response_metadata") or {}).get("messages") or []
    return [str(message)[:200] for message in found[:5]]
