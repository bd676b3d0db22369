"""Two records of one person become one: history and suppression are kept, nothing goes out twice or unapproved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import seeding
from sqlalchemy import select

from engine import addressees, contacts, merging, one_contact, replies
from engine.contacts import NewContact
from engine.context import Context, Who
from engine.errors import Refused
from storage import contacts as rows
from storage import facts, views
from storage import messages as message_rows
from storage.lifecycle import State
from storage.model import ContactStatus, ReplyClass, channels
from storage.tables import enrolments, messages

ADA = NewContact(email="ada@engines.example", first_name="Ada", facts={"industry": "Rail"})
TWIN = NewContact(email="a.lovelace@mail.example", first_name="A.", title="CEO", phone="+4930901820",
                  facts={"industry": "Ships", "city": "Berlin"})  # fmt: skip


@pytest.fixture
async def both(ctx: Context, olivia: Who) -> tuple[int, int]:
    return (await contacts.add(ctx, olivia, ADA)).contact_id, (
        await contacts.add(ctx, olivia, TWIN)
    ).contact_id


async def merge(ctx: Context, who: Who) -> str:
    return (await merging.merge(ctx, who, kept="ada@engines.example", other="a.lovelace@mail.example"))[1]


async def test_what_is_known_and_what_happened_is_kept(
    ctx: Context, olivia: Who, both: tuple[int, int]
) -> None:
    kept, other = both
    async with ctx.db.begin() as conn:
        spring = await seeding.campaign(conn, "T1", ctx.now())
        (sent,) = await seeding.touches(
            conn, "T1", spring, [other], ctx.now(), state=State.SENT, sent_at=ctx.now()
        )
        await rows.change(conn, "T1", other, {"touched_at": ctx.now()})
    await one_contact.note(ctx, olivia, other, "Met at the fair", {})
    await replies.record(
        ctx, olivia, contact="a.lovelace@mail.example", text="Gladly", klass=ReplyClass.INTERESTED
    )
    assert "merged into Ada" in await merge(ctx, olivia)
    async with ctx.db.read() as conn:
        ada = await rows.get(conn, "T1", kept)
        view = await views.load(conn, "T1", "contact", kept)
        twin = await views.load(conn, "T1", "contact", other)
        assert await rows.known(conn, "T1", ["a.lovelace@mail.example"]) == {"a.lovelace@mail.example": kept}
        row = await message_rows.get(conn, "T1", sent)
    assert ada is not None
    assert row is not None
    assert (ada.title, ada.phone, ada.email) == ("CEO", "+4930901820", "ada@engines.example")
    assert {name: fact["value"] for name, fact in ada.facts.items()} == {"industry": "Rail", "city": "Berlin"}
    assert (ada.status, ada.touched_at, ada.held_since) == (ContactStatus.REPLIED, ctx.now(), ctx.now())
    assert row.contact_id == kept
    assert [note.detail for note in view.notes] == ["Met at the fair"]
    assert {"add", "reply", "merge"} <= {line.event for line in view.history}
    assert (len(view.sent), view.known.answered) == (1, {"interested"})
    assert twin == view, "the card of the second shows the one that is kept"
    async with ctx.db.begin() as conn:
        assert (await addressees.named(conn, olivia, "a.lovelace@mail.example")).id == kept
    assert not (await contacts.add(ctx, olivia, TWIN)).was_new


@pytest.mark.parametrize("who_said_no", ["ada@engines.example", "a.lovelace@mail.example"])
@pytest.mark.parametrize("before", [True, False])
async def test_who_said_no_under_one_address_said_no_under_both(
    ctx: Context, olivia: Who, both: tuple[int, int], who_said_no: str, before: bool
) -> None:
    async with ctx.db.begin() as conn:
        spring = await seeding.campaign(conn, "T1", ctx.now())
        await seeding.touches(conn, "T1", spring, [both[0]], ctx.now(), state=State.SCHEDULED)
    if before:
        await contacts.suppress(ctx, olivia, who_said_no, "asked")
        await merge(ctx, olivia)
    else:
        await merge(ctx, olivia)
        await contacts.suppress(ctx, olivia, who_said_no, "asked")
    async with ctx.db.read() as conn:
        found = await rows.suppressed(
            conn, [("T1", "ada@engines.example"), ("T1", "a.lovelace@mail.example")]
        )
        alive = await message_rows.find(conn, "T1", messages.c.state == State.SCHEDULED)
    assert set(found.values()) == {"asked"}
    assert len(found) == 2
    assert alive == []


async def test_a_dead_mailbox_is_not_the_persons_wish(
    ctx: Context, olivia: Who, both: tuple[int, int]
) -> None:
    async with ctx.db.begin() as conn:
        await contacts.block(
            conn, "T1", ["a.lovelace@mail.example"], cause="hard bounce", by="deliver", now=ctx.now()
        )
    await merge(ctx, olivia)
    async with ctx.db.read() as conn:
        found = await rows.suppressed(
            conn, [("T1", "ada@engines.example"), ("T1", "a.lovelace@mail.example")]
        )
    assert found == {("T1", "a.lovelace@mail.example"): "hard bounce"}


async def test_nobody_is_written_to_twice_and_what_was_approved_is_asked_again(
    ctx: Context, olivia: Who, both: tuple[int, int]
) -> None:
    kept, other = both
    async with ctx.db.begin() as conn:
        spring = await seeding.campaign(conn, "T1", ctx.now())
        autumn = await seeding.campaign(conn, "T1", ctx.now(), name="Autumn")
        later = ctx.now() + timedelta(days=1)
        first = await seeding.touches(conn, "T1", spring, [kept, other], ctx.now(), due_at=later)
        (alone,) = await seeding.touches(conn, "T1", autumn, [other], ctx.now(), due_at=later)
    await merge(ctx, olivia)
    async with ctx.db.read() as conn:
        found = {row.id: row for row in await message_rows.find(conn, "T1")}
        places = await conn.execute(
            select(enrolments.c.campaign_id, enrolments.c.contact_id, enrolments.c.state)
        )
        enrolled = {(row.campaign_id, row.contact_id): row.state for row in places}
    assert [found[id_].state for id_ in (*first, alone)] == [State.SCHEDULED, State.CANCELLED, State.DRAFTED]
    assert (found[alone].contact_id, found[alone].approved_by, found[alone].approved_hash) == (kept, None, "")
    assert enrolled == {(spring, kept): "active", (spring, other): "stopped", (autumn, kept): "active"}


async def test_it_is_refused_beside_the_field(ctx: Context, olivia: Who, both: tuple[int, int]) -> None:
    for kept, other, field in (
        ("x@nowhere.example", "ada@engines.example", "kept"),
        ("ada@engines.example", "x@nowhere.example", "other"),
        ("ada@engines.example", "ADA@engines.example", "other"),
    ):
        with pytest.raises(Refused) as refusal:
            await merging.merge(ctx, olivia, kept=kept, other=other)
        assert refusal.value.field == field
    await merge(ctx, olivia)
    with pytest.raises(Refused, match="same record already"):
        await merge(ctx, olivia)


async def test_a_no_under_one_address_holds_for_both_although_the_other_was_dead(
    ctx: Context, olivia: Who
) -> None:
    ada = (await contacts.add(ctx, olivia, ADA)).contact_id
    twin = (await contacts.add(ctx, olivia, replace(TWIN, phone=""))).contact_id
    async with ctx.db.begin() as conn:
        await contacts.block(conn, "T1", [ADA.email], cause=facts.DEAD_MAILBOX, by="deliver", now=ctx.now())
        await contacts.opt_out(conn, "T1", twin, by="recipient", now=ctx.now(), channel="email")
    await merge(ctx, olivia)
    async with ctx.db.read() as conn:
        told = (await facts.suppressed(conn, [ada]))[ada]
    assert told == dict.fromkeys(channels.to_people(), contacts.OPT_OUT)
