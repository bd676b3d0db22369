"""What a person does about one contact: their card, a note, send now, pause, take over. Skips no gate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import holds, policy
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import gates, timing
from engine.rules.gates import Kind
from engine.writing import cleaning
from storage import cards, contacts, facts, marks, messages, senders
from storage.facts import Situation
from storage.lifecycle import PENDING, Event, State
from storage.messages import Change
from storage.model import Contact
from storage.tables import messages as rows

PAUSED = "A person paused everything to them."
TAKEN = "A person took them over."
NOTE, STATED = 1_000, 200
"""Characters of a note, and of what a contact stated."""
_UNWRITTEN = ("approval", "placeholders")
"""What no words can pass that are not written yet; their draft is judged again, by a person and by every gate."""


async def show(ctx: Context, who: Who, contact_id: int) -> None:
    """Post the contact's card here, or again where it already stands in this channel."""
    if not who.channel:
        return
    async with ctx.db.begin() as conn:
        await _locked(conn, who, contact_id)
        await cards.want(conn, who.workspace_id, "contact", contact_id, who.channel)
        card = await cards.find(conn, who.workspace_id, "contact", contact_id, who.channel)
        if card is not None and card.ts is not None:
            await cards.post_anew(conn, card)


async def address(ctx: Context, who: Who, contact_id: int) -> str:
    """What people call them by in a command: their e-mail address, number or LinkedIn address."""
    async with ctx.db.read() as conn:
        found = await contacts.get(conn, who.workspace_id, contact_id)
    return (found.email or found.phone or found.whatsapp or found.linkedin_url) if found else ""


async def note(ctx: Context, who: Who, contact_id: int, text: str, stated: Mapping[str, str]) -> None:
    """Keep what a person knows: a note, and facts the contact stated (budget, timeline, pain). At least one of them."""
    said = cleaning.clean(text, NOTE, lines=True)
    told = {name: value for name, raw in stated.items() if (value := cleaning.clean(raw, STATED))}
    if not said and not told:
        raise Refused("Write a note, or what they stated.", field="note")
    async with ctx.db.begin() as conn:
        contact = await _locked(conn, who, contact_id)
        if told:
            source = f"told to a person on {ctx.now():%Y-%m-%d}"
            known = {name: {"value": value, "source": source} for name, value in told.items()}
            await contacts.change(conn, who.workspace_id, contact_id, {"facts": {**contact.facts, **known}})
        heard = "; ".join(f"{name}: {value}" for name, value in told.items())
        await _note(ctx, conn, who, contact_id, "note", "\n".join(part for part in (said, heard) if part))


async def pause(ctx: Context, who: Who, contact_id: int) -> str:
    """Nothing leaves to them until somebody presses Resume. Returns the sentence to say."""
    async with ctx.db.begin() as conn:
        contact = await _free(conn, who, contact_id)
        await contacts.change(conn, who.workspace_id, contact_id, {"paused_by": who.user_id})
        await holds.hold(ctx, conn, who, contact_id, PAUSED)
        await _note(ctx, conn, who, contact_id, "pause")
    return f"Paused: nothing leaves to {contact.name} until someone presses Resume."


async def resume(ctx: Context, who: Who, contact_id: int) -> str:
    """What a pause held goes on, unless a reply or a conflict waits for a decision."""
    async with ctx.db.begin() as conn:
        contact = await _locked(conn, who, contact_id)
        if contact.paused_by is None:
            raise Refused(f"{contact.name} is not paused.")
        await contacts.change(conn, who.workspace_id, contact_id, {"paused_by": None})
        goes_on = await holds.release(ctx, conn, who, contact)
        await _note(ctx, conn, who, contact_id, "resume")
    if goes_on:
        return f"Resumed: messages to {contact.name} go on."
    return f"Resumed, but a reply or a conflict of {contact.name} still waits for a decision."


async def take_over(ctx: Context, who: Who, contact_id: int) -> str:
    """This person writes to them from now on: every sequence of theirs ends, and nothing else leaves to them."""
    async with ctx.db.begin() as conn:
        contact = await _locked(conn, who, contact_id)
        if contact.taken_by is not None:
            raise Refused(f"<@{contact.taken_by}> already took {contact.name} over.")
        await contacts.change(
            conn, who.workspace_id, contact_id, {"taken_by": who.user_id, "paused_by": None}
        )
        await holds.stop(ctx, conn, who, contact_id, TAKEN)
        await contacts.hold(conn, who.workspace_id, contact_id, ctx.now())
        await _note(ctx, conn, who, contact_id, "take_over")
    return f"{contact.name} is yours: their sequences ended, and nothing else leaves to them."


