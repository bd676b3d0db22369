"""Why: one press or one command explains any message, and what would have to change for one that never went."""

from __future__ import annotations

import pytest
from office import Card, Office

PEOPLE = "email,first name,company\nada@engines.example,Ada,Engines\n"


@pytest.fixture
async def approved(office: Office) -> Office:
    await office.campaign("Spring launch", PEOPLE)
    return office


async def why(office: Office, user: str = "amara") -> str:
    await office.click(await office.draft("To Ada"), "Why", user)
    return Card("growth", dict(await office.view(user))).words


async def test_a_draft_waits_for_a_person_and_every_gate_is_there(approved: Office) -> None:
    told = await why(approved)
    assert "What would have to change: A person must approve it." in told.replace("*", "")
    for gate in (
        "suppression",
        "approval",
        "placeholders",
        "identity",
        "breaker",
        "campaign",
        "frequency",
        "window",
        "cap",
    ):
        assert f"*{gate}*" in told
    assert "always; now" in told
    assert "0 sent today; no limit." in told
    assert "Why this person" in told


async def test_an_address_is_short_on_the_card_that_a_channel_reads_and_whole_for_who_asks(
    approved: Office,
) -> None:
    card = await approved.draft("To Ada")
    assert "a…@engines.example" in card.words
    assert "ada@engines.example" not in str(card.raw)
    assert "To ada@engines.example." in await why(approved)


async def test_what_is_suppressed_says_that_it_never_will(approved: Office) -> None:
    await approved.say("olivia", "#growth", "/outreach suppress ada@engines.example asked on the phone")
    told = await why(approved)
    assert "⛔ Blocks · *suppression* *(this one counts)*" in told
    assert "listed: asked on the phone" in told
    assert "write to somebody else" in told


async def test_the_command_answers_the_same_and_refuses_strangers(approved: Office) -> None:
    said = await approved.say("olivia", "#growth", "/outreach why ada@engines.example")
    assert "waiting for a decision. A person must approve it." in said
    assert "*approval*" in said
    assert "There is no message to bo@boats.example." in await approved.say(
        "olivia", "#growth", "/outreach why bo@boats.example"
    )
    assert "no longer exists" in await approved.say("olivia", "#growth", "/outreach why 99999")
    assert "Name an address" in await approved.say("olivia", "#growth", "/outreach why")


async def test_what_people_changed_is_told_word_by_word_with_their_reason(approved: Office) -> None:
    await approved.click(await approved.draft("To Ada"), "Edit", "amara")
    subject = str(
        next(block["element"]["initial_value"] for block in (await approved.view("amara"))["blocks"])
    )
    words = {
        "subject": f"{subject} <soon>",
        "body": "A text of Amara's own about booking and the routes of Engines.",
    }
    assert await approved.submit("amara", **words, why="Too <long> & stiff") == {}
    card = await approved.draft("To Ada", "revision 2")
    assert "What changed" in card.words
    assert "Why: Too &lt;long&gt; &amp; stiff" in card.words
    told = (await why(approved)).partition("*What people changed*")[2]
    assert "Revision 2, <@U0AMARA>" in told
    assert "+&lt;soon&gt;" in told
    assert "+A text of Amara's own" in told
    assert ": Too &lt;long&gt; &amp; stiff · " in told


async def test_what_was_sent_names_who_approved_which_words(approved: Office) -> None:
    await approved.click(await approved.draft("To Ada"), "Approve")
    told = await why(approved)
    assert "approved by <@U0OLIVIA>" in told
    assert "approved on <!date^" in told, "in each reader's own zone"
    assert "+00:00" not in told
    assert "What would have to change" not in told


async def test_what_left_says_that_it_had_passed_and_how_the_checks_stand_now(small_office: Office) -> None:
    office = small_office
    await office.campaign("Spring launch", PEOPLE)
    await office.click(await office.draft("Ada"), "Approve")
    await office.say("olivia", "#growth", "/outreach suppress ada@engines.example asked on the phone")
    told = await office.say("olivia", "#growth", "/outreach why 1")
    assert "is sent." in told
    assert "It passed every check when it left" in told
    assert "⛔ Blocks · *suppression*" in told
