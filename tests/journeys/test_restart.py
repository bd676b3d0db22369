"""The process ends in the middle and starts again on the same files: nothing is lost, nothing happens twice."""

from datetime import UTC, datetime

from office import OpenOffice

PEOPLE = """email,first name,last name,company
ada@engines.example,Ada,Lovelace,Analytical Engines
bo@boats.example,Bo,Larsen,Boats
cy@cloth.example,Cy,Young,Cloth
dee@dunes.example,Dee,Dune,Dunes
eve@elms.example,Eve,Elm,Elms
"""


async def test_old_cards_still_work_and_due_work_runs_once(open_office: OpenOffice) -> None:
    async with open_office() as office:
        await office.campaign("Spring launch", PEOPLE, "window:14:00-16:00")
        await office.say("olivia", "#growth", '/outreach new "Next"')
        await office.say("olivia", "#growth", '/outreach plan "Next"')
        await office.click(await office.draft("Ada Lovelace"), "Approve")
        await office.click(await office.draft("Bo Larsen"), "Approve")
    async with open_office() as office:
        await office.sleep_until(datetime(2026, 11, 24, 14, 30, tzinfo=UTC))
        assert {mail.to for mail in await office.mails()} == {"ada@engines.example", "bo@boats.example"}
        assert len(await office.mails()) == 2
        assert "📬 *Sent*" in (await office.draft("Ada Lovelace")).words
        await office.click(await office.draft("Cy Young"), "Approve")
        await office.click(await office.draft("Dee Dune"), "Skip")
        await office.click(await office.card("Strategy for Next"), "Approve")
        await office.click(await office.campaign_card("Spring launch"), "Pause")
        await office.say("olivia", "#growth", "/outreach reply ada@engines.example interested “Gladly”")
    async with open_office() as office:
        assert len(await office.mails()) == 3
        await office.click(await office.card("Reply from Ada Lovelace"), "Stop")
        assert "Stopped" in (await office.card("Reply from Ada Lovelace")).words
        await office.click(await office.draft("Dee Dune"), "Undo")
        await office.click(await office.campaign_card("Spring launch"), "Resume")
        await office.click(await office.draft("Dee Dune"), "Approve")
        await office.click(await office.draft("Eve Elm"), "Reject")
        assert await office.submit("olivia", reason="Not them.") == {}
        await office.advance("1d")
        to = sorted(mail.to.partition("@")[0] for mail in await office.mails())
        assert to == ["ada", "bo", "cy", "dee"]
        assert len(await office.cards("Email to")) == 5, "no card was posted twice"


async def test_what_was_not_done_when_the_process_ended_is_done_at_the_next_start(
    open_office: OpenOffice,
) -> None:
    async with open_office() as office:
        await office.campaign("Spring launch", PEOPLE)
        for card in await office.cards("Email to"):
            await office.at_once(card, "Approve", "olivia")
        assert not await office.mails(), "the click is recorded, nothing has left yet"
    async with open_office() as office:
        assert len(await office.mails()) == 5
        assert "5 sent" in (await office.campaign_card("Spring launch")).words
