"""What is known of a contact is put right on their card: the form begins with it, and what is left empty stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from desk import Desk, Mail, Port

from engine.context import Context, Who
from handlers.actions import Button
from storage import contacts

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What handlers say does not depend on the database."""


@pytest.fixture
async def desk(ctx: Context, olivia: Who) -> Desk:
    made = Desk(replace(ctx, channels={"email": Mail()}), olivia, Port())
    await made.say("contact ada@example.com Ada Byron title:Clerk company:Engines phone:+4930901820")
    return made


async def test_the_form_begins_with_what_is_known_and_names_what_changed(desk: Desk) -> None:
    await desk.press(Button.CONTACT_EDIT, "1.0")
    form = desk.port.opened[-1]
    fields = {block["block_id"]: block["element"] for block in form["blocks"] if block["type"] == "input"}
    assert "email" not in fields
    assert fields["title"]["initial_value"] == "Clerk"
    assert "initial_value" not in fields["zone"], "a zone that the number told is nobody's word"
    said = await desk.submit(form, first_name="Ada", title="CTO", zone="europe/berlin", phone="")
    assert said.text == "*Ada Byron*: changed: title, time zone."
    async with desk.ctx.db.read() as conn:
        found = await contacts.get(conn, "T1", 1)
    assert found is not None
    assert (found.title, found.phone, found.zones) == ("CTO", "+4930901820", ("Europe/Berlin",))
    assert (found.zone_from, found.email) == ("contact", "ada@example.com")


async def test_what_cannot_be_used_is_refused_beside_its_field(desk: Desk) -> None:
    await desk.press(Button.CONTACT_EDIT, "1.0")
    said = await desk.submit(desk.port.opened[-1], title="CTO", zone="Mars/Olympus")
    assert list(said.errors) == ["zone"]


async def test_a_form_that_somebody_overtook_changes_nothing(desk: Desk) -> None:
    await desk.press(Button.CONTACT_EDIT, "1.0")
    late = desk.port.opened[-1]
    assert "changed: title" in (await desk.say("contact ada@example.com title:CEO")).text
    said = await desk.submit(late, title="Clerk", last_name="King")
    assert "Somebody changed what is known of Ada Byron" in said.errors["first_name"]
    async with desk.ctx.db.read() as conn:
        found = await contacts.get(conn, "T1", 1)
    assert found is not None
    assert (found.title, found.last_name) == ("CEO", "Byron")
