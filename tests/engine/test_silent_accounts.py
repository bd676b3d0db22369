"""What is proposed about a company that stays silent: never done by itself, and never a third time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from company import ADA, GRACE, Company, Open, reply
from sqlalchemy import select

from engine import silence
from engine.context import Who
from engine.errors import Refused
from engine.rules import accounts as rules
from storage import campaigns as campaign_rows
from storage.model import ReplyClass, Step
from storage.tables import campaigns, enrolments, proposals, strategies

ONE = (Step(1, "email", 0, "call"),)


async def proposed(company: Company, **by: float) -> list[Any]:
    """What stands proposed when so much time has passed."""
    company.clock.forward(**by)
    while await silence.turn(company.ctx):
        pass
    async with company.ctx.db.read() as conn:
        return list(await conn.execute(select(proposals).order_by(proposals.c.id)))


@pytest.mark.parametrize(
    ("made", "recycled", "kind"),
    [
        ({}, 0, "reengage"),
        ({"reengage": 1}, 0, "reengage"),
        ({"reengage": 2}, 0, "recycle"),
        ({"reengage": 1, "declined": 1}, 0, "recycle"),
        ({"reengage": 2, "recycle": 1}, 0, ""),
        ({"reengage": 2}, 1, "recycle"),
        ({"reengage": 2}, 2, ""),
        ({"reengage": 1, "declined": 1}, 2, ""),
    ],
)
def test_one_more_touch_twice_then_a_new_beginning_twice_then_nothing(
    made: dict[str, int], recycled: int, kind: str
) -> None:
    assert rules.proposal(made, recycled) == kind


async def test_a_week_of_silence_proposes_one_more_touch_twice_and_each_needs_its_own_approval(
    acme: Open,
) -> None:
    company = await acme(ADA, GRACE, steps=ONE)
    await company.send()
    assert await proposed(company, days=6, hours=23) == []
    (first,) = await proposed(company, hours=1)
    assert (first.kind, len(await company.touches())) == ("reengage", 1)
    assert len(await proposed(company, days=60)) == 1  # nobody pressed: nothing happens

    await silence.accept(company.ctx, company.who, first.id)
    with pytest.raises(Refused, match="already decided: accept"):
        await silence.decline(company.ctx, company.who, first.id)
    touch = await company.pending()
    assert (touch.step, touch.state, touch.approved_by) == (2, "planned", None)
    await company.send()
    _, second = await proposed(company, days=7)
    await silence.accept(company.ctx, company.who, second.id)
    await company.send()
    assert len(await proposed(company, days=13, hours=23)) == 2
    assert (await proposed(company, hours=1))[-1].kind == "recycle"


async def test_a_new_beginning_is_a_campaign_of_its_own_whose_plan_must_take_another_angle(
    acme: Open,
) -> None:
    company = await acme(ADA, GRACE, steps=ONE)
    await company.send()
    (first,) = await proposed(company, days=7)
    await silence.decline(company.ctx, company.who, first.id)
    assert len(await proposed(company, days=6, hours=23)) == 1
    _, again = await proposed(company, hours=1)
    assert again.kind == "recycle"
    email: Any = object()
    ctx = replace(company.ctx, channels={"email": email})
    await silence.accept(ctx, company.who, again.id)
    async with company.ctx.db.read() as conn:
        new = await conn.scalar(select(campaigns.c.id).where(campaigns.c.name == "Spring – again"))
        row = (await conn.execute(select(enrolments).where(enrolments.c.campaign_id == new))).one()
        asked = await campaign_rows.strategies_of(conn, "T1", new)
    assert (row.state, row.recycled) == ("waiting", 1)
    assert [(one.state, one.reason) for one in asked] == [("draft", ""), ("rejected", silence.ANOTHER)]
    assert len(await company.touches()) == 1


async def test_who_reacted_is_left_to_people(acme: Open) -> None:
    company = await acme(ADA, GRACE, steps=ONE)
    await company.send()
    company.clock.forward(hours=1)
    await reply(company, "Ada", ReplyClass.NOT_NOW, "Not this year.")
    assert await proposed(company, days=30) == []


async def test_people_of_another_workspace_decide_nothing(acme: Open) -> None:
    company = await acme(ADA, steps=ONE)
    await company.send()
    (first,) = await proposed(company, days=7)
    stranger = Who("T2", "U9", channel="C9", is_admin=True)
    for act in (silence.accept, silence.decline):
        with pytest.raises(Refused, match="no longer exists"):
            await act(company.ctx, stranger, first.id)
    async with company.ctx.db.read() as conn:
        assert len((await conn.execute(select(strategies.c.id))).all()) == 1
