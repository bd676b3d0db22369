"""Recorded consent (I2): who agreed to which channel, when and where, and who took it back. Every entry stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import addressees, policy
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import channel_words, timing
from engine.writing import cleaning
from storage import consents, contacts, facts, marks, messages
from storage.lifecycle import PENDING, State
from storage.model import Contact, channels
from storage.tables import messages as rows

SOURCE = 300
"""Characters of where somebody agreed."""
OLDEST = timedelta(days=20 * 366)
DEFAULT = "sms"
TO_COME = "Nobody can have agreed to texts on a day to come; the consent is not recorded."


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a person knows of it: the day on which they agreed, and where or how."""

    source: str
    on: date


async def record(
    ctx: Context,
    who: Who,
    *,
    contact: str,
    agreed: Agreement,
    channel: str = DEFAULT,
    until: date | None = None,
) -> str:
    """They agreed to be written to on a channel, named as people call it. Returns the sentence to say.

    Raises Refused beside the field.
    """
    channel = channel_words.read(channel, field="channel")
    async with ctx.db.begin() as conn:
        found = await addressees.named(conn, who, contact)
        await give(ctx, conn, who, found, agreed, channel, until)
        cause = (await facts.suppressed(conn, [found.id])).get(found.id, {}).get(channel, "")
    shown, source = channels.known(channel).label, cleaning.clean(agreed.source, SOURCE)
    listed = f" They stay on the suppression list ({cause})." if cause else ""
    return f"{found.name} agreed to {shown} on {agreed.on}: {source}. It is recorded.{listed}"


async def withdraw(ctx: Context, who: Who, *, contact: str, source: str, channel: str = DEFAULT) -> str:
    """They took it back: nothing more leaves to them on this channel. Returns the sentence to say."""
    channel = channel_words.read(channel, field="channel")
    _check(channel)
    async with ctx.db.begin() as conn:
        found = await addressees.named(conn, who, contact)
        said = cleaning.clean(source, SOURCE) or "a person recorded it"
        await taken_back(ctx, conn, found, channel, at=ctx.now(), source=said, by=who.user_id)
    return f"{found.name} gets nothing more by {channels.known(channel).label}; the withdrawal is recorded."


async def give(
    ctx: Context,
    conn: AsyncConnection,
    who: Who,
    contact: Contact,
    agreed: Agreement,
    channel: str = DEFAULT,
    until: date | None = None,
) -> None:
    """The same for a contact at hand. Raises Refused, field "source", "on", "until", "channel" or "phone"."""
    _check(channel)
    source = cleaning.clean(agreed.source, SOURCE)
    if not source:
        raise Refused("Say where they agreed, like a form or a conversation.", field="source")
    zone = (await policy.of(conn, contact.workspace_id)).zone
    today = timing.local_date(ctx.now(), zone)
    if not today - OLDEST <= agreed.on <= today:
        raise Refused("Name the day on which they agreed: today, or one that has passed.", field="on")
    pair = contact.id, channel
    known = (await consents.in_force(conn, [pair])).get(pair)
    if known is not None and not known.given and agreed.on < timing.local_date(known.at, zone):
        raise Refused("They took it back since then. A consent must be newer than that.", field="on")
    if until is not None and until <= today:
        raise Refused("A consent that has ended lets nothing leave. Name a day to come.", field="until")
    address = facts.address_of(contact, channel)
    if not address:
        raise Refused(f"{contact.name} has no number for {channels.known(channel).label}.", field="phone")
    await consents.add(
        conn, contact.workspace_id, contact.id, channel, address=address, given=True,
        at=timing.slot_on(agreed.on, time(0), zone), source=source, by=who.user_id, now=ctx.now(),
        until=timing.slot_on(until, time(0), zone) if until else None,
    )  # fmt: skip
    await _told(ctx, conn, contact, f"{channel}: agreed on {agreed.on}: {source}", who.user_id)


