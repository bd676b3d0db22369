"""`angle:per-lead`: the strategy's card states the rule, each draft's card names its own angle."""

from __future__ import annotations

from office import Office

TWO = (
    "email,first name,company,pain point,time zone\n"
    "ada@engines.example,Ada,Engines,slow manual booking,Europe/Berlin\n"
    "bo@brakes.example,Bo,Brakes,invoices cost too much,Europe/Berlin\n"
)


async def test_each_lead_gets_the_angle_of_their_own_facts(small_office: Office) -> None:
    office = small_office
    assert "per-lead" in await office.say("olivia", "#growth", '/outreach new "Wrong" angle:sharp')
    await office.campaign("Spring launch", TWO, "window:always angle:per-lead")
    assert "Each lead gets an angle of their own" in (await office.card("Strategy for Spring launch")).words
    ada, bo = await office.card("Email to Ada"), await office.card("Email to Bo")
    assert "Angle: lead with time, because of their pain point “slow manual booking”" in ada.words
    assert "Angle: lead with cost, because of their pain point “invoices cost too much”" in bo.words
