"""Adding a contact and suppressing an address, as a person asks for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from engine import contacts
from engine.contacts import NewContact
from engine.context import Context, Who
from engine.errors import Refused
from storage import contacts as rows
from storage import facts, messages, workspaces
from storage.db import Database
from storage.lifecycle import State
from storage.model import channels
from storage.tables import accounts
from storage.tables import messages as message_table

ANA = NewContact(
    email="Ana@Brightlane.example", first_name="Ana", company="Brightlane Inc.", country="Germany"
)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "ana at acme"),
        ("email", "postmaster@acme.example"),
        ("phone", "4.41E+11"),
        ("linkedin_url", "https://example.com/ana"),
        ("x_handle", "much too long a handle"),
        ("instagram", "a..b"),
        ("messenger_id", "two words"),
        ("whatsapp", "12"),
        ("country", "Atlantis"),
        ("locale", "klingon-please"),
        ("zone", "Mars/Olympus"),
    ],
)
async def test_an_unusable_field_is_refused_beside_it_and_nothing_is_stored(
    ctx: Context, olivia: Who, field: str, value: str
) -> None:
    with pytest.raises(Refused) as refused:
        await contacts.add(ctx, olivia, NewContact(**{"email": "ana@acme.example", field: value}))
    assert refused.value.field == field
    async with ctx.db.read() as conn:
        assert await rows.by_key(conn, olivia.workspace_id, "ana@acme.example") is None


async def test_somebody_without_any_address_is_refused(ctx: Context, olivia: Who) -> None:
    with pytest.raises(Refused, match="no address"):
        await contacts.add(ctx, olivia, NewContact(first_name="Ana", company="Acme"))


async def test_adding_twice_fills_gaps_and_overwrites_nothing(ctx: Context, olivia: Who) -> None:
    first = await contacts.add(ctx, olivia, ANA)
    more = NewContact(email="ana@brightlane.example", first_name="Anna", title="CEO", zone="europe/berlin")
    again = await contacts.add(ctx, olivia, more)
    async with ctx.db.read() as conn:
        found = await rows.get(conn, olivia.workspace_id, first.contact_id)
    assert (first.was_new, again.was_new, again.contact_id) == (True, False, first.contact_id)
    assert found is not None
    assert (found.first_name, found.title, found.country) == ("Ana", "CEO", "DE")
    assert (found.zones, found.zone_from) == (("Europe/Berlin",), "contact")


@pytest.mark.parametrize(
    ("given", "zones", "told_by"),
    [
        ({"zone": "Asia/Tokyo", "phone": "+44 20 7946 0018"}, ("Asia/Tokyo",), "contact"),
        ({"phone": "+44 20 7946 0018"}, ("Europe/London",), "phone"),
        ({}, (), ""),
    ],
)
async def test_the_zone_names_what_told_us(
    ctx: Context, olivia: Who, given: dict[str, str], zones: tuple[str, ...], told_by: str
) -> None:
    added = await contacts.add(ctx, olivia, NewContact(email="ana@acme.example", **given))
    async with ctx.db.read() as conn:
        found = await rows.get(conn, olivia.workspace_id, added.contact_id)
    assert found is not None
    assert (found.zones, found.zone_from) == (zones, told_by)


async def test_free_mail_makes_no_account(ctx: Context, olivia: Who) -> None:
    private = await contacts.add(ctx, olivia, NewContact(email="ana@gmail.com"))
    at_work = await contacts.add(ctx, olivia, NewContact(email="ana@brightlane.example"))
    async with ctx.db.read() as conn:
        accounts = [
            found.account_id
            for added in (private, at_work)
            if (found := await rows.get(conn, "T1", added.contact_id)) is not None
        ]
    assert accounts[0] is None
    assert accounts[1] is not None


async def test_suppressing_cancels_everything_pending_to_every_contact_of_the_mailbox(
    ctx: Context, olivia: Who
) -> None:
    plain = await contacts.add(ctx, olivia, NewContact(email="ana@gmail.com"))
    tagged = await contacts.add(ctx, olivia, NewContact(email="a.na+work@gmail.com"))
    other = await contacts.add(ctx, olivia, NewContact(email="ben@gmail.com"))
    people = [plain.contact_id, tagged.contact_id, other.contact_id]
    ids = await _messages(ctx.db, people)
    said = await contacts.suppress(ctx, olivia, "A.N.A@gmail.com", "asked on the phone")
    async with ctx.db.read() as conn:
        found = await conn.execute(
            select(message_table.c.id, message_table.c.state, message_table.c.note).order_by(
                message_table.c.id
            )
        )
        states = {row.id: (row.state, row.note) for row in found}
    gone = ("cancelled", "suppressed: asked on the phone")
    assert states == {ids[0]: gone, ids[1]: gone, ids[2]: ("drafted", "")}
    assert said.endswith("2 pending messages cancelled.")
    with pytest.raises(Refused, match="suppression list"):
        await contacts.add(ctx, olivia, NewContact(email="an.a@googlemail.com"))


async def _messages(db: Database, people: list[int]) -> list[int]:
    now = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    async with db.begin() as conn:
        brand = await workspaces.default_brand(conn, "T1")
        assert brand is not None
        new = [
            {
                "workspace_id": "T1", "brand_id": brand.id, "contact_id": person, "channel": "email",
                "fallbacks": (), "options": {}, "state": State.DRAFTED, "dedupe_key": f"k{person}",
                "created_at": now,
            }
            for person in people
        ]  # fmt: skip
        return await messages.add(conn, new, actor="test", now=now)


@pytest.mark.parametrize(
    ("dead", "said", "channel"),
    [
        (facts.DEAD_MAILBOX, contacts.OPTED_OUT, "linkedin_dm"),
        (facts.DEAD_MAILBOX, contacts.OPT_OUT, "email"),
        (facts.DEAD_NUMBER, facts.STOPPED, "sms"),
    ],
)
async def test_a_no_counts_on_every_channel_although_an_address_was_dead_before(
    ctx: Context, olivia: Who, dead: str, said: str, channel: str
) -> None:
    email = "ana@acme.example" if dead == facts.DEAD_MAILBOX else ""
    new = NewContact(email=email, phone="+49 30 901820", linkedin_url="https://www.linkedin.com/in/ana")
    ana = (await contacts.add(ctx, olivia, new)).contact_id
    async with ctx.db.begin() as conn:
        await contacts.block(conn, "T1", [email or "+4930901820"], cause=dead, by="deliver", now=ctx.now())
        before = (await facts.suppressed(conn, [ana]))[ana]
        await contacts.opt_out(conn, "T1", ana, cause=said, by="recipient", now=ctx.now(), channel=channel)
        after = (await facts.suppressed(conn, [ana]))[ana]
    assert "linkedin_dm" not in before
    assert after == dict.fromkeys(channels.to_people(), said)


@pytest.mark.parametrize(
    "typed", [facts.DEAD_NUMBER, facts.STOPPED_NUMBER, facts.DEAD_MAILBOX, facts.STOPPED]
)
async def test_whatever_reason_a_person_types_what_they_suppress_gets_nothing(
    ctx: Context, olivia: Who, typed: str
) -> None:
    ana = (await contacts.add(ctx, olivia, ANA)).contact_id
    await contacts.suppress(ctx, olivia, ANA.email, typed)
    async with ctx.db.read() as conn:
        (told,) = set((await facts.suppressed(conn, [ana]))[ana].values())
    assert told.startswith("asked: ")


async def test_what_a_person_types_anew_replaces_what_was_known_and_what_they_leave_out_stays(
    ctx: Context, olivia: Who
) -> None:
    known = replace(ANA, title="CFO", zone="Europe/Berlin", phone="+49 30 901820")
    first = await contacts.add(ctx, olivia, known)
    typed = NewContact(email="ana@brightlane.example", title="CEO", zone="Asia/Tokyo", company="Zeta Works")
    again = await contacts.add(ctx, olivia, typed, correct=True)
    assert (again.contact_id, again.changed) == (first.contact_id, ("company", "title", "zone"))
    async with ctx.db.read() as conn:
        found = await rows.get(conn, olivia.workspace_id, first.contact_id)
        (name,) = (await conn.execute(select(accounts.c.name).where(accounts.c.id == found.account_id))).one()
    assert (found.first_name, found.title, found.phone) == ("Ana", "CEO", "+4930901820")
    assert (found.zones, found.zone_from, name) == (("Asia/Tokyo",), "contact", "Zeta Works")
    assert (await contacts.add(ctx, olivia, typed, correct=True)).changed == ()


async def test_a_new_number_brings_its_zone_unless_one_was_said(ctx: Context, olivia: Who) -> None:
    for email, zone, expected in (
        ("ana@a.example", "", ("Europe/London",)),
        ("bo@b.example", "Asia/Tokyo", ("Asia/Tokyo",)),
    ):
        await contacts.add(ctx, olivia, NewContact(email=email, zone=zone, phone="+49 30 901820"))
        new = NewContact(email=email, phone="+44 20 7946 0018")
        added = await contacts.add(ctx, olivia, new, correct=True)
        async with ctx.db.read() as conn:
            found = await rows.get(conn, olivia.workspace_id, added.contact_id)
        assert (found.phone, found.zones) == ("+442079460018", expected)
