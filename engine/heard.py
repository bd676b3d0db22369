"""What vendors tell us unasked: texts that people wrote, opt-outs, and what became of ours. Sends nothing.

A vendor names no workspace: our own key does, else the number, which is then looked for in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import consents, measure, notices, policy, replies
from engine import contacts as people
from engine.channels.incoming import Incoming, Kind
from engine.context import Context, Who
from engine.policy import StopScope
from storage import (
    campaigns,
    contacts,
    engagements,
    facts,
    marks,
    messages,
    senders,
    suppressions,
    workspaces,
)
from storage.lifecycle import Event, State
from storage.messages import Change
from storage.model import Contact, Engagement, EngagementKind, Message, ReplyClass
from storage.tables import messages as rows

log = structlog.get_logger(__name__)

WORDLESS = "(A message without words.)"
RECIPIENT = "recipient"
"""The actor of what a recipient did."""
_CAUSES: Mapping[StopScope, str] = {"person": facts.STOPPED, "phone": facts.STOPPED_NUMBER}
"""What a START from the same number takes back."""
_ALL = re.compile(r"\W*stopall\W*", re.IGNORECASE)
_KEY = re.compile(r"(?P<send>(?P<id>[0-9]{1,18})\.[0-9]{1,9}\.[0-9]{1,9})-(?P<ms>[0-9a-f]{1,16})\Z")


async def take(ctx: Context, told: Sequence[Incoming]) -> None:
    """Act on what a vendor told, each fact in a transaction of its own. Told twice, late or in any order, it is one."""
    for fact in told:
        async with ctx.db.begin() as conn:
            await _ACTS[fact.kind](ctx, conn, fact)
    ctx.db.wake()


# --- what people wrote


async def _message(ctx: Context, conn: AsyncConnection, fact: Incoming) -> None:
    """A reply of whoever was last written to at this number: it holds everything like any other."""
    found = await _last_written_to(conn, fact)
    if found is None:
        log.info("nobody_known", kind=str(fact.kind), channel=fact.channel)
        return
    if await workspaces.remember(conn, found.workspace_id, fact.dedupe_key, ctx.now()):
        (contact,) = await contacts.lock(conn, [found.id])
        await _reply(ctx, conn, contact, fact)


async def _reply(
    ctx: Context, conn: AsyncConnection, contact: Contact, fact: Incoming, klass: ReplyClass | None = None,
    *, stopped: str = "",
) -> None:  # fmt: skip
    """It answers our last message on the channel where they wrote, and appears where that one's campaign is."""
    last = await messages.last_sent(conn, contact.workspace_id, contact.id, channel=fact.channel)
    who = await _as_recipient(conn, contact, last)
    await replies.take(ctx, conn, who, contact, fact.text or WORDLESS, klass, to=last, stopped=stopped)


async def _stop(ctx: Context, conn: AsyncConnection, fact: Incoming) -> None:
    """Nothing more goes to this number or to whoever has it, from any workspace that could write to it.

    A workspace may have chosen that STOP ends texts and calls alone: the rest then waits for a person. STOPALL ends all.
    """
    if fact.note:
        await _refused(ctx, conn, fact)
        return
    behind = await contacts.reached(conn, fact.address)
    written_to = await _last_written_to(conn, fact)
    for workspace in await workspaces.every(conn):
        mine = await contacts.lock(conn, [one.id for one in behind if one.workspace_id == workspace.id])
        if not mine and await senders.of_channel(conn, workspace.id, fact.channel) is None:
            continue
        if not await workspaces.remember(conn, workspace.id, fact.dedupe_key, ctx.now()):
            continue
        scope = await _scope(conn, workspace.id, fact)
        for contact in mine:
            await _take_leave(ctx, conn, contact, fact, scope)
        if not mine:
            await people.block(
                conn, workspace.id, [fact.address], cause=_CAUSES[scope], by=RECIPIENT, now=ctx.now()
            )
        spoke = next((one for one in mine if written_to and one.id == written_to.id), None)
        if spoke is not None:
            await _reply(ctx, conn, spoke, fact, ReplyClass.OPT_OUT, stopped=scope)


