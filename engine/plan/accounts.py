"""Moves the sequence of a company on: who gets its next touch, and a pause where something speaks against writing.

One touch of a company exists as a row at a time. Writes no words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context
from engine.plan import pausing, reach, sequence
from engine.plan.sequence import Place
from engine.rules import accounts as rules_of
from engine.rules.accounts import Turn
from storage import account_facts, accounts, campaigns, facts, messages, proposals
from storage import members as member_rows
from storage import sequences as sequence_rows
from storage.lifecycle import NOT_ALIVE, Event, State
from storage.messages import move_where
from storage.model import Campaign, Contact, ContactStatus, EnrolmentState, Step, Strategy
from storage.model.accounts import AccountEnrolment, AccountTouch, Member, Seen
from storage.tables import messages as rows

_UNDECIDED = (State.PLANNED, State.DRAFTED)
OTHERS = "The order changed: it is somebody else's turn."
_GONE = {ContactStatus.LOST: "given up", ContactStatus.CONVERTED: "a customer by now"}


@dataclass(frozen=True, slots=True)
class Company:
    """An account's sequence and everything its next touch rests on. `seen` is what its people did since it exists."""

    enrolment: AccountEnrolment
    campaign: Campaign
    strategy: Strategy
    rules: policy.Policy
    members: Sequence[Member]
    people: Mapping[int, Contact]
    touches: Sequence[AccountTouch]
    seen: Sequence[Seen]
    ways: reach.Reach

    def standing(self) -> list[rules_of.Member]:
        """Its people in order, as the rules see them."""
        return [self._standing(member) for member in self.members if member.contact_id in self.people]

    def _standing(self, member: Member) -> rules_of.Member:
        contact = self.people[member.contact_id]
        mine = [touch for touch in self.touches if touch.contact_id == member.contact_id]
        return rules_of.Member(
            member.contact_id,
            is_primary=member.is_primary,
            out=self.out(member, contact),
            engaged=contact.held_since is not None or any(one.contact_id == contact.id for one in self.seen),
            touches=sum(touch.state not in NOT_ALIVE for touch in mine),
        )

    def out(self, member: Member, contact: Contact) -> str:
        """Why they get nothing, empty when they may."""
        if member.struck_by:
            return "struck from the order"
        if contact.taken_by or contact.paused_by:
            return "in a person's hands"
        if not member.approved_by and any(other.approved_by for other in self.members):
            return "joined after the order was approved"
        step = self.strategy.steps[0]
        found = reach.choose(self.ways, contact, self.campaign, self.strategy, step, 1, self.rules)
        return _GONE.get(contact.status, "") or ("" if found.channel else found.reason)

    def before(self, step: int) -> AccountTouch | None:
        """The newest touch of an earlier step."""
        return next((touch for touch in reversed(self.touches) if touch.step < step), None)


async def load(
    ctx: Context,
    conn: AsyncConnection,
    found: Sequence[AccountEnrolment],
    strategies: Mapping[int, Strategy],
    *,
    touches: Mapping[int, Sequence[AccountTouch]] | None = None,
    seen: Mapping[int, Sequence[Seen]] | None = None,
) -> list[Company]:
    """Those of them that have a strategy, with what their next touch rests on, in a few queries.

    `touches` and `seen` of all of them, where the caller knows them.
    """
    ids = [one.id for one in found]
    known = await campaigns.by_ids(conn, sorted({one.campaign_id for one in found}))
    members = await member_rows.of(conn, ids)
    people = await facts.people(conn, sorted({m.contact_id for mine in members.values() for m in mine}))
    touches = await accounts.touches(conn, ids) if touches is None else touches
    seen = await account_facts.since(conn, ids, ever=True) if seen is None else seen
    ways = await reach.of(ctx, conn, list(people.values()))
    rules = {one: await policy.of(conn, one) for one in sorted({row.workspace_id for row in found})}
    return [
        Company(
            one, known[one.campaign_id], strategies[one.campaign_id], rules[one.workspace_id],
            members.get(one.id, []), people, touches.get(one.id, []), seen.get(one.id, []), ways,
        )
        for one in found
        if one.campaign_id in strategies and strategies[one.campaign_id].steps
    ]  # fmt: skip


