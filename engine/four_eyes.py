"""Four eyes, where a workspace wants them (D5): nobody approves words that are their own. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.context import Who
from engine.errors import Forbidden
from engine.policy import Policy
from engine.rules import roles
from storage import facts, messages, revisions
from storage.facts import Situation
from storage.tables import messages as rows

AT_MOST = 1_000
"""Drafts looked at before a click on many; each is judged when it is approved."""


async def check(conn: AsyncConnection, who: Who, case: Situation, rules: Policy) -> None:
    """Raises Forbidden when these words need another person."""
    if reason := (await own(conn, who.user_id, [case], rules)).get(case.message.id):
        raise Forbidden(reason)


async def check_any(
    conn: AsyncConnection, who: Who, rules: Policy, some: Collection[int], in_all: int
) -> None:
    """Raises Forbidden when all of these many words need another person. `some` are the first of `in_all`."""
    if not rules.four_eyes or in_all > len(some):
        return
    found = await messages.find(conn, who.workspace_id, rows.c.id.in_(list(some)))
    reasons = await own(conn, who.user_id, await facts.gather(conn, found), rules)
    if len(reasons) == len(found):
        raise Forbidden(next(iter(reasons.values())))


async def own(conn: AsyncConnection, user: str, cases: Sequence[Situation], rules: Policy) -> dict[int, str]:
    """message → why this person may not approve it; without those they may."""
    if not rules.four_eyes or not cases:
        return {}
    authors = await revisions.authors(conn, [case.message.id for case in cases])
    told = {
        case.message.id: roles.own_words(user, authors.get(case.message.id, ()), _owner(case))
        for case in cases
    }
    return {id_: reason for id_, reason in told.items() if reason}


def _owner(case: Situation) -> str:
    return case.campaign.owner_id if case.campaign else str(case.message.options.get("by") or "")