async def _scope(conn: AsyncConnection, workspace_id: str, fact: Incoming) -> StopScope:
    return "person" if _ALL.fullmatch(fact.text) else (await policy.of(conn, workspace_id)).stop_scope


async def _take_leave(
    ctx: Context, conn: AsyncConnection, contact: Contact, fact: Incoming, scope: StopScope
) -> None:
    said: dict[str, Any] = {"cause": _CAUSES[scope], "by": RECIPIENT, "now": ctx.now()}
    if scope == "phone":
        await people.block_number(conn, contact.workspace_id, fact.address, **said)
    else:
        await people.opt_out(conn, contact.workspace_id, contact.id, channel=fact.channel, **said)
    last = await messages.last_sent(conn, contact.workspace_id, contact.id, channel=fact.channel)
    if last is not None:
        gone = Engagement(last.id, EngagementKind.UNSUBSCRIBED, fact.at, f"unsubscribed:{last.id}")
        await engagements.record(conn, contact.workspace_id, [gone])
    await consents.taken_back(
        ctx, conn, contact, fact.channel, at=fact.at, source=facts.STOPPED, by=RECIPIENT
    )


async def _start(ctx: Context, conn: AsyncConnection, fact: Incoming) -> None:
    """Their own STOP is taken back by the same number, and with it what they had agreed to; nothing else is lifted."""
    behind = await contacts.reached(conn, fact.address)
    for workspace in await workspaces.every(conn):
        mine = await contacts.lock(conn, [one.id for one in behind if one.workspace_id == workspace.id])
        if not await workspaces.remember(conn, workspace.id, fact.dedupe_key, ctx.now()):
            continue
        mailboxes = [await contacts.block_key(conn, workspace.id, one.id) for one in mine]
        keys = [fact.address, *filter(None, mailboxes)]
        if not await suppressions.lift(conn, workspace.id, keys, causes=tuple(_CAUSES.values())):
            continue
        for contact in mine:
            await consents.given_back(ctx, conn, contact, fact.channel, at=fact.at, by=RECIPIENT)
            await marks.note(
                conn, workspace.id, "contact", contact.id, "start", actor=RECIPIENT, now=ctx.now()
            )


# --- what became of ours


async def _taken(ctx: Context, conn: AsyncConnection, fact: Incoming) -> None:
    await _ours(ctx, conn, fact)


async def _delivered(ctx: Context, conn: AsyncConnection, fact: Incoming) -> None:
    if row := await _ours(ctx, conn, fact):
        await _record(conn, row, EngagementKind.DELIVERED, fact)


async def _soft(ctx: Context, conn: AsyncConnection, fact: Incoming) -> None:
    if row := await _ours(ctx, conn, fact):
        await _record(conn, row, EngagementKind.SOFT_BOUNCED, fact)


async def _hard(ctx: Context, conn: AsyncConnection, fact: Incoming) -> None:
    """A number that no text reaches: a fact, and no more texts to it."""
    row = await _ours(ctx, conn, fact)
    if row is not None and row.contact_id is not None:
        await _record(conn, row, EngagementKind.HARD_BOUNCED, fact)
        (contact,) = await contacts.lock(conn, [row.contact_id])
        if facts.address_of(contact, row.channel) == fact.address:
            await measure.dead(conn, contact, row.channel, by="vendor", now=ctx.now())


async def _refused(ctx: Context, conn: AsyncConnection, fact: Incoming) -> None:
    """The vendor kept a message of ours back because they had told it to stop."""
    row = await _ours(ctx, conn, fact)
    if row is not None and row.contact_id is not None:
        await _record(conn, row, EngagementKind.SOFT_BOUNCED, fact)
        (contact,) = await contacts.lock(conn, [row.contact_id])
        await _take_leave(ctx, conn, contact, fact, await _scope(conn, row.workspace_id, fact))


