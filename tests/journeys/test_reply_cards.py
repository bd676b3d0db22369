"""What people write back, pasted by whoever got it: read by rules, answered with approval, decided, corrected."""

from __future__ import annotations

from datetime import timedelta

import pytest
from office import Card, Office

ADA = "email,first name,last name,company,time zone\nada@engines.example,Ada,Lovelace,Engines,Europe/Berlin\n"


async def written_to(office: Office, touches: int = 2) -> None:
    """Ada got the first touch; the second is planned."""
    await office.campaign("Spring launch", ADA, f"window:always touches:{touches}")
    await office.click(await office.card("Email to Ada"), "Approve")
    assert len(await office.mails()) == 1


async def reply(office: Office, text: str, klass: str = "") -> str:
    return await office.say("amara", "#growth", f"/outreach reply ada@engines.example {klass} “{text}”")


async def approve_all(office: Office, days: int = 0) -> None:
    for _ in range(days + 1):
        for card in await office.cards("Email to Ada"):
            if "Approve" in card.buttons:
                await office.click(card, "Approve")
        if days:
            await office.sleep_until(office.now + timedelta(days=1, minutes=1))


async def answer(office: Office) -> Card:
    return await office.card("Email to Ada", "answer to their reply", "Waiting for a decision")


async def test_a_question_is_answered_in_its_thread_at_once_and_the_sequence_still_waits(
    office: Office,
) -> None:
    await written_to(office)
    said = await reply(office, "What does it cost?")
    assert "taken for question" in said
    assert "Everything pending to them waits" in said
    card = await office.card("Reply from Ada")
    assert "Taken for question by rules" in card.words
    assert "A suggested answer stands in this thread" in card.words
    suggested = await answer(office)
    assert "You asked: “What does it cost?”" in suggested.words
    assert "Email, the channel of the message that they answered" in suggested.words
    assert "cannot answer their question itself" in suggested.words
    assert len(await office.mails()) == 1, "nothing leaves that nobody approved"
    await office.click(suggested, "Approve")
    first, second = await office.mails()
    assert "What does it cost?" in second.text
    assert second.header("Subject") == f"Re: {first.header('Subject')}"
    assert second.header("In-Reply-To") == first.header("Message-ID")
    assert second.at - first.at < timedelta(hours=1), "their own reply is no reason to wait for two days"
    await approve_all(office, 8)
    assert len(await office.mails()) == 2, "the sequence waits for the decision"
    await office.click(await office.card("Reply from Ada"), "Continue")
    await approve_all(office, 4)
    assert len(await office.mails()) == 3


@pytest.mark.parametrize(
    ("text", "klass", "words"),
    [
        ("Tuesday suits me, happy to talk", "interested", "You wrote “Tuesday suits me, happy to talk”"),
        ("Not now, try again in March", "not_now", "You will hear from me around March"),
        ("Please talk to Bo Ek", "referral", "Thank you for naming Bo Ek"),
        ("We are not interested", "negative", "Thank you for the plain answer"),
        ("Thanks, noted", "neutral", "Thank you for writing back"),
    ],
)
async def test_each_kind_of_reply_gets_its_own_answer(
    small_office: Office, text: str, klass: str, words: str
) -> None:
    await written_to(small_office)
    assert klass.replace("_", " ") in await reply(small_office, text)
    suggested = await answer(small_office)
    assert words in suggested.words
    assert f"answer-{klass}.en" in suggested.words


async def test_an_unclear_reply_stops_and_asks_and_a_correction_counts(small_office: Office) -> None:
    office = small_office
    await written_to(office)
    assert "unclear" in await reply(office, "Well well well.")
    card = await office.card("Reply from Ada")
    assert "Rules are not sure what it is" in card.words
    assert not await office.cards("answer to their reply")
    await office.choose(card, "Interested")
    card = await office.card("Reply from Ada")
    assert "Corrected by" in card.words
    assert "answer-interested.en" in (await answer(office)).words
    await office.choose(card, "Negative")
    assert "answer-negative.en" in (await answer(office)).words, (
        "what was written for another kind is written anew"
    )
    await office.choose(await office.card("Reply from Ada"), "Opt out")
    assert not [one for one in await office.cards("Email to Ada") if "Approve" in one.buttons]
    assert "suppression list" in (await office.card("Reply from Ada")).words
    await approve_all(office, 8)
    assert len(await office.mails()) == 1


async def test_an_opt_out_beats_everything_else_in_the_same_reply(office: Office) -> None:
    await written_to(office)
    said = await reply(office, "Sounds interesting, how much is it? Anyway, please remove me from your list.")
    assert "suppression list" in said
    assert not await office.cards("answer to their reply")
    await approve_all(office, 8)
    assert len(await office.mails()) == 1


