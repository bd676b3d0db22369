"""Finds the message that a posting of unknown outcome left in Slack, where a history scope was granted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import refusals
from bot.hello import Hello
from storage.model import Card

EVENT = "overture_card"
SCOPES = {
    "D": {"im:history"},
    "G": {"groups:history", "mpim:history"},
    "C": {"channels:history", "groups:history"},
}
"""By the first letter of a channel's id; that of a private channel may be C as well."""
SKEW = timedelta(minutes=5)
"""How far Slack's clock may be from ours: a request signed longer ago is refused anyway."""
TOOK = timedelta(seconds=60)
"""By when a posting is over, one way or the other."""
PAGE = 200
PAGES = 20
"""A channel with more messages than these two allow within the time is not searched to the end."""
NOT_NOW = (*refusals.UNSURE, "ratelimited", "rate_limited", "invalid_cursor")

Json = dict[str, Any]


class Limited(Exception):
    """History may be asked again after `by`; posting is not concerned."""

    def __init__(self, by: timedelta) -> None:
        super().__init__()
        self.by = by


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a search got, so that a limit of one page a minute ends some day."""

    posting_at: datetime
    cursor: str = ""
    page: int = 0


def mark(card_id: int, posting_at: datetime) -> Json:
    """The metadata of a posting: which card, and which attempt at it."""
    at = posting_at.astimezone(UTC).isoformat()
    return {"event_type": EVENT, "event_payload": {"card": str(card_id), "posting": at}}


class Lookup:
    """Searches by metadata; other apps may write the same, so the message must be the bot's own."""

    def __init__(self, client: AsyncWebClient, hello: Hello) -> None:
        self._client, self._hello = client, hello
        self._places: dict[int, _Place] = {}

    async def find(self, card: Card, thread: str | None) -> str | None:
        """The `ts` of the message that the posting begun at `card.posting_at` made.

        None when there is none, and when it cannot be looked up at all. Raises Limited, and what a call raises,
        when it cannot be looked up now.
        """
        assert card.posting_at is not None
        me = await self._hello.me()
        if not me.scopes & SCOPES.get(card.channel[:1], set()):
            return None
        place = self._places.get(card.id)
        if place is None or place.posting_at != card.posting_at:
            place = _Place(card.posting_at)
        try:
            return await self._search(card, thread, me.bot_id, place)
        except SlackApiError as error:
            self._refused(card, error)
            return None

    async def _search(self, card: Card, thread: str | None, bot_id: str, place: _Place) -> str | None:
        wanted = mark(card.id, place.posting_at)
        while place.page < PAGES:
            answer = await self._page(card.channel, thread, place)
            for message in answer.get("messages") or []:
                if message.get("bot_id") == bot_id and _carries(message, wanted):
                    self._places.pop(card.id, None)
                    return str(message["ts"])
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
            place = self._places[card.id] = _Place(place.posting_at, cursor, place.page + 1)
        self._places.pop(card.id, None)
        return None

    async def _page(self, channel: str, thread: str | None, place: _Place) -> Any:
        fields: Json = {
            "channel": channel, "limit": PAGE, "inclusive": True, "include_all_metadata": True,
            "oldest": f"{(place.posting_at - SKEW).timestamp():.6f}",
            "latest": f"{(place.posting_at + TOOK + SKEW).timestamp():.6f}",
        }  # fmt: skip
        if place.cursor:
            fields["cursor"] = place.cursor
        if thread is None:
            return await self._client.conversations_history(**fields)
        return await self._client.conversations_replies(ts=thread, **fields)

    def _refused(self, card: Card, error: SlackApiError) -> None:
        """Refused for good (a scope, a channel, a thread that is gone) means: it cannot be looked up."""
        word = refusals.reason(error)
        if refusals.limited(error):
            raise Limited(refusals.retry_after(error)) from error
        self._places.pop(card.id, None)
        if word in NOT_NOW:
            raise error


def _carries(message: Json, wanted: Json) -> bool:
    """Whether Slack gives our mark back, whatever it adds to it."""
    found = message.get("metadata") or {}
    payload = found.get("event_payload") or {}
    ours = wanted["event_payload"].items()
    return found.get("event_type") == EVENT and all(payload.get(name) == value for name, value in ours)
