"""User groups are asked for only where one has a role, rarely, and when Slack does not tell nothing is allowed."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.people import Person
from bot.roles import UNREADABLE, Roles
from engine.context import Context
from engine.errors import Refused
from engine.rules.roles import Role
from storage import workspaces
from storage.model import Workspace

MEMBER = Person("T1", "UTC", guest=False, admin=False, gone=False)
OWNER = Person("T1", "UTC", guest=False, admin=True, gone=False)


class Client(AsyncWebClient):
    """Slack's answers about groups, without Slack; `fault` is an error of its own or of the line."""

    def __init__(self) -> None:
        super().__init__("xoxb-1", retry_handlers=[])
        self.members = {"S1LEADS": ["U2AMARA"]}
        self.asked: list[str] = []
        self.fault: str | OSError = ""

    async def usergroups_users_list(self, *, usergroup: str, **_: Any) -> Any:
        self.asked.append(usergroup)
        if isinstance(self.fault, OSError):
            raise self.fault
        reason = self.fault or ("" if usergroup in self.members else "no_such_subteam")
        if reason:
            raise SlackApiError("refused", {"ok": False, "error": reason})
        return {"ok": True, "users": self.members[usergroup]}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Who belongs to which group does not depend on the database."""
    return sqlite_url


async def given(ctx: Context, **settings: Any) -> Workspace:
    async with ctx.db.begin() as conn:
        await workspaces.set_settings(conn, "T1", settings)
        found = await workspaces.get(conn, "T1")
    assert found is not None
    return found


async def test_no_group_has_a_role_so_none_is_asked_for(ctx: Context) -> None:
    client = Client()
    workspace = await given(ctx, viewers=["U3BAO"])
    roles = Roles(ctx, client)
    assert await roles.of(workspace, "U1OLIVIA", MEMBER) is Role.ADMIN  # installed it
    assert await roles.of(workspace, "U2AMARA", MEMBER) is Role.APPROVER
    assert await roles.of(workspace, "U3BAO", MEMBER) is Role.VIEWER
    assert await roles.of(workspace, "U4DEE", OWNER) is Role.ADMIN
    assert not client.asked


async def test_a_group_is_remembered_and_a_change_of_the_settings_holds_at_once(ctx: Context) -> None:
    client = Client()
    roles = Roles(ctx, client)
    workspace = await given(ctx, approvers=["S1LEADS"], members="viewer")
    for _ in range(3):
        assert await roles.of(workspace, "U2AMARA", MEMBER) is Role.APPROVER
        assert await roles.of(workspace, "U3BAO", MEMBER) is Role.VIEWER
    assert client.asked == ["S1LEADS"]
    await given(ctx, members="viewer")
    assert await roles.of(workspace, "U2AMARA", MEMBER) is Role.VIEWER


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("missing_scope", UNREADABLE),
        ("no_such_subteam", "Slack knows no user group S1LEADS; take it out of the settings."),
        ("ratelimited", "Slack did not say who is in the user group; try again in a moment."),
        (OSError("away"), "Slack did not say who is in the user group; try again in a moment."),
    ],
)
async def test_when_slack_does_not_tell_only_those_who_need_no_group_may_act(
    ctx: Context, fault: str | OSError, sentence: str
) -> None:
    client = Client()
    client.fault = fault
    roles = Roles(ctx, client)
    workspace = await given(ctx, viewers=["S1LEADS"], approvers=["U3BAO"])
    with pytest.raises(Refused) as refused:
        await roles.of(workspace, "U2AMARA", MEMBER)
    assert refused.value.sentence == sentence
    assert await roles.of(workspace, "U1OLIVIA", MEMBER) is Role.ADMIN
    assert await roles.of(workspace, "U3BAO", MEMBER) is Role.APPROVER


async def test_where_nobody_knows_who_installed_it_slacks_admins_cannot_be_locked_out(ctx: Context) -> None:
    workspace = await given(ctx, viewers=["U4DEE"])
    unknown = Workspace(
        "T1", workspace.name, workspace.bot_user_id, None, workspace.settings, workspace.created_at
    )
    roles = Roles(ctx, Client())
    assert await roles.of(unknown, "U4DEE", OWNER) is Role.ADMIN
    assert await roles.of(workspace, "U4DEE", OWNER) is Role.VIEWER
