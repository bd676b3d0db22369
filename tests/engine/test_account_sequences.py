"""The one sequence of a company: who gets which touch and when, and what stops it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from company import ADA, ALAN, GRACE, LINUS, SEVEN, Company, Open, reply
from sqlalchemy import select, update

from engine import accounts, conflicts, contacts, policy, replies
from engine.context import Context, Who
from engine.errors import Refused
from engine.plan import pausing
from engine.rules.gates import Kind
from storage import messages
from storage.lifecycle import PENDING, State
from storage.model import ReplyClass
from storage.tables import campaigns as campaign_table
from storage.tables import cards, enrolments
from storage.tables import conflicts as conflict_table
from storage.tables import messages as rows

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
    assert (company.name(found.contact_id), found.step) == ("Grace", 2)
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
    assert third.slot_at == datetime(
        2026, 11, 27, 14, tzinfo=UTC
    )  # nine in the morning in Boston, a holiday later


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
