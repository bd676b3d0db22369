"""Removes the copies of cards that no row knows, when somebody presses a button on one. The press itself counts.

A copy stands where a posting had no known outcome, or where a card was posted anew.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import lookup, refusals
from engine.context import Context
from engine.errors import Refused
from handlers import actions
from handlers.cards import RENDERERS
from storage import cards
from storage.model import Card

log = structlog.get_logger(__name__)

WITHIN = timedelta(seconds=15)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button on a message of ours: which card it belongs to, and where it was pressed."""

    workspace_id: str
    kind: str
    entity_id: int
    channel: str
    ts: str


class Copies:
    """Works beside the answer and after it; what goes wrong here costs a copy that stays one press longer."""

    def __init__(self, ctx: Context, client: AsyncWebClient) -> None:
        self._ctx, self._client = ctx, client
        self._tasks: set[asyncio.Task[None]] = set()

    def pressed(self, body: Json) -> None:
        """Look, in the background, at what a button was pressed on."""
        found = _pressed(body)
        if found is not None:
            task = asyncio.create_task(self._tidy(found))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def finish(self, within: float) -> None:
        """Let what is on its way be done."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within)

    async def _tidy(self, on: Pressed) -> None:
        try:
            async with asyncio.timeout(WITHIN.total_seconds()):
                if await self._is_stray(on):
                    await self._client.chat_delete(channel=on.channel, ts=on.ts)
                    log.info("copy_deleted", kind=on.kind, entity=on.entity_id)
        except (SlackApiError, *refusals.AWAY) as error:
            log.warning("copy_not_deleted", kind=type(error).__name__)
        except Exception as error:
            log.error("copy_not_deleted", kind=type(error).__name__, exc_info=error)

    async def _is_stray(self, on: Pressed) -> bool:
        """False for a message that is a card's, and for one that becomes it: the posting it is the outcome of was lost."""
        async with self._ctx.db.read() as conn:
            if await cards.by_ts(conn, on.workspace_id, on.channel, on.ts) is not None:
                return False
            card = await cards.find(conn, on.workspace_id, on.kind, on.entity_id, on.channel)
        if card is None:
            return False
        if card.ts is None and card.posting_at is not None and _is_outcome(card, on.ts):
            async with self._ctx.db.begin() as conn:
                return not await cards.stands(conn, card.id, card.posting_at, on.ts)
        return card.ts is not None or card.posting_at is not None


def _is_outcome(card: Card, ts: str) -> bool:
    """Whether a message of that time can come from the posting; one from before it is an older copy."""
    assert card.posting_at is not None
    return float(ts) >= (card.posting_at - lookup.SKEW).timestamp()


def _pressed(body: Json) -> Pressed | None:
    """None for what is not on a card: the Home tab, a private answer, a button of an older version."""
    place, action = body.get("container") or {}, body["actions"][0]
    if place.get("type") != "message" or place.get("is_ephemeral"):
        return None
    kind = str(action.get("action_id") or "").partition(".")[0]
    team = str((body.get("team") or {}).get("id") or "")
    channel, ts = str(place.get("channel_id") or ""), str(place.get("message_ts") or "")
    try:
        ref = actions.ref(str(action.get("value") or ""))
        float(ts)
    except (Refused, ValueError):
        return None
    return Pressed(team, kind, ref.id, channel, ts) if kind in RENDERERS else None
