"""The one sequence of a company: who gets which touch and when, what stops it, and what people decide about its order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import seeding
from seeding import Clock
from sqlalchemy import select, update

from engine import accounts, approve, companies, conflicts, contacts, policy, replies
from engine.accounts import Shown
from engine.campaigns import NewCampaign
from engine.contacts import NewContact
from engine.context import Context, Who
from engine.errors import Refused
from engine.plan import accounts as account_plans
from engine.plan import pausing, settle
from engine.rules import gates
from engine.rules.gates import Kind
from handlers.actions import Ref
from storage import campaigns as campaign_rows
from storage import facts, messages
from storage.lifecycle import PENDING, Event, State
from storage.messages import Change
from storage.model import ReplyClass, Step
from storage.tables import campaigns as campaign_table
from storage.tables import cards, enrolments
from storage.tables import conflicts as conflict_table
from storage.tables import messages as rows

SEVEN = tuple(Step(at, "email", wait, "call") for at, wait in enumerate((0, 2, 3, 5, 7, 10, 14), 1))
GRACE = NewContact("grace@acme.example", "Grace", "Hopper", company="Acme", title="CTO")
ALAN = NewContact("alan@acme.example", "Alan", "Kay", company="Acme", title="VP of Sales")
ADA = NewContact("ada@acme.example", "Ada", "Byron", company="Acme", title="Director")
LINUS = NewContact(
    "linus@acme.example", "Linus", "Clerk", company="Acme Inc", title="Clerk", phone="+4930901820"
)


@dataclass
class Company:
    """Acme in a running account campaign, with what its tests do again and again."""

    ctx: Context
    clock: Clock
    who: Who
    campaign: int
    enrolment: int
    people: dict[str, int]

    async def settled(self) -> None:
        """Until no loop moves its sequence any more."""
        while await settle.turn(self.ctx) or await account_plans.turn(self.ctx):
            pass

    async def row(self) -> Any:
        async with self.ctx.db.read() as conn:
            return (await conn.execute(select(enrolments).where(enrolments.c.id == self.enrolment))).one()

    async def shown(self) -> Shown:
        return Shown(self.enrolment, (await self.row()).revision)

    async def approved(self) -> None:
        await accounts.approve_all(self.ctx, self.who, await self.shown())
        await self.settled()

    async def touches(self, *conditions: Any) -> list[Any]:
        async with self.ctx.db.read() as conn:
            return list(await conn.execute(select(rows).where(*conditions).order_by(rows.c.id)))

    async def pending(self) -> Any:
        (found,) = await self.touches(rows.c.state.in_(PENDING))
        return found

    async def send(self) -> tuple[str, int]:
        """The pending touch leaves at its slot; returns to whom and on which day of the clock."""
        found = await self.pending()
        if found.slot_at is not None:
            self.clock.now = max(self.clock.now, found.slot_at)
        async with self.ctx.db.begin() as conn:
            await conn.execute(update(rows).where(rows.c.id == found.id).values(state=State.SENDING))
            await messages.move(
                conn, Event.SENT, [Change(found.id)], actor="deliver", now=self.clock(),
                values={"sent_at": self.clock(), "due_at": None},
            )  # fmt: skip
        await self.settled()
        return self.name(found.contact_id), (self.clock.now - Clock().now).days

    async def scheduled(self) -> Any:
        """The pending touch with words that were approved, due now."""
        found = await self.pending()
        async with self.ctx.db.begin() as conn:
            await conn.execute(
                update(rows)
                .where(rows.c.id == found.id)
                .values(
                    state=State.SCHEDULED,
                    due_at=self.clock(),
                    revision=1,
                    body="Hello.",
                    approved_by="U1OLIVIA",
                )
            )
        return await self.pending()

    async def verdict(self) -> Any:
        """What the gate of the account says about the pending touch."""
        async with self.ctx.db.read() as conn:
            found = await messages.get(conn, "T1", (await self.pending()).id)
            assert found is not None
            (case,) = await facts.gather(conn, [found])
        return dict(gates.judge(case, policy.read({}), self.clock()))["account"]

    def name(self, contact_id: int | None) -> str:
        return next(name for name, id_ in self.people.items() if id_ == contact_id)


Open = Callable[..., Awaitable[Company]]


@pytest.fixture
def acme(ctx: Context, clock: Clock, olivia: Who) -> Open:
    """Opens Acme with `lead`; everybody given is on record there."""

    async def opened(
        *new: NewContact,
        lead: NewContact = ADA,
        steps: Sequence[Step] = SEVEN,
        approve: bool = True,
        **values: Any,
    ) -> Company:
        async with ctx.db.begin() as conn:
            campaign = await seeding.campaign(conn, "T1", clock(), by_account=True, **values)
            await campaign_rows.add_strategy(
                conn,
                {
                    "workspace_id": "T1", "campaign_id": campaign, "asked_by": "U1OLIVIA", "created_at": clock(),
                    "written_at": clock(), "angle": "Time.", "state": "approved", "source": "rules",
                    "steps": [asdict(step) for step in steps],
                },
            )  # fmt: skip
        people = {one.first_name: (await contacts.add(ctx, olivia, one)).contact_id for one in new}
        async with ctx.db.begin() as conn:
            found = (await campaign_rows.by_ids(conn, [campaign]))[campaign]
            ((enrolment, _),) = await companies.enrol(
                ctx,
                conn,
                "U1OLIVIA",
                found,
                [people[lead.first_name]],
                lead=people[lead.first_name],
                whole=True,
            )
        made = Company(ctx, clock, olivia, campaign, enrolment, people)
        await made.settled()
        if approve:
            await made.approved()
        return made

    return opened


async def reply(company: Company, name: str, klass: ReplyClass, text: str = "Let us talk.") -> None:
    await replies.record(
        company.ctx, company.who, contact=f"{name.lower()}@acme.example", text=text, klass=klass
    )


# --- who and when


async def test_seven_touches_go_three_to_the_lead_then_to_the_next_and_round_on_the_days_of_the_account(
    acme: Open,
) -> None:
    company = await acme(LINUS, GRACE, ADA, ALAN)
    went = [await company.send() for _ in SEVEN]
    assert went == [
        ("Ada", 0), ("Ada", 2), ("Ada", 5), ("Grace", 10), ("Alan", 17), ("Ada", 27), ("Grace", 41)
    ]  # fmt: skip
    assert (await company.row()).state == "completed"
    async with company.ctx.db.read() as conn:
        assert await conn.scalar(select(campaign_table.c.status)) == "completed"


async def test_a_colleague_comes_no_earlier_than_three_days_after_and_the_gate_says_so_too(
    acme: Open,
) -> None:
    company = await acme(GRACE, ADA)
    await company.send()
    assert company.name((await company.pending()).contact_id) == "Ada"
    await accounts.strike(company.ctx, company.who, await company.shown(), company.people["Ada"])
    await company.settled()
    found = await company.pending()
    assert (company.name(found.contact_id), found.step) == ("Grace", 3)
    company.clock.forward(days=2, hours=23)
    assert "less than 3 days ago" in (await company.verdict()).reason
    company.clock.forward(hours=1)
    assert (await company.verdict()).kind is Kind.PASS


async def test_a_company_in_two_countries_each_gets_it_in_their_own_hours(acme: Open) -> None:
    berlin = replace(ADA, country="DE", zone="Europe/Berlin")
    boston = replace(GRACE, country="US", zone="America/New_York")
    company = await acme(boston, berlin, window="09:00-18:00")
    await company.send()
    second = await company.pending()
    assert second.slot_at == datetime(
        2026, 11, 26, 10, tzinfo=UTC
    )  # 11:00 in Berlin, where nobody gives thanks
    await accounts.strike(company.ctx, company.who, await company.shown(), company.people["Ada"])
    await company.settled()
    third = await company.pending()
    assert company.name(third.contact_id) == "Grace"
    assert third.slot_at == datetime(2026, 11, 30, 14, tzinfo=UTC)  # Monday, nine in the morning in Boston


# --- what stops it


SEEN: dict[str, Callable[[Company], Awaitable[Any]]] = {
    "replied": lambda c: reply(c, "Ada", ReplyClass.INTERESTED),
    "negative": lambda c: reply(c, "Ada", ReplyClass.NEGATIVE, "No interest."),
    "meeting": lambda c: replies.meeting(c.ctx, c.who, contact="grace@acme.example", on=None, note=""),
    "opt_out": lambda c: contacts.suppress(c.ctx, c.who, "linus@acme.example"),
    "opt_out by phone": lambda c: contacts.suppress(c.ctx, c.who, LINUS.phone),
    "reported": lambda c: conflicts.report(
        c.ctx, c.who, contact="ada@acme.example", text="Their lawyer called."
    ),
}


@pytest.mark.parametrize("kind", SEEN)
async def test_each_conflict_stops_the_next_send_to_a_colleague_and_asks_on_one_card(
    acme: Open, kind: str
) -> None:
    company = await acme(GRACE, ADA, ALAN, LINUS, lead=ALAN)
    await company.send()
    company.clock.forward(hours=1)
    await company.scheduled()
    await SEEN[kind](company)
    assert (await company.verdict()).kind is Kind.HOLD  # before any loop has looked
    await company.settled()
    found = await company.pending()
    assert (company.name(found.contact_id), found.state, found.due_at) == ("Alan", State.APPROVED, None)
    assert (await company.row()).paused_at == company.clock()
    async with company.ctx.db.read() as conn:
        (conflict,) = (await conn.execute(select(conflict_table))).all()
        wanted = await conn.execute(select(cards.c.entity_id).where(cards.c.kind == "conflict"))
        assert [row.entity_id for row in wanted] == [conflict.id]
    assert (conflict.kind, conflict.enrolment_id) == (kind.split()[0], company.enrolment)
    await company.settled()
    assert len(await company.touches()) == 2


async def test_resume_goes_on_later_by_the_length_of_the_pause_and_what_was_decided_is_not_asked_again(
    acme: Open,
) -> None:
    company = await acme(GRACE, ADA, lead=GRACE)
    await company.send()
    slot = (await company.pending()).slot_at
    company.clock.forward(hours=1)
    await contacts.suppress(company.ctx, company.who, "ada@acme.example")
    await company.settled()
    company.clock.forward(days=10)
    async with company.ctx.db.read() as conn:
        conflict = await conn.scalar(select(conflict_table.c.id))
    await conflicts.decide(company.ctx, company.who, conflict, "resume")
    await company.settled()
    found = await company.pending()
    assert found.slot_at == slot + timedelta(days=10)
    assert found.due_at is not None
    assert (await company.verdict()).kind is Kind.PASS
    with pytest.raises(Refused, match="already decided"):
        await conflicts.decide(company.ctx, company.who, conflict, "close")


async def test_close_ends_the_sequence_of_the_company(acme: Open) -> None:
    company = await acme(GRACE, ADA)
    await company.send()
    company.clock.forward(hours=1)
    await reply(company, "Ada", ReplyClass.NEGATIVE)
    await company.settled()
    async with company.ctx.db.read() as conn:
        conflict = await conn.scalar(select(conflict_table.c.id))
    await conflicts.decide(company.ctx, company.who, conflict, "close")
    await company.settled()
    assert await company.touches(rows.c.state.in_(PENDING), ~messages.is_answer()) == []
    assert (await company.row()).state == "stopped"


async def test_with_automatic_pauses_off_the_step_waits_and_asks(
    acme: Open, ctx: Context, olivia: Who
) -> None:
    await policy.change(ctx, olivia, {"auto_pause": "off"})
    company = await acme(GRACE, ADA)
    await company.send()
    company.clock.forward(hours=1)
    await contacts.suppress(ctx, olivia, "grace@acme.example")
    await company.settled()
    assert (await company.row()).paused_at is None
    assert (await company.pending()).due_at is None
    assert (await company.verdict()).kind is Kind.HOLD


async def test_an_answer_out_of_office_and_a_dead_address_pause_nobody(acme: Open) -> None:
    company = await acme(GRACE, ADA, lead=GRACE)
    await company.send()
    company.clock.forward(hours=1)
    await reply(company, "Grace", ReplyClass.OUT_OF_OFFICE, "I am away until Monday.")
    await reply(company, "Ada", ReplyClass.BOUNCE, "550 5.1.1 no such user")
    await company.settled()
    assert (await company.row()).paused_at is None


async def test_what_no_loop_was_told_of_is_found_within_a_minute(acme: Open) -> None:
    company = await acme(GRACE, ADA)
    await company.send()
    company.clock.forward(hours=1)
    await contacts.suppress(company.ctx, company.who, "grace@acme.example")
    async with company.ctx.db.begin() as conn:
        await conn.execute(update(enrolments).values(next_at=None))  # the note got lost
        await pausing.sweep(conn, company.clock())
    await company.settled()
    assert (await company.row()).paused_at is not None


# --- what people decide


async def test_nothing_leaves_before_the_order_is_approved_and_then_what_waited_comes_back(
    acme: Open,
) -> None:
    company = await acme(GRACE, ADA, approve=False)
    found = await company.scheduled()
    assert (await company.verdict()).reason == "The order of Acme is not approved yet."
    async with company.ctx.db.begin() as conn:
        parked = {"due_at": None, "note": "The order of Acme is not approved yet."}
        await messages.move(
            conn, Event.TAKE_BACK, [Change(found.id, parked)], actor="deliver", now=company.clock()
        )
    await company.approved()
    assert (await company.verdict()).kind is Kind.PASS
    assert (await company.pending()).due_at is not None


async def test_an_order_that_changed_since_the_card_was_drawn_is_not_approved(acme: Open) -> None:
    company = await acme(GRACE, ADA, ALAN, approve=False)
    seen = await company.shown()
    await accounts.strike(company.ctx, company.who, seen, company.people["Grace"])
    with pytest.raises(Refused, match="changed since this card was drawn"):
        await accounts.approve_all(company.ctx, company.who, seen)
    with pytest.raises(Refused, match="changed since this card was drawn"):
        await accounts.strike(company.ctx, company.who, seen, company.people["Alan"])
    assert (await company.verdict()).kind is Kind.HOLD


async def test_who_joins_after_the_approval_gets_nothing_until_somebody_approves_again(acme: Open) -> None:
    company = await acme(ADA)
    for _ in range(3):
        await company.send()
    added = await contacts.add(company.ctx, company.who, GRACE, company.campaign)
    company.people["Grace"] = added.contact_id
    await company.send()
    assert company.name((await company.touches())[-1].contact_id) == "Ada"
    await company.approved()
    await company.send()
    assert company.name((await company.pending()).contact_id) == "Grace"


async def test_a_company_with_nobody_to_write_to_begins_when_somebody_joins(acme: Open) -> None:
    company = await acme(replace(ADA, email="", phone="+49 30 901820"), approve=False)
    assert ((await company.row()).state, await company.touches()) == ("stopped", [])
    added = await contacts.add(company.ctx, company.who, GRACE, company.campaign)
    company.people["Grace"] = added.contact_id
    await company.settled()
    assert company.name((await company.pending()).contact_id) == "Grace"


async def test_who_is_in_a_running_order_does_not_change_company_by_a_word_but_may_change_title(
    acme: Open,
) -> None:
    company = await acme(ADA)
    with pytest.raises(Refused, match="is in the order of Acme") as refused:
        await contacts.add(company.ctx, company.who, replace(ADA, company="Zeta"), correct=True)
    assert refused.value.field == "company"
    same = replace(ADA, company="Acme Inc", title="CTO")
    assert (await contacts.add(company.ctx, company.who, same, correct=True)).changed == ("company", "title")


async def test_another_order_and_another_lead_count_from_the_next_touch(acme: Open) -> None:
    company = await acme(GRACE, ADA, ALAN)
    await company.send()
    order = [company.people[name] for name in ("Alan", "Grace", "Ada")]
    await accounts.reorder(company.ctx, company.who, await company.shown(), order, company.people["Alan"])
    await company.settled()
    assert [(await company.send())[0] for _ in range(3)] == ["Ada", "Alan", "Grace"]


async def test_a_touch_that_is_open_again_takes_back_the_one_to_a_colleague(acme: Open) -> None:
    company = await acme(GRACE, ADA, steps=SEVEN[:5])
    for _ in range(2):
        await company.send()
    third = await company.pending()
    async with company.ctx.db.begin() as conn:
        await conn.execute(
            update(rows).where(rows.c.id == third.id).values(state=State.DRAFTED, revision=1, body="Hello.")
        )
    ref = Ref(third.id, 1)
    await approve.skip(company.ctx, company.who, ref)
    await company.settled()
    assert company.name((await company.pending()).contact_id) == "Grace"
    await approve.undo(company.ctx, company.who, ref)
    await company.settled()
    assert [
        (company.name(t.contact_id), t.step) for t in await company.touches(rows.c.state.in_(PENDING))
    ] == [("Ada", 3)]


async def test_two_loops_at_once_plan_one_touch(acme: Open) -> None:
    company = await acme(GRACE, ADA)
    found = await company.pending()
    async with company.ctx.db.begin() as conn:
        await conn.execute(update(rows).where(rows.c.id == found.id).values(state=State.SENDING))
        await messages.move(
            conn, Event.SENT, [Change(found.id)], actor="deliver", now=company.clock(),
            values={"sent_at": company.clock(), "due_at": None},
        )  # fmt: skip
    await asyncio.gather(*(account_plans.turn(company.ctx) for _ in range(4)))
    await company.settled()
    assert [touch.step for touch in await company.touches()] == [1, 2]


async def test_people_of_another_workspace_can_decide_nothing(acme: Open) -> None:
    company = await acme(GRACE, ADA)
    stranger, seen = Who("T2", "U9", channel="C9", is_admin=True), await company.shown()
    for act in (
        accounts.approve_all(company.ctx, stranger, seen),
        accounts.strike(company.ctx, stranger, seen, company.people["Ada"]),
        accounts.reorder(company.ctx, stranger, seen, [], company.people["Ada"]),
        accounts.order_of(company.ctx, stranger, company.enrolment),
    ):
        with pytest.raises(Refused, match="no longer exists"):
            await act


# --- opening one


async def test_a_lead_without_a_company_and_a_company_without_addresses_are_refused_each_with_its_cause(
    ctx: Context, olivia: Who
) -> None:
    async with ctx.db.begin() as conn:
        await seeding.campaign(conn, "T1", ctx.now())
    email: Any = object()
    ctx = replace(ctx, channels={"email": email})
    free = NewContact("ada@gmail.com", "Ada")
    with pytest.raises(Refused, match="belongs to no company") as homeless:
        await accounts.open_with(ctx, olivia, free, NewCampaign(name="", channels=("email",)))
    assert homeless.value.field == "company"
    await contacts.add(ctx, olivia, ADA)
    await contacts.suppress(ctx, olivia, ADA.email)
    with pytest.raises(Refused, match="Nobody at Acme can be reached by email") as silent:
        await accounts.open_with(
            ctx, olivia, NewContact(ADA.email), NewCampaign(name="", channels=("email",))
        )
    assert silent.value.field == "contact"
    with pytest.raises(Refused, match="writes to people one by one"):
        await contacts.add(ctx, olivia, GRACE)
        await accounts.open_with(
            ctx, olivia, NewContact(GRACE.email), NewCampaign(name=""), campaign="Spring"
        )
    async with ctx.db.read() as conn:
        assert len((await conn.execute(select(campaign_table.c.id))).all()) == 1


async def test_two_names_of_one_domain_are_one_company(acme: Open) -> None:
    company = await acme(GRACE, replace(ADA, company="Acme Logistics"))
    async with company.ctx.db.read() as conn:
        known = (await conn.execute(select(enrolments.c.id))).all()
    assert len(known) == 1
    company.clock.forward(minutes=1)
    await reply(company, "Grace", ReplyClass.QUESTION)
    await company.settled()
    assert (await company.row()).paused_at is not None
