"""The suggested answer to a reply (G4): a row that is drafted at once, and needs an approval like every other message.

At most one answer to a contact is open; a newer reply, or a decision that ends things, takes the older one back.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.context import Context, Who
from engine.plan import sequence
from storage import campaigns, cards, messages
from storage.lifecycle import NOT_ALIVE, Event, State
from storage.messages import move_where
from storage.model import CampaignStatus, Contact, Reply, ReplyClass
from storage.tables import messages as rows

SUGGESTED = (
    ReplyClass.INTERESTED, ReplyClass.QUESTION, ReplyClass.NOT_NOW,
    ReplyClass.REFERRAL, ReplyClass.NEGATIVE, ReplyClass.NEUTRAL,
)  # fmt: skip
"""Of unclear ones nobody knows yet what to say, and to the others nothing is said."""
AUTOMATIC = (ReplyClass.OUT_OF_OFFICE, ReplyClass.BOUNCE)
NEWER = "They wrote again; the newer reply has its own answer."
WENT_ON = "A person let the sequence go on; its next touch answers them."
CORRECTED = "The reply turned out to be something else."
WHY_CHANNEL = "the channel of the message that they answered"


async def suggest(ctx: Context, conn: AsyncConnection, who: Who, contact: Contact, reply: Reply) -> None:
    """Plan the answer to a reply whose class has one, and take back what is open besides. The contact is locked."""
    mine = rows.c.dedupe_key == messages.answer_key(reply.id)
    if reply.klass not in AUTOMATIC:
        await _take_back(ctx, conn, who, contact.id, ~mine, NEWER)
    if reply.klass not in SUGGESTED or reply.decided_by:
        await _take_back(ctx, conn, who, contact.id, mine, CORRECTED)
    elif not await _anew(ctx, conn, who, mine):
        await _plan(ctx, conn, who, contact, reply)


async def withdraw(ctx: Context, conn: AsyncConnection, who: Who, contact_id: int) -> None:
    """The sequence goes on: an answer that nobody decided on gives way to it, and the next touch is written anew, since
    its words knew nothing of the reply (C1). What was approved keeps its words."""
    undecided = rows.c.state.in_((State.PLANNED, State.DRAFTED))
    await _take_back(ctx, conn, who, contact_id, undecided, WENT_ON)
    touches = (rows.c.contact_id == contact_id) & (rows.c.state == State.DRAFTED) & (rows.c.step > 1)
    await move_where(
        conn, Event.REWRITE, touches & ~messages.is_answer(), workspace_id=who.workspace_id,
        actor=who.user_id, now=ctx.now(), values={"due_at": None, "note": sequence.HELD},
    )  # fmt: skip


async def _anew(ctx: Context, conn: AsyncConnection, who: Who, mine: ColumnElement[bool]) -> bool:
    """An undecided answer is written again, for another class. Returns whether there is one, or was one sent."""
    await move_where(
        conn, Event.REWRITE, mine & (rows.c.state == State.DRAFTED), workspace_id=who.workspace_id,
        actor=who.user_id, now=ctx.now(), values={"due_at": ctx.now(), "note": CORRECTED},
    )  # fmt: skip
    return bool(await messages.find(conn, who.workspace_id, mine, rows.c.state.not_in(NOT_ALIVE), limit=1))


async def _plan(ctx: Context, conn: AsyncConnection, who: Who, contact: Contact, reply: Reply) -> None:
    """On the channel, in the thread and as the sender of the message that they answered."""
    last = await messages.get(conn, who.workspace_id, reply.message_id) if reply.message_id else None
    campaign = last and last.campaign_id and await campaigns.get(conn, who.workspace_id, last.campaign_id)
    if last is None or not campaign or campaign.status is CampaignStatus.CANCELLED:
        return
    place = await cards.place_of(conn, who.workspace_id, "reply", reply.id)
    row = {
        "workspace_id": who.workspace_id, "campaign_id": campaign.id, "enrolment_id": last.enrolment_id,
        "strategy_id": last.strategy_id, "brand_id": last.brand_id, "sender_id": last.sender_id, "step": last.step,
        "contact_id": contact.id, "channel": last.channel, "fallbacks": (),
        "options": {"answers": reply.id, "channel": place, "why_channel": WHY_CHANNEL},
        "state": State.PLANNED, "due_at": ctx.now(),
        "dedupe_key": messages.answer_key(reply.id), "created_at": ctx.now(),
    }  # fmt: skip
    await messages.add(conn, [row], actor=who.user_id, now=ctx.now())


async def _take_back(
    ctx: Context, conn: AsyncConnection, who: Who, contact_id: int, which: ColumnElement[bool], why: str
) -> None:
    await move_where(
        conn, Event.CANCEL, (rows.c.contact_id == contact_id) & messages.is_answer() & which,
        workspace_id=who.workspace_id, actor=who.user_id, now=ctx.now(), values={"due_at": None, "note": why},
    )  # fmt: skip
