"""When things leave: windows, weekends, holidays, two days between touches, and what a pause does to all that."""

from datetime import UTC, datetime

from office import Office, OpenOffice

HEAD = "email,first name,company,time zone,country\n"
PARIS = HEAD + "cy@cloth.example,Cy,Cloth Works,Europe/Paris,France\n"
NEW_YORK = HEAD + "dan@docks.example,Dan,Docks,America/New_York,United States\n"


async def test_what_is_approved_on_saturday_leaves_on_monday_at_nine_there(open_office: OpenOffice) -> None:
    async with open_office(at=datetime(2026, 11, 21, 10, 0, tzinfo=UTC)) as office:
        await office.campaign("Weekdays", PARIS, "")
        await office.click(await office.draft("Cy"), "Approve")
        card = await office.draft("Cy")
        assert "Mon 23 Nov 09:00 in Paris" in card.words
        await office.sleep_until(datetime(2026, 11, 23, 7, 58, tzinfo=UTC))
        assert not await office.mails()
        await office.wait_until(datetime(2026, 11, 23, 8, 1, tzinfo=UTC))
        (mail,) = await office.mails()
        assert mail.at == datetime(2026, 11, 23, 8, 0, mail.at.second, mail.at.microsecond, tzinfo=UTC)


async def test_a_public_holiday_of_the_recipient_is_no_business_day(open_office: OpenOffice) -> None:
    async with open_office(at=datetime(2026, 11, 26, 15, 0, tzinfo=UTC)) as office:
        await office.campaign("Thanksgiving", NEW_YORK, "")
        await office.click(await office.draft("Dan"), "Approve")
        assert "Fri 27 Nov 09:00 in New York" in (await office.draft("Dan")).words
        await office.wait_until(datetime(2026, 11, 27, 14, 1, tzinfo=UTC))
        (mail,) = await office.mails()
        assert mail.at.replace(second=0, microsecond=0) == datetime(2026, 11, 27, 14, 0, tzinfo=UTC)


async def test_who_moves_to_another_zone_between_approval_and_send_is_written_to_at_nine_there(
    open_office: OpenOffice,
) -> None:
    async with open_office(at=datetime(2026, 11, 23, 10, 0, tzinfo=UTC)) as office:
        await office.campaign("Movers", NEW_YORK.replace("United States", ""), "")
        await office.click(await office.draft("Dan"), "Approve")
        assert "Mon 23 Nov 09:00 in New York" in (await office.draft("Dan")).words
        said = await office.say("olivia", "#growth", "/outreach contact dan@docks.example zone:Asia/Tokyo")
        assert "changed: time zone" in said
        await office.sleep_until(datetime(2026, 11, 23, 23, 58, tzinfo=UTC))
        assert not await office.mails()
        assert "23:00 in Tokyo" in (await office.draft("Dan")).words
        await office.wait_until(datetime(2026, 11, 24, 0, 1, tzinfo=UTC))
        (mail,) = await office.mails()
        assert mail.at.replace(second=0, microsecond=0) == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)


async def test_two_people_of_one_company_in_two_countries_each_have_their_own_hours_and_holidays(
    open_office: OpenOffice,
) -> None:
    """Thanksgiving keeps the one in New York, not the one in Berlin."""
    people = (
        HEAD + "dan@docks.example,Dan,Docks,America/New_York,United States\n"
        "eva@docks.example,Eva,Docks,Europe/Berlin,Germany\n"
    )
    async with open_office(at=datetime(2026, 11, 26, 6, 0, tzinfo=UTC)) as office:
        await office.campaign("Harbours", people, "")
        for name in ("Dan", "Eva"):
            await office.click(await office.draft(name), "Approve")
        assert "Thu 26 Nov 09:00 in Berlin" in (await office.draft("Eva")).words
        assert "Fri 27 Nov 09:00 in New York" in (await office.draft("Dan")).words
        await office.wait_until(datetime(2026, 11, 27, 14, 1, tzinfo=UTC))
        assert [mail.to for mail in await office.mails()] == ["eva@docks.example", "dan@docks.example"]


async def test_two_campaigns_write_to_one_person_two_days_apart(office: Office) -> None:
    await office.campaign("First", PARIS)
    await office.campaign("Second", PARIS)
    await office.click(await office.draft("Cy", "First"), "Approve")
    await office.click(await office.draft("Cy", "Second"), "Approve")
    assert len(await office.mails()) == 1
    held = await office.draft("Cy", "Second")
    assert "less than 48 hours ago" in held.words
    await office.sleep_until(datetime(2026, 11, 26, 8, 55, tzinfo=UTC))
    assert len(await office.mails()) == 1
    await office.wait_until(datetime(2026, 11, 26, 9, 5, tzinfo=UTC))
    first, second = await office.mails()
    assert (second.at.date() - first.at.date()).days == 2


async def test_a_pause_stops_what_is_due_and_moves_it_by_its_own_length(office: Office) -> None:
    await office.campaign("Weekdays", PARIS, "window:14:00-16:00")
    await office.click(await office.draft("Cy"), "Approve")
    assert "Next touch" in (await office.campaign_card("Weekdays")).words
    assert (
        await office.click(await office.campaign_card("Weekdays"), "Pause", "amara") == "Paused “Weekdays”."
    )
    paused = await office.campaign_card("Weekdays")
    assert "Paused by <@U0AMARA>" in paused.words
    assert paused.buttons == ["Resume", "Cancel"]
    await office.sleep_until(datetime(2026, 11, 25, 12, 0, tzinfo=UTC))
    assert not await office.mails()
    said = await office.say("olivia", "#growth", '/outreach resume "Weekdays"')
    assert "moves by the length of the pause" in said
    await office.wait_until(datetime(2026, 11, 26, 16, 0, tzinfo=UTC))
    (mail,) = await office.mails()
    assert mail.at.date() == datetime(2026, 11, 25, tzinfo=UTC).date(), (
        "one window was missed: one window later"
    )
    assert mail.at >= datetime(2026, 11, 25, 13, 0, tzinfo=UTC)


async def test_a_cancelled_campaign_asks_first_and_sends_nothing_more(office: Office) -> None:
    await office.campaign("Weekdays", PARIS, "window:14:00-16:00")
    await office.click(await office.draft("Cy"), "Approve")
    assert "this is final" in await office.say("olivia", "#growth", '/outreach cancel "Weekdays"')
    card = await office.campaign_card("Weekdays")
    _, part = card.button("Cancel")
    assert "This is final." in part["confirm"]["text"]["text"]
    await office.click(card, "Cancel")
    card = await office.campaign_card("Weekdays")
    assert "Cancelled by <@U0OLIVIA>" in card.words
    assert card.buttons == []
    assert (await office.draft("Cy")).buttons == []
    assert "already cancelled" in await office.say("amara", "#growth", '/outreach cancel "Weekdays"')
    assert "only a paused campaign" in await office.say("amara", "#growth", '/outreach resume "Weekdays"')
    await office.advance("1d")
    assert not await office.mails()
