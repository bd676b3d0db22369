"""Puts one picture into Slack: posts, updates, uploads or deletes. Decides neither when nor what comes after trouble.

A first posting is announced in the row before it leaves. One whose outcome is unknown is looked up before the next.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import lookup, refusals
from bot.hello import Hello
from engine.context import Context
from handlers.cards import File, Picture
from storage import cards, slack_channels
from storage.model import Card

log = structlog.get_logger(__name__)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lease:
    """A channel that is ours to draw in. After `wire_until` (monotonic seconds) no call may begin any more."""

    workspace_id: str
    channel: str
    me: str
    wire_until: float


@dataclass(frozen=True, slots=True)
class New:
    """A message that was not there before. For an upload, `ts` is the id of the file."""

    posting_at: datetime
    ts: str


class Lost(Exception):
    """The lease is over: whoever has the channel now draws the card."""


class Pen:
    """One client. It remembers what it posted until the row does, for when the database is away in between."""

    def __init__(self, client: AsyncWebClient, hello: Hello) -> None:
        self._client = client
        self._lookup = lookup.Lookup(client, hello)
        self._posted: dict[tuple[int, datetime], str] = {}

    async def find(self, ctx: Context, card: Card, parent: Card | None) -> Card:
        """The card with the place that an earlier posting of unknown outcome gave it, if it gave it one.

        Raises lookup.Limited, and what a call raises, when that cannot be told now.
        """
        if card.posting_at is None:
            return card
        ts = self._posted.get((card.id, card.posting_at))
        if ts is None and card.ts is not None:
            ts = card.ts if await self._is_shared(card.channel, card.ts) else None
        elif ts is None:
            ts = await self._lookup.find(card, parent.ts if parent else None)
        await self._settle(ctx, card, card.posting_at, ts)
        return replace(card, ts=ts, posting_at=None)

    async def show(
        self, ctx: Context, lease: Lease, card: Card, parent: Card | None, picture: Picture
    ) -> New | None:
        """Post or update. Raises Lost, and what a call raises."""
        if time.monotonic() > lease.wire_until:
            raise Lost
        if picture.gone:
            await self._remove(ctx, card)
            return None
        if picture.file is not None:
            return await self._upload(ctx, lease, card, parent, picture, picture.file)
        words: Json = {"text": picture.text, "blocks": picture.blocks, "channel": card.channel}
        if card.ts is not None:
            await self._client.chat_update(ts=card.ts, **words)
            return None
        if card.moved_from is not None:
            await self._clear(ctx, card, card.moved_from)
        at = await self._announce(ctx, lease, card)
        posting = self._client.chat_postMessage(
            **words,
            thread_ts=parent.ts if parent else None,
            metadata=lookup.mark(card.id, at),
            unfurl_links=False,
            unfurl_media=False,
        )
        return self._made(card, at, str((await self._tried(ctx, card, posting))["ts"]))

    def recorded(self, card: Card, new: New) -> None:
        """The row knows where the card stands."""
        self._posted.pop((card.id, new.posting_at), None)

    async def delete(self, channel: str, ts: str) -> None:
        """Remove a copy of ours that no row knows. If that fails it stays, and goes at its first click."""
        if ts.startswith("F"):
            return
        try:
            await self._client.chat_delete(channel=channel, ts=ts)
        except (SlackApiError, *refusals.AWAY) as error:
            log.warning("copy_not_deleted", kind=type(error).__name__)

    async def _settle(self, ctx: Context, card: Card, at: datetime, ts: str | None) -> None:
        """Write down what was found. Raises Lost when the card found a place in the meantime."""
        async with ctx.db.begin() as conn:
            if ts is None and card.ts is not None:  # a file that nobody sees: the next one has another id
                await cards.record(conn, card.id, ts=None, posting_at=None)
            elif ts is not None and not await cards.stands(conn, card.id, at, ts):
                raise Lost
        self._posted.pop((card.id, at), None)

    async def _announce(self, ctx: Context, lease: Lease, card: Card, **values: Any) -> datetime:
        """Write down that a posting begins now, in machine time. Raises Lost when the channel is not ours any more."""
        async with ctx.db.begin() as conn:
            if not await slack_channels.holds(conn, lease.workspace_id, lease.channel, me=lease.me):
                raise Lost
            at = await ctx.db.machine_now(conn)
            await cards.record(conn, card.id, posting_at=at, **values)
        return at

    async def _tried(self, ctx: Context, card: Card, posting: Awaitable[Any]) -> Any:
        """What was surely not posted is not looked for later."""
        try:
            return await posting
        except (SlackApiError, *refusals.AWAY) as error:
            if refusals.surely_not(error):
                async with ctx.db.begin() as conn:
                    await cards.record(conn, card.id, posting_at=None, ts=None)
            raise

    def _made(self, card: Card, at: datetime, ts: str) -> New:
        self._posted[card.id, at] = ts
        return New(at, ts)

    async def _remove(self, ctx: Context, card: Card) -> None:
        if card.ts is not None and "." in card.ts:
            await self._client.chat_delete(channel=card.channel, ts=card.ts)
        async with ctx.db.begin() as conn:
            await cards.record(conn, card.id, ts=None, posting_at=None)

    async def _clear(self, ctx: Context, card: Card, ts: str) -> None:
        """Remove the message that a card moved away from. Raises what a call raises that may work later."""
        try:
            await self._client.chat_delete(channel=card.channel, ts=ts)
        except SlackApiError as error:
            if refusals.limited(error) or refusals.unanswered(error):
                raise
            log.info("copy_not_deleted", kind=refusals.reason(error))
        async with ctx.db.begin() as conn:
            await cards.record(conn, card.id, moved_from=None)

    # --- uploads: three steps, of which only the last one shows anything

    async def _upload(
        self, ctx: Context, lease: Lease, card: Card, parent: Card | None, picture: Picture, file: File
    ) -> New | None:
        """A picture that stands is never drawn again. Its file's id is in the row before it is shared."""
        if card.ts is not None:
            return None
        place = await self._client.files_getUploadURLExternal(
            filename=file.name, length=len(file.data), alt_txt=file.alt
        )
        async with (
            aiohttp.ClientSession() as session,
            session.post(place["upload_url"], data=file.data) as sent,
        ):
            sent.raise_for_status()
        file_id = str(place["file_id"])
        at = await self._announce(ctx, lease, card, ts=file_id)
        sharing = self._client.files_completeUploadExternal(
            files=[{"id": file_id, "title": file.title}],
            channel_id=card.channel,
            thread_ts=parent.ts if parent else None,
            initial_comment=picture.text,
        )
        await self._tried(ctx, card, sharing)
        return self._made(card, at, file_id)

    async def _is_shared(self, channel: str, file_id: str) -> bool:
        """Whether Slack shows the file in the channel; where it may not be asked, yes: at most once, then.

        Raises what a call raises.
        """
        try:
            file = (await self._client.files_info(file=file_id))["file"]
        except SlackApiError as error:
            if refusals.reason(error) in ("file_not_found", "file_deleted"):
                return False
            if refusals.reason(error) == "missing_scope":
                return True
            raise
        places = [*(file.get("channels") or []), *(file.get("groups") or []), *(file.get("ims") or [])]
        shares = (file.get("shares") or {}).values()
        return channel in places or any(channel in share for share in shares)
