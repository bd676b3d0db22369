"""What a person may do here, and the record of what was refused to them (D5). Asks nothing of Slack."""

from __future__ import annotations

import structlog

from engine.context import Context, Who
from engine.errors import Forbidden
from storage import marks

log = structlog.get_logger(__name__)

VIEWER = (
    "You are a viewer here: you may look and ask, but not decide or change anything. Ask an admin for more."
)


def must_decide(who: Who) -> None:
    """Raises Forbidden for a viewer."""
    if not who.may_decide:
        raise Forbidden(VIEWER)


async def refused(ctx: Context, who: Who, what: str, refusal: Forbidden) -> None:
    """Log a refusal, and keep it in the workspace's timeline. `what` names a command or a button, never its content."""
    log.info("forbidden", workspace=who.workspace_id, user=who.user_id, what=what)
    async with ctx.db.begin() as conn:
        await marks.note(
            conn, who.workspace_id, "workspace", 0, "refused", actor=who.user_id, now=ctx.now(),
            detail=f"{what}: {refusal.sentence}",
        )  # fmt: skip
