"""Measure: what comes back — opens, clicks, opt-outs, bounces, replies — becomes facts about a message."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import contacts as people
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import addresses, agents, links
from storage import cards, contacts, engagements, marks, messages, replies
from storage.facts import Situation
from storage.lifecycle import Event, State
from storage.messages import move_where
from storage.model import Contact, Engagement, EngagementKind, Message, ReplyClass
from storage.tables import messages as rows

POSITIVE = (ReplyClass.INTERESTED, ReplyClass.QUESTION, ReplyClass.REFERRAL)
AUTOMATIC = (ReplyClass.OUT_OF_OFFICE, ReplyClass.BOUNCE)
TEXT = 20_000
OPEN_AGAIN = timedelta(seconds=30)


async def opened(ctx: Context, token: str, user_agent: str) -> bool:
    """A mail's picture was fetched; False for a forged token. Fetches by machines are kept apart (G2)."""
    return await _seen(ctx, "open", EngagementKind.OPENED, token, user_agent) is not None


async def clicked(ctx: Context, token: str, user_agent: str) -> str | None:
    """The link as it was written, to send the reader on to; None for a forged token."""
    found = await _seen(ctx, "click", EngagementKind.CLICKED, token, user_agent)
    if found is None:
        return None
    message, n = found
    written = links.links_in(message.body)
    return written[n] if n < len(written) else None


async def address_of(ctx: Context, token: str) -> str | None:
    """Whom an unsubscribe link belongs to, as its page shows it; None for a forged token."""
    read = ctx.signer.read("unsubscribe", token)
    if read is None:
        return None
    async with ctx.db.read() as conn:
        message = await messages.locate(conn, read[0])
        contact = await _contact(conn, message) if message else None
    return contact.email if contact else None


async def unsubscribed(ctx: Context, token: str) -> bool:
    """One click, one page, or twice: the person is suppressed everywhere at once. False for a forged token."""
    read = ctx.signer.read("unsubscribe", token)
    if read is None:
        return False
    async with ctx.db.begin() as conn:
        message = await messages.locate(conn, read[0])
        if message is None or message.contact_id is None:
            return False
        fact = Engagement(message.id, EngagementKind.UNSUBSCRIBED, ctx.now(), f"unsubscribed:{message.id}")
        await engagements.record(conn, message.workspace_id, [fact])
        await people.opt_out(
            conn,
            message.workspace_id,
            message.contact_id,
            cause="unsubscribed",
            by="recipient",
            now=ctx.now(),
        )
    return True


async def bounced(ctx: Context, conn: AsyncConnection, case: Situation) -> None:
    """The vendor proved the address dead while we were sending: a fact, and no message goes there again."""
    row = case.message
    fact = Engagement(row.id, EngagementKind.HARD_BOUNCED, ctx.now(), f"hard_bounced:{row.id}:{row.revision}")
    await engagements.record(conn, row.workspace_id, [fact])
    if case.contact is not None:
        key = addresses.identity_key(case.contact.email)
        await people.block(conn, row.workspace_id, [key], cause="hard bounce", by="deliver", now=ctx.now())


async def reply(ctx: Context, who: Who, *, contact: str, klass: ReplyClass, text: str) -> int:
    """A person pastes a reply. A human one holds everything pending to that contact; an opt-out suppresses."""
    if not text.strip():
        raise Refused("Paste what they wrote.", field="text")
    async with ctx.db.begin() as conn:
        found = await _known(conn, who, contact)
        last = await messages.last_sent(conn, who.workspace_id, found.id)
        reply_id = await replies.add(
            conn, who.workspace_id, contact_id=found.id, message_id=last.id if last else None,
            text=text.strip()[:TEXT], klass=klass, recorded_by=who.user_id, now=ctx.now(),
        )  # fmt: skip
        if klass not in AUTOMATIC:
            await _human(ctx, conn, who, found, last, klass, reply_id)
        await cards.want(conn, who.workspace_id, "reply", reply_id, who.channel)
        await marks.note(
            conn, who.workspace_id, "contact", found.id, "reply",
            actor=who.user_id, now=ctx.now(), detail=klass,
        )  # fmt: skip
    return reply_id


