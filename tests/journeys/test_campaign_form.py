"""Everything a campaign can be asked for in its form, and who paused, resumed and cancelled it, by command and by button."""

from __future__ import annotations

from office import Office

ADA = "email,first name,company\nada@engines.example,Ada,Engines\n"


async def test_the_form_asks_for_everything_and_the_card_shows_it(small_office: Office) -> None:
    office = small_office
    await office.say("olivia", "#growth", "/outreach new")
    asked = {
        block["block_id"] for block in (await office.view("olivia"))["blocks"] if block["type"] == "input"
    }
    assert asked >= {
        "name", "goal", "audience", "offer", "must_say", "must_not_say", "channels", "tone", "language", "sender",
        "starts_at", "ends_at", "autonomy",
    }  # fmt: skip
    wrong = await office.submit("olivia", name="Spring", sender="Amara <amara@nowhere>")
    assert list(wrong) == ["sender"]
    assert list(
        await office.submit("olivia", name="Spring", sender="", starts_at="2026-12-24", ends_at="2026-12-20")
    ) == ["ends_at"]
    filled = {"goal": "book demos", "audience": "Rail", "sender": "Amara Okafor <amara@acme.example>", "window": "always",
              "must_say": "We ship to Norway", "touches": "1", "starts_at": "", "ends_at": "2027-12-20"}  # fmt: skip
    assert await office.submit("olivia", name="Spring", **filled) == {}
    card = await office.campaign_card("Spring")
    assert "Amara Okafor, replies to amara@acme.example" in card.words
    assert "until <!date" in card.words
    await office.say("olivia", "#growth", '/outreach import "Spring"')
    assert await office.submit("olivia", text=ADA) == {}
    await office.say("olivia", "#growth", '/outreach plan "Spring"')
    await office.click(await office.card("Strategy for Spring"), "Approve")
    draft = await office.draft("To Ada")
    assert "Amara" in draft.words, "it is signed with the name of the sender"
    await office.click(draft, "Approve")
    (mail,) = await office.mails()
    assert mail.header("From").startswith("Amara Okafor <")
    assert mail.header("Reply-To") == "amara@acme.example"


async def test_each_of_pause_resume_and_cancel_names_who_did_it(small_office: Office) -> None:
    office = small_office
    await office.campaign("Spring", ADA)
    assert "Paused" in await office.say("amara", "#growth", "/outreach pause Spring")
    assert "Paused by <@U0AMARA>" in (await office.campaign_card("Spring")).words
    assert "only an active campaign" in await office.say("olivia", "#growth", "/outreach pause Spring")
    await office.click(await office.campaign_card("Spring"), "Resume", "olivia")
    assert "Resumed by <@U0OLIVIA>" in (await office.campaign_card("Spring")).words
    await office.click(await office.campaign_card("Spring"), "Pause", "olivia")
    assert "Resumed" in await office.say("amara", "#growth", '/outreach resume "spring"')
    asked = await office.say("amara", "#growth", "/outreach cancel Spring")
    assert "this is final" in asked
    assert "🟢 Active" in (await office.campaign_card("Spring")).words, "the command only asks"
    await office.click(await office.campaign_card("Spring"), "Cancel", "amara")
    card = await office.campaign_card("Spring")
    assert "Cancelled by <@U0AMARA>" in card.words
    assert card.buttons == []
    assert "already cancelled" in await office.say("olivia", "#growth", "/outreach cancel Spring")
    assert "· Cancelled ·" in await office.say("olivia", "#growth", "/outreach list")
