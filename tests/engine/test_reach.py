"""What stands against channels, gathered from the rows: consent, suppression, set-up."""

from __future__ import annotations

from dataclasses import replace

import pytest
import seeding
from sqlalchemy import update

from engine.context import Context
from engine.plan import reach
from engine.rules import ladder
from storage import consents, contacts, engagements, facts, replies, senders
from storage.lifecycle import State
from storage.model import Contact, Engagement, EngagementKind, ReplyClass
from storage.tables import contacts as people

PHONE = "+4930901820"
ALL = ("email", "sms", "call")


async def ada(ctx: Context) -> Contact:
    async with ctx.db.begin() as conn:
        for channel in ("email", "sms", "call"):
            await senders.ensure(conn, "T1", channel, address="")
        (id_,) = await seeding.people(conn, "T1", 1, ctx.now())
        await conn.execute(update(people).values(phone=PHONE))
        return (await facts.people(conn, [id_]))[id_]


async def chosen(ctx: Context, contact: Contact, touch: int) -> tuple[str, str]:
    async with ctx.db.read() as conn:
        found = await reach.of(ctx, conn, [contact])
    choice = ladder.choose(contact, touch, ALL, found.ways(contact), past=found.past(contact))
    return choice.channel, choice.reason


async def test_texts_need_a_recorded_consent_to_this_number(ctx: Context) -> None:
    contact = await ada(ctx)
    assert await chosen(ctx, contact, 3) == (
        "email",
        "touch 3 of theirs; SMS is out (no recorded consent), so the nearest earlier rung",
    )
    for address, channel in (("+4915112345678", "email"), (PHONE, "sms")):
        async with ctx.db.begin() as conn:
            await consents.add(
                conn, "T1", contact.id, "sms", address=address, given=True, at=ctx.now(), source="form",
                by="U1OLIVIA", now=ctx.now(),
            )  # fmt: skip
        assert (await chosen(ctx, contact, 3))[0] == channel


@pytest.mark.parametrize(("cause", "channel"), [("hard bounce", "call"), ("unsubscribed", "")])
async def test_a_dead_mailbox_closes_one_way_and_an_opt_out_all(
    ctx: Context, cause: str, channel: str
) -> None:
    contact = await ada(ctx)
    async with ctx.db.begin() as conn:
        key = await contacts.block_key(conn, "T1", contact.id)
        await contacts.suppress(conn, "T1", [key], cause=cause, by="deliver", now=ctx.now())
    assert (await chosen(ctx, contact, 1))[0] == channel


async def test_what_is_not_set_up_is_never_chosen(ctx: Context) -> None:
    contact = await ada(ctx)
    without = replace(ctx, unavailable={"email": "SMTP_URL is not set."})
    channel, reason = await chosen(without, contact, 1)
    assert channel == "call"
    assert "email is out (SMTP_URL is not set.)" in reason


async def test_answers_of_people_count_where_they_were_given(ctx: Context) -> None:
    """Two interested replies to texts outweigh the ladder; a no, an absence and every open or click do not."""
    contact = await ada(ctx)
    async with ctx.db.begin() as conn:
        made = await seeding.campaign(conn, "T1", ctx.now())
        ids = []
        for step in range(1, 5):
            ids += await seeding.touches(
                conn, "T1", made, [contact.id], ctx.now(), step=step, state=State.SENT, sent_at=ctx.now(),
                channel="call" if step < 4 else "email",
            )  # fmt: skip
        for id_ in ids:
            for kind in (EngagementKind.OPENED, EngagementKind.CLICKED):
                fact = Engagement(id_, kind, ctx.now(), f"{kind}:{id_}")
                await engagements.record(conn, "T1", [fact])

    async def answers(message_id: int, klass: ReplyClass) -> tuple[str, str]:
        async with ctx.db.begin() as conn:
            await replies.add(
                conn, "T1", contact_id=contact.id, message_id=message_id, text="Yes", klass=klass,
                recorded_by="U1OLIVIA", now=ctx.now(),
            )  # fmt: skip
        return await chosen(ctx, contact, 1)

    for klass in (ReplyClass.INTERESTED, ReplyClass.QUESTION):
        assert (await answers(ids[0], klass))[0] == "email", "one message answered twice is one"
    for klass in (ReplyClass.NEGATIVE, ReplyClass.OUT_OF_OFFICE, ReplyClass.UNCLEAR):
        assert (await answers(ids[1], klass))[0] == "email"
    assert await answers(ids[2], ReplyClass.NEUTRAL) == (
        "call",
        "they answered 2 of 3 by call, 0 of 1 by email; the ladder alone would take email",
    )