async def of_number(
    ctx: Context, conn: AsyncConnection, who: Who, contact_id: int, number: str, said: tuple[str, date]
) -> None:
    """What was typed beside a number: it holds for that number alone. Raises Refused, also in the contact form."""
    (contact,) = await contacts.lock(conn, [contact_id])
    if contact.phone != number:
        raise Refused(
            f"Another number of {contact.name} is on record; the consent is not for it.", field="phone"
        )
    try:
        await give(ctx, conn, who, contact, Agreement(*said))
    except Refused as refusal:
        raise Refused(
            refusal.sentence, field={"source": "consent", "on": "consent_on"}.get(refusal.field or "")
        ) from None


async def imported(
    ctx: Context,
    conn: AsyncConnection,
    workspace_id: str,
    told: Mapping[int, tuple[str, str, date]],
    *,
    by: str,
) -> frozenset[int]:
    """contact → (number, source, day) of a file. What they said since then stands, and twice is once.

    Returns those whose day has not come: nobody can have agreed on it.
    """
    if not told:
        return frozenset()
    people = await facts.people(conn, sorted(told))
    since = await consents.in_force(conn, [(id_, DEFAULT) for id_ in told])
    zone = (await policy.of(conn, workspace_id)).zone
    days = {id_: timing.slot_on(on, time(0), zone) for id_, (_, _, on) in told.items()}
    for id_, (number, source, _) in sorted(told.items()):
        at, last = days[id_], since.get((id_, DEFAULT))
        if people[id_].phone != number or at > ctx.now() or (last is not None and last.at >= at):
            continue
        await consents.add(
            conn, workspace_id, id_, DEFAULT, address=number, given=True, at=at, source=source[:SOURCE],
            by=by, now=ctx.now(),
        )  # fmt: skip
    return frozenset(id_ for id_, at in days.items() if at > ctx.now())


async def taken_back(
    ctx: Context, conn: AsyncConnection, contact: Contact, channel: str, *, at: datetime, source: str, by: str
) -> None:
    """Where there was a consent, it ends now."""
    pair = contact.id, channel
    known = (await consents.in_force(conn, [pair])).get(pair)
    if known is None or not known.given:
        return
    await consents.add(
        conn, contact.workspace_id, contact.id, channel, address=known.address, given=False,
        at=at, source=source, by=by, now=ctx.now(),
    )  # fmt: skip
    await _told(ctx, conn, contact, f"{channel}: taken back: {source}", by)


async def given_back(
    ctx: Context, conn: AsyncConnection, contact: Contact, channel: str, *, at: datetime, by: str
) -> None:
    """A START after a STOP: what they had agreed to before it is in force again, and no more than that."""
    said = await consents.of(conn, contact.workspace_id, contact.id, channel)
    before = next((one for one in said if one.given), None)
    if before is None or said[0].given or before.address != facts.address_of(contact, channel):
        return
    await consents.add(
        conn, contact.workspace_id, contact.id, channel, address=before.address, given=True,
        at=at, source=f"texted START; before: {before.source}"[:SOURCE], by=by, now=ctx.now(),
        until=before.until,
    )  # fmt: skip
    await _told(ctx, conn, contact, f"{channel}: texted START", by)


def _check(channel: str) -> None:
    needing = [name for name in channels.to_people() if channels.known(name).consent]
    if channel not in needing:
        raise Refused(f"Consent is recorded for {channel_words.listed(needing)}.", field="channel")


async def _told(ctx: Context, conn: AsyncConnection, contact: Contact, detail: str, by: str) -> None:
    """On record, and on every card that waits for it."""
    await marks.note(
        conn, contact.workspace_id, "contact", contact.id, "consent", actor=by, now=ctx.now(), detail=detail
    )
    mine = (rows.c.contact_id == contact.id) & rows.c.state.in_((*PENDING, State.BLOCKED))
    waiting = await messages.find(conn, contact.workspace_id, mine)
    await marks.stale(conn, "message", [row.id for row in waiting])
    await marks.stale(conn, "contact", [contact.id])
