"""/outreach rehearse: a card with days, a picture and a table, and afterwards what really came beside it."""

from __future__ import annotations

from office import Office

PEOPLE = "\n".join(
    ["email,first name,zone", *(f"p{n}@acme{n}.example,Pia{n},Europe/Berlin" for n in range(6))]
)


async def test_a_person_rehearses_then_sees_how_it_came(small_office: Office) -> None:
    office = small_office
    await office.say("olivia", "#growth", "/outreach settings email_cap:20 email_warm_up:4+4")
    await office.campaign("Spring", PEOPLE, "touches:2 autonomy:auto")
    answer = await office.say("olivia", "#growth", '/outreach rehearse "Spring" 5d')
    assert "5 days of *Spring*" in answer
    card = await office.card("Rehearsal of Spring")
    assert "8 messages to 6 people" in card.words, "four of the twelve left at once"
    assert "What stands in the way" in card.words
    assert "2 × Waits until" in card.words
    assert len(await office.mails()) == 4, "a rehearsal sends nothing"
    names = {
        file["name"].partition("-")[0] + "." + file["name"].rpartition(".")[2] for file in await files(office)
    }
    assert {"rehearsal.png", "rehearsal.csv"} <= names
    await office.advance("5d")
    await office.click(await office.card("Rehearsal of Spring"), "Compare")
    compared = await office.card("Rehearsal of Spring", "Compared up to")
    assert "8 as planned" in compared.words
    assert "really 4" in compared.words
    assert len(await office.mails()) == 12


async def files(office: Office) -> list[dict[str, str]]:
    return [file for post in await office.posts() for file in post.get("files") or []]
