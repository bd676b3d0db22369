"""Seven touches over 41 days, in one mail thread, as people see them; replies, pauses and silence on the way."""

from __future__ import annotations

from datetime import timedelta

from office import Mail, Office

ADA = "email,first name,company,time zone\nada@engines.example,Ada,Engines,Europe/Berlin\n"
SEVEN = "window:always touches:7"


async def approve_what_waits(office: Office) -> int:
    """One by one, or with one click where many wait."""
    waiting = [card for card in await office.cards("Email to") if "Approve" in card.buttons]
    for card in waiting:
        await office.click(card, "Approve")
    for card in await office.cards("wait for a decision", "Open one by one"):
        if card.buttons[0].startswith("Approve all"):
            await office.click(card, card.buttons[0])
            waiting.append(card)
    return len(waiting)


async def let_it_run(office: Office, days: int) -> None:
    """Somebody looks in once a day, a minute later each time, and approves what waits."""
    await approve_what_waits(office)
    for _ in range(days):
        await office.sleep_until(office.now + timedelta(days=1, minutes=1))
        await approve_what_waits(office)


def days_of(mails: list[Mail]) -> list[int]:
    return [round((mail.at - mails[0].at) / timedelta(days=1)) for mail in mails]


async def test_seven_touches_on_their_days_in_one_thread_and_then_it_is_completed(
    small_office: Office,
) -> None:
    office = small_office
    await office.campaign("Spring launch", ADA, SEVEN)
    strategy = await office.card("Strategy for Spring launch")
    assert "Days 0 · 2 · 5 · 10 · 17 · 27 · 41" in strategy.words
    assert "7. day 41, Email: polite close" in strategy.words
    await let_it_run(office, 43)
    mails = await office.mails()
    assert days_of(mails) == [0, 2, 5, 10, 17, 27, 41]
    first, *later = mails
    ids = [mail.header("Message-ID") for mail in mails]
    for number, mail in enumerate(later, 1):
        assert mail.header("Subject") == f"Re: {first.header('Subject')}"
        assert mail.header("In-Reply-To") == ids[number - 1]
        assert mail.header("References").split() == ids[:number]
    assert first.header("In-Reply-To") == ""
    assert len({mail.text for mail in mails}) == 7
    assert "Completed" in (await office.campaign_card("Spring launch")).words


async def test_a_reply_stops_the_sequence_until_a_person_decides(small_office: Office) -> None:
    office = small_office
    await office.campaign("Spring launch", ADA, "window:always touches:3")
    await let_it_run(office, 4)
    assert days_of(await office.mails()) == [0, 3]
    await office.say("amara", "#growth", "/outreach reply ada@engines.example question “What does it cost?”")
    assert "1 message to them waits for you" in (await office.card("Reply from Ada")).words
    await office.click(await office.card("answer to their reply"), "Skip")
    await let_it_run(office, 14)
    assert len(await office.mails()) == 2
    assert len(await office.cards("Email to Ada")) == 3, (
        "nothing but an answer is drafted while they wait for one"
    )
    await office.click(await office.card("Reply from Ada"), "Continue")
    await let_it_run(office, 3)
    third = (await office.mails())[-1]
    assert len(await office.mails()) == 3
    assert third.header("Subject").startswith("Re: ")


async def test_an_answer_that_ends_it_leaves_no_touch_behind(small_office: Office) -> None:
    office = small_office
    await office.campaign("Spring launch", ADA, SEVEN)
    await let_it_run(office, 3)
    assert len(await office.mails()) == 2
    await office.say("amara", "#growth", "/outreach reply ada@engines.example negative “No, thank you”")
    await office.click(await office.card("Reply from Ada"), "Stop")
    await let_it_run(office, 20)
    assert len(await office.mails()) == 2
    assert "Completed" in (await office.campaign_card("Spring launch")).words


