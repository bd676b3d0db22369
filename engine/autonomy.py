"""Drafts that leave without a person, where a campaign was made so (D7). The gates hold for them as for all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import approve, policy, review, scores
from engine.context import Context
from engine.rules import autonomy
from engine.rules.quality import Assessment
from storage import messages
from storage import scores as score_rows
from storage.facts import Situation
from storage.lifecycle import Event
from storage.messages import Change


async def automatically(
    ctx: Context, conn: AsyncConnection, drafted: Sequence[tuple[Situation, Assessment]]
) -> set[int]:
    """Approve what the campaign lets through without a person; `approved_by` is who switched that on."""
    free = [case for case, found in drafted if _is_free(case, found)]
    changes = []
    for case in await _not_for_a_person(conn, free):
        current = await messages.get(conn, case.message.workspace_id, case.message.id)
        if current is not None:
            fresh = replace(case, message=current)
            if not autonomy.on_its_own(current) and not review.obstacle(
                fresh, policy.read(case.settings), ctx.now()
            ):
                by = case.campaign.autonomy_by if case.campaign else None
                changes.append(Change(current.id, approve.approval(ctx, fresh, by or ""), current.revision))
    return await messages.move(conn, Event.APPROVE, changes, actor="draft", now=ctx.now())


def _is_free(case: Situation, found: Assessment) -> bool:
    """Whether the campaign lets a draft of this step and these findings leave by itself.

    Under four eyes nothing is approved in the name of the campaign's own owner.
    """
    campaign = case.campaign
    if campaign is None or case.contact is None or not campaign.autonomy_by or case.message.answers:
        return False
    if policy.read(case.settings).four_eyes and campaign.autonomy_by == campaign.owner_id:
        return False
    clean = found.score >= review.GOOD and not found.findings
    return clean and autonomy.covers(campaign.autonomy, _touch(case))


async def _not_for_a_person(conn: AsyncConnection, free: Sequence[Situation]) -> list[Situation]:
    """Without drafts to contacts that a person writes to. Scores are counted here: a stored one may be old, or missing."""
    people = sorted({case.contact.id for case in free if case.contact is not None})
    points = (
        {known.contact.id: scores.of(known).total for known in await score_rows.known(conn, people)}
        if people
        else {}
    )
    return [
        case
        for case in free
        if case.contact is not None
        and not autonomy.to_a_person(
            replace(case.contact, score=points.get(case.contact.id, autonomy.VALUABLE + 1))
        )
    ]


def _touch(case: Situation) -> int:
    """Which touch of this contact it is, as far as it matters: a colleague's first is a first, at any step."""
    company, contact = case.account, case.contact
    first = company is not None and contact is not None and contact.id not in company.sent
    return 1 if first else case.message.step