async def decide(ctx: Context, who: Who, reply_id: int, decision: str) -> None:
    """Continue lets what was held go on; stop ends every sequence of this contact."""
    async with ctx.db.begin() as conn:
        found = await replies.get(conn, who.workspace_id, reply_id, lock=True)
        if found is None:
            raise Refused("That reply no longer exists.")
        if found.decided_by:
            raise Refused(f"<@{found.decided_by}> already decided: {found.decision}.")
        await contacts.lock(conn, [found.contact_id])
        await replies.decide(conn, who.workspace_id, reply_id, decision=decision, by=who.user_id)
        if decision == "stop":
            await _stop(ctx, conn, who, found.contact_id)
        if not await replies.undecided(conn, who.workspace_id, found.contact_id):
            await _release(ctx, conn, who, found.contact_id)
        await marks.stale(conn, "reply", [reply_id])


async def _human(
    ctx: Context,
    conn: AsyncConnection,
    who: Who,
    contact: Contact,
    last: Message | None,
    klass: ReplyClass,
    reply_id: int,
) -> None:
    if last is not None:
        detail = {"class": klass, "positive": klass in POSITIVE}
        fact = Engagement(last.id, EngagementKind.REPLIED, ctx.now(), f"replied:{reply_id}", detail=detail)
        await engagements.record(conn, who.workspace_id, [fact])
    await contacts.change(conn, who.workspace_id, contact.id, {"status": "replied"})
    if klass is ReplyClass.OPT_OUT:
        await replies.decide(conn, who.workspace_id, reply_id, decision="opted out", by=who.user_id)
        await people.opt_out(
            conn, who.workspace_id, contact.id, cause="opted out", by=who.user_id, now=ctx.now()
        )
        return
    await contacts.hold(conn, who.workspace_id, contact.id, ctx.now())
    held: dict[str, Any] = {"due_at": None, "note": "They replied; a person decides what happens next."}
    mine = rows.c.contact_id == contact.id
    common: dict[str, Any] = {"workspace_id": who.workspace_id, "actor": who.user_id, "now": ctx.now()}
    await move_where(conn, Event.TAKE_BACK, mine, **common, values=held)
    await move_where(conn, Event.PARK, mine & rows.c.due_at.is_not(None), **common, values=held)


async def _stop(ctx: Context, conn: AsyncConnection, who: Who, contact_id: int) -> None:
    why, now = "A person stopped it after a reply.", ctx.now()
    await move_where(
        conn, Event.CANCEL, rows.c.contact_id == contact_id,
        workspace_id=who.workspace_id, actor=who.user_id, now=now, values={"due_at": None, "note": why},
    )  # fmt: skip
    await contacts.stop_enrolments(conn, who.workspace_id, [contact_id], reason=why, now=now)


async def _release(ctx: Context, conn: AsyncConnection, who: Who, contact_id: int) -> None:
    await contacts.release(conn, who.workspace_id, contact_id)
    parked = (rows.c.contact_id == contact_id) & rows.c.due_at.is_(None)
    common: dict[str, Any] = {"workspace_id": who.workspace_id, "actor": who.user_id, "now": ctx.now()}
    drafted = rows.c.state == State.DRAFTED
    later = {"due_at": ctx.now() + timedelta(days=7), "note": ""}
    await move_where(conn, Event.UNPARK, parked & drafted, **common, values=later)
    await move_where(
        conn, Event.UNPARK, parked & ~drafted, **common, values={"due_at": ctx.now(), "note": ""}
    )


async def _seen(
    ctx: Context, purpose: str, kind: EngagementKind, token: str, user_agent: str
) -> tuple[Message, int] | None:
    read = ctx.signer.read(purpose, token)
    if read is None:
        return None
    message_id, n = read
    async with ctx.db.begin() as conn:
        message = await messages.locate(conn, message_id)
        if message is None:
            return None
        human = not agents.is_machine(user_agent, ctx.now() - (message.sent_at or ctx.now()))
        minute = int(ctx.now().timestamp() // OPEN_AGAIN.total_seconds())
        key = f"{kind}:{message_id}:{n}:{'human' if human else 'machine'}:{minute}"
        await engagements.record(
            conn, message.workspace_id, [Engagement(message_id, kind, ctx.now(), key, human, {"link": n})]
        )
    return message, n


async def _known(conn: AsyncConnection, who: Who, address: str) -> Contact:
    key = addresses.merge_key(addresses.email_address(address))
    found = await contacts.by_key(conn, who.workspace_id, key)
    if found is None:
        raise Refused(
            "There is no contact with that address. Add one with /outreach contact.", field="contact"
        )
    return (await contacts.lock(conn, [found.id]))[0]


async def _contact(conn: AsyncConnection, message: Message) -> Contact | None:
    if message.contact_id is None:
        return None
    return await contacts.get(conn, message.workspace_id, message.contact_id)
