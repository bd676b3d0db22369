"""Every way of saying no counts once in the digest of the day and in the summary of the week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import seeding
from seeding import Clock
from sqlalchemy import select, update

from engine import digest, heard, measure, policy, replies
from engine.channels.incoming import Incoming, Kind
from engine.context import Context, Who
from storage import senders
from storage.model import ReplyClass
from storage.tables import contacts, digests, engagements, suppressions
from storage.tables import replies as reply_rows

NUMBER = "+4915112345675"
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


async def test_each_opt_out_is_counted_once_however_it_was_said(
    ctx: Context, olivia: Who, clock: Clock
) -> None:
    clock.now = MONDAY + timedelta(hours=9)
    mails = await _written(ctx)
    await policy.change(ctx, olivia, {"digest_channel": "C9NUMBERS"})
    clock.forward(hours=1)
    for _ in range(2):  # the page and one click are the same address
        await measure.unsubscribed(ctx, ctx.signer.sign("unsubscribe", mails[0]))
    await _reply(ctx, olivia, 1, "Please stop writing to me")
    await _reply(ctx, olivia, 1, "Stop emailing me, I said.")
    await replies.decide(ctx, olivia, await _reply(ctx, olivia, 2, "Well well well."), "opt out")
    corrected = await _reply(ctx, olivia, 3, "Well well well.")
    await replies.correct(ctx, olivia, corrected, ReplyClass.OPT_OUT)
    await replies.correct(ctx, olivia, corrected, ReplyClass.NEUTRAL)  # takes nobody off the list
    await _reply(ctx, olivia, 4, "Please unsubscribe me.")
    await measure.unsubscribed(ctx, ctx.signer.sign("unsubscribe", mails[4]))
    for n in (1, 2):
        await heard.take(ctx, [_stop(ctx, n)])
    await _reply(ctx, olivia, 6, "I am out of the office until 30 November")
    await _reply(ctx, olivia, 7, "Not interested.")

    async with ctx.db.read() as conn:
        listed = await conn.execute(select(suppressions.c.key).where(suppressions.c.kind == "address"))
        said_no = len(listed.all())
        waits = (await conn.execute(select(reply_rows.c.id).where(reply_rows.c.decided_by.is_(None)))).all()
    assert said_no == 6
    clock.now = MONDAY + timedelta(days=7, hours=9)
    await digest.ask(ctx, olivia, week=True)
    clock.now = MONDAY + timedelta(days=1, hours=9)
    await digest.ask(ctx, olivia)
    await digest.work(ctx, await digest.claim(ctx))
    async with ctx.db.read() as conn:
        told = [row.figures for row in await conn.execute(select(digests).order_by(digests.c.id))]
        facts = await conn.execute(select(engagements.c.kind).where(engagements.c.kind == "unsubscribed"))
        assert len(facts.all()) == said_no
    assert [figures["week"] for figures in told] == [True, False]
    for figures in told:
        assert figures["outreach"]["unsubscribed"] == said_no
        assert {row["channel"]: row["unsubscribed"] for row in figures["channels"]} == {"email": 5, "sms": 1}
        assert sum(row["unsubscribed"] for row in figures["campaigns"]) == said_no
        assert figures["replies"] == len(waits) - 1, "the absence waits for nobody"


async def _written(ctx: Context) -> list[int]:
    """One mail to each of eight people, but a text to the sixth."""
    now = ctx.now()
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", now)
        sender = await senders.ensure(conn, "T1", "sms", address="+15551230000")
        people = await seeding.people(conn, "T1", 8, now)
        await conn.execute(update(contacts).where(contacts.c.id == people[5]).values(phone=NUMBER))
        sent = {"state": "sent", "sent_at": now, "attempts": 1}
        by_mail = [one for one in people if one != people[5]]
        ids = await seeding.touches(conn, "T1", campaign, by_mail, now, **sent)
        text = await seeding.touches(
            conn, "T1", campaign, [people[5]], now, channel="sms", sender_id=sender, **sent
        )
    return [*ids[:5], *text, *ids[5:]]


async def _reply(ctx: Context, olivia: Who, n: int, text: str) -> int:
    return (await replies.record(ctx, olivia, contact=f"ada{n}@lovelace.example", text=text)).id


def _stop(ctx: Context, n: int) -> Incoming:
    sid = f"SM{n}"
    return Incoming(Kind.OPT_OUT, "sms", sid, NUMBER, ctx.now(), f"twilio:{sid}:stop", "STOP")
