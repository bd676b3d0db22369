"""Many drafts of a step: one card, one click for all that pass, and nothing that was not counted."""

import asyncio

import pytest
from office import Office

HEAD = "email,first name,last name,company,title,time zone\n"


def table(count: int, *, company: str = "Boats & Sons") -> str:
    return HEAD + "".join(
        f"p{n}@boats{n}.example,Pia{n},Larsen{n},{company} {n},CEO,Europe/Copenhagen\n" for n in range(count)
    )


async def test_twelve_drafts_are_one_card_and_one_click(office: Office) -> None:
    await office.campaign("Spring launch", table(12))
    assert not await office.cards("Email to"), "no flood"
    card = await office.card("Spring launch, touch 1")
    assert "12 drafts wait for a decision" in card.words
    assert card.words.count("score") >= 3
    assert card.buttons == ["Approve all 12 that pass", "Open one by one"]
    await office.click(card, "Approve all 12 that pass", "amara")
    assert len(await office.mails()) == 12
    done = await office.card("Spring launch, touch 1")
    assert "12 approved* by <@U0AMARA>" in done.words
    assert done.buttons == []