async def test_ten_days_of_pause_move_the_touches_and_no_hour_gets_more_than_its_share(
    small_office: Office,
) -> None:
    """Twelve people at three mails a day: four days a touch, before the pause and after it."""
    office = small_office
    table = "email,first name,time zone\n" + "".join(
        f"p{n}@firm{n}.example,Person{n},Europe/Berlin\n" for n in range(12)
    )
    await office.campaign("Slowly", table, "window:09:00-18:00 touches:2 cap:3")
    await let_it_run(office, 6)
    before = await office.mails()
    await office.click(await office.campaign_card("Slowly"), "Pause")
    await office.sleep_until(office.now + timedelta(days=10))
    assert len(await office.mails()) == len(before)
    await office.click(await office.campaign_card("Slowly"), "Resume")
    await let_it_run(office, 16)
    mails = await office.mails()
    assert sorted(mail.to for mail in mails) == sorted(2 * [f"p{n}@firm{n}.example" for n in range(12)])
    by_day: dict[object, int] = {}
    for mail in mails:
        by_day[mail.at.date()] = by_day.get(mail.at.date(), 0) + 1
        assert mail.at.weekday() < 5
        assert 8 <= mail.at.hour < 17, "09:00 to 18:00 in Berlin in winter"
    assert max(by_day.values()) <= 3


async def test_silence_moves_a_later_touch_once_reminds_and_lets_it_expire(small_office: Office) -> None:
    office = small_office
    await office.campaign("Spring launch", ADA, "window:always touches:3")
    await approve_what_waits(office)
    await office.sleep_until(office.now + timedelta(days=1, minutes=1))
    waiting = await office.draft("touch 2", "Waiting for a decision")
    assert "Fri 27 Nov" in waiting.words
    assert not await office.cards("needs a decision")
    await office.sleep_until(office.now + timedelta(days=1, hours=1))
    assert len(await office.cards("1 draft of “Spring launch” needs a decision")) == 1
    await office.sleep_until(office.now + timedelta(hours=21, minutes=30))
    assert len(await office.cards("1 draft of “Spring launch” needs a decision")) == 2
    await office.sleep_until(office.now + timedelta(hours=2))
    moved = await office.draft("touch 2", "Waiting for a decision")
    assert "Sat 28 Nov" in moved.words
    assert "after that it expires" in moved.words
    await office.sleep_until(office.now + timedelta(days=1))
    expired = await office.draft("touch 2")
    assert "Nobody decided in time, so it expired." in expired.words
    assert "Draft again" in expired.buttons
    assert "1 to come" in (await office.campaign_card("Spring launch")).words
    assert len(await office.cards("needs a decision")) == 2
    await office.click(expired, "Draft again")
    await approve_what_waits(office)
    await office.sleep_until(office.now + timedelta(days=2))
    assert len(await office.mails()) == 2


async def test_the_sequence_is_chosen_by_command_by_modal_and_by_settings(small_office: Office) -> None:
    office = small_office
    assert "21" not in await office.say("olivia", "#growth", '/outreach new "Long" touches:20')
    assert "20 touches are many" in await office.say("olivia", "#growth", '/outreach new "Longer" touches:20')
    assert "from 1 to 20" in await office.say("olivia", "#growth", '/outreach new "Too long" touches:21')
    assert "24 hours apart" in await office.say("olivia", "#growth", "/outreach settings waits:12h")
    said = await office.say("olivia", "#growth", '/outreach settings waits:"4, 8" touches:16')
    assert "16 touches are many" in said
    assert "keep their sequence" in said
    await office.say("olivia", "#growth", '/outreach plan "Long"')
    assert "Days 0 · 4 · 12 · 20" in (await office.card("Strategy for Long")).words
    await office.say("olivia", "#growth", "/outreach new")
    assert await office.submit("olivia", name="By modal", touches="3") == {}
    await office.say("olivia", "#growth", '/outreach settings waits:"2, 3, 5, 7, 10, 14" touches:7')
    await office.say("olivia", "#growth", '/outreach plan "By modal"')
    assert "Days 0 · 3 · 7" in (await office.card("Strategy for By modal")).words
    assert "Days 0 · 4 · 12 · 20" in (await office.card("Strategy for Long")).words
