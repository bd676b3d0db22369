"""What a vendor reports, out of order, twice, late and about people of several workspaces: each fact counts once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
import seeding
from seeding import Clock
from sqlalchemy import select, update

from engine import consents, heard, policy
from engine import contacts as people
from engine import replies as handling
from engine.channels.incoming import Incoming, Kind
from engine.consents import Agreement
from engine.context import Context, Who
from storage import contacts, facts, messages, senders
from storage.lifecycle import State
from storage.model import Message
from storage.tables import consents as consent_rows
from storage.tables import contacts as contact_rows
from storage.tables import engagements, replies, suppressions
from storage.tables import messages as message_rows

ADA, BO = "+4915112345675", "+4915112345676"
OURS = "+15551230000"


async def texted(
    ctx: Context, numbers: Sequence[str], workspace: str = "T1", state: State = State.SENT, **values: Any
) -> list[Message]:
    """One text per number, to somebody of their own, in a campaign of texts."""
    now = ctx.now()
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, workspace, now, channels=("sms",))
        sender = await senders.ensure(conn, workspace, "sms", address=OURS)
        people = await seeding.people(conn, workspace, len(numbers), now)
        for id_, number in zip(people, numbers, strict=True):
            await conn.execute(
                update(contact_rows).where(contact_rows.c.id == id_).values(phone=number, status="contacted")
            )
        gone = {"sent_at": now, "provider_id": "SM" + "a" * 32} if state is State.SENT else {}
        ids = await seeding.touches(
            conn, workspace, campaign, people, now,
            state=state, channel="sms", sender_id=sender, attempts=1, **{**gone, **values},
        )  # fmt: skip
        found = [await messages.get(conn, workspace, id_) for id_ in ids]
    return [row for row in found if row is not None]


def told(kind: Kind, number: str = ADA, text: str = "", sid: str = "1", **values: Any) -> Incoming:
    at = Clock().now + timedelta(minutes=5)
    return Incoming(kind, "sms", f"SM{sid * 32}", number, at, f"twilio:SM{sid * 32}:{kind}", text, **values)


def key_of(row: Message, *, ms: int = 0) -> str:
    return f"{row.send_key}-{round(row.created_at.timestamp() * 1000) + ms:x}"


async def rows(ctx: Context, *chosen: Any) -> list[Any]:
    async with ctx.db.read() as conn:
        return [tuple(row) for row in await conn.execute(select(*chosen))]


async def agree(ctx: Context, who: Who, number: str) -> None:
    agreed = Agreement("form at the fair", date(2026, 11, 2))
    await consents.record(ctx, who, contact=number, agreed=agreed)


async def test_a_stop_told_twice_is_one_reply_and_lists_number_and_mailbox(ctx: Context, olivia: Who) -> None:
    await texted(ctx, [ADA])
    await agree(ctx, olivia, ADA)
    for _ in range(2):
        await heard.take(ctx, [told(Kind.OPT_OUT, text="STOP")])
    listed = await rows(ctx, suppressions.c.kind, suppressions.c.key, suppressions.c.cause)
    assert sorted(listed) == [
        ("address", "ada0@lovelace.example", facts.STOPPED),
        ("phone", ADA, facts.STOPPED),
    ]
    assert await rows(ctx, replies.c.klass, replies.c.decided_by) == [("opt_out", "recipient")]
    kinds = sorted(kind for (kind,) in await rows(ctx, engagements.c.kind))
    assert kinds == ["replied", "unsubscribed"]
    assert [given for (given,) in await rows(ctx, consent_rows.c.given)] == [True, False]


async def test_a_stop_from_a_number_nobody_knows_is_kept_in_every_workspace_that_texts(ctx: Context) -> None:
    await seeding.add_workspace(ctx.db, "T2")
    await seeding.add_workspace(ctx.db, "T3")
    await texted(ctx, [BO])
    await texted(ctx, [BO], "T2")
    await heard.take(ctx, [told(Kind.OPT_OUT, text="stop")])
    listed = await rows(ctx, suppressions.c.workspace_id, suppressions.c.key)
    assert sorted(listed) == [("T1", ADA), ("T2", ADA)]


async def test_a_stop_counts_in_every_workspace_and_is_shown_where_it_was_said(
    ctx: Context, clock: Clock
) -> None:
    await seeding.add_workspace(ctx.db, "T2")
    await texted(ctx, [ADA])
    clock.forward(hours=1)
    await texted(ctx, [ADA], "T2")
    await heard.take(ctx, [told(Kind.OPT_OUT, text="STOP")])
    assert {ws for ws, key in await rows(ctx, suppressions.c.workspace_id, suppressions.c.key) if key == ADA} == {
        "T1", "T2",
    }  # fmt: skip
    assert await rows(ctx, replies.c.workspace_id) == [("T2",)]


async def test_a_start_takes_back_a_texted_stop_and_nothing_else(ctx: Context, olivia: Who) -> None:
    await texted(ctx, [ADA, BO])
    await agree(ctx, olivia, ADA)
    await heard.take(ctx, [told(Kind.OPT_OUT, text="STOP"), told(Kind.OPT_IN, text="START", sid="2")])
    assert await rows(ctx, suppressions.c.key) == []
    assert [given for (given,) in await rows(ctx, consent_rows.c.given)] == [True, False, True]

    async with ctx.db.begin() as conn:
        await contacts.suppress(conn, "T1", [BO], cause="asked", by="U1", now=ctx.now())
    await heard.take(ctx, [told(Kind.OPT_IN, BO, "START", "3")])
    assert await rows(ctx, suppressions.c.key) == [(BO,)]
    assert len(await rows(ctx, consent_rows.c.id)) == 3, "nobody agreed for them before"


async def scoped(ctx: Context, who: Who, scope: str) -> None:
    await policy.change(ctx, who, {"stop_scope": scope})


async def barred(ctx: Context) -> dict[str, str]:
    """channel → cause, for the first contact."""
    async with ctx.db.read() as conn:
        return (await facts.suppressed(conn, [1])).get(1, {})


async def test_a_stop_may_end_texts_and_calls_alone_and_the_rest_waits_for_a_person(
    ctx: Context, olivia: Who
) -> None:
    """Mail to them is held like after any reply, and goes on only if somebody says so. A START lifts that STOP."""
    (text,) = await texted(ctx, [ADA])
    await agree(ctx, olivia, ADA)
    async with ctx.db.begin() as conn:
        mailing = await seeding.campaign(conn, "T1", ctx.now(), name="Mails")
        (mail,) = await seeding.touches(conn, "T1", mailing, [text.contact_id or 0], ctx.now())
    await scoped(ctx, olivia, "phone")
    await heard.take(ctx, [told(Kind.OPT_OUT, text="STOP")])
    assert await barred(ctx) == dict.fromkeys(("sms", "whatsapp", "call"), facts.STOPPED_NUMBER)
    assert await rows(ctx, replies.c.klass, replies.c.decided_by) == [("opt_out", None)]
    held = await rows(ctx, message_rows.c.state, message_rows.c.due_at)
    assert ("approved", None) in held, f"mail {mail} waits: {held}"
    assert [given for (given,) in await rows(ctx, consent_rows.c.given)] == [True, False]
    await heard.take(ctx, [told(Kind.OPT_IN, text="START", sid="2")])
    assert await barred(ctx) == {}
    assert [given for (given,) in await rows(ctx, consent_rows.c.given)] == [True, False, True]


@pytest.mark.parametrize(
    ("scope", "said", "then", "left"),
    [
        ("person", "STOP", "", {}),
        ("phone", "StopAll!", "", {}),
        ("phone", "STOP", "person", {}),
        ("phone", "STOP", "opt out", {"email": "opted out", "sms": "opted out"}),
        ("person", "STOP", "suppress", {"email": "opted out", "sms": "opted out"}),
    ],
)
async def test_every_other_no_ends_everything_and_a_start_lifts_a_stop_alone(
    ctx: Context, olivia: Who, scope: str, said: str, then: str, left: dict[str, str]
) -> None:
    """STOPALL, a second STOP after the setting changed, the button of a person, a person's own entry on the list."""
    await texted(ctx, [ADA])
    await scoped(ctx, olivia, scope)
    await heard.take(ctx, [told(Kind.OPT_OUT, text=said)])
    if then == "person":
        await scoped(ctx, olivia, then)
        await heard.take(ctx, [told(Kind.OPT_OUT, text="STOP", sid="3")])
    elif then == "opt out":
        await handling.decide(ctx, olivia, 1, then)
    elif then:
        async with ctx.db.begin() as conn:
            await people.opt_out(conn, "T1", 1, cause="opted out", by="U1", now=ctx.now(), channel="sms")
    assert set(await barred(ctx)) >= {"email", "sms", "call", "linkedin_dm"}
    await heard.take(ctx, [told(Kind.OPT_IN, text="START", sid="9")])
    assert {name: why for name, why in (await barred(ctx)).items() if name in ("email", "sms")} == left


