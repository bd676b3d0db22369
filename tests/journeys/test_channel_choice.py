"""The channel of each touch follows the ladder and what is allowed, and says why (F3); a failed one proposes the next."""

from __future__ import annotations

from mailserver import MailServer
from office import Office, OpenOffice

HEAD = "email,first name,company,phone,time zone\n"
ADA = HEAD + "ada@engines.example,Ada,Engines,+49 30 901820,Europe/Berlin\n"
ALL = "channels:email,call window:always"


async def planned(office: Office, name: str, table: str, options: str) -> None:
    await office.say("olivia", "#growth", f'/outreach new "{name}" goal:"book demos" {options}')
    await office.say("olivia", "#growth", f'/outreach import "{name}"')
    assert await office.submit("olivia", text=table) == {}
    await office.say("olivia", "#growth", f'/outreach plan "{name}"')


async def let_it_run(office: Office, days: int) -> None:
    """Whatever waits for somebody is approved, or done, as soon as it is seen."""
    for _ in range(days):
        for label in ("Approve", "Done"):
            for card in await office.cards("Ada"):
                if label in card.buttons:
                    await office.click(card, label)
        await office.advance("1d")


async def test_five_touches_climb_the_ladder_of_the_settings(small_office: Office) -> None:
    office = small_office
    said = await office.say("olivia", "#growth", '/outreach settings ladder:"email 1-2, call 3+"')
    assert "saved" in said
    assert "Write the ladder like" in await office.say("olivia", "#growth", "/outreach settings ladder:fax")
    await planned(office, "Spring launch", ADA, f"{ALL} touches:3")
    strategy = await office.card("Strategy for Spring launch")
    assert "Call" in strategy.words
    await office.click(strategy, "Approve")
    await let_it_run(office, 9)
    assert len(await office.mails()) == 2
    call = await office.card("Call to Ada", "touch 3")
    assert "Sent" in call.words
    assert "Done" in call.words
    assert "touch 3 of theirs; touches 3+ are for call" in call.words
    told = await office.say("olivia", "#growth", "/outreach why ada@engines.example")
    assert "Not Email: it is for touches 1-2" in told


async def test_who_has_an_email_address_alone_stays_on_email(small_office: Office) -> None:
    office = small_office
    await office.say("olivia", "#growth", '/outreach settings ladder:"email 1, call 2+"')
    eve = "email,first name,company,time zone\neve@gardens.example,Ada,Gardens,Europe/Berlin\n"
    await planned(office, "Spring launch", eve, f"{ALL} touches:3")
    await office.click(await office.card("Strategy for Spring launch"), "Approve")
    await let_it_run(office, 9)
    assert len(await office.mails()) == 3
    (second,) = await office.cards("Email to Ada", "touch 2")
    assert "an e-mail address is all there is of them" in second.words


async def test_what_a_contact_asks_for_and_refuses_beats_the_campaign(small_office: Office) -> None:
    office = small_office
    await planned(office, "Spring launch", ADA, "channels:email window:always touches:3")
    said = await office.say("olivia", "#growth", "/outreach prefer ada@engines.example call")
    assert "Ada asks for Call; refuses nothing." in said
    await office.click(await office.card("Strategy for Spring launch"), "Approve")
    call = await office.card("Call to Ada")
    assert "Call, they asked for it" in call.words
    await office.click(call, "Approve")
    task = await office.card("Call task")
    said = await office.say("olivia", "#growth", "/outreach prefer ada@engines.example none not:call")
    assert "refuses Call. 1 pending message cancelled." in said
    assert "it is cancelled" in await office.click(task, "Done", stale=True)
    await office.advance("3d")
    (email,) = await office.cards("Email to Ada", "touch 2")
    assert "the only channel of the campaign" in email.words
    told = await office.say("olivia", "#growth", "/outreach why ada@engines.example")
    assert "Not Call: they refused it" in told


async def test_a_dead_mailbox_proposes_a_call_whose_words_need_their_own_approval(
    open_office: OpenOffice,
) -> None:
    async with MailServer() as server, open_office(smtp_url=server.url) as office:
        server.refuse["ada@engines.example"] = "550 5.1.1 no such user"
        await planned(office, "Spring launch", ADA, "channels:email window:always touches:2")
        await office.click(await office.card("Strategy for Spring launch"), "Approve")
        await office.click(await office.card("Email to Ada"), "Approve")
        failed = await office.card("Email to Ada")
        assert "Next allowed channel:* Call" in failed.words
        assert failed.buttons == ["Retry", "Try Call instead"]
        await office.at_once(failed, "Try Call instead", "olivia", "amara")
        await office.settle()
        assert (await office.card("Email to Ada")).buttons == ["Retry"]
        instead = await office.card("Call to Ada")
        assert "Approve" in instead.buttons
        assert "email is out (suppressed: hard bounce)" in instead.words
        await office.click(instead, "Approve")
        await office.click(await office.card("Call task"), "Done")
        assert "1 sent" in (await office.campaign_card("Spring launch")).words
        assert server.taken == []


async def test_where_somebody_answered_twice_comes_before_the_ladder(small_office: Office) -> None:
    office = small_office
    for name in ("First", "Second"):
        await planned(office, name, ADA, "channels:email window:always touches:1")
        await office.click(await office.card(f"Strategy for {name}"), "Approve")
        await office.click(await office.card("Email to Ada", f"touch 1 of {name}"), "Approve")
        await office.say("olivia", "#growth", "/outreach reply ada@engines.example interested “Tell me more”")
        await office.click((await office.cards("Reply from Ada"))[-1], "Continue")
        await office.advance("3d")
    await office.say("olivia", "#growth", '/outreach settings ladder:"call 1-2, email 3+"')
    await planned(office, "Third", ADA, ALL)
    await office.click(await office.card("Strategy for Third"), "Approve")
    email = await office.card("Email to Ada", "of Third")
    assert "they answered 2 of 2 by email, none by call yet; the ladder alone would take call" in email.words
    told = await office.say("olivia", "#growth", "/outreach why ada@engines.example")
    assert "Not Call: they answered more by email" in told
