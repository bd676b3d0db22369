"""What `overture connect` does: one process without Slack that keeps a page's token, sealed, and ends."""

from __future__ import annotations

from pydantic import SecretStr

from bot import app as composition
from bot.settings import Settings
from engine import feeds
from engine.channels import linkedin_list
from engine.context import Context, Who
from engine.errors import Refused
from engine.sealing import Seal
from storage import workspaces


async def connect(settings: Settings, network: str, brand: str, workspace: str, token: str) -> str:
    """What is connected now, and what else its token should permit. Raises Refused; the token is in neither."""
    parts = await composition.build(settings.model_copy(update={"slack_bot_token": SecretStr("")}))
    try:
        who = Who(await workspace_of(parts.ctx, workspace), "connect", is_admin=True)
        seal = Seal(await composition.keys(settings, parts.ctx.db))
        found = await feeds.connect(parts.ctx, who, seal, network, brand, token)
    finally:
        await parts.close()
    return said(found)


def said(found: feeds.Connected) -> str:
    """On LinkedIn also who is asked when a post gets no answer: LinkedIn itself, or a person."""
    connected = f"“{found.brand}” is connected to {found.address} on {found.network}."
    if found.network != "linkedin":
        return connected
    if not linkedin_list.is_organisation(found.address):
        return f"{connected} LinkedIn lists a person's posts for no app: one that gets no answer is asked about in Slack."
    return (
        f"{connected} With the permission r_organization_social a post that gets no answer is looked up there; "
        "without it a person is asked."
    )


async def workspace_of(ctx: Context, named: str) -> str:
    async with ctx.db.read() as conn:
        known = [found.id for found in await workspaces.every(conn)]
    chosen = named or (known[0] if len(known) == 1 else "")
    if chosen not in known:
        raise Refused(f"Name the workspace with --workspace; known: {', '.join(known) or 'none yet'}.")
    return chosen