# --- beginning


async def begin(
    ctx: Context, conn: AsyncConnection, campaign: Campaign, strategy: Strategy, enrolment_ids: Sequence[int]
) -> None:
    """Plan the first touch of accounts that wait in a campaign whose strategy is approved."""
    found = await accounts.enrolments_by_id(conn, enrolment_ids) if enrolment_ids else {}
    new = list(found.values())
    companies = await load(ctx, conn, new, {campaign.id: strategy}, touches={}, seen={}) if new else []
    await _go_on(ctx, conn, [(company, strategy.steps[:1]) for company in companies])


async def _go_on(
    ctx: Context, conn: AsyncConnection, companies: Sequence[tuple[Company, Sequence[Step]]]
) -> None:
    """For each plan the first of its steps for whoever is next, or end its sequence."""
    places: list[Place] = []
    ended: dict[tuple[EnrolmentState, str], list[int]] = defaultdict(list)
    for company, steps in companies:
        found = _next(company, steps, ctx.now())
        if isinstance(found, Place):
            places.append(found)
        else:
            done = EnrolmentState.COMPLETED if company.touches else EnrolmentState.STOPPED
            ended[done, found].append(company.enrolment.id)
    await sequence.plan(ctx, conn, places)
    by_step: dict[int, list[int]] = defaultdict(list)
    for place in places:
        by_step[place.step.number].append(place.enrolment_id)
    for number, ids in sorted(by_step.items()):
        await campaigns.set_enrolments(conn, ids, state=EnrolmentState.ACTIVE, step=number, next_at=None)
    for (state, reason), ids in ended.items():
        await _end(ctx, conn, ids, state, reason)


async def _end(
    ctx: Context, conn: AsyncConnection, ids: Sequence[int], state: EnrolmentState, reason: str
) -> None:
    """What is over is looked at once more when it has been silent for a while (engine.silence)."""
    await campaigns.set_enrolments(conn, ids, state=state, reason=reason, next_at=None)
    if state is EnrolmentState.COMPLETED:
        made = await proposals.made(conn, ids)
        for id_ in ids:
            await campaigns.set_enrolments(conn, [id_], next_at=ctx.now() + rules_of.quiet_for(made[id_]))


async def once_more(ctx: Context, conn: AsyncConnection, company: Company) -> bool:
    """One touch behind the last step, for whoever is next; its slot is found when it is approved. False for nobody."""
    number = 1 + max([company.enrolment.step, *(touch.step for touch in company.touches)])
    found = _next(company, [Step(number, company.strategy.steps[-1].channel, 0, "question")], ctx.now())
    if not isinstance(found, Place):
        return False
    await sequence.plan(ctx, conn, [replace(found, slot_at=None)])
    await campaigns.set_enrolments(conn, [company.enrolment.id], step=number, next_at=None)
    return True


def _next(company: Company, steps: Sequence[Step], now: datetime) -> Place | str:
    """The touch to be planned, or why there is none: empty when the sequence is simply over."""
    if not steps:
        return ""
    turn = _turn(company, steps[0].number)
    if turn is None:
        return rules_of.NOBODY
    return _place(company, steps[0], turn, now) or ""


def _turn(company: Company, step: int) -> Turn | None:
    last = company.before(step)
    return rules_of.next_person(step, company.standing(), last.contact_id if last else None)


def _place(company: Company, step: Step, turn: Turn, now: datetime) -> Place | None:
    """The touch to be planned; None where the campaign ends before it."""
    contact, campaign = company.people[turn.contact_id], company.campaign
    theirs = [touch for touch in company.touches if touch.contact_id == contact.id]
    attempt = 1 + sum(touch.state == State.SENT for touch in theirs)
    choice = reach.choose(company.ways, contact, campaign, company.strategy, step, attempt, company.rules)
    if not choice.channel:
        return None
    last, slot_at = company.before(step.number), None
    if last is not None:
        wait = rules_of.wait_days(step.wait_days, contact.id, last.contact_id)
        before = last.sent_at or max(last.slot_at or now, now)
        slot_at = sequence.slot(campaign, contact, company.rules, before, wait, choice.channel)
        if campaign.ends_at is not None and slot_at >= campaign.ends_at:
            return None
    return Place(company.enrolment.id, contact, campaign, company.strategy, step, choice, slot_at, turn.why)


