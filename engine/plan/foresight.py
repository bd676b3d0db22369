"""What the sequence of a company will look like if nobody reacts, for its card. Writes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.context import Context
from engine.plan import accounts, reach
from engine.rules import accounts as rules_of
from storage.lifecycle import NOT_ALIVE, State
from storage.model import EnrolmentState
from storage.views.companies import AccountView, Ahead


async def of(ctx: Context, conn: AsyncConnection, view: AccountView) -> AccountView:
    """The card's view with the touches to come, and why some people get none."""
    strategy = view.strategy
    if strategy is None or not strategy.steps:
        return view
    (company,) = await accounts.load(ctx, conn, [view.enrolment], {view.campaign.id: strategy})
    out = {member.contact_id: company.out(member, contact) for member, contact in view.members}
    over = view.enrolment.state in (EnrolmentState.STOPPED, EnrolmentState.COMPLETED)
    ahead = () if over else tuple(_ahead(company))
    return replace(view, ahead=ahead, out={id_: why for id_, why in out.items() if why})


def _ahead(company: accounts.Company) -> list[Ahead]:
    taken = max([company.enrolment.step, *(t.step for t in company.touches if t.state not in NOT_ALIVE)])
    steps = {step.number: step for step in company.strategy.steps}
    before = company.before(taken + 1)
    last = before.contact_id if before else None
    turns = rules_of.foresee([n for n in sorted(steps) if n > taken], company.standing(), last)
    attempts = Counter(touch.contact_id for touch in company.touches if touch.state == State.SENT)
    day = sum(step.wait_days for number, step in steps.items() if number <= taken)
    found = []
    for number, turn in turns:
        step, contact = steps[number], company.people[turn.contact_id]
        day += rules_of.wait_days(step.wait_days, contact.id, last)
        attempts[contact.id] += 1
        choice = reach.choose(
            company.ways,
            contact,
            company.campaign,
            company.strategy,
            step,
            attempts[contact.id],
            company.rules,
        )
        found.append(Ahead(number, day, contact.id, choice.channel, turn.why, choice.reason))
        last = contact.id
    return found
