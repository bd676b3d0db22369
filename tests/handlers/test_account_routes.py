"""Account campaigns by command, form and button: what is opened, what is refused, and what a forged value does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from desk import Desk, Mail, Port

from engine import contacts
from engine.contacts import NewContact
from engine.context import Context, Who
from handlers.actions import Button
from storage import accounts, campaigns, senders, views
from storage.model.accounts import AccountEnrolment


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What handlers say does not depend on the database."""
    return sqlite_url


@pytest.fixture
async def desk(ctx: Context, olivia: Who) -> Desk:
    async with ctx.db.begin() as conn:
        await senders.ensure(conn, "T1", "email", address="olivia@acme.example", name="Olivia")
    made = Desk(replace(ctx, channels={"email": Mail()}), olivia, Port())
    for name, title in (("grace", "CTO"), ("ada", "CEO")):
        new = NewContact(f"{name}@acme.example", name.title(), company="Acme", title=title)
        await contacts.add(made.ctx, olivia, new)
    return made


async def enrolment(desk: Desk) -> AccountEnrolment:
    async with desk.ctx.db.read() as conn:
        (found,) = (await accounts.enrolments_by_id(conn, [1])).values()
    return found


async def members(desk: Desk) -> list[tuple[str, bool, bool]]:
    """Who stands where: name, whether primary, whether struck."""
    async with desk.ctx.db.read() as conn:
        view = await views.load(conn, "T1", "account", 1)
    return [(person.first_name, member.is_primary, bool(member.struck_by)) for member, person in view.members]


async def test_alone_it_opens_a_form_and_the_form_opens_the_campaign(desk: Desk) -> None:
    await desk.say("account new")
    view = desk.port.opened[-1]
    answer = await desk.submit(
        view, contact="grace@acme.example", channels="email", order="top-down", goal="demos"
    )
    assert (answer.errors, answer.text) == ({}, "")
    assert await members(desk) == [("Ada", True, False), ("Grace", False, False)]


async def test_a_line_opens_it_for_somebody_who_is_not_on_record(desk: Desk) -> None:
    answer = await desk.say(
        'account new linus@acme.example Linus Clerk company:Acme title:VP name:"Acme spring"'
    )
    assert "Opened the account *Acme* in the campaign *Acme spring*" in answer.text
    assert await members(desk) == [("Ada", False, False), ("Grace", False, False), ("Linus", True, False)]
    again = await desk.say('account new grace@acme.example campaign:"Acme spring"')
    assert "is there already" in again.text


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"contact": ""}, "contact", "Name the lead"),
        ({"contact": "not an address"}, "contact", "address"),
        ({"contact": "kim@gmail.com"}, "company", "belongs to no company"),
        ({"contact": "ada@acme.example", "channels": "pigeon"}, "channels", "no channel called"),
        ({"contact": "ada@acme.example", "campaign": "Nowhere"}, "campaign", "no campaign"),
    ],
)
async def test_a_form_is_refused_beside_the_field_that_is_wrong(
    desk: Desk, values: dict[str, str], field: str, says: str
) -> None:
    await desk.say("account new")
    answer = await desk.submit(desk.port.opened[-1], **{"channels": "email", "order": "lead", **values})
    assert list(answer.errors) == [field]
    assert says in answer.errors[field]


@pytest.mark.parametrize(
    "text", ["account bogus", "account new ada@acme.example order:sideways", "account new goal:x"]
)
async def test_a_line_that_makes_no_sense_is_refused_in_a_sentence(desk: Desk, text: str) -> None:
    answer = await desk.say(text)
    assert answer.text.endswith(".")
    assert "Opened" not in answer.text


async def test_one_is_struck_and_put_back_and_the_order_edited(desk: Desk) -> None:
    await desk.say("account new grace@acme.example")
    seen = await enrolment(desk)
    async with desk.ctx.db.read() as conn:
        ids = {person.first_name: person.id for person in await accounts.people(conn, "T1", seen.account_id)}
    answer = await desk.press(Button.ACCOUNT_STRIKE, f"1.{seen.revision}:{ids['Ada']}")
    assert answer.text == "Ada is struck: nothing goes to them from this sequence."
    answer = await desk.press(Button.ACCOUNT_STRIKE, f"1.{seen.revision}:{ids['Ada']}")
    assert "changed since this card was drawn" in answer.text
    await desk.press(Button.ACCOUNT_STRIKE, f"1.{seen.revision + 1}:{ids['Ada']}")
    await desk.press(Button.ACCOUNT_ORDER, f"1.{seen.revision + 2}")
    places: dict[str, Any] = {"place_1": str(ids["Grace"]), "place_2": str(ids["Grace"])}
    view = desk.port.opened[-1]
    twice = await desk.submit(view, lead=str(ids["Ada"]), **places)
    assert list(twice.errors) == ["place_2"]
    places["place_2"] = str(ids["Ada"])
    assert (await desk.submit(view, lead=str(ids["Ada"]), **places)).errors == {}
    assert await members(desk) == [("Grace", False, False), ("Ada", True, False)]


@pytest.mark.parametrize(
    ("button", "value"),
    [
        (Button.ACCOUNT_STRIKE, ""),
        (Button.ACCOUNT_STRIKE, "1.2"),
        (Button.ACCOUNT_STRIKE, "1.2:x"),
        (Button.ACCOUNT_STRIKE, "1.2:" + "9" * 400),
        (Button.ACCOUNT_STRIKE, "1.2:999"),
        (Button.ACCOUNT_STRIKE, "999.1:1"),
        (Button.ACCOUNT_APPROVE, ""),
        (Button.ACCOUNT_APPROVE, "1.2,,"),
        (Button.ACCOUNT_APPROVE, "999.1,1.0"),
        (Button.ACCOUNT_APPROVE, "1.2,drop table"),
        (Button.ACCOUNT_ORDER, "1.99"),
        (Button.ACCOUNT_ORDER, "x"),
    ],
)
async def test_a_forged_value_changes_nothing(desk: Desk, button: Button, value: str) -> None:
    await desk.say("account new grace@acme.example")
    before = await members(desk)
    answer = await desk.press(button, value)
    assert answer.text.endswith((".", "first.", "there."))
    assert await members(desk) == before


async def test_an_import_may_create_a_campaign_that_writes_to_companies(desk: Desk) -> None:
    await desk.say('import "Nordics" --create --accounts')
    view = desk.port.opened[-1]
    ticked = next(
        block["element"]["initial_options"] for block in view["blocks"] if block.get("block_id") == "create"
    )
    assert [option["value"] for option in ticked] == ["create", "accounts"]
    table = "email,company\nbo@nord.example,Nord"
    answer = await desk.submit(view, campaign="Nordics", text=table, create=("create", "accounts"))
    assert answer.errors == {}
    async with desk.ctx.db.read() as conn:
        made = await campaigns.named(conn, "T1", "Nordics")
    assert made is not None
    assert made.by_account
