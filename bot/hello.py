"""Asks Slack whether it is there and who we are to it. Draws nothing, and never waits for it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import refusals

log = structlog.get_logger(__name__)

WITHIN = 10.0
FIRST = 1.0
"""Seconds until a Slack that is away is asked again; each further time doubles them."""
AT_MOST = 30.0


@dataclass(frozen=True, slots=True)
class Me:
    """The bot as Slack knows it, and the scopes it was granted."""

    bot_id: str
    scopes: frozenset[str]


class Hello:
    """After a call without an answer, nothing is drawn before auth.test got one.

    So a Slack that keeps silent for minutes leaves one card in doubt for each process, not all that are stale.
    """

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._me: Me | None = None
        self._doubtful = False
        self._silent = 0
        self._rest_until = 0.0

    def doubt(self) -> None:
        """A call got no answer."""
        self._doubtful = True

    def rest(self, by: timedelta) -> None:
        """Slack asked to be left alone: its limits are per method and workspace, not only per channel."""
        self._rest_until = max(self._rest_until, time.monotonic() + by.total_seconds())

    async def there(self) -> bool:
        """False while Slack is away or wants rest; asks it when there is doubt. Never raises."""
        if time.monotonic() < self._rest_until:
            return False
        if self._doubtful:
            try:
                await self._ask()
            except (SlackApiError, *refusals.AWAY) as error:
                self._unwell(error)
        return not self._doubtful

    async def me(self) -> Me:
        """Raises what a call of Slack's Web API raises, the first time."""
        return self._me or await self._ask()

    async def _ask(self) -> Me:
        async with asyncio.timeout(WITHIN):
            answer = await self._client.auth_test()
        granted = str(answer.headers.get("x-oauth-scopes") or "").split(",")
        scopes = frozenset(scope.strip() for scope in granted if scope.strip())
        self._me = Me(str(answer.get("bot_id") or ""), scopes)
        self._doubtful, self._silent = False, 0
        return self._me

    def _unwell(self, error: Exception) -> None:
        if isinstance(error, SlackApiError) and refusals.limited(error):
            self.rest(refusals.retry_after(error))
        elif refusals.unanswered(error):
            self.rest(timedelta(seconds=min(AT_MOST, FIRST * 2 ** min(self._silent, 10))))
            self._silent += 1
            log.warning("slack_away", kind=type(error).__name__, times=self._silent)
        else:  # refused, but by Slack: it is there, and what is wrong shows with the next card
            self._doubtful, self._silent = False, 0