async def test_a_late_second_telling_of_a_start_lifts_no_newer_stop(ctx: Context) -> None:
    await texted(ctx, [ADA])
    start = told(Kind.OPT_IN, text="START", sid="2")
    await heard.take(
        ctx, [told(Kind.OPT_OUT, text="STOP"), start, told(Kind.OPT_OUT, text="STOP", sid="3"), start]
    )
    assert (ADA,) in await rows(ctx, suppressions.c.key)


async def test_a_reply_belongs_to_whom_was_last_written_to_at_that_number(ctx: Context, clock: Clock) -> None:
    first, _ = await texted(ctx, [ADA, ADA])
    async with ctx.db.begin() as conn:
        later = clock.now + timedelta(minutes=1)
        await conn.execute(update(message_rows).where(message_rows.c.id == first.id).values(sent_at=later))
    for _ in range(2):
        await heard.take(ctx, [told(Kind.MESSAGE, text="Who is this?")])
    assert await rows(ctx, replies.c.contact_id, replies.c.message_id) == [(first.contact_id, first.id)]
    held = await rows(ctx, contact_rows.c.id, contact_rows.c.held_since)
    assert [id_ for id_, since in held if since] == [first.contact_id]


async def test_a_text_without_words_is_a_reply_and_one_from_a_stranger_is_none(ctx: Context) -> None:
    await texted(ctx, [ADA])
    await heard.take(ctx, [told(Kind.MESSAGE), told(Kind.MESSAGE, BO, "Hello", "2")])
    assert await rows(ctx, replies.c.text) == [(heard.WORDLESS,)]