async def give_back(ctx: Context, who: Who, contact_id: int) -> str:
    """They may be written to again. What ended stays ended."""
    async with ctx.db.begin() as conn:
        contact = await _locked(conn, who, contact_id)
        if contact.taken_by is None:
            raise Refused(f"Nobody took {contact.name} over.")
        await contacts.change(conn, who.workspace_id, contact_id, {"taken_by": None})
        await holds.release(ctx, conn, who, contact)
        await _note(ctx, conn, who, contact_id, "give_back")
    return f"{contact.name} may be written to again; what ended stays ended."


async def send_now(ctx: Context, who: Who, contact_id: int) -> str:
    """Bring their next message forward to this moment, if every gate lets it pass. Raises Refused with the reason.

    Words that nobody approved are not sent: they are drafted now, or their card is named.
    """
    async with ctx.db.begin() as conn:
        contact = await _locked(conn, who, contact_id)
        case = await _next(ctx, conn, who, contact)
        _refuse(ctx, case)
        state = State(case.message.state)
        slot_at = None if state is State.PLANNED else ctx.now()
        change = Change(
            case.message.id, {"due_at": ctx.now(), "slot_at": slot_at, "note": ""}, case.message.revision
        )
        moved = await messages.move(
            conn, Event.HOLD, [change], actor=who.user_id, now=ctx.now(), workspace_id=who.workspace_id
        )
        if not moved:
            raise Refused("It is leaving already; look at the card again.")
        await _note(ctx, conn, who, contact_id, "send_now")
    if state is State.PLANNED:
        return f"The next message to {contact.name} is being written; it leaves once somebody approves it."
    return f"The next message to {contact.name} leaves now."


async def _next(ctx: Context, conn: AsyncConnection, who: Who, contact: Contact) -> Situation:
    """The pending message that comes first; one that waits without a time comes last."""
    mine = rows.c.contact_id == contact.id
    pending = await messages.find(conn, who.workspace_id, mine, rows.c.state.in_(PENDING))
    if not pending:
        raise Refused(f"Nothing is planned for {contact.name}. Put them in a campaign first.")
    first = min(pending, key=lambda row: (row.due_at is None, row.slot_at or row.due_at or ctx.now(), row.id))
    return (await facts.gather(conn, [first], lock=True))[0]


def _refuse(ctx: Context, case: Situation) -> None:
    """Raises Refused with the reason why this message may not leave now."""
    state, rules, now = State(case.message.state), policy.read(case.settings), ctx.now()
    if case.message.is_offered:
        raise Refused("It is a task for a person: press Done on its card when it is done.")
    if state is State.DRAFTED:
        raise Refused("Its words wait for a decision: approve them on their card.")
    left_out = _UNWRITTEN if state is State.PLANNED else ()
    _, verdict = gates.decide(case, rules, now, leave_out=left_out)
    if verdict.kind is not Kind.PASS:
        raise Refused(verdict.reason + _from(verdict.until, gates.zones_of(case, rules)[0]))
    if state is not State.PLANNED and case.sender is not None and senders.room(case.sender, now) == 0:
        raise Refused("The sender has sent all it may today; it leaves on a day with room.")


def _from(until: datetime | None, zone: str) -> str:
    local = until and until.astimezone(ZoneInfo(zone))
    return f" It may leave from {timing.shown(local)} {local:%H:%M} ({zone})." if local else ""


async def _free(conn: AsyncConnection, who: Who, contact_id: int) -> Contact:
    """Raises Refused naming who was first."""
    contact = await _locked(conn, who, contact_id)
    if contact.taken_by:
        raise Refused(f"<@{contact.taken_by}> took {contact.name} over; nothing leaves to them anyway.")
    if contact.paused_by:
        raise Refused(f"<@{contact.paused_by}> paused {contact.name} already.")
    return contact


async def _locked(conn: AsyncConnection, who: Who, contact_id: int) -> Contact:
    if await contacts.get(conn, who.workspace_id, contact_id) is None:
        raise Refused("That contact no longer exists.")
    return (await contacts.lock(conn, [contact_id]))[0]


async def _note(
    ctx: Context, conn: AsyncConnection, who: Who, contact_id: int, event: str, detail: str = ""
) -> None:
    await marks.note(
        conn, who.workspace_id, "contact", contact_id, event, actor=who.user_id, now=ctx.now(), detail=detail
    )
    await marks.stale(conn, "contact", [contact_id])
