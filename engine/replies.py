"""Replies that people paste: read by rules or named by a person, corrected, decided. What each does to what is pending.

Any human reply holds; only an automatic answer, a bounce and an opt-out act by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import addressees, answers, holds
from engine import contacts as people
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import addresses, automatic, quotes
from engine.rules import replies as rules
from storage import cards, contacts, engagements, marks, messages, replies
from storage.model import Contact, ContactStatus, Engagement, EngagementKind, Message, Reply, ReplyClass

AUTOMATIC = answers.AUTOMATIC
POSITIVE = (ReplyClass.INTERESTED, ReplyClass.QUESTION, ReplyClass.REFERRAL)
NO_DAY = timedelta(days=7)
"""How long somebody is taken to be away whose note names no day of return."""
FARTHEST = timedelta(days=550)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person's decision about a reply does besides letting go of the hold."""

    status: ContactStatus | None = None
    fact: EngagementKind | None = None
    stops: str = ""


CHOICES: Mapping[str, Choice] = {
    "continue": Choice(),
    "stop": Choice(stops="A person stopped it after a reply."),
    "meeting": Choice(ContactStatus.QUALIFIED, EngagementKind.MEETING_BOOKED, "A meeting is booked."),
    "won": Choice(ContactStatus.CONVERTED, EngagementKind.CONVERTED, "They became a customer."),
    "lost": Choice(ContactStatus.LOST, stops="A person gave them up."),
}


async def record(
    ctx: Context, who: Who, *, contact: str, text: str, klass: ReplyClass | None = None
) -> Reply:
    """A person pastes a reply; without a class its words decide. What is kept is what they wrote themselves."""
    if not text.strip():
        raise Refused("Paste what they wrote.", field="text")
    async with ctx.db.begin() as conn:
        found = await addressees.named(conn, who, contact)
        return await take(ctx, conn, who, found, text, klass)


async def take(
    ctx: Context, conn: AsyncConnection, who: Who, found: Contact, text: str,
    klass: ReplyClass | None = None, *, to: Message | None = None, stopped: str = "",
) -> Reply:  # fmt: skip
    """Write a reply of a locked contact down, and act on it. Its card appears where `who` speaks. `stopped` is what a
    STOP has ended already (engine.policy.StopScope)."""
    reading = rules.read(text, await holds.today(ctx, conn, found)).stored() | {"stopped": stopped}
    given = klass or ReplyClass(reading["klass"])
    if klass is not None:
        reading["klass"] = None
    last = to or await messages.last_sent(conn, who.workspace_id, found.id)
    reply_id = await replies.add(
        conn, who.workspace_id, contact_id=found.id, message_id=last.id if last else None,
        text=_kept(text, given), klass=given, recorded_by=who.user_id, now=ctx.now(), reading=reading,
    )  # fmt: skip
    await cards.want(conn, who.workspace_id, "reply", reply_id, who.channel)
    await _note(ctx, conn, who, found.id, "reply", f"{given} by {who.user_id if klass else 'rules'}")
    made = await _locked(conn, who, reply_id)
    await _act(ctx, conn, who, found, made)
    return made


async def correct(ctx: Context, who: Who, reply_id: int, klass: ReplyClass) -> str:
    """A person says what a reply is; that counts, and acts. Returns a sentence where something cannot be undone."""
    async with ctx.db.begin() as conn:
        contact, found = await _both(conn, who, reply_id)
        if klass in (found.klass, ReplyClass.UNCLEAR):
            raise Refused(f"It is taken for {str(klass).replace('_', ' ')} already.")
        reading = {**(found.reading or {}), "was": found.klass, "corrected_by": who.user_id, "stopped": ""}
        await replies.correct(conn, who.workspace_id, reply_id, klass, reading)
        await _note(ctx, conn, who, contact.id, "correct", f"{found.klass} → {klass}")
        contact = await _take_back(conn, who, contact, found)
        await _act(ctx, conn, who, contact, await _locked(conn, who, reply_id))
        await marks.stale(conn, "reply", [reply_id])
    undone = found.klass is ReplyClass.OPT_OUT or bool((found.reading or {}).get("suppressed"))
    return "They stay on the suppression list: a correction takes nobody off it." if undone else ""


async def decide(ctx: Context, who: Who, reply_id: int, decision: str) -> None:
    """One of CHOICES, or "opt out". What was held goes on, unless the choice ends it."""
    async with ctx.db.begin() as conn:
        contact, found = await _open(conn, who, reply_id)
        if decision == "opt out":
            await _opt_out(ctx, conn, who, contact, found)
        else:
            await _choose(ctx, conn, who, contact, CHOICES[decision], {"reply": reply_id})
            await replies.decide(conn, who.workspace_id, reply_id, decision=decision, by=who.user_id)
            if decision == "continue":
                await answers.withdraw(ctx, conn, who, contact.id)
            await holds.release(ctx, conn, who, contact)
        await _note(ctx, conn, who, contact.id, "decide", decision)
        await marks.stale(conn, "reply", [reply_id])


