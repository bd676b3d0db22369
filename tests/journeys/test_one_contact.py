"""One contact in the hands of people: the card with its score, notes, send now through every gate, pause, take over."""

from __future__ import annotations

from datetime import timedelta

from office import Office

ADA = "email,first name,company,title,industry,time zone\nada@engines.example,Ada,Engines,CEO,Logistics,Europe/Berlin\n"
SHOW = "/outreach contact ada@engines.example"


async def test_the_card_shows_facts_with_sources_the_score_and_what_comes_next(office: Office) -> None:
    await office.campaign("Spring launch", ADA, 'window:always touches:2 audience:"Logistics leaders"')
    assert "Their card follows here" in await office.say("amara", "#growth", SHOW)
    card = await office.card("Contact Ada")
    for told in ("title 25 of 25 (CEO)", "Unknown: engagement, stated budget, timeline, pain", "industry: Logistics",
                 "pasted text", "touch 1 of Spring launch", "Waiting for a decision"):  # fmt: skip
        assert told in card.words
    before = card.words.split("score ")[1].split(" ")[0]
    await office.click(card, "Note", "amara")
    assert list(await office.submit("amara", note="")) == ["note"]
    assert (
        await office.submit("amara", note="Met at the fair & <@U1>", budget="€20,000", timeline="in 3 weeks")
        == {}
    )
    card = await office.card("Contact Ada")
    assert "Met at the fair &amp; &lt;@U1&gt;" in card.markup
    assert "stated budget 8 of 10" in card.words
    assert "told to a person on 2026-11-24" in card.words
    assert int(card.words.split("score ")[1].split(" ")[0]) == int(before) + 18


async def test_score_makes_a_reply_qualified(small_office: Office) -> None:
    office = small_office
    await office.campaign("Spring launch", ADA, 'window:always audience:"Logistics leaders"')
    await office.click(await office.draft("Ada"), "Approve")
    await office.say("amara", "#growth", f"{SHOW} budget:60k timeline:now")
    assert "📬 Contacted" in (await office.card("Contact Ada")).words
    await office.say("amara", "#growth", "/outreach reply ada@engines.example interested “Gladly”")
    card = await office.card("Contact Ada")
    assert "⭐ Qualified · *82 of 100, A* · qualified" in card.words
    assert "Qualified by score: score 82" in card.words


async def test_send_now_brings_it_forward_and_no_gate_is_skipped(office: Office) -> None:
    await office.campaign("Spring launch", ADA, "window:09:00-18:00 touches:2")
    await office.say("amara", "#growth", SHOW)
    said = await office.click(await office.card("Contact Ada"), "Send now", "amara")
    assert "approve them on their card" in said
    await office.sleep_until(office.now.replace(hour=20))
    await office.click(await office.draft("Ada"), "Approve")
    said = await office.click(await office.card("Contact Ada"), "Send now", "amara")
    assert "It may leave from Wed 25 Nov 09:00 (Europe/Berlin)" in said
    assert await office.mails() == []
    await office.sleep_until(office.now + timedelta(hours=13))
    assert len(await office.mails()) == 1
    await office.click(await office.draft("touch 2"), "Approve")
    said = await office.click(await office.card("Contact Ada"), "Send now", "amara")
    assert "less than 48 hours ago" in said
    assert len(await office.mails()) == 1


async def test_what_is_scheduled_for_later_leaves_at_once(small_office: Office) -> None:
    office = small_office
    await office.campaign(
        "Slowly", ADA + "bo@boats.example,Bo,Boats,CEO,Rail,Europe/Berlin\n", "window:always cap:1"
    )
    await office.say("olivia", "#growth", "/outreach contact bo@boats.example")
    for name in ("Ada", "Bo"):
        await office.click(await office.draft(f"To {name}"), "Approve")
    assert len(await office.mails()) == 1
    assert "has sent all it may today" in await office.click(await office.card("Contact Bo"), "Send now")
    await office.say("olivia", "#growth", "/outreach cap Slowly 5")
    if len(await office.mails()) == 1:
        assert "leaves now" in await office.click(await office.card("Contact Bo"), "Send now")
    assert len(await office.mails()) == 2


async def test_a_pause_holds_everything_until_resume_and_a_reply_does_not_end_it(office: Office) -> None:
    await office.campaign("Spring launch", ADA)
    await office.say("amara", "#growth", SHOW)
    stale = await office.card("Contact Ada")
    assert "Paused" in await office.click(stale, "Pause", "amara")
    paused = await office.card("Contact Ada")
    assert "<@U0AMARA> paused everything to them" in paused.words
    assert "<@U0AMARA> paused Ada already" in await office.click(stale, "Pause", "olivia", stale=True)
    await office.click(await office.draft("To Ada"), "Approve")
    await office.sleep_until(office.now + timedelta(days=3))
    assert await office.mails() == []
    await office.say("amara", "#growth", "/outreach reply ada@engines.example question “Why?”")
    await office.click(await office.card("Reply from Ada"), "Continue")
    assert await office.mails() == []
    assert "go on" in await office.click(await office.card("Contact Ada"), "Resume", "olivia")
    assert len(await office.mails()) == 1
    assert "Resumed by <@U0OLIVIA>" in (await office.card("Contact Ada")).words


async def test_who_is_taken_over_is_written_to_by_nobody_else(small_office: Office) -> None:
    office = small_office
    await office.campaign("Spring launch", ADA, "window:always touches:3")
    await office.say("amara", "#growth", SHOW)
    await office.click(await office.card("Contact Ada"), "Take over", "amara")
    assert "Cancelled" in (await office.draft("To Ada")).words
    await office.campaign("Second", ADA)
    assert "<@U0AMARA> took them over" in (await office.card("Contact Ada")).words
    await office.sleep_until(office.now + timedelta(days=5))
    assert await office.mails() == []
    assert "may be written to again" in await office.click(
        await office.card("Contact Ada"), "Give back", "olivia"
    )
    await office.click(await office.draft("To Ada", "Second"), "Approve")
    assert len(await office.mails()) == 1
