"""What people decide about a company: its order, who joins it, and opening an account campaign."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
import seeding
from company import ADA, ALAN, GRACE, SEVEN, Open, reply
from sqlalchemy import select, update

from engine import accounts, approve, contacts
from engine.campaigns import NewCampaign
from engine.contacts import NewContact
from engine.context import Context, Who
from engine.errors import Refused
from engine.plan import accounts as account_plans
from engine.rules.gates import Kind
from handlers.actions import Ref
from storage import messages
from storage.lifecycle import PENDING, Event, State
from storage.messages import Change
from storage.model import ReplyClass
from storage.tables import campaigns as campaign_table
from storage.tables import enrolments
from storage.tables import messages as rows


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


@pytest.mark.parametrize(
    ("state", "goes_to"),
    [
        (State.PLANNED, [("Alan", 2), ("Alan", 3), ("Grace", 4)]),
        (State.DRAFTED, [("Alan", 2), ("Alan", 3), ("Grace", 4)]),
        (State.SCHEDULED, [("Ada", 2), ("Alan", 3), ("Grace", 4)]),
    ],
)
async def test_another_order_counts_for_what_nobody_decided_on_yet(
    acme: Open, state: State, goes_to: list[tuple[str, int]]
) -> None:
    company = await acme(GRACE, ADA, ALAN)
    first = await company.pending()
    await company.send()
    second = await company.pending()
    async with company.ctx.db.begin() as conn:
        words = {"state": state, "revision": 1, "body": "Hello.", "due_at": second.slot_at}
        await conn.execute(update(rows).where(rows.c.id == second.id).values(**words))
    order = [company.people[name] for name in ("Alan", "Grace", "Ada")]
    await accounts.reorder(company.ctx, company.who, await company.shown(), order, company.people["Alan"])
    await company.settled()
    for _ in goes_to:
        await company.send()
    left = await company.touches(rows.c.state == State.SENT, rows.c.id != first.id)
    assert [(company.name(touch.contact_id), touch.step) for touch in left] == goes_to


async def test_who_is_struck_takes_no_step_with_them(acme: Open) -> None:
    """Not even the first, nor one that was approved; the next person's wait counts from what really left."""
    company = await acme(GRACE, ADA, ALAN)
    await accounts.strike(company.ctx, company.who, await company.shown(), company.people["Ada"])
    await company.settled()
    first = await company.pending()
    assert (company.name(first.contact_id), first.step, first.slot_at) == ("Grace", 1, None)
    await accounts.strike(company.ctx, company.who, await company.shown(), company.people["Ada"])
    await company.settled()
    again = await company.pending()
    assert (company.name(again.contact_id), again.step) == ("Ada", 1)


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
