"""A new sender warms up: what does not fit into today says so and leaves when it said, unless a campaign has its own cap."""

from __future__ import annotations

from datetime import UTC, datetime

from office import Office, OpenOffice

EIGHT = "email,first name,company\n" + "".join(f"p{n}@firm{n}.example,Person{n},Firm {n}\n" for n in range(8))
WAITS = "Waits until tomorrow, Wed 25 Nov: 5 of 5 today are taken (warm-up, day 1)."
MIDNIGHT = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
"""In Berlin, where the demo's brand is."""


async def approve_all(office: Office) -> None:
    for card in await office.cards("Email to", "Approve"):
        if "Approve" in card.buttons:
            await office.click(card, "Approve")


async def test_the_sixth_of_five_waits_until_tomorrow_says_so_and_leaves_then(
    open_office: OpenOffice,
) -> None:
    async with open_office(capped=True) as office:
        await office.campaign("Warm", EIGHT)
        for card in (await office.cards("Email to"))[:5]:
            await office.click(card, "Approve")
        await office.say("olivia", "#growth", "/outreach contact p8@firm8.example Ninth campaign:Warm")
        ninth = await office.draft("Ninth")
        assert "if approved now: <!date^" in ninth.words
        assert "Wed 25 Nov 00:00" in ninth.words
        await office.click(ninth, "Skip")
        await approve_all(office)
        assert len(await office.mails()) == 5
        waiting = await office.cards("Email to", WAITS)
        assert len(waiting) == 3
        assert all("Undo" in card.buttons for card in waiting)
        assert "5 sent" in (await office.campaign_card("Warm")).words
        await office.say("olivia", "#growth", "/outreach settings")
        assert "5 of 5 used today (warm-up, day 1); 10 on the next day" in str(await office.view("olivia"))
        await office.sleep_until(MIDNIGHT.replace(hour=22, minute=58))
        assert len(await office.mails()) == 5
        await office.wait_until(MIDNIGHT)
        assert len(await office.mails()) == 8
        assert not await office.cards("Email to", "Waits until")


async def test_a_cap_of_a_campaign_replaces_the_senders_and_says_who_chose_it(
    open_office: OpenOffice,
) -> None:
    async with open_office(capped=True) as office:
        await office.campaign("Own", EIGHT, "window:always cap:7")
        assert "*Daily cap*\n7 a day, chosen by <@U0OLIVIA>" in (await office.campaign_card("Own")).words
        await approve_all(office)
        assert len(await office.mails()) == 7
        (late,) = await office.cards("Email to", "Waits until tomorrow")
        assert "7 of 7 today are taken (the cap of the campaign)" in late.words
        said = await office.say("amara", "#growth", '/outreach cap "Own" 50')
        assert "“Own” may send 50 a day" in said
        assert len(await office.mails()) == 8
        assert "50 a day, chosen by <@U0AMARA>" in (await office.campaign_card("Own")).words
        assert "whole number" in await office.say("amara", "#growth", '/outreach cap "Own" many')
        assert "Name the campaign" in await office.say("amara", "#growth", "/outreach cap")
        await office.say("amara", "#growth", '/outreach cap "Own" none')
        assert "Daily cap*" not in (await office.campaign_card("Own")).words


async def test_more_than_a_sender_may_send_is_an_admins_to_allow(open_office: OpenOffice) -> None:
    async with open_office(capped=True) as office:
        await office.campaign("Warm", EIGHT)
        await approve_all(office)
        said = await office.say("olivia", "#growth", "/outreach settings email_warm_up:none")
        assert "in force now" in said
        assert len(await office.mails()) == 8
        refused = await office.say("olivia", "#growth", "/outreach settings email_warm_up:fast")
        assert "write 5+5, or none" in refused
