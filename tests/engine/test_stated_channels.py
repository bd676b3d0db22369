"""What contacts said about channels, told by a form, a file or a card: a refusal is added and never lost on the way."""

from __future__ import annotations

import asyncio
import io

import pytest
from sqlalchemy import select, update

from engine import approve, contacts, imports, preferences
from engine.contacts import NewContact
from engine.context import Context, Who
from engine.errors import Refused
from handlers.actions import Ref
from storage import contacts as rows
from storage import messages, workspaces
from storage.lifecycle import State
from storage.model import Contact
from storage.tables import messages as message_table
from storage.tables import suppressions

HEAD = b"Email,Phone,Preferred Channel,Never by,Do Not Call\n"


async def known(ctx: Context, contact_id: int) -> Contact:
    async with ctx.db.read() as conn:
        found = await rows.get(conn, "T1", contact_id)
    assert found is not None
    return found


async def take(ctx: Context, who: Who, *lines: bytes) -> tuple[int, int, int]:
    tally = await imports.run_file(ctx, who, io.BytesIO(HEAD + b"\n".join(lines) + b"\n"), campaign=None)
    return tally.added, tally.duplicate, tally.opted_out


async def call_to(ctx: Context, contact_id: int) -> int:
    async with ctx.db.begin() as conn:
        brand = await workspaces.default_brand(conn, "T1")
        assert brand is not None
        new = {
            "workspace_id": "T1", "brand_id": brand.id, "contact_id": contact_id, "channel": "call",
            "fallbacks": (), "options": {}, "state": State.DRAFTED, "dedupe_key": "a call", "created_at": ctx.now(),
        }  # fmt: skip
        return (await messages.add(conn, [new], actor="test", now=ctx.now()))[0]


async def test_adding_again_fills_a_preference_adds_a_refusal_and_takes_nothing_back(
    ctx: Context, olivia: Who
) -> None:
    ada = NewContact(email="ada@x.example", phone="+49 30 901820", never_by="whatsapp")
    first = await contacts.add(ctx, olivia, ada)
    call = await call_to(ctx, first.contact_id)
    for prefers, never_by in (("text", ""), ("email", "phone"), ("whatsapp", "")):
        told = NewContact(email="ada@x.example", prefers=prefers, never_by=never_by)
        await contacts.add(ctx, olivia, told)
    found = await known(ctx, first.contact_id)
    assert found.preferred_channel == "sms"
    assert set(found.refused_channels) == {"whatsapp", "call"}
    async with ctx.db.read() as conn:
        assert (
            await conn.scalar(select(message_table.c.state).where(message_table.c.id == call)) == "cancelled"
        )


async def test_a_file_adds_refusals_to_whom_it_knows_and_lifts_none(ctx: Context, olivia: Who) -> None:
    assert await take(ctx, olivia, b"ada@x.example,,Phone,Text,") == (1, 0, 0)
    assert await take(ctx, olivia, b"ada@x.example,,Email,,", b"bo@x.example,,Letter,,") == (1, 1, 0)
    async with ctx.db.read() as conn:
        ada = await rows.by_key(conn, "T1", "ada@x.example")
        bo = await rows.by_key(conn, "T1", "bo@x.example")
    assert ada is not None
    assert bo is not None
    assert (ada.preferred_channel, ada.refused_channels) == ("call", ("sms",))
    assert (bo.preferred_channel, bo.refused_channels) == ("", ())
    assert await take(ctx, olivia, b"ada@x.example,,,LinkedIn; phone,") == (0, 1, 0)
    ada = await known(ctx, ada.id)
    assert (ada.preferred_channel, ada.refused_channels) == ("", ("sms", "linkedin_dm", "call"))


async def test_of_two_lines_about_somebody_each_refusal_counts(ctx: Context, olivia: Who) -> None:
    assert await take(ctx, olivia, b"ada@x.example,,,,", b"ada@x.example,,,Text,") == (1, 1, 0)
    assert (await known(ctx, 1)).refused_channels == ("sms",)


