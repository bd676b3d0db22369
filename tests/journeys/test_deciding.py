"""Decisions: one of two people at once, nobody from outside, nobody at all, and a campaign that decides itself."""

from datetime import UTC, datetime

import pytest
from office import Office

PEOPLE = """email,first name,last name,company,title,time zone
ada@engines.example,Ada,Lovelace,Analytical Engines,CTO,Europe/London
bo@boats.example,Bo,Larsen,Boats & Sons,CEO,Europe/Copenhagen
"""


async def test_two_approvers_at_once_give_one_decision_and_the_second_is_told(office: Office) -> None:
    await office.campaign("Spring launch", PEOPLE)
    card = await office.draft("Ada Lovelace")
    await office.at_once(card, "Approve", "olivia", "amara")
    await office.settle()
    told = {user: (await office.whispers(user))[-1:] for user in ("olivia", "amara")}
    late = [user for user, said in told.items() if said and "already approved by" in said[0]]
    assert len(late) == 1, told
    first = {"olivia": "<@U0AMARA>", "amara": "<@U0OLIVIA>"}[late[0]]
    assert first in told[late[0]][0]
    assert f"*✅ Approved* by {first}" in (await office.draft("Ada Lovelace")).words
    assert len(await office.mails()) == 1


async def test_a_double_click_changes_nothing(office: Office) -> None:
    await office.campaign("Spring launch", PEOPLE)
    await office.at_once(await office.draft("Ada Lovelace"), "Approve", "olivia", "olivia")
    await office.settle()
    assert len(await office.mails()) == 1


@pytest.mark.parametrize(
    ("user", "sentence"),
    [
        ("gus", "Guests cannot use Overture."),
        ("zoe", "Only people of the workspace that installed Overture can use it."),
    ],
)
async def test_guests_and_strangers_are_refused_privately(office: Office, user: str, sentence: str) -> None:
    await office.campaign("Spring launch", PEOPLE)
    card = await office.draft("Ada Lovelace")
    before = await office.posts()
    assert sentence in await office.click(card, "Approve", user)
    assert sentence in await office.click(await office.campaign_card("Spring launch"), "Pause", user)
    await office.click(card, "Edit", user)
    assert await office.views(user) == 0
    assert sentence in await office.say(user, "#growth", '/outreach new "Theirs"')
    public = [post for post in await office.posts() if not post.get("ephemeral_for")]
    assert public == [post for post in before if not post.get("ephemeral_for")], "nobody else sees anything"
    assert not await office.mails()
    assert "There is no campaign called" in await office.say("olivia", "#growth", '/outreach status "Theirs"')


async def test_silence_means_no_and_a_new_draft_can_be_asked_for(office: Office) -> None:
    await office.campaign("Spring launch", PEOPLE)
    await office.sleep_until(datetime(2026, 12, 1, 8, 58, tzinfo=UTC))
    assert "Approve" in (await office.draft("Ada Lovelace")).buttons
    await office.wait_until(datetime(2026, 12, 1, 9, 1, tzinfo=UTC))
    expired = await office.draft("Ada Lovelace")
    assert "Nobody decided in time, so it expired." in expired.words
    assert expired.buttons == ["Draft again"]
    assert not await office.mails()
    await office.click(expired, "Draft again")
    await office.click(await office.draft("Ada Lovelace", "revision 2"), "Approve")
    assert len(await office.mails("ada@engines.example")) == 1


async def test_undo_takes_an_approval_back_until_the_sender_has_it(office: Office) -> None:
    await office.campaign("Spring launch", PEOPLE, "window:14:00-16:00")
    await office.click(await office.draft("Ada Lovelace"), "Approve")
    approved = await office.draft("Ada Lovelace")
    assert approved.buttons == ["Undo"]
    await office.click(approved, "Undo", "amara")
    again = await office.draft("Ada Lovelace")
    assert again.buttons == ["Approve", "Edit", "Reject", "Skip"]
    assert "Taken back* by <@U0AMARA>" in again.words
    await office.wait_until(datetime(2026, 11, 24, 15, 30, tzinfo=UTC))
    assert not await office.mails()

    await office.click(again, "Approve")
    assert len(await office.mails()) == 1
    sent = await office.draft("Ada Lovelace")
    assert sent.buttons == []
    said = await office.click(approved, "Undo", stale=True)
    assert "already sent" in said


async def test_an_edit_after_the_approval_needs_a_new_one(office: Office) -> None:
    await office.campaign("Spring launch", PEOPLE, "window:14:00-16:00")
    card = await office.draft("Ada Lovelace")
    await office.click(card, "Edit", "amara")
    await office.click(card, "Approve")
    assert (
        await office.submit("amara", subject="Other words", body="Other words than those that were approved.")
        == {}
    )
    assert "revision 2" in (await office.draft("Ada Lovelace")).words
    await office.wait_until(datetime(2026, 11, 24, 15, 30, tzinfo=UTC))
    assert not await office.mails()


async def test_automatic_sends_what_has_no_findings_and_shows_the_rest(office: Office) -> None:
    table = PEOPLE.replace("time zone", "time zone,industry").replace("London", "London,Logistics")
    table = table.replace("Copenhagen", "Copenhagen,Hospitals and health care")
    await office.say(
        "olivia", "#growth", '/outreach new "Auto" goal:"book demos" window:always autonomy:auto touches:1'
    )
    await office.say("olivia", "#growth", '/outreach import "Auto"')
    assert await office.submit("olivia", text=table) == {}
    await office.say("olivia", "#growth", '/outreach plan "Auto"')
    assert not await office.mails(), "the strategy is still a person's"
    await office.click(await office.card("Strategy for Auto"), "Approve", "amara")
    (mail,) = await office.mails()
    assert mail.to == "ada@engines.example"
    (only,) = await office.cards("Email to")
    assert "Bo Larsen" in only.words
    assert "A person decides: health is a sensitive industry." in only.words
    assert "1 to decide · 1 sent" in (await office.campaign_card("Auto")).words
