"""Calls and LinkedIn messages are tasks: a person does them, and nothing counts as sent before Done (F2)."""

from __future__ import annotations

from office import Card, Office

HEAD = "email,first name,company,phone,linkedin,time zone\n"
ADA = HEAD + "ada@engines.example,Ada,Engines,+49 30 901820,https://www.linkedin.com/in/ada,Europe/Berlin\n"


async def planned(office: Office, name: str, table: str, options: str) -> None:
    """A campaign with the people of `table` and an approved strategy."""
    await office.say("olivia", "#growth", f'/outreach new "{name}" goal:"book demos" {options}')
    await office.say("olivia", "#growth", f'/outreach import "{name}"')
    assert await office.submit("olivia", text=table) == {}
    await office.say("olivia", "#growth", f'/outreach plan "{name}"')
    await office.click(await office.card(f"Strategy for {name}"), "Approve")


async def approved_task(office: Office, kind: str, options: str, table: str = ADA) -> Card:
    """The first touch of a campaign, approved: the card of its task."""
    await planned(office, "Spring launch", table, options)
    await office.click(await office.card(f"{kind} to"), "Approve")
    return await office.card(f"{kind} task")


async def waiting(office: Office, kind: str) -> Card:
    """The newest card of a task that waits for somebody: a reminder posts it again further down."""
    return [card for card in await office.cards(f"{kind} task") if "Done" in card.buttons][-1]


async def why(office: Office) -> str:
    return await office.say("olivia", "#growth", "/outreach why ada@engines.example")


async def test_a_linkedin_touch_is_approved_then_offered_and_sent_only_at_done(office: Office) -> None:
    await planned(office, "Spring launch", ADA, "channels:linkedin_dm window:always touches:2")
    draft = await office.card("LinkedIn message to")
    assert draft.buttons == ["Approve", "Edit", "Reject", "Skip"]
    assert "the only channel of the campaign" in draft.words
    await office.click(draft, "Approve")
    task = await office.card("LinkedIn message task")
    assert task.buttons == ["Done", "Skip", "Replied"]
    assert "<https://www.linkedin.com/in/ada|Open the profile>" in task.words
    assert "Hi Ada" in task.body
    await office.advance("1h")
    assert "waiting for a person" in await why(office)
    assert "1 sent" not in (await office.campaign_card("Spring launch")).words
    await office.at_once(task, "Done", "amara", "olivia")
    await office.settle()
    assert (await office.card("LinkedIn message to Ada", "Sent")).buttons == []
    assert (await office.card("LinkedIn message task", "Done")).buttons == []
    told = [*await office.whispers("amara"), *await office.whispers("olivia")]
    assert len([line for line in told if "it is sent" in line]) == 1
    assert "1 sent" in (await office.campaign_card("Spring launch")).words
    await office.advance("2d")
    assert len(await office.cards("LinkedIn message to Ada", "touch 2")) == 1
    assert await office.mails() == []


async def test_a_call_is_reminded_of_on_business_days_and_skipped_after_three(small_office: Office) -> None:
    office = small_office
    task = await approved_task(office, "Call", "channels:call touches:2")
    assert "`tel:+4930901820`" in task.words
    seen = []
    for _ in range(8):  # Tuesday at ten; Saturday and Sunday remind nobody
        await office.advance("1d")
        newest = await office.card("Call task")
        assert len(await office.cards("Call task")) == 1, "the older copy is gone"
        seen.append(next((n for n in (1, 2, 3) if f"Reminder {n} of 3" in newest.words), 0))
        if not newest.buttons:
            break
    assert seen == [1, 2, 3, 3, 3, 0]
    assert "Nobody did it after 3 reminders." in newest.words
    told = await office.say("olivia", "#growth", "/outreach contact ada@engines.example")
    assert "card follows" in told
    assert (
        "Skipped: Call, touch 1. Nobody did it after 3 reminders." in (await office.card("Contact Ada")).words
    )
    assert "Skipped" in (await office.card("Call to Ada", "touch 1")).words
    assert len(await office.cards("Call to Ada", "touch 2")) == 1


async def test_two_days_count_from_done_and_an_opt_out_stops_an_open_task(small_office: Office) -> None:
    office = small_office
    task = await approved_task(office, "Call", "channels:call window:always touches:2")
    await planned(office, "Autumn", ADA, "channels:email window:always touches:1")
    await office.click(await office.card("Email to Ada"), "Approve")
    await office.click(task, "Done")
    await office.advance("1d")
    assert await office.mails() == []
    await office.click(await office.card("Call to Ada", "touch 2"), "Approve")
    await office.advance("5d")
    assert len(await office.mails()) == 1
    second = await waiting(office, "Call")
    await office.say("olivia", "#growth", "/outreach suppress ada@engines.example")
    assert "it is cancelled" in await office.click(second, "Done", stale=True)
    assert "1 sent" in (await office.campaign_card("Spring launch")).words


async def test_an_answer_to_a_task_holds_it(small_office: Office) -> None:
    office = small_office
    task = await approved_task(office, "LinkedIn message", "channels:linkedin_dm window:always touches:2")
    await office.click(task, "Replied")
    assert await office.submit("olivia", text="Thanks, what does it cost?") == {}
    assert "Reply from Ada" in (await office.card("Reply from Ada")).words
    assert "waits for nobody" in (await office.card("LinkedIn message task")).words
    assert "1 sent" not in (await office.campaign_card("Spring launch")).words
    await office.click(await office.card("Reply from Ada"), "Continue")
    assert (await waiting(office, "LinkedIn message")).buttons == ["Done", "Skip", "Replied"]
