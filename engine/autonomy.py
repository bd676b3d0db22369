"""Drafts that leave without a person, where a campaign was made so (D7). The gates hold for them as for all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import approve, policy, review
from engine.context import Context
from engine.rules import autonomy
from engine.rules.quality import Assessment
from storage import messages
from storage.facts import Situation
from storage.lifecycle import Event
from storage.messages import Change


async def automatically(
    ctx: Context, conn: AsyncConnection, drafted: Sequence[tuple[Situation, Assessment]]
) -> set[int]:
    """Approve what the campaign lets through without a person; `approved_by` is who switched that on."""
    changes = []
    for case, found in drafted:
        if not _may_pass(case, found):
            continue
        current = await messages.get(conn, case.message.workspace_id, case.message.id)
        if current is not None:
            fresh = replace(case, message=current)
            if not review.obstacle(fresh, policy.read(case.settings), ctx.now()):
                by = case.campaign.autonomy_by if case.campaign else None
                changes.append(Change(current.id, approve.approval(ctx, fresh, by or ""), current.revision))
    return await messages.move(conn, Event.APPROVE, changes, actor="draft", now=ctx.now())


def _may_pass(case: Situation, found: Assessment) -> bool:
    campaign, contact = case.campaign, case.contact
    if campaign is None or contact is None or not campaign.autonomy_by or case.message.answers:
        return False
    if policy.read(case.settings).four_eyes and campaign.autonomy_by == campaign.owner_id:
        return False
    clean = found.score >= review.GOOD and not found.findings
    return (
        autonomy.covers(campaign.autonomy, case.message.step) and clean and not autonomy.to_a_person(contact)
    )