async def not_now(ctx: Context, who: Who, reply_id: int, day: date | None) -> None:
    """Everything pending to them goes on by itself from that day."""
    async with ctx.db.begin() as conn:
        contact, _ = await _open(conn, who, reply_id)
        today = await holds.today(ctx, conn, contact)
        if day is None or not today < day <= today + FARTHEST:
            raise Refused("Choose a day to come, at most a year and a half from now.", field="day")
        decision = f"not now, goes on from {day}"
        await replies.decide(conn, who.workspace_id, reply_id, decision=decision, by=who.user_id)
        await holds.wait(ctx, conn, who, contact, await holds.opening(conn, contact, day))
        await _note(ctx, conn, who, contact.id, "decide", decision)
        await marks.stale(conn, "reply", [reply_id])


async def proposal(ctx: Context, who: Who, reply_id: int) -> date:
    """The day a reply names, else a month from now: what the form for "not now" begins with."""
    async with ctx.db.read() as conn:
        found = await replies.get(conn, who.workspace_id, reply_id)
    if found is None:
        raise Refused("That reply no longer exists.")
    named = (found.reading or {}).get("day")
    return date.fromisoformat(named) if named else ctx.now().date() + timedelta(days=30)


async def meeting(ctx: Context, who: Who, *, contact: str, on: date | None, note: str) -> bool:
    """A meeting was booked: their sequences end, their open replies are decided. False when nothing was ever sent to
    them, so that no message can be credited with it."""
    async with ctx.db.begin() as conn:
        found = await addressees.named(conn, who, contact)
        detail = {"on": on.isoformat() if on else None, "note": note}
        credited = await _choose(ctx, conn, who, found, CHOICES["meeting"], detail)
        decided = await replies.decide_all(
            conn, who.workspace_id, found.id, decision="meeting", by=who.user_id
        )
        await holds.release(ctx, conn, who, found)
        said = " ".join(part for part in (f"on {on:%a} {on.day} {on:%b %Y}" if on else "", note) if part)
        await _note(ctx, conn, who, found.id, "meeting", said)
        await marks.stale(conn, "reply", decided)
    return credited


# --- what a reply does


async def _act(ctx: Context, conn: AsyncConnection, who: Who, contact: Contact, found: Reply) -> None:
    if found.klass is ReplyClass.BOUNCE:
        await _bounced(ctx, conn, who, contact, found)
    elif found.klass is ReplyClass.OUT_OF_OFFICE:
        await _away(ctx, conn, who, contact, found)
    else:
        await _human(ctx, conn, who, contact, found)
    await answers.suggest(ctx, conn, who, contact, found)


async def _human(ctx: Context, conn: AsyncConnection, who: Who, contact: Contact, found: Reply) -> None:
    if found.message_id is not None:
        detail = {"class": found.klass, "positive": found.klass in POSITIVE}
        fact = Engagement(
            found.message_id, EngagementKind.REPLIED, found.created_at, _fact(found), detail=detail
        )
        if not await engagements.record(conn, who.workspace_id, [fact]):
            await engagements.judge(conn, who.workspace_id, _fact(found), human=True)
    if contact.status in (ContactStatus.NEW, ContactStatus.CONTACTED):
        await contacts.change(conn, who.workspace_id, contact.id, {"status": ContactStatus.REPLIED})
    if found.klass is ReplyClass.OPT_OUT and _stopped(found) != "phone":
        await _opt_out(ctx, conn, who, contact, found)
    elif not found.decided_by:
        await holds.hold(ctx, conn, who, contact.id)


async def _opt_out(ctx: Context, conn: AsyncConnection, who: Who, contact: Contact, found: Reply) -> None:
    await replies.decide(conn, who.workspace_id, found.id, decision="opted out", by=who.user_id)
    if _stopped(found) == "person":
        return
    last = await messages.get(conn, who.workspace_id, found.message_id) if found.message_id else None
    if last is not None:
        gone = Engagement(last.id, EngagementKind.UNSUBSCRIBED, ctx.now(), f"unsubscribed:{last.id}")
        await engagements.record(conn, who.workspace_id, [gone])
    await people.opt_out(
        conn, who.workspace_id, contact.id, cause=people.OPTED_OUT, by=who.user_id, now=ctx.now(),
        channel=last.channel if last else "",
    )  # fmt: skip