async def test_reports_count_once_in_any_order(ctx: Context) -> None:
    (row,) = await texted(ctx, [ADA])
    delivered, taken = told(Kind.DELIVERED, key=key_of(row)), told(Kind.TAKEN, key=key_of(row))
    await heard.take(
        ctx, [delivered, taken, delivered, told(Kind.SOFT_BOUNCED, key=key_of(row), sid="2", note="Off.")]
    )
    assert sorted(kind for (kind,) in await rows(ctx, engagements.c.kind)) == ["delivered", "soft_bounced"]
    async with ctx.db.read() as conn:
        assert (await messages.get(conn, "T1", row.id)) == row, "facts are no states"


async def test_a_report_without_our_key_is_matched_by_number_and_the_vendor_s_id(ctx: Context) -> None:
    (row,) = await texted(ctx, [ADA], provider_id="SM" + "7" * 32)
    await heard.take(ctx, [told(Kind.DELIVERED, sid="7"), told(Kind.DELIVERED, sid="8")])
    assert await rows(ctx, engagements.c.message_id) == [(row.id,)]


async def test_a_report_with_another_installation_s_key_is_none_of_ours(ctx: Context) -> None:
    (row,) = await texted(ctx, [ADA], state=State.UNSURE)
    await heard.take(
        ctx, [told(Kind.DELIVERED, key=key_of(row, ms=1)), told(Kind.TAKEN, key="9.9.9-1", sid="2")]
    )
    assert await rows(ctx, engagements.c.id) == []
    async with ctx.db.read() as conn:
        assert (await messages.get(conn, "T1", row.id)) == row


async def test_what_the_vendor_has_is_never_sent_again(ctx: Context) -> None:
    """Its fate was unknown, or it was about to be sent again under the same key."""
    unsure, again = await texted(ctx, [ADA, BO], state=State.UNSURE)
    async with ctx.db.begin() as conn:
        await conn.execute(
            update(message_rows).where(message_rows.c.id == again.id).values(state="scheduled")
        )
    await heard.take(
        ctx, [told(Kind.TAKEN, key=key_of(unsure)), told(Kind.TAKEN, BO, key=key_of(again), sid="2")]
    )
    async with ctx.db.read() as conn:
        found = [await messages.get(conn, "T1", row.id) for row in (unsure, again)]
    assert [(row.state, row.provider_id, row.due_at) for row in found if row] == [
        ("sent", "SM" + "1" * 32, None), ("sent", "SM" + "2" * 32, None),
    ]  # fmt: skip


async def test_a_dead_number_stops_texts_and_leaves_the_mailbox_alone(ctx: Context) -> None:
    (row,) = await texted(ctx, [ADA])
    async with ctx.db.begin() as conn:
        assert row.contact_id is not None
        assert row.campaign_id is not None
        (mail,) = await seeding.touches(conn, "T1", row.campaign_id, [row.contact_id], ctx.now(), step=2)
        (text,) = await seeding.touches(
            conn, "T1", row.campaign_id, [row.contact_id], ctx.now(), step=3, channel="sms"
        )
    await heard.take(ctx, [told(Kind.HARD_BOUNCED, key=key_of(row))])
    async with ctx.db.read() as conn:
        states = [(await messages.get(conn, "T1", id_)) for id_ in (mail, text)]
    assert [found.state for found in states if found] == ["scheduled", "cancelled"]
    assert await rows(ctx, suppressions.c.key, suppressions.c.cause) == [(ADA, "dead number")]
