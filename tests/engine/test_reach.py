"""What stands against channels, gathered from the rows: consent, suppression, set-up."""

from __future__ import annotations

from dataclasses import replace

import pytest
import seeding
from sqlalchemy import update

from engine.context import Context
from engine.plan import reach
from engine.rules import ladder
from storage import consents, contacts, facts, senders
from storage.model import Contact
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
        ways = (await reach.of(ctx, conn, [contact])).ways(contact)
    found = ladder.choose(contact, touch, ALL, ways)
    return found.channel, found.reason


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
