"""Who may set things first: the installer that the operator named, Slack's admins, and nobody locked out."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot import app
from bot.people import Directory
from bot.roles import Roles
from bot.settings import Settings
from engine.context import Context
from engine.rules.roles import Role
from storage import workspaces


class Client(AsyncWebClient):
    """A server that speaks Slack's API and says of people only what it must, and `more`."""

    def __init__(self, **more: Any) -> None:
        super().__init__("xoxb-1", retry_handlers=[])
        self.more = more

    async def users_info(self, *, user: str, **_: Any) -> Any:
        return {"ok": True, "user": {"id": user, "team_id": "T1", **self.more}}

    async def auth_test(self, **_: Any) -> Any:
        return {"ok": True, "team_id": "T1", "team": "Acme", "user_id": "UBOT"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Who is who does not depend on the database."""
    return sqlite_url


@pytest.mark.parametrize(
    ("more", "named", "role"),
    [
        (
            {},
            "",
            Role.ADMIN,
        ),  # the server has no word for admins: somebody must be able to set a postal address
        ({"is_admin": False}, "", Role.APPROVER),
        ({"is_admin": False}, "U4DEE", Role.ADMIN),
        ({"is_admin": False}, "U5EVE", Role.APPROVER),
        ({"is_owner": True, "is_admin": False}, "", Role.ADMIN),
    ],
)
async def test_who_installed_is_admin_and_where_nobody_is_named_slacks_own_are(
    ctx: Context, more: dict[str, bool], named: str, role: Role
) -> None:
    client = Client(**more)
    async with ctx.db.begin() as conn:
        await conn.execute(workspaces.workspaces.update().values(installer_id=None))
    settings = Settings(_env_file=None, slack_installer=named)  # type: ignore[call-arg]
    for started in (settings, settings.model_copy(update={"slack_installer": ""})):
        await app._slack(started, ctx, client)  # a later start that names nobody forgets nobody
    async with ctx.db.read() as conn:
        workspace = await workspaces.get(conn, "T1")
    assert workspace is not None
    person = await Directory(client).person("U4DEE")
    assert await Roles(ctx, client).of(workspace, "U4DEE", person) is role