# --- a new order


async def hand_over(ctx: Context, conn: AsyncConnection, one: AccountEnrolment, *, actor: str) -> None:
    """A touch that nobody has decided on, and that is somebody else's by the order now, is planned again for them."""
    strategies = await sequence_rows.strategies_in_force(conn, [one.campaign_id])
    for company in await load(ctx, conn, [one], strategies):
        touch = company.touches[-1] if company.touches else None
        if touch is None or touch.state not in _UNDECIDED or touch.step > company.strategy.steps[-1].number:
            continue  # what comes behind the last step was proposed for the one whom it goes to
        turn = _turn(replace(company, touches=company.touches[:-1]), touch.step)
        if turn is not None and turn.contact_id != touch.contact_id:
            theirs = rows.c.state.in_(_UNDECIDED) & (rows.c.contact_id == touch.contact_id)
            await give_back(ctx, conn, one, theirs, actor=actor, note=OTHERS)


async def give_back(
    ctx: Context,
    conn: AsyncConnection,
    one: AccountEnrolment,
    which: ColumnElement[bool],
    *,
    actor: str,
    note: str,
) -> None:
    """What of the account's pending touches meets `which` is cancelled, and its step goes to whoever is next."""
    ids = await move_where(
        conn, Event.CANCEL, pausing.mine(one) & which, workspace_id=one.workspace_id, actor=actor, now=ctx.now(),
        values={"due_at": None, "note": note},
    )  # fmt: skip
    if ids:
        found = await messages.find(conn, one.workspace_id, rows.c.id.in_(ids))
        first = min(row.step for row in found)
        await sequence_rows.step_back(conn, one.workspace_id, one.id, first - 1)


# --- going on


async def turn(ctx: Context) -> bool:
    """Look at the companies whose last touch is over, or to whose people something happened. One chunk."""
    async with ctx.db.begin() as conn:
        due = await accounts.due(conn, now=ctx.now(), limit=sequence.CHUNK)
        stopped = await pausing.of(ctx, conn, due) if due else {}
        going = [one for one in due if one.id not in stopped and one.paused_at is None]
        if going:
            await _advance(ctx, conn, going)
        moved = {one.id for one in going}
        waiting = [one.id for one in due if one.id not in moved]
        await campaigns.set_enrolments(conn, waiting, next_at=None)
    await pausing.park(ctx, stopped)
    return bool(due)


async def _advance(ctx: Context, conn: AsyncConnection, due: Sequence[AccountEnrolment]) -> None:
    """Of companies of which nothing was seen since a person last decided."""
    touches = await accounts.touches(conn, [one.id for one in due])
    over = [one for one in due if all(touch.state in sequence.GOES_ON for touch in touches.get(one.id, []))]
    strategies = await sequence_rows.strategies_in_force(conn, sorted({one.campaign_id for one in over}))
    decided = [one.id for one in over if one.cleared_at is not None]  # of the others nothing was seen at all
    seen = await account_facts.since(conn, decided, ever=True) if decided else {}
    companies = await load(ctx, conn, over, strategies, touches=touches, seen=seen)
    await _go_on(ctx, conn, [(company, _later(company)) for company in companies])
    going = {company.enrolment.id for company in companies}
    await campaigns.set_enrolments(conn, [one.id for one in due if one.id not in going], next_at=None)
    await sequence.complete(ctx, conn, sorted({one.campaign_id for one in due}))


def _later(company: Company) -> list[Step]:
    """The steps that nobody got yet, in order."""
    taken = max([company.enrolment.step, *(t.step for t in company.touches if t.state not in NOT_ALIVE)])
    return sorted((s for s in company.strategy.steps if s.number > taken), key=lambda s: s.number)