async def test_out_of_office_resumes_on_its_date_without_a_person(small_office: Office) -> None:
    office = small_office
    await written_to(office)
    back = office.now.date() + timedelta(days=13)
    said = await reply(
        office, f"I am out of the office until {back.day} {back:%B %Y}. This is an automatic reply."
    )
    assert "waits until they are back" in said
    card = await office.card("Reply from Ada")
    assert "go on by themselves" in card.words
    assert not await office.cards("answer to their reply")
    await approve_all(office, 11)
    assert len(await office.mails()) == 1
    await approve_all(office, 6)
    second = (await office.mails())[1]
    assert second.at.date() > back


async def test_not_now_waits_for_its_day_and_the_approved_answer_leaves_all_the_same(
    small_office: Office,
) -> None:
    office = small_office
    await written_to(office)
    await reply(office, "Not now, please call me back in three weeks")
    await office.click(await office.card("Reply from Ada"), "Not now")
    day = office.now.date() + timedelta(days=21)
    assert await office.submit("olivia", day=day.isoformat()) == {}
    await office.click(await answer(office), "Approve")
    assert len(await office.mails()) == 2
    await approve_all(office, 19)
    assert len(await office.mails()) == 2
    await approve_all(office, 6)
    assert (await office.mails())[2].at.date() >= day


@pytest.mark.parametrize("button", ["Meeting booked", "Won", "Lost", "Stop"])
async def test_a_decision_that_ends_it_takes_the_answer_back_too(small_office: Office, button: str) -> None:
    office = small_office
    await written_to(office)
    await reply(office, "Tuesday suits me")
    await office.click(await office.card("Reply from Ada"), button)
    assert "nothing more goes to them" in (await office.card("Reply from Ada")).words
    await approve_all(office, 8)
    assert len(await office.mails()) == 1
    assert "Completed" in (await office.campaign_card("Spring launch")).words


async def test_a_newer_reply_takes_the_older_answer_back_even_when_it_was_approved(
    small_office: Office,
) -> None:
    office = small_office
    await office.campaign("Spring launch", ADA, "window:09:00-18:00 touches:3")
    await office.click(await office.card("Email to Ada"), "Approve")
    while not await office.mails():
        await office.advance("1h")
    await office.sleep_until(office.now.replace(hour=20, minute=0))
    await reply(office, "What does it cost?")
    await office.click(await answer(office), "Approve")
    assert len(await office.mails()) == 1, "it is night in Berlin"
    await reply(office, "Forget it, we are not interested")
    assert "They wrote again" in (await office.card("answer to their reply", "Cancelled")).words
    assert "answer-negative.en" in (await answer(office)).words
    await office.sleep_until(office.now + timedelta(days=1))
    assert len(await office.mails()) == 1


async def test_a_conflict_holds_even_an_approved_answer_until_it_is_resumed(small_office: Office) -> None:
    office = small_office
    await written_to(office)
    await reply(office, "What does it cost?")
    await office.say("amara", "#growth", "/outreach conflict ada@engines.example “Their lawyer called”")
    suggested = await answer(office)
    await office.click(suggested, "Approve")
    assert len(await office.mails()) == 1
    await office.click(await office.card("lawyer"), "Resume")
    await office.click(await office.card("Reply from Ada"), "Continue")
    await office.advance("1h")
    assert len(await office.mails()) == 2
    assert "What does it cost?" in (await office.mails())[1].text


async def test_going_on_without_the_answer_lets_the_next_touch_answer(small_office: Office) -> None:
    office = small_office
    await written_to(office)
    await reply(office, "What does it cost?")
    await office.click(await office.card("Reply from Ada"), "Continue")
    assert not [one for one in await office.cards("answer to their reply") if "Approve" in one.buttons]
    await approve_all(office, 5)
    assert "You asked: “What does it cost?”" in (await office.mails())[1].text


async def test_whom_they_point_to_is_added_by_a_person(small_office: Office) -> None:
    office = small_office
    await written_to(office)
    await reply(office, "Please talk to Bo Ek")
    card = await office.card("Reply from Ada")
    assert "They point to *Bo Ek*" in card.words
    await office.click(card, "Add as contact")
    fields = {
        block["block_id"]: block["element"].get("initial_value")
        for block in (await office.view("olivia"))["blocks"]
        if block.get("element")
    }
    assert (fields["first_name"], fields["last_name"], fields["company"]) == ("Bo", "Ek", "Engines")
    assert await office.submit("olivia", email="bo@engines.example") == {}
