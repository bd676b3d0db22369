"""Lists for a campaign: a table dropped where several live asks with a menu, an empty campaign's card opens the form."""

from __future__ import annotations

from dataclasses import replace

import pytest
from desk import Desk, Mail, Port
from sqlalchemy import func, select

from engine.context import Context, Who
from handlers.actions import Button
from handlers.request import NOTHING, SlackFile
from storage import views
from storage.tables import campaigns, imports


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What handlers say does not depend on the database."""
    return sqlite_url


@pytest.fixture
def desk(ctx: Context, olivia: Who) -> Desk:
    port = Port(
        files={
            "F1": SlackFile("F1", "leads.csv", "text/csv", 90, "https://files.slack.com/f1", "U1OLIVIA"),
            "F2": SlackFile("F2", "theirs.csv", "text/csv", 90, "https://files.slack.com/f2", "U2AMARA"),
        }
    )
    return Desk(replace(ctx, channels={"email": Mail()}), olivia, port)


async def test_of_several_campaigns_who_dropped_the_file_chooses_one_and_it_is_imported_once(
    desk: Desk,
) -> None:
    await desk.say('new "Launch"')
    await desk.say('new "Autumn"')
    asked = await desk.happen("file_shared", file_id="F1")
    assert "Several campaigns live in this channel. Into which one does *leads.csv* go?" in asked.text
    assert "file:" not in asked.text
    menu = asked.shown[1]["elements"][0]
    choices = {one["text"]["text"]: one["value"] for one in menu["options"]}
    assert set(choices) == {"Launch", "Autumn"}
    for _ in range(2):
        said = await desk.press(menu["action_id"], choices["Autumn"])
        assert "The import into *Autumn* has begun" in said.text
    async with desk.ctx.db.read() as conn:
        assert (await views.load(conn, "T1", "import", 1)).campaign == "Autumn"
        assert await conn.scalar(select(func.count()).select_from(imports)) == 1


@pytest.mark.parametrize("value", ["1.0", "1.0:", "1.0:F9", "1.0:F2", "1.0:../f1", "7.0:F1", "x:F1"])
async def test_a_forged_choice_imports_nothing(desk: Desk, value: str) -> None:
    await desk.say('new "Launch"')
    said = await desk.press(Button.IMPORT_INTO, value)
    assert said.text
    assert "has begun" not in said.text
    async with desk.ctx.db.read() as conn:
        assert await conn.scalar(select(func.count()).select_from(imports)) == 0


async def test_an_empty_campaigns_card_opens_the_form_with_its_name(desk: Desk) -> None:
    await desk.say('new "Launch"')
    assert await desk.press(Button.CAMPAIGN_IMPORT, "1.0") == NOTHING
    (form,) = desk.port.opened
    fields = {block.get("block_id"): block.get("element", {}) for block in form["blocks"]}
    assert fields["campaign"]["initial_value"] == "Launch"
    assert "no longer exists" in (await desk.press(Button.CAMPAIGN_IMPORT, "99.0")).text


@pytest.mark.parametrize(
    ("typed", "campaign"),
    [
        ('import "Launch"\nemail,first name\nada@example.com,Ada\nbo@example.com,"Ek, Bo"', "Launch"),
        ("import Launch\r\nemail;first name\r\nada@example.com;Ada\r\nbo@example.com;Bo", "Launch"),
        (
            'import campaign:"Winter" --create\nemail,notes: ours\nada@example.com,x\nbo@example.com,y',
            "Winter",
        ),
        ("import\nemail,first name\nada@example.com,Ada\nbo@example.com,Bo", ""),
    ],
)
async def test_lines_below_the_command_are_the_table(desk: Desk, typed: str, campaign: str) -> None:
    await desk.say('new "Launch"')
    assert "The import has begun" in (await desk.say(typed)).text
    assert not desk.port.opened
    async with desk.ctx.db.read() as conn:
        found = await views.load(conn, "T1", "import", 1)
        text = await conn.scalar(select(imports.c.file))
    assert found.campaign == campaign
    assert text.count(b"@example.com") == 2
    assert text.startswith(b"email")


async def test_words_that_are_no_list_of_people_make_no_campaign(desk: Desk) -> None:
    said = await desk.say('import "Winter" --create\nfirst name,town\nAda,London')
    assert said.text
    async with desk.ctx.db.read() as conn:
        for table in (imports, campaigns):
            assert await conn.scalar(select(func.count()).select_from(table)) == 0


async def test_an_unknown_campaign_is_refused_before_anything_is_read(desk: Desk) -> None:
    await desk.say('new "Launch"')
    said = await desk.say('import "Lunch"\nemail\nada@example.com')
    assert "Lunch" in said.text
    async with desk.ctx.db.read() as conn:
        assert await conn.scalar(select(func.count()).select_from(imports)) == 0