async def _away(ctx: Context, conn: AsyncConnection, who: Who, contact: Contact, found: Reply) -> None:
    """Back on a day: the business day after it. Without a day a week is assumed."""
    named = (found.reading or {}).get("day")
    if named:
        until = await holds.opening(conn, contact, date.fromisoformat(named), after=True)
    else:
        until = await holds.opening(conn, contact, (ctx.now() + NO_DAY).date())
    reading = {**(found.reading or {}), "until": until.isoformat()}
    await replies.correct(conn, who.workspace_id, found.id, found.klass, reading)
    longest = max(until, contact.away_until or until)
    await holds.wait(ctx, conn, who, contact, longest)


async def _bounced(ctx: Context, conn: AsyncConnection, who: Who, contact: Contact, found: Reply) -> None:
    """A dead address is never written to again; a full mailbox is a fact and no more. Rules must see it proved; a
    person's word is enough where nothing speaks against it."""
    reading = dict(found.reading or {})
    read = reading.get("klass") == ReplyClass.BOUNCE
    hard = bool(reading["hard"]) if read else not automatic.is_passing(found.text)
    kind = EngagementKind.HARD_BOUNCED if hard else EngagementKind.SOFT_BOUNCED
    if found.message_id is not None:
        fact = Engagement(found.message_id, kind, ctx.now(), f"{kind}:reply:{found.id}")
        await engagements.record(conn, who.workspace_id, [fact])
    if hard and contact.email:
        key = addresses.identity_key(contact.email)
        await people.block(conn, who.workspace_id, [key], cause="hard bounce", by=who.user_id, now=ctx.now())
        reading["suppressed"] = True
        await replies.correct(conn, who.workspace_id, found.id, found.klass, reading)
    await holds.release(ctx, conn, who, contact)


async def _take_back(conn: AsyncConnection, who: Who, contact: Contact, found: Reply) -> Contact:
    """What a reply did by a class that was not its own: its fact, and the absence it told of."""
    await engagements.judge(conn, who.workspace_id, _fact(found), human=False)
    until = (found.reading or {}).get("until")
    if until and contact.away_until == datetime.fromisoformat(until):
        await contacts.change(conn, who.workspace_id, contact.id, {"away_until": None})
    return (await contacts.lock(conn, [contact.id]))[0]


async def _choose(
    ctx: Context, conn: AsyncConnection, who: Who, contact: Contact, choice: Choice, detail: Mapping[str, Any]
) -> bool:
    """The contact's status, the fact about the last message, the end. Whether there was a message to credit."""
    last = await messages.last_sent(conn, who.workspace_id, contact.id)
    if choice.fact is not None and last is not None:
        key = f"{choice.fact}:{last.id}:{ctx.now().date()}"
        fact = Engagement(last.id, choice.fact, ctx.now(), key, detail=detail)
        await engagements.record(conn, who.workspace_id, [fact])
    won = contact.status == ContactStatus.CONVERTED and choice.status is ContactStatus.QUALIFIED
    if choice.status is not None and not won:
        await contacts.change(conn, who.workspace_id, contact.id, {"status": choice.status})
    if choice.stops:
        await holds.stop(ctx, conn, who, contact.id, choice.stops)
    return last is not None


# --- shared


def _kept(text: str, klass: ReplyClass) -> str:
    """Their own words; of a bounce all of it, since it proves itself below a divider."""
    return quotes.clean(text).strip() if klass is ReplyClass.BOUNCE else quotes.own_words(text)


def _stopped(found: Reply) -> str:
    return str((found.reading or {}).get("stopped") or "")


def _fact(found: Reply) -> str:
    return f"replied:{found.id}"


async def _both(conn: AsyncConnection, who: Who, reply_id: int) -> tuple[Contact, Reply]:
    """The contact, locked first, and the reply."""
    found = await replies.get(conn, who.workspace_id, reply_id)
    if found is None:
        raise Refused("That reply no longer exists.")
    (contact,) = await contacts.lock(conn, [found.contact_id])
    return contact, await _locked(conn, who, reply_id)


async def _open(conn: AsyncConnection, who: Who, reply_id: int) -> tuple[Contact, Reply]:
    contact, found = await _both(conn, who, reply_id)
    if found.decided_by:
        raise Refused(f"<@{found.decided_by}> already decided: {found.decision}.")
    return contact, found


async def _locked(conn: AsyncConnection, who: Who, reply_id: int) -> Reply:
    found = await replies.get(conn, who.workspace_id, reply_id, lock=True)
    assert found is not None, "a reply is never deleted while its contact is locked"
    return found


async def _note(
    ctx: Context, conn: AsyncConnection, who: Who, contact_id: int, event: str, detail: str
) -> None:
    await marks.note(
        conn, who.workspace_id, "contact", contact_id, event, actor=who.user_id, now=ctx.now(), detail=detail
    )
