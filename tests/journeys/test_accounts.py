"""One lead opens an account campaign: an order people approve, one sequence for the company, and what pauses it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from office import Office, OpenOffice
from typer.testing import CliRunner

from bot.__main__ import cli

ACME = """first name,last name,email,company,title
Linus,Clerk,linus@acme.example,Acme,Accountant
Grace,Hopper,grace@acme.example,Acme,CTO
Ada,Byron,ada@acme.example,Acme,Director of Operations
Alan,Kay,alan@acme.example,Acme,VP of Sales
"""


async def opened(office: Office, options: str = "", *, lead: str = "ada@acme.example") -> None:
    """People of one company on record, and one of them opens an account campaign."""
    await office.say("olivia", "#growth", "/outreach import")
    assert await office.submit("olivia", text=ACME) == {}
    said = await office.say(
        "olivia", "#growth",
        f'/outreach account new {lead} goal:"book a demo" offer:"a free route audit" window:always {options}',
    )  # fmt: skip
    assert "Opened" in said


async def approve_draft(office: Office, name: str) -> None:
    await office.click((await office.cards("Email to", name))[-1], "Approve")


@pytest.fixture
def office(office_on_both: Office) -> Office:
    return office_on_both


async def test_one_lead_opens_an_account_campaign_and_its_card_shows_order_and_reasons(
    open_office: OpenOffice,
) -> None:
    async with open_office() as office:
        await opened(office)
        card = await office.card("Account Acme in “Acme”")
        lines = card.words
        places = [
            lines.index(name)
            for name in ("1. *Grace Hopper*", "2. *Alan Kay*", "3. *Ada Byron*", "4. *Linus Clerk*")
        ]
        assert places == sorted(places)
        assert "title 95 of 100 (CTO)" in lines
        assert "primary lead · title 70 of 100 (Director, from “Director of Operations”)" in lines
        assert "no rank in “Accountant”" in lines
        assert "“Titles of your own” in the settings gives titles a rank" in lines
        assert "Day 0 · Ada Byron · Email" in lines
        assert "Day 10 · Grace Hopper · Email" in lines
        assert await office.mails() == []

        await office.click(card, "Approve all")
        told = await office.say("olivia", "#growth", "/outreach why ada@acme.example")
        assert "In the order of Acme: steps 1 to 3 go to the primary lead." in told
        await approve_draft(office, "Ada Byron")
        assert [mail.to for mail in await office.mails()] == ["ada@acme.example"]


async def test_a_reply_pauses_the_account_until_a_person_resumes_and_then_a_colleague_is_next(
    open_office: OpenOffice,
) -> None:
    async with open_office() as office:
        await opened(office)
        await office.click(await office.card("Account Acme"), "Approve all")
        await approve_draft(office, "Ada Byron")
        await office.say(
            "olivia", "#growth", '/outreach reply ada@acme.example "Interesting. Talk to our CTO."'
        )
        paused = await office.card("Paused: Acme")
        assert "*Ada Byron* replied" in paused.words
        assert "Interesting. Talk to our CTO." in paused.words
        assert paused.buttons == ["Resume", "Close"]

        await office.sleep_until(office.now + timedelta(days=4))
        assert len(await office.mails()) == 1

        await office.click(await office.card("Paused: Acme"), "Resume")
        await office.sleep_until(office.now + timedelta(days=3))
        draft = (await office.cards("Email to", "Grace Hopper"))[-1]
        assert "in touch with Ada Byron, Director of Operations" in draft.words
        assert "It names Ada Byron" in draft.words
        await approve_draft(office, "Grace Hopper")
        await office.sleep_until(office.now + timedelta(days=3))
        assert [mail.to for mail in await office.mails()] == ["ada@acme.example", "grace@acme.example"]
        first, second = await office.mails()
        assert second.at - first.at >= timedelta(days=3)


PEOPLE = """first name,last name,email,company,title
Grace,Hopper,grace@acme.example,Acme,CTO
Ada,Byron,ada@acme.example,Acme,CEO
Alan,Kay,alan@acme.example,Acme,Assistant to the CEO
Bo,Ek,bo@nord.example,,VP
Kim,Solo,kim@gmail.com,,CEO
"""


async def test_a_list_of_people_becomes_one_order_per_company_that_people_change_and_approve(
    open_office: OpenOffice,
) -> None:
    async with open_office() as office:
        await office.say(
            "olivia", "#growth",
            '/outreach new "Nordics" goal:"book demos" offer:"a free route audit" by:account touches:1 window:always',
        )  # fmt: skip
        await office.say("olivia", "#growth", '/outreach import "Nordics"')
        assert await office.submit("olivia", text=PEOPLE) == {}
        report = await office.card("Import", "Nordics")
        assert "belong to no company" in report.words
        assert "2 accounts" in (await office.campaign_card("Nordics")).words

        await office.say("olivia", "#growth", '/outreach plan "Nordics"')
        await office.click(await office.card("Strategy for Nordics"), "Approve")
        card = await office.card("Account Acme")
        assert (
            "Draft to Ada Byron" in card.words
        )  # the highest title leads, and nothing leaves before Approve all
        assert "title 0 of 100 (no rank in “Assistant to the CEO”)" in card.words

        await office.click(card, "Edit the order")
        graces = next(
            option["value"]
            for block in (await office.view("olivia"))["blocks"]
            if block["block_id"] == "lead"
            for option in block["element"]["options"]
            if option["text"]["text"].startswith("Grace Hopper")
        )
        assert await office.submit("olivia", lead=graces) == {}
        stale = await office.click(card, "Approve all", stale=True)
        assert "changed since this card was drawn" in stale

        card = await office.card("Account Acme")
        assert "1. *Ada Byron* · title 100 of 100" in card.words
        assert "2. *Grace Hopper* · primary lead · title 95 of 100" in card.words
        await office.click(card, "Approve all")
        assert [mail.to for mail in await office.mails()] == ["grace@acme.example"]
        assert "Approve all" in (await office.card("Account nord.example")).buttons


async def test_a_list_from_the_command_line_opens_an_account_campaign_whose_cards_come_where_it_is_asked_for(
    small_office: Office, tmp_path: Path
) -> None:
    office = small_office
    table = tmp_path / "people.csv"
    table.write_text(PEOPLE)
    env = {"DATABASE_URL": f"sqlite:///{tmp_path}/overture.db", "SLACK_BOT_TOKEN": "", "SLACK_APP_TOKEN": ""}

    async def typed(*words: str) -> str:
        return (
            await asyncio.to_thread(CliRunner().invoke, cli, ("import", str(table), *words), env=env)
        ).output

    said = await typed("--campaign", "Nordics", "--create", "--accounts")
    assert "4 added, 0 duplicate, 1 invalid." in said
    assert "line 6: They belong to no company" in said
    assert "0 added, 4 duplicate" in await typed("--campaign", "nordics")
    await office.say("olivia", "#growth", '/outreach new "Plain"')
    assert "writes to people, not to companies" in await typed("--campaign", "Plain", "--accounts")

    assert await office.cards("Account Acme") == []
    await office.say("olivia", "#growth", '/outreach status "Nordics"')
    assert "2 accounts" in (await office.campaign_card("Nordics")).words
    card = await office.card("Account Acme")
    assert "1. *Ada Byron* · primary lead · title 100 of 100" in card.words
    assert "Bo Ek" in (await office.card("Account nord.example")).words
