"""Which role a person has at the moment of a click: the settings, at most a second old, and Slack's user groups."""

from __future__ import annotations

import asyncio
import time

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import refusals
from bot.people import WITHIN, Person
from engine import policy
from engine.context import Context
from engine.errors import Refused
from engine.rules import roles
from engine.rules.roles import Role
from storage.model import Workspace

KEEP = 300.0
"""Seconds for which a group's members are remembered; Slack allows some twenty of these questions a minute."""
SOON = 1.0
"""Seconds for which a role that another process took away may still hold."""
AT_MOST = 1_000
UNREADABLE = (
    "Overture may not read user groups. Add the scope usergroups:read to the app and install it again, "
    "or take the groups out of the settings."
)


class Roles:
    """Roles by person and by user group. A group is asked for only where one was given a role."""

    def __init__(self, ctx: Context, client: AsyncWebClient) -> None:
        self._ctx, self._client = ctx, client
        self._known: dict[tuple[str, str], tuple[float, frozenset[str]]] = {}
        self._rules: dict[str, tuple[float, int, policy.Policy]] = {}

    async def of(self, workspace: Workspace, user: str, person: Person) -> Role:
        """Raises Refused when it depends on a user group that Slack does not tell: then nothing is allowed.

        Where it is not known who installed the app, Slack's own admins stand in; where it is, they are admins unless
        they were given something else.
        """
        rules = await self._rules_of(workspace.id)
        installer = user == workspace.installer_id or (not workspace.installer_id and person.admin)
        own = any(user in ids for ids in rules.given.values())
        asked = () if installer or own else roles.groups(rules.given)
        members = await asyncio.gather(*(self._members(workspace.id, group) for group in asked))
        belongs = [group for group, found in zip(asked, members, strict=True) if user in found]
        otherwise = Role.ADMIN if person.admin else rules.members
        return roles.of(user, rules.given, installer=installer, otherwise=otherwise, belongs=belongs)

    async def _rules_of(self, workspace_id: str) -> policy.Policy:
        """What this process changed counts at once; what another one changed within a second."""
        writes, known = self._ctx.db.writes, self._rules.get(workspace_id)
        if known and known[0] > time.monotonic() and known[1] == writes:
            return known[2]
        async with self._ctx.db.read() as conn:
            rules = await policy.of(conn, workspace_id)
        self._rules[workspace_id] = (time.monotonic() + SOON, writes, rules)
        return rules

    async def _members(self, workspace_id: str, group: str) -> frozenset[str]:
        known = self._known.get((workspace_id, group))
        if known and known[0] > time.monotonic():
            return known[1]
        found = await members(self._client, group)
        if len(self._known) >= AT_MOST:
            self._known.clear()
        self._known[workspace_id, group] = (time.monotonic() + KEEP, found)
        return found


async def members(client: AsyncWebClient, group: str) -> frozenset[str]:
    """The people of a user group. Raises Refused when Slack does not say."""
    try:
        async with asyncio.timeout(WITHIN):
            answer = await client.usergroups_users_list(usergroup=group)
    except SlackApiError as error:
        reason = refusals.reason(error)
        if reason == "missing_scope":
            raise Refused(UNREADABLE) from None
        if reason == "no_such_subteam":
            raise Refused(f"Slack knows no user group {group}; take it out of the settings.") from None
        raise Refused("Slack did not say who is in the user group; try again in a moment.") from None
    except (TimeoutError, OSError, aiohttp.ClientError):
        raise Refused("Slack did not say who is in the user group; try again in a moment.") from None
    return frozenset(str(user) for user in answer.get("users") or ())
