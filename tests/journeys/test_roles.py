"""Who may do what: roles of people and user groups, four eyes, and refusals that are private and on record."""

import pytest
from office import Office
from sqlalchemy import select

from storage.tables import timeline

PEOPLE = """email,first name,last name,company,title,time zone
ada@engines.example,Ada,Lovelace,Analytical Engines,CTO,Europe/London
bo@boats.example,Bo,Larsen,Boats & Sons,CEO,Europe/Copenhagen
"""


async def refusals(office: Office) -> list[tuple[str, str]]:
    async with office.demo.parts.ctx.db.read() as conn:
        found = await conn.execute(
            select(timeline.c.actor, timeline.c.detail)
            .where(timeline.c.event == "refused")
            .order_by(timeline.c.id)
        )
        return [(row.actor, row.detail) for row in found]


async def settings(office: Office, options: str, user: str = "olivia") -> str:
    return await office.say(user, "#growth", f"/outreach settings {options}")


async def test_a_viewer_looks_and_a_click_of_theirs_changes_nothing(office: Office) -> None:
    await office.campaign("Spring launch", PEOPLE)
    card = await office.draft("Ada Lovelace")
    assert "saved" in await settings(office, "viewers:@bao")
    before = [post for post in await office.posts() if not post.get("ephemeral_for")]

    assert "Spring launch" in await office.say("bao", "#growth", "/outreach list")
    assert "You are a viewer" in await office.say("bao", "#growth", "/outreach help")
    for said in (
        await office.click(card, "Approve", "bao"),
        await office.click(await office.campaign_card("Spring launch"), "Pause", "bao"),
        await office.say("bao", "#growth", '/outreach new "Theirs"'),
        await office.say("bao", "#growth", "/outreach suppress ada@engines.example"),
        await settings(office, "members:viewer", "bao"),
    ):
        assert "You are a viewer here" in said
    await office.click(card, "Edit", "bao")
    assert await office.views("bao") == 0

    assert [post for post in await office.posts() if not post.get("ephemeral_for")] == before, (
        "told to nobody else"
    )
    assert not await office.mails()
    assert [actor for actor, _ in await refusals(office)] == ["U0BAO"] * 6
    assert "message.approve" in (await refusals(office))[0][1]


async def test_a_role_is_looked_up_at_the_click_not_when_the_form_was_opened(small_office: Office) -> None:
    await small_office.campaign("Spring launch", PEOPLE)
    await small_office.click(await small_office.draft("Ada Lovelace"), "Edit", "bao")
    await settings(small_office, "viewers:@bao")
    errors = await small_office.submit("bao", subject="Mine", body="Words that a viewer wanted to put there.")
    assert "You are a viewer here" in str(errors)
    assert "Mine" not in (await small_office.draft("Ada Lovelace")).words

    await settings(small_office, "viewers:none")
    assert (
        await small_office.submit("bao", subject="Mine", body="Words that an approver may put there now.")
        == {}
    )
    assert "Mine" in (await small_office.draft("Ada Lovelace")).words


async def test_a_user_group_decides_and_everybody_else_looks(small_office: Office) -> None:
    """Amara is in the group @leads, Bao is not; Olivia is admin and cannot be locked out."""
    await small_office.campaign("Spring launch", PEOPLE)
    assert "saved" in await settings(small_office, "approvers:@leads members:viewer viewers:@olivia")
    card = await small_office.draft("Ada Lovelace")
    assert "You are a viewer here" in await small_office.click(card, "Approve", "bao")
    assert await small_office.click(card, "Approve", "amara") == ""
    assert len(await small_office.mails()) == 1
    assert "Only an admin" in await settings(small_office, "members:approver", "amara")
    assert "saved" in await settings(small_office, "admins:@bao")
    assert "saved" in await settings(small_office, "members:approver", "bao")


async def test_the_settings_form_gives_roles_and_refuses_what_is_no_group(small_office: Office) -> None:
    await small_office.campaign("Spring launch", PEOPLE)
    await settings(small_office, "")
    refused = await small_office.submit("olivia", viewers=["U0BAO"], viewers_groups="S0NOBODY")
    assert "no user group S0NOBODY" in refused["viewers"]
    assert await small_office.submit("olivia", viewers=["U0BAO"], viewers_groups="S0LEADS") == {}
    card = await small_office.draft("Ada Lovelace")
    for user in ("bao", "amara"):
        assert "You are a viewer here" in await small_office.click(card, "Approve", user)


async def test_four_eyes_needs_somebody_else_than_who_wrote_the_words(small_office: Office) -> None:
    await small_office.campaign("Spring launch", PEOPLE)
    await settings(small_office, "four_eyes:on")
    card = await small_office.draft("Ada Lovelace")
    assert "You asked for these words" in await small_office.click(card, "Approve", "olivia")
    await small_office.click(card, "Edit", "amara")
    assert (
        await small_office.submit(
            "amara", subject="Amara's words", body="A text that Amara wrote by herself."
        )
        == {}
    )
    card = await small_office.draft("Ada Lovelace", "revision 2")
    assert "You changed these words last" in await small_office.click(card, "Approve", "amara")
    assert not await small_office.mails()
    assert await small_office.click(card, "Approve", "olivia") == ""
    (mail,) = await small_office.mails()
    assert mail.header("subject") == "Amara's words"
    assert [actor for actor, _ in await refusals(small_office)] == ["U0OLIVIA", "U0AMARA"]


@pytest.mark.parametrize(("user", "recorded"), [("gus", ["U0GUS"]), ("zoe", [])])
async def test_guests_and_strangers_get_no_role_even_when_one_is_named_for_them(
    small_office: Office, user: str, recorded: list[str]
) -> None:
    """A stranger's click names their own workspace, which has no timeline here: it is in the log alone."""
    await small_office.campaign("Spring launch", PEOPLE)
    await settings(small_office, f"admins:@{user}")
    card = await small_office.draft("Ada Lovelace")
    assert "use" in await small_office.click(card, "Approve", user)
    assert not await small_office.mails()
    assert [actor for actor, _ in await refusals(small_office)] == recorded
