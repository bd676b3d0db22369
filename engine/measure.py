"""Measure: what comes back — opens, clicks, opt-outs, bounces — becomes facts about a message."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import contacts as people
from engine import policy
from engine.context import Context
from engine.plan import sooner
from engine.rules import addresses, agents, links
from storage import contacts, engagements, facts, messages
from storage.facts import Situation
from storage.model import Contact, Engagement, EngagementKind, Message, channels

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
        await people.opt_out(  # first: it locks the contact, and what is recorded of a mail locks that before cards
            conn,
            message.workspace_id,
            message.contact_id,
            cause="unsubscribed",
            by="recipient",
            now=ctx.now(),
        )
        fact = Engagement(message.id, EngagementKind.UNSUBSCRIBED, ctx.now(), f"unsubscribed:{message.id}")
        await engagements.record(conn, message.workspace_id, [fact])
    return True


async def bounced(ctx: Context, conn: AsyncConnection, case: Situation) -> None:
    """The vendor proved the address dead while we were sending: a fact, and no message goes there again."""
    row = case.message
    fact = Engagement(row.id, EngagementKind.HARD_BOUNCED, ctx.now(), f"hard_bounced:{row.id}:{row.revision}")
    await engagements.record(conn, row.workspace_id, [fact])
    if case.contact is not None:
        await dead(conn, case.contact, row.channel, by="deliver", now=ctx.now())


async def dead(conn: AsyncConnection, contact: Contact, channel: str, *, by: str, now: datetime) -> None:
    """Nothing that is sent to their address on this channel arrives: nothing goes there again."""
    address = facts.address_of(contact, channel)
    if channels.known(channel).by_phone and address:
        await people.block_number(
            conn, contact.workspace_id, address, cause=facts.DEAD_NUMBER, by=by, now=now
        )
    elif contact.email:
        key = addresses.identity_key(contact.email)
        await people.block(conn, contact.workspace_id, [key], cause="hard bounce", by=by, now=now)


async def refused(ctx: Context, conn: AsyncConnection, case: Situation) -> None:
    """The vendor says that they told it to stop: the same as an opt-out that they told us."""
    row = case.message
    fact = Engagement(row.id, EngagementKind.UNSUBSCRIBED, ctx.now(), f"unsubscribed:{row.id}")
    await engagements.record(conn, row.workspace_id, [fact])
    if case.contact is None:
        return
    said: dict[str, Any] = {"by": "deliver", "now": ctx.now()}
    if channels.known(row.channel).by_phone and policy.read(case.settings).stop_scope == "phone":
        await people.block_number(conn, row.workspace_id, case.address, cause=facts.STOPPED_NUMBER, **said)
    else:
        cause = "told the vendor to stop"
        await people.opt_out(
            conn, row.workspace_id, case.contact.id, cause=cause, channel=row.channel, **said
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
        new = await engagements.record(
            conn, message.workspace_id, [Engagement(message_id, kind, ctx.now(), key, human, {"link": n})]
        )
        if new and human and kind is EngagementKind.CLICKED:
            await sooner.after_click(ctx, conn, message)
    return message, n


async def _contact(conn: AsyncConnection, message: Message) -> Contact | None:
    if message.contact_id is None:
        return None
    return await contacts.get(conn, message.workspace_id, message.contact_id)
