"""The stored score is what the card shows, and it follows whatever it rests on."""

from __future__ import annotations

import pytest
import seeding
from sqlalchemy import update

from engine import contacts, one_contact, replies, schedule, scores
from engine.contacts import NewContact
from engine.context import Context, Who
from storage import contacts as rows
from storage import engagements, senders, views
from storage import messages as message_rows
from storage.lifecycle import State
from storage.model import ContactStatus, Engagement, EngagementKind, ReplyClass
from storage.tables import messages
from storage.tables import senders as sender_rows

ADA = NewContact(
    email="ada@engines.example", first_name="Ada", title="CEO", company="Engines", facts={"industry": "Rail"}
)


async def stored(ctx: Context, contact_id: int) -> int | None:
    """After the loop has nothing left to do."""
    while await scores.turn(ctx):
        pass
    async with ctx.db.read() as conn:
        found = await rows.get(conn, "T1", contact_id)
        view = await views.load(conn, "T1", "contact", contact_id)
    assert found is not None
    assert found.score == scores.of(view.known).total
    return found.score


async def campaign(ctx: Context) -> int:
    async with ctx.db.begin() as conn:
        return await seeding.campaign(conn, "T1", ctx.now(), audience="Rail")


@pytest.fixture
async def ada(ctx: Context, olivia: Who) -> int:
    return (await contacts.add(ctx, olivia, ADA)).contact_id


async def test_it_follows_every_thing_it_rests_on(ctx: Context, olivia: Who, ada: int) -> None:
    assert await stored(ctx, ada) == 35, "title and address; nothing else is known"
    launch = await campaign(ctx)
    await contacts.add(ctx, olivia, ADA, launch)
    assert await stored(ctx, ada) == 50, "their industry is the audience"
    await one_contact.note(ctx, olivia, ada, "", {"budget": "20k"})
    assert await stored(ctx, ada) == 58
    async with ctx.db.begin() as conn:
        (message,) = await seeding.touches(
            conn, "T1", launch, [ada], ctx.now(), state=State.SENT, sent_at=ctx.now()
        )
        await engagements.record(
            conn, "T1", [Engagement(message, EngagementKind.OPENED, ctx.now(), "a", human=False)]
        )
    assert await stored(ctx, ada) == 58, "a machine is no reader"
    async with ctx.db.begin() as conn:
        await engagements.record(conn, "T1", [Engagement(message, EngagementKind.CLICKED, ctx.now(), "b")])
    assert await stored(ctx, ada) == 68
    reply = await replies.record(
        ctx, olivia, contact="ada@engines.example", text="Gladly", klass=ReplyClass.INTERESTED
    )
    assert await stored(ctx, ada) == 78
    async with ctx.db.read() as conn:
        found = await rows.get(conn, "T1", ada)
    assert found is not None
    assert found.status == ContactStatus.QUALIFIED
    await replies.correct(ctx, olivia, reply.id, ReplyClass.NEGATIVE)
    assert await stored(ctx, ada) == 68, "what was taken for interest was none; the click stays"
    await contacts.suppress(ctx, olivia, "ada@engines.example")
    assert await stored(ctx, ada) == 58


async def test_it_is_drawn_anew_and_never_counts_another_workspace(
    ctx: Context, olivia: Who, ada: int
) -> None:
    await one_contact.show(ctx, olivia, ada)
    await stored(ctx, ada)
    await seeding.add_workspace(ctx.db, "T2")
    async with ctx.db.begin() as conn:
        (theirs,) = await seeding.people(conn, "T2", 1, ctx.now())
    while await scores.turn(ctx):
        pass
    async with ctx.db.read() as conn:
        other = await rows.get(conn, "T2", theirs)
        assert await views.load(conn, "T2", "contact", ada) is None
    assert other is not None
    assert other.score == 10


async def test_who_did_not_reply_is_not_qualified_by_points(ctx: Context, olivia: Who, ada: int) -> None:
    stated = {"budget": "60k", "timeline": "now", "pain": "We are losing orders"}
    await one_contact.note(ctx, olivia, ada, "", stated)
    assert await stored(ctx, ada) == 65
    launch = await campaign(ctx)
    await contacts.add(ctx, olivia, ADA, launch)
    assert await stored(ctx, ada) == 80
    async with ctx.db.read() as conn:
        found = await rows.get(conn, "T1", ada)
    assert found is not None
    assert found.status == ContactStatus.NEW


async def test_when_a_cap_binds_the_higher_score_goes_first_among_approvals_of_one_moment(
    ctx: Context, olivia: Who, ada: int
) -> None:
    plain = (await contacts.add(ctx, olivia, NewContact(email="bo@gmail.com", first_name="Bo"))).contact_id
    await stored(ctx, ada)
    launch = await campaign(ctx)
    async with ctx.db.begin() as conn:
        sender = await senders.of_channel(conn, "T1", "email")
        assert sender is not None
        await conn.execute(update(sender_rows).where(sender_rows.c.id == sender.id).values(cap=1))
        waits = await seeding.touches(
            conn,
            "T1",
            launch,
            [plain, ada],
            ctx.now(),
            state=State.APPROVED,
            approved_at=ctx.now(),
            slot_at=None,
        )
    while await schedule.turn(ctx):
        pass
    async with ctx.db.read() as conn:
        slots = {
            row.contact_id: row.slot_at
            for row in await message_rows.find(conn, "T1", messages.c.id.in_(waits))
        }
    assert slots[ada] < slots[plain]
