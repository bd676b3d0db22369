"""Many drafts of a step: one card, one click for all that pass, and nothing that was not counted."""

from __future__ import annotations

import asyncio

from office import Card, Office

HEAD = "email,first name,last name,company,title,time zone\n"
STEP = "Spring launch, touch 1"


def table(count: int) -> str:
    return HEAD + "".join(
        f"p{n}@boats{n}.example,Pia{n},Larsen{n},Boats and Sons {n},CEO,Europe/Copenhagen\n"
        for n in range(count)
    )


async def approve_button(office: Office, fragment: str = STEP) -> tuple[Card, str]:
    card = await office.card(fragment)
    return card, card.buttons[0]


async def test_twelve_drafts_are_one_card_and_one_click(office: Office) -> None:
    await office.campaign("Spring launch", table(12))
    assert not await office.cards("Email to"), "no flood"
    card = await office.card(STEP, "12 drafts wait for a decision")
    assert card.words.count("(score") == 3
    assert card.buttons == ["Approve all 12 that pass", "Open one by one"]
    await office.at_once(card, "Approve all 12 that pass", "amara", "bao", "amara")
    await office.settle()
    assert len(await office.mails()) == 12, "one decision, each mail once"
    done = await office.card(STEP)
    assert "12 approved* by <@U0" in done.words
    assert done.buttons == [], "what was sent cannot be taken back"
    told = [*await office.whispers("amara"), *await office.whispers("bao")]
    assert len(told) == 2, "the two that came later were told who was first"
    assert all("has already approved these" in line for line in told)


async def test_ten_drafts_are_ten_cards(small_office: Office) -> None:
    await small_office.campaign("Spring launch", table(10))
    assert len(await small_office.cards("Email to")) == 10
    assert not await small_office.cards(STEP)


async def test_what_has_a_finding_or_a_block_is_left_out_and_named(small_office: Office) -> None:
    await small_office.say("olivia", "#growth", "/outreach settings bulk_over:3")
    await small_office.campaign("Spring launch", table(6))
    await small_office.click(await small_office.card(STEP), "Open one by one")
    spoiled = await small_office.draft("Pia0 Larsen0")
    await small_office.click(spoiled, "Edit", "amara")
    assert await small_office.submit("amara", subject="hi", body="BUY NOW!!! Guaranteed. Act now!!!") == {}
    await small_office.say("olivia", "#growth", "/outreach suppress p1@boats1.example")

    card, label = await approve_button(small_office)
    assert label == "Approve all 4 that pass"
    left = card.words.partition("Left out, to decide one by one")[2]
    assert "Pia0 Larsen0: " in left
    await small_office.click(card, label)
    sent = {mail.to for mail in await small_office.mails()}
    assert sent == {f"p{n}@boats{n}.example" for n in range(2, 6)}
    assert (await small_office.card(STEP)).buttons == ["Open one by one"]


async def test_what_was_rejected_and_written_again_or_edited_is_decided_alone(small_office: Office) -> None:
    """The next press on Approve all must send nothing that a person found wanting and nobody has read since."""
    await small_office.say("olivia", "#growth", "/outreach settings bulk_over:3")
    await small_office.campaign("Spring launch", table(6))
    await small_office.click(await small_office.card(STEP), "Open one by one")
    await small_office.click(await small_office.draft("Pia0 Larsen0"), "Reject", "amara")
    assert "Press Write again" in str((await small_office.view("amara"))["blocks"])
    assert await small_office.submit("amara", reason="too long, she reads French, half as long") == {}
    await small_office.click(await small_office.draft("Pia0 Larsen0"), "Write again", "amara")
    again = await small_office.draft("Pia0 Larsen0", "revision 2")
    assert "Bonjour," in again.body
    assert "which followed this of your reason: in French." in again.words
    await small_office.click(await small_office.draft("Pia1 Larsen1"), "Edit", "amara")
    body = (
        "Dear Pia, we looked at how Boats and Sons plans its routes. Would a short call on Tuesday suit you?"
    )
    assert await small_office.submit("amara", subject="Your routes in Denmark", body=body) == {}

    card, label = await approve_button(small_office)
    assert label == "Approve all 4 that pass"
    left = card.words.partition("Left out, to decide one by one")[2]
    assert "Pia0 Larsen0: Written again after a rejection." in left
    assert "Pia1 Larsen1: " in left
    await small_office.click(card, label)
    assert {mail.to for mail in await small_office.mails()} == {f"p{n}@boats{n}.example" for n in range(2, 6)}
    await small_office.click(again, "Approve", "bao")
    assert "p0@boats0.example" in {mail.to for mail in await small_office.mails()}


