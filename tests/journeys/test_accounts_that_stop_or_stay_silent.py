"""What ends or outlasts an account's sequence: an unsubscribe link pauses it at once; silence is answered by proposals."""

from __future__ import annotations

from datetime import timedelta

from office import Office
from test_accounts import approve_draft, opened


async def wait(office: Office, days: float) -> None:
    await office.sleep_until(office.now + timedelta(days=days))


async def test_an_unsubscribe_link_of_one_contact_pauses_the_account_before_the_next_send(
    small_office: Office,
) -> None:
    """Ada's mail program asks (RFC 8058), then Grace on the page; what is approved for somebody else does not leave."""
    office = small_office
    await opened(office)
    await office.click(await office.card("Account Acme"), "Approve all")
    for hours in ("1h", "73h", "121h"):  # each is drafted two days before its slot: days 0, 2, 5, 10
        await approve_draft(office, "Ada Byron")
        await office.advance(hours)
    await approve_draft(office, "Grace Hopper")
    assert "Scheduled" in (await office.cards("Email to", "Grace Hopper"))[-1].words
    assert [mail.to for mail in await office.mails()] == ["ada@acme.example"] * 3

    mail = (await office.mails())[-1]
    assert mail.header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    link = mail.header("List-Unsubscribe").strip("<>")
    assert (await office.http.post(link, data={"List-Unsubscribe": "One-Click"})).status_code == 200
    await office.settle()
    paused = await office.card("Paused: Acme")
    assert "*Ada Byron* opted out" in paused.words
    assert "unsubscribed" in paused.words
    assert paused.buttons == ["Resume", "Close"]
    await wait(office, 20)
    assert len(await office.mails()) == 3

    await office.click(paused, "Resume")
    await office.settle()
    decided = await office.card("Conflict: Acme")
    assert "*Ada Byron* opted out" in decided.words, "the card still says what was decided about"
    assert "Resumed: messages to people at Acme go on, decided by <@U0OLIVIA>" in decided.words
    await wait(office, 4)
    assert [mail.to for mail in await office.mails()][3:] == ["grace@acme.example"]
    page = (await office.mails())[-1].link("/u/")
    assert "grace@acme.example" in (await office.http.get(page)).text
    await office.settle()
    assert not await office.cards("Paused: Acme"), "looking at the page changes nothing"
    assert (await office.http.post(page)).status_code == 200
    await office.settle()
    assert "*Grace Hopper* opted out" in (await office.card("Paused: Acme")).words
    await wait(office, 20)
    assert len(await office.mails()) == 4


async def test_silence_is_answered_by_proposals_and_nothing_happens_without_a_press(
    small_office: Office,
) -> None:
    """One more touch, twice; after two weeks a new beginning with another angle, at most twice."""
    office = small_office
    await opened(office, "touches:1")
    await office.click(await office.card("Account Acme in “Acme”"), "Approve all")
    await approve_draft(office, "Ada Byron")
    for count in (1, 2):
        await wait(office, 6.9)
        assert len(await office.cards("is silent. Write once more?")) == count - 1
        await wait(office, 0.2)
        asked = (await office.cards("is silent. Write once more?"))[-1]
        assert asked.buttons == ["Write once more", "Leave them alone"]
        await wait(office, 30)
        assert len(await office.mails()) == count, "nobody pressed"
        await office.click(asked, "Write once more")
        assert len(await office.mails()) == count, "nobody approved"
        await office.click((await office.cards("Email to", f"touch {count + 1} of Acme"))[-1], "Approve")
        assert len(await office.mails()) == count + 1
    await wait(office, 13.9)
    assert not await office.cards("Begin again?")
    name = "Acme"
    for round_ in (1, 2):
        await wait(office, 0.2)
        again = (await office.cards("Begin again?"))[-1]
        await office.click(again, "Begin again")
        first, name = name, f"{name} – again"
        before = await office.card(f"Strategy for {first}\n")
        plan = await office.card(f"Strategy for {name}\n")
        assert angle(plan.words) != angle(before.words)
        sent = len(await office.mails())
        await office.click(plan, "Approve")
        assert len(await office.mails()) == sent, "nobody approved who is written to"
        await office.click(await office.card(f"Account Acme in “{name}”"), "Approve all")
        assert len(await office.mails()) == sent + 1, "the draft that the card showed"
        await wait(office, 7.1)
        asked = (await office.cards("is silent. Write once more?"))[-1]
        await office.click(asked, "Leave them alone")
        await wait(office, 7)
        assert len(await office.cards("Begin again?")) == min(round_ + 1, 2)
    await wait(office, 60)
    assert len(await office.cards("Begin again?")) == 2


def angle(words: str) -> str:
    """As the first line of a strategy's card says it."""
    return words.splitlines()[0].partition("): ")[2]
