"""What a mail server may say instead of yes, and what people are then shown."""

from collections.abc import AsyncIterator

import pytest
from mailserver import MailServer
from office import Office, OpenOffice

PEOPLE = "email,first name,company\nada@engines.example,Ada,Engines\nbo@boats.example,Bo,Boats\n"
Pair = tuple[Office, MailServer]


@pytest.fixture
async def pair(open_office: OpenOffice) -> AsyncIterator[Pair]:
    async with MailServer() as server, open_office(smtp_url=server.url) as office:
        yield office, server


async def test_a_dead_address_fails_is_suppressed_and_can_be_tried_again(pair: Pair) -> None:
    office, server = pair
    server.refuse["ada@engines.example"] = "550 5.1.1 no such user"
    await office.campaign("Spring launch", PEOPLE)
    await office.click(await office.draft("To Ada"), "Approve")
    failed = await office.draft("To Ada")
    assert "Failed:* The address does not exist (550 5.1.1)." in failed.words
    assert failed.buttons == ["Retry"]
    assert "1 failed" in (await office.campaign_card("Spring launch")).words
    said = await office.say("olivia", "#growth", "/outreach suppress ada@engines.example")
    assert "on the suppression list already" in said
    await office.click(failed, "Retry")
    await office.advance("5m")
    assert "suppression list (hard bounce)" in (await office.draft("To Ada")).words
    assert server.refused == ["ada@engines.example"]


async def test_a_server_that_says_not_now_is_asked_again_later(pair: Pair) -> None:
    office, server = pair
    server.refuse_once["ada@engines.example"] = "451 4.7.1 greylisted, come back"
    await office.campaign("Spring launch", PEOPLE)
    await office.click(await office.draft("To Ada"), "Approve")
    waiting = await office.draft("To Ada")
    assert "It is tried again later." in waiting.words
    assert not server.taken
    await office.advance("10m")
    assert server.taken == ["ada@engines.example"]
    assert "📬 *Sent*" in (await office.draft("To Ada")).words


async def test_a_connection_lost_after_the_mail_is_unsure_and_a_person_decides(pair: Pair) -> None:
    office, server = pair
    server.hang_up |= {"ada@engines.example", "bo@boats.example"}
    await office.campaign("Spring launch", PEOPLE)
    await office.click(await office.draft("To Ada"), "Approve")
    await office.click(await office.draft("To Bo"), "Approve")
    unsure = await office.draft("To Ada")
    assert "❓ *Unsure:*" in unsure.words
    assert unsure.buttons == ["It was sent", "Send again"]
    await office.advance("6h")
    assert sorted(server.taken) == ["ada@engines.example", "bo@boats.example"], "never retried blindly"

    await office.click(unsure, "It was sent")
    assert "Confirmed as sent* by <@U0OLIVIA>" in (await office.draft("To Ada")).words
    await office.click(await office.draft("To Bo"), "Send again", "amara")
    await office.advance("3h")
    assert server.taken.count("bo@boats.example") == 2
    assert server.taken.count("ada@engines.example") == 1
    assert "2 sent" in (await office.campaign_card("Spring launch")).words


async def test_a_server_that_is_down_rests_says_so_and_everything_leaves_once_when_it_is_back(
    pair: Pair,
) -> None:
    office, server = pair
    names = ("Ada", "Bo", "Cy", "Di", "Ed", "Flo")
    table = "email,first name,company\n" + "".join(f"{n}@{n}.example,{n},{n} Ltd\n".lower() for n in names)
    await office.campaign("Spring launch", table, "window:always cap:50")
    server.down = True
    for name in names:
        await office.click(await office.draft(f"To {name.lower()}"), "Approve")
    rests = await office.card("Email rests")
    assert "Its messages wait; none is lost" in rests.words
    assert rests.buttons == ["Try now"]
    assert not server.taken
    await office.click(rests, "Try now", "amara")
    assert "Tried by" in (await office.card("Email rests")).words
    server.down = False
    await office.click(await office.card("Email rests"), "Try now", "amara")
    works = await office.card("Email works again")
    assert works.ts == rests.ts
    assert server.taken, "one message tried it"
    await office.advance("2h")
    assert sorted(server.taken) == sorted(f"{name.lower()}@{name.lower()}.example" for name in names)