async def test_words_that_changed_after_the_count_are_not_covered(office: Office) -> None:
    """Amara has the form open, saves between the count and the click, and the click is on the old card."""
    await office.say("olivia", "#growth", "/outreach settings bulk_over:3")
    await office.campaign("Spring launch", table(6), "window:14:00-16:00")
    await office.click(await office.card(STEP), "Open one by one")
    old, label = await approve_button(office)
    await office.click(await office.draft("Pia0 Larsen0"), "Edit", "amara")
    body = (
        "Dear Pia, we looked at how Boats and Sons plans its routes. Would a short call on Tuesday suit you?"
    )
    await office.submit("amara", subject="Your routes in Denmark", body=body, why="More about them")
    edited = await office.draft("Pia0 Larsen0", "revision 2")
    assert "Why: More about them" in edited.words

    await office.click(old, label, "bao", stale=True)
    done = await office.card(STEP)
    assert "5 approved* by <@U0BAO>" in done.words
    assert "1 draft changed after the count: not covered." in done.words
    assert "Approve" in (await office.draft("Pia0 Larsen0")).buttons
    await office.wait_until(office.now.replace(hour=15, minute=30))
    assert "p0@boats0.example" not in {mail.to for mail in await office.mails()}
    assert len(await office.mails()) == 5


async def test_above_fifty_a_few_random_ones_are_opened_first_and_the_server_knows(
    small_office: Office,
) -> None:
    await small_office.say("olivia", "#growth", "/outreach settings look_over:11")
    await small_office.campaign("Spring launch", table(12))
    card, label = await approve_button(small_office)
    assert "3 random ones are opened first" in card.words

    await small_office.click(card, label, "amara")
    view = await small_office.view("amara")
    assert view["title"]["text"] == "Look at these"
    assert not await small_office.mails(), "looking approves nothing"
    again = [block for block in view["blocks"] if block["type"] == "rich_text"]
    await small_office.click(card, label, "amara")
    assert [b for b in (await small_office.view("amara"))["blocks"] if b["type"] == "rich_text"] == again, (
        "no second draw"
    )

    await small_office.submit("amara")
    assert len(await small_office.mails()) == 12
    assert "12 approved* by <@U0AMARA>" in (await small_office.card(STEP)).words


async def test_two_people_who_looked_give_one_decision(office: Office) -> None:
    await office.say("olivia", "#growth", "/outreach settings look_over:11")
    await office.campaign("Spring launch", table(12))
    card, label = await approve_button(office)
    for user in ("amara", "bao"):
        await office.click(card, label, user)
    await asyncio.gather(*(office.submit(user) for user in ("amara", "bao")))
    await office.settle()
    assert len(await office.mails()) == 12
    told = [*await office.whispers("amara"), *await office.whispers("bao")]
    assert len([line for line in told if "has already approved these" in line]) == 1


async def test_one_by_one_brings_cards_and_what_is_decided_there_leaves_the_count(
    small_office: Office,
) -> None:
    await small_office.campaign("Spring launch", table(25))
    card = await small_office.card(STEP)
    assert "20 cards follow in the thread. Press again for the next of 5." in await small_office.click(
        card, "Open one by one"
    )
    assert "5 cards follow in the thread." in await small_office.click(card, "Open one by one")
    assert len(await small_office.cards("Email to")) == 25
    await small_office.click(await small_office.draft("Pia0 Larsen0"), "Skip")
    card, label = await approve_button(small_office)
    assert label == "Approve all 24 that pass"
    await small_office.click(card, label)
    assert len(await small_office.mails()) == 24


async def test_four_eyes_and_viewers_hold_for_many_at_once_too(small_office: Office) -> None:
    await small_office.campaign("Spring launch", table(12))
    await small_office.say("olivia", "#growth", "/outreach settings four_eyes:on viewers:@bao")
    card, label = await approve_button(small_office)
    assert "You asked for these words" in await small_office.click(card, label, "olivia")
    assert "You are a viewer here" in await small_office.click(card, label, "bao")
    assert not await small_office.mails()
    await small_office.click(card, label, "amara")
    assert len(await small_office.mails()) == 12


async def test_an_approval_of_many_is_taken_back_one_by_one_or_all_at_once(small_office: Office) -> None:
    office = small_office
    await office.campaign("Spring launch", table(12), "window:14:00-16:00")
    await office.click(await office.card(STEP), "Open one by one")
    await office.click(await office.card(STEP), "Approve all 12 that pass")
    await office.click(await office.draft("Pia3 Larsen3"), "Undo", "amara")
    card, label = await approve_button(office)
    assert label == "Approve all 1 that pass"
    assert await office.click(card, "Undo all 11", "amara") == ""
    again = await office.card(STEP, "Taken back* by <@U0AMARA>")
    assert again.buttons == ["Approve all 12 that pass", "Open one by one"]
    assert "Nothing of it" in await office.click(card, "Undo all 11", "bao", stale=True)
    await office.click(again, "Approve all 12 that pass", "bao")
    await office.wait_until(office.now.replace(hour=15, minute=30))
    assert len(await office.mails()) == 12
    assert (await office.card(STEP)).buttons == []
