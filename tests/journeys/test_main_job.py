"""The main job, end to end: a command, a plan, drafts, decisions, mail that arrives, and what comes back."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from office import PERSON, Card, Office

from engine import imports
from engine.context import Who
from engine.errors import Refused

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "contacts.csv"
TABLE = """email,first name,last name,company,title,time zone
ada@engines.example,Ada,Lovelace,Analytical Engines,CTO,Europe/London
bo@boats.example,Bo,Larsen,Boats & Sons,CEO,Europe/Copenhagen
cy@cloth.example,Cy,Young,Cloth Works,Buyer,Europe/Paris
"""


@pytest.fixture
def office(office_on_both: Office) -> Office:
    return office_on_both


async def test_from_the_first_command_to_a_mail_that_was_read(office: Office) -> None:
    assert "/outreach new" in await office.say("olivia", "#growth", "/outreach help")
    said = await office.say(
        "olivia",
        "#growth",
        '/outreach new "Spring launch" goal:"book demos" channels:email window:always autonomy:review '
        "touches:1",
    )
    assert said == "Created *Spring launch*. Its card follows here; add contacts, then press Plan."
    await office.drop("olivia", "#growth", "contacts.csv", SAMPLE.read_bytes())
    assert (
        "11 added · 1 duplicate · 1 invalid · 1 opted out or suppressed"
        in (await office.card("Import of contacts.csv")).words
    )
    assert "11 contacts" in (await office.campaign_card("Spring launch")).words

    await office.say("olivia", "#growth", '/outreach plan "Spring launch"')
    campaign, strategy = await office.campaign_card("Spring launch"), await office.card("Strategy for")
    assert strategy.raw["thread_ts"] == campaign.ts
    assert strategy.buttons == ["Approve", "Edit", "Reject"]
    assert not await office.cards("Email to"), "nothing is drafted before the strategy was approved"
    await office.click(strategy, "Approve")

    assert not await office.cards("Email to"), "eleven are one card"
    many = await office.card("Spring launch, touch 1", "11 drafts wait for a decision")
    assert many.raw["thread_ts"] == campaign.ts
    await office.click(many, "Open one by one")
    drafts = await office.cards("Email to")
    assert len(drafts) == 11
    assert {card.raw["thread_ts"] for card in drafts} == {campaign.ts}
    assert all(card.buttons == ["Approve", "Edit", "Reject", "Skip"] for card in drafts)
    ana = await office.draft("Ana Duarte")
    for reason in ("the only channel of the campaign", "*Decide by*", "New York", "Passed: suppression"):
        assert reason in ana.words
    assert not await office.mails()

    assert await office.click(ana, "Approve") == ""
    (mail,) = await office.mails()
    assert mail.to == "ana.duarte@brightlane.example"
    assert mail.header("List-Unsubscribe") == f"<{mail.link('/u/')}>"
    assert mail.header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    assert "Speicherstrasse 8, 20457 Hamburg" in mail.text
    assert "Speicherstrasse 8, 20457 Hamburg" in mail.html
    assert mail.text.startswith(words_on(ana)), "exactly the words that were approved"
    sent = await office.draft("Ana Duarte")
    assert "📬 *Sent*" in sent.words
    assert "*✅ Approved* by <@U0OLIVIA>" in sent.words
    assert sent.buttons == []

    await office.advance("1h")
    await office.open(mail)
    assert await office.follow(mail) == "https://harbourlight.example/demo"
    assert "What came back:* opened · clicked" in (await office.draft("Ana Duarte")).words
    assert "1 opened · 1 clicked" in (await office.campaign_card("Spring launch")).words


async def test_an_edit_is_a_new_revision_and_the_old_one_cannot_be_approved(office: Office) -> None:
    await office.campaign("Spring launch", TABLE)
    before = await office.draft("Ada Lovelace")
    await office.click(before, "Edit")
    body = (await office.view("olivia"))["blocks"][1]["element"]["initial_value"]
    assert (
        await office.submit("olivia", subject="A question", body=body.replace("Hi Ada", "Good day Ada")) == {}
    )

    after = await office.draft("Ada Lovelace")
    assert "revision 2" in after.words
    assert "*What changed*" in after.words
    assert "~Hi~ *Good day*" in after.words
    assert "edited by a person (<@U0OLIVIA>)" in after.words
    said = await office.click(before, "Approve", "amara", stale=True)
    assert said == "The words have changed since this card was drawn. Look at the new ones first."
    assert not await office.mails()

    await office.click(after, "Approve", "amara")
    (mail,) = await office.mails()
    assert mail.header("Subject") == "A question"
    assert mail.text.startswith("Good day Ada")


async def test_a_rejection_asks_why_and_offers_new_words(office: Office) -> None:
    await office.campaign("Spring launch", TABLE)
    await office.click(await office.draft("Bo Larsen"), "Reject")
    refused = await office.submit("olivia", reason="  ")
    assert list(refused) == ["reason"]
    assert await office.submit("olivia", reason="Too long, and <!channel> is no way to begin.") == {}

    rejected = await office.draft("Bo Larsen")
    assert "Rejected" in rejected.words
    assert "Reason: Too long, and &lt;!channel&gt; is no way to begin." in rejected.words
    assert rejected.buttons == ["Write again", "Undo"]
    await office.click(rejected, "Write again")
    again = await office.draft("Bo Larsen")
    assert "revision 2" in again.words
    assert again.buttons == ["Approve", "Edit", "Reject", "Skip"]
    await office.click(again, "Skip")
    assert "Skipped" in (await office.draft("Bo Larsen")).words
    assert not await office.mails()


async def test_a_modal_keeps_what_was_typed_when_a_field_is_refused(office: Office) -> None:
    await office.say("olivia", "#growth", "/outreach new")
    refused = await office.submit("olivia", name="Autumn", goal="book demos", window="soonish")
    assert list(refused) == ["window"]
    typed = (await office.view("olivia"))["state"]["values"]
    assert typed["goal"]["goal"]["value"] == "book demos"
    assert not await office.cards()
    assert await office.submit("olivia", window="10:00-16:00") == {}
    assert "book demos" in (await office.campaign_card("Autumn")).words
    await office.say("olivia", "#growth", "/outreach new")
    assert list(await office.submit("olivia", name="Autumn")) == ["name"], (
        "a second one of that name is refused"
    )


async def test_people_come_by_form_by_paste_by_file_and_by_command_line(office: Office) -> None:
    await office.say("olivia", "#growth", '/outreach new "Autumn"')
    await office.say("olivia", "#growth", "/outreach contact")
    assert list(await office.submit("olivia", first_name="Dee", email="dee@@nowhere")) == ["email"]
    assert (
        await office.submit("olivia", email="dee@dunes.example", campaign=await chosen(office, "Autumn"))
        == {}
    )
    assert "1 contact;" in (await office.campaign_card("Autumn")).words

    await office.say("olivia", "#growth", '/outreach import "Autumn"')
    assert await office.submit("olivia", text=TABLE) == {}
    assert "3 added" in (await office.card("Import of pasted text")).words
    await office.drop("amara", "#growth", "again.csv", TABLE.encode())
    assert "0 added · 3 duplicates" in (await office.card("Import of again.csv")).words

    who = Who("T0LOCAL", "import", is_admin=True)
    with SAMPLE.open("rb") as stream:
        with pytest.raises(Refused, match="Did you mean “Autumn”"):
            await imports.run_file(
                office.demo.parts.ctx, who, stream, campaign="Autum", file_name="contacts.csv"
            )
        stream.seek(0)
        tally = await imports.run_file(
            office.demo.parts.ctx, who, stream, campaign="Autumn", file_name="contacts.csv"
        )
    assert (tally.added, tally.duplicate, tally.invalid, tally.opted_out) == (11, 1, 1, 1)
    await office.settle()
    assert "15 contacts" in (await office.campaign_card("Autumn")).words


async def test_unsubscribing_is_one_click_and_looking_at_the_page_changes_nothing(office: Office) -> None:
    await office.campaign("Spring launch", TABLE)
    await office.campaign("Second", TABLE)
    await office.click(await office.draft("Ada Lovelace", "Spring launch"), "Approve")
    (mail,) = await office.mails()
    link = mail.link("/u/")

    page = await office.http.get(link, headers={"user-agent": PERSON})
    assert page.status_code == 200
    assert "ada@engines.example" in page.text
    await office.settle()
    assert "Waiting for a decision" in (await office.draft("Ada Lovelace", "Second")).words

    for _ in range(2):
        done = await office.http.post(link, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
    await office.settle()
    cancelled = await office.draft("Ada Lovelace", "Second")
    assert "suppressed: unsubscribed" in cancelled.words
    assert "Approve" not in cancelled.buttons
    assert "opted out" in (await office.draft("Ada Lovelace", "Spring launch")).words
    assert "1 opted out" in (await office.campaign_card("Spring launch")).words
    said = await office.say("olivia", "#growth", "/outreach contact ada@engines.example")
    assert "on the suppression list" in said


async def test_a_reply_holds_everything_until_a_person_decides(office: Office) -> None:
    await office.campaign("Spring launch", TABLE)
    await office.campaign("Second", TABLE)
    await office.click(await office.draft("Ada Lovelace", "Spring launch"), "Approve")
    await office.click(await office.draft("Ada Lovelace", "Second"), "Approve")
    said = await office.say(
        "amara", "#growth", "/outreach reply ada@engines.example interested “Tuesday suits me”"
    )
    assert "is recorded" in said
    reply = await office.card("Reply from Ada Lovelace")
    assert "Tuesday suits me" in reply.words
    assert "1 message to them waits for you" in reply.words
    await office.sleep_until(datetime(2026, 11, 29, 9, 0, tzinfo=UTC))
    assert len(await office.mails("ada@engines.example")) == 1

    await office.click(reply, "Continue")
    assert len(await office.mails("ada@engines.example")) == 2
    assert "1 replied" in (await office.campaign_card("Spring launch")).words


async def test_an_opt_out_in_a_reply_suppresses_at_once(office: Office) -> None:
    await office.campaign("Spring launch", TABLE)
    await office.campaign("Second", TABLE)
    await office.click(await office.draft("Bo Larsen", "Spring launch"), "Approve")
    await office.say("olivia", "#growth", "/outreach reply")
    assert (
        await office.submit(
            "olivia", contact="bo@boats.example", text="Never write to me again.", **{"class": "opt_out"}
        )
        == {}
    )
    assert "suppressed" in (await office.draft("Bo Larsen", "Second")).words
    said = await office.say("olivia", "#growth", "/outreach suppress bo@boats.example")
    assert "already" in said


async def chosen(office: Office, name: str) -> str:
    """The value of a campaign in the select of the open modal."""
    blocks = (await office.view("olivia"))["blocks"]
    options = next(block["element"]["options"] for block in blocks if block["block_id"] == "campaign")
    return next(option["value"] for option in options if option["text"]["text"] == name)


def words_on(card: Card) -> str:
    """The quoted body of a draft card as plain text."""
    quoted = next(text for text in card.words.split("\n*Subject:*")[1:] if text)
    body = quoted.partition("\n")[2]
    return re.split(r"\n[\d,]+ of [\d,]+ characters", body)[0].strip()