async def test_refusals_told_at_the_same_moment_are_both_kept(ctx: Context, olivia: Who) -> None:
    await take(ctx, olivia, b"ada@x.example,,,,")
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with ctx.db.begin() as conn:
            await preferences.refuse(ctx, conn, "T1", {1: ("sms",)}, by="U1OLIVIA")
            begun.set()
            await go_on.wait()

    async def second() -> None:
        await begun.wait()
        asyncio.get_running_loop().call_later(0.2, go_on.set)
        async with ctx.db.begin() as conn:
            await preferences.refuse(ctx, conn, "T1", {1: ("call",)}, by="U1OLIVIA")

    await asyncio.gather(first(), second())
    assert (await known(ctx, 1)).refused_channels == ("sms", "call")


async def test_do_not_call_keeps_the_number_on_the_list_and_no_later_file_lifts_it(
    ctx: Context, olivia: Who
) -> None:
    assert await take(ctx, olivia, b"ada@x.example,+49 30 901820,,,yes") == (0, 0, 1)
    async with ctx.db.read() as conn:
        listed = set(await conn.scalars(select(suppressions.c.key)))
    assert listed == {"ada@x.example", "+4930901820"}
    again = (b"ada@x.example,,Phone,,no", b"other@x.example,+49 30 901820,Phone,,")
    assert await take(ctx, olivia, *again) == (0, 0, 2)


async def test_what_waits_on_another_channel_is_named_and_what_they_refuse_is_no_more_to_approve(
    ctx: Context, olivia: Who
) -> None:
    added = await contacts.add(ctx, olivia, NewContact(email="ada@x.example", first_name="Ada"))
    call = await call_to(ctx, added.contact_id)
    said = await preferences.state(ctx, olivia, contact="ada@x.example", asked="email", refused=None)
    assert said == (
        "Ada asks for Email; refuses nothing."
        " 1 draft by Call still waits for a decision; what comes after is chosen anew."
    )
    async with ctx.db.begin() as conn:
        await conn.execute(update(message_table).values(state=State.SCHEDULED))
    said = await preferences.state(ctx, olivia, contact="ada@x.example", asked="email", refused=None)
    assert said == "Ada asks for Email; refuses nothing. 1 approved by Call will still leave."
    async with ctx.db.begin() as conn:  # refused, and drafted all the same: the gate keeps it
        await conn.execute(update(message_table).values(state=State.DRAFTED))
        await rows.change(conn, "T1", added.contact_id, {"refused_channels": ("call",)})
    with pytest.raises(Refused, match="do not want to be reached by Call"):
        await approve.approve(ctx, olivia, Ref(call, 0))
    said = await preferences.state(ctx, olivia, contact="ada@x.example", asked=None, refused=("call",))
    assert said == "Ada asks for Email; refuses Call. 1 pending message cancelled."


async def test_a_form_that_is_out_of_date_overwrites_no_refusal(ctx: Context, olivia: Who) -> None:
    added = await contacts.add(ctx, olivia, NewContact(email="ada@x.example", first_name="Ada"))
    seen = preferences.mark(await preferences.of(ctx, olivia, added.contact_id))
    await preferences.state(ctx, olivia, contact="ada@x.example", asked=None, refused=("phone",))
    with pytest.raises(Refused, match="meanwhile"):
        await preferences.state_by_form(ctx, olivia, added.contact_id, seen, asked="call", refused=())
    seen = preferences.mark(await known(ctx, added.contact_id))
    said = await preferences.state_by_form(
        ctx, olivia, added.contact_id, seen, asked="email", refused=("sms", "call")
    )
    assert said == "Ada asks for Email; refuses SMS, Call."
    with pytest.raises(Refused, match="no longer exists"):
        await preferences.of(ctx, Who("T2", "U9"), added.contact_id)
