"""A number that nobody put on record: marked on the card, left out of what goes by itself, struck by one press."""

from __future__ import annotations

import re

from office import Card, Office

ADA = (
    "email,first name,company,title,industry,time zone\n"
    "ada@engines.example,Ada,Engines,COO,logistics,Europe/Berlin\n"
)
PLANTED = "Last year you raised $7 million."


async def planted(office: Office) -> Card:
    await office.campaign("Spring launch", ADA)
    card = await office.card("Email to Ada")
    assert "No source" not in card.words
    assert "Sources:\n“" in card.words
    assert "you work as COO in logistics" in card.words
    assert "← industry (pasted text), title" in card.words
    await office.click(card, "Edit")
    view = await office.view("olivia")
    body = next(block["element"]["initial_value"] for block in view["blocks"] if block["block_id"] == "body")
    opening, rest = body.split("\n\n", 1)
    assert await office.submit("olivia", body=f"{opening}\n\n{PLANTED} {rest}") == {}
    return await office.card("Email to Ada")


async def test_a_planted_number_is_marked_and_one_press_strikes_its_sentence(office: Office) -> None:
    marked = await planted(office)
    assert "No source:* “Last year you raised $7 million.”" in marked.words
    assert "“$7 million” stands in no fact on record" in marked.words
    assert "−10" in marked.words
    before = int(re.findall(r"Score (\d+) of 100", marked.words)[0])
    await office.click(marked, "Strike")
    struck = await office.card("Email to Ada")
    assert "revision 3" in struck.words
    assert "No source" not in struck.words
    assert int(re.findall(r"Score (\d+) of 100", struck.words)[0]) == before + 10
    await office.click(struck, "Approve")
    (mail,) = await office.mails()
    assert "million" not in mail.text
    assert "Would" in mail.text or "?" in mail.text


async def test_a_press_on_words_that_changed_strikes_nothing(small_office: Office) -> None:
    office = small_office
    marked = await planted(office)
    await office.click(marked, "Strike")
    told = await office.click(marked, "Strike", "amara", stale=True)
    assert "words have changed" in told
    assert "revision 3" in (await office.card("Email to Ada")).words