async def _record(conn: AsyncConnection, row: Message, kind: EngagementKind, fact: Incoming) -> None:
    detail = {"note": fact.note} if fact.note else {}
    seen = Engagement(row.id, kind, fact.at, fact.dedupe_key, detail=detail)
    await engagements.record(conn, row.workspace_id, [seen])


async def _ours(ctx: Context, conn: AsyncConnection, fact: Incoming) -> Message | None:
    """The message that a report is about. One whose fate was unknown has arrived: it is never sent again."""
    key = _KEY.match(fact.key)
    row = await messages.locate(conn, int(key["id"])) if key else await _by_number(conn, fact)
    if row is None or (key and round(row.created_at.timestamp() * 1000) != int(key["ms"], 16)):
        return None
    if key is None or key["send"] != row.send_key or not row.attempts:
        return row
    if row.contact_id is not None and row.state in (State.UNSURE, State.SCHEDULED):
        (contact,) = await contacts.lock(conn, [row.contact_id])
        await _arrived(ctx, conn, row, contact, fact)
    return row


async def _arrived(
    ctx: Context, conn: AsyncConnection, row: Message, contact: Contact, fact: Incoming
) -> None:
    change = Change(row.id, attempts=row.attempts)
    actor = fact.dedupe_key.partition(":")[0]
    sent_at = row.sent_at or fact.at
    if row.state == State.SCHEDULED:
        again = {"note": "The vendor has it.", "due_at": None, "sent_at": sent_at}
        await messages.move(conn, Event.LOSE, [change], actor=actor, now=ctx.now(), values=again)
    values = {"provider_id": fact.provider_id, "note": "", "due_at": None, "sent_at": sent_at}
    moved = await messages.move(conn, Event.SENT, [change], actor=actor, now=ctx.now(), values=values)
    if moved:
        await facts.touch(conn, [contact.id], max(sent_at, contact.touched_at or sent_at))
        await facts.contacted(conn, [contact.id])


async def _by_number(conn: AsyncConnection, fact: Incoming) -> Message | None:
    """Without our key, by the vendor's: among the messages to whoever has the number, so that an index is read."""
    for contact in await contacts.reached(conn, fact.address):
        mine = (rows.c.contact_id == contact.id) & (rows.c.provider_id == fact.provider_id)
        if found := await messages.find(conn, contact.workspace_id, mine, limit=1):
            return found[0]
    return None


# --- who it is


async def _last_written_to(conn: AsyncConnection, fact: Incoming) -> Contact | None:
    """Several may share a number, in several workspaces: it is whoever had our last message on this channel."""
    behind = [one for one in await contacts.reached(conn, fact.address) if _reads(one, fact)]
    sent: list[tuple[datetime, int, Contact]] = []
    for one in behind:
        last = await messages.last_sent(conn, one.workspace_id, one.id, channel=fact.channel)
        if last is not None and last.sent_at is not None:
            sent.append((last.sent_at, one.id, one))
    return max(sent)[2] if sent else (behind[0] if len(behind) == 1 else None)


def _reads(contact: Contact, fact: Incoming) -> bool:
    return facts.address_of(contact, fact.channel) == fact.address


async def _as_recipient(conn: AsyncConnection, contact: Contact, last: Message | None) -> Who:
    """Their reply appears where their campaign is worked on, else where the admins look."""
    campaign = (
        await campaigns.get(conn, contact.workspace_id, last.campaign_id)
        if last is not None and last.campaign_id is not None
        else None
    )
    place = campaign.channel_id if campaign is not None else ""
    place = place or await notices.admin_place(conn, contact.workspace_id)
    return Who(contact.workspace_id, RECIPIENT, channel=place)


_ACTS: Mapping[Kind, Callable[[Context, AsyncConnection, Incoming], Awaitable[None]]] = {
    Kind.MESSAGE: _message,
    Kind.HELP: _message,
    Kind.OPT_OUT: _stop,
    Kind.OPT_IN: _start,
    Kind.TAKEN: _taken,
    Kind.DELIVERED: _delivered,
    Kind.SOFT_BOUNCED: _soft,
    Kind.HARD_BOUNCED: _hard,
}
