"""Who people are in Slack, asked once an hour each. Never decides what they may do."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from engine.errors import Refused
from storage import workspaces
from storage.db import Database
from storage.model import Workspace

KEEP = 3600.0
"""Seconds: users.info is tier 4 and changes rarely."""
AT_MOST = 10_000
AT_ONCE = 0.3
"""Seconds: what is left of Slack's three is the handler's."""
SOON = 5.0
"""Seconds an installation may be out of date."""
WITHIN = 2.0
"""Seconds: less than an answer may take, so that who asks is told why nothing happened."""


@dataclass(frozen=True, slots=True)
class Person:
    """`guest` for single- and multi-channel guests, bots and strangers; `team` is their own workspace.

    `teams` are all that they are a member of, and their organisation, where that has several workspaces.
    `admin` also where Slack's API stands elsewhere and has no word for it: else nobody could set anything.
    """

    team: str
    zone: str
    guest: bool
    admin: bool
    gone: bool
    teams: frozenset[str] = frozenset()

    def belongs(self, home: str, named: str) -> bool:
        """Whether they are of the workspace `home`. `named` is where a payload says they are from, empty if nowhere."""
        told = {team for team in (self.team, named) if team}
        return told == {home} or (home in self.teams and told <= self.teams)


class Directory:
    """users.info with a memory."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._known: dict[str, tuple[float, Person]] = {}

    async def person(self, user_id: str) -> Person:
        """Raises Refused when Slack does not say who it is: then nobody may act."""
        known = self._known.get(user_id)
        if known and known[0] > time.monotonic():
            return known[1]
        try:
            async with asyncio.timeout(WITHIN):
                answer = await self._client.users_info(user=user_id)
        except (SlackApiError, TimeoutError, OSError, aiohttp.ClientError):
            raise Refused("Slack did not say who you are; try again in a moment.") from None
        found = _person(answer["user"])
        if len(self._known) >= AT_MOST:
            self._known.clear()
        self._known[user_id] = (time.monotonic() + KEEP, found)
        return found


class Installed:
    """The workspaces that installed us, each remembered for a few seconds: every click asks twice."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[str, tuple[float, Workspace]] = {}

    async def workspace(self, team_id: str) -> Workspace | None:
        known = self._known.get(team_id)
        if known and known[0] > time.monotonic():
            return known[1]
        async with self._db.read() as conn:
            found = await workspaces.get(conn, team_id)
        if found is not None:
            self._known[team_id] = (time.monotonic() + SOON, found)
        return found

    async def bot(self, team_id: str) -> str | None:
        """Our own user there, by which Bolt tells our own events. It never changes, so once read it is known for good.

        None when nobody installed us there, or when the database does not say at once.
        """
        if team_id in self._known:
            return self._known[team_id][1].bot_user_id
        reading = asyncio.ensure_future(self.workspace(team_id))
        reading.add_done_callback(lambda read: read.cancelled() or read.exception())
        done, _ = await asyncio.wait([reading], timeout=AT_ONCE)
        found = None if not done or reading.exception() else reading.result()
        return found.bot_user_id if found else None


def _person(user: dict[str, object]) -> Person:
    guest = ("is_restricted", "is_ultra_restricted", "is_stranger", "is_bot")
    admin = ("is_admin", "is_owner", "is_primary_owner")
    return Person(
        team=str(user.get("team_id") or ""),
        zone=str(user.get("tz") or ""),
        guest=any(user.get(flag) for flag in guest),
        admin=any(user.get(flag) for flag in admin) or not any(flag in user for flag in admin),
        gone=bool(user.get("deleted")),
        teams=_teams(user.get("enterprise_user")),
    )


def _teams(found: object) -> frozenset[str]:
    """Empty for who is in one workspace alone."""
    member = found if isinstance(found, dict) else {}
    teams = member.get("teams")
    listed = [team for team in teams if isinstance(team, str)] if isinstance(teams, list) else []
    return frozenset([*listed, str(member.get("enterprise_id") or "")]) - {""} if listed else frozenset()
