"""People we may write to, and those we never will: adding one or asking for a list, suppression, opt-outs.

A suppression is never lifted here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, true
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import addressees, campaigns, companies, consents, preferences, putting_right, storing
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import addresses, merging, newcomers
from engine.writing import cleaning
from storage import accounts, cards, contacts, facts, imports, marks, messages, suppressions
from storage import campaigns as campaign_rows
from storage import merging as merged
from storage.lifecycle import Event
from storage.model import Campaign, channels
from storage.tables import messages as rows

NewContact = newcomers.NewContact
OPT_OUT, OPTED_OUT = "opt-out", "opted out"
"""Causes: said in a file or through a link, and said in a reply. No text of theirs takes either back."""
_STOPS = (facts.STOPPED, facts.STOPPED_NUMBER)
LARGEST = 50_000_000
"""Bytes of one file to import."""


@dataclass(frozen=True, slots=True)
class Added:
    """`was_new` is False for somebody on record already; what was missing about them has been filled in, and `changed`
    names what was put right."""

    contact_id: int
    was_new: bool
    changed: tuple[str, ...] = ()


async def add(
    ctx: Context, who: Who, new: NewContact, campaign_id: int | None = None, *, correct: bool = False
) -> Added:
    """Store a contact and put it in a campaign. Raises Refused beside the field that is unusable.

    `correct`: what is given replaces what was known; without it nothing that is known is overwritten.
    """
    ready = newcomers.check(new)
    async with ctx.db.begin() as conn:
        await _refuse_suppressed(conn, who.workspace_id, ready)
        campaign = await campaign_rows.get(conn, who.workspace_id, campaign_id) if campaign_id else None
        if campaign_id is not None and campaign is None:
            raise Refused("That campaign no longer exists.", field="campaign")
        if campaign is not None and campaign.by_account and ready.account is None:
            raise Refused(companies.HOMELESS, field="company")
        fresh = await storing.store(conn, who.workspace_id, [ready], now=ctx.now())
        changed: tuple[str, ...] = ()
        if not fresh and correct:
            known = await contacts.by_key(conn, who.workspace_id, ready.key)
            assert known is not None, "a key that was not inserted exists"
            (known,) = await contacts.lock(conn, [known.id])
            changed = await putting_right.correct(ctx, conn, who, known, ready)
        contact_id = fresh.get(ready.key) or await storing.fill(conn, who.workspace_id, ready, ctx.now())
        if not fresh:
            told = {contact_id: ready.values["refused_channels"]}
            await preferences.refuse(ctx, conn, who.workspace_id, told, by=who.user_id)
        event = "add" if fresh else putting_right.NOTED if changed else "fill"
        detail = putting_right.told(changed)
        await _note(
            conn, who.workspace_id, contact_id, event, actor=who.user_id, now=ctx.now(), detail=detail
        )
        if ready.agreed is not None:
            await consents.of_number(ctx, conn, who, contact_id, ready.values["phone"], ready.agreed)
        if campaign is not None:
            await companies.put_in(ctx, conn, campaign, [contact_id], actor=who.user_id)
    return Added(contact_id, bool(fresh), changed)


async def on_record(ctx: Context, who: Who, address: str) -> tuple[int, str] | None:
    """The contact with this e-mail address, and the cause if they are suppressed.

    Raises Refused, field "email", for what is no address.
    """
    email = addresses.email_address(address)
    blocked = (who.workspace_id, addresses.identity_key(email))
    async with ctx.db.read() as conn:
        found = await contacts.by_key(conn, who.workspace_id, addresses.merge_key(email))
        causes = await contacts.suppressed(conn, [blocked])
    return (found.id, causes.get(blocked, "")) if found else None


async def start_import(
    ctx: Context,
    who: Who,
    *,
    campaign: str | None,
    create: bool = False,
    by_account: bool = False,
    file_name: str = "",
    text: bytes | None = None,
    file_url: str | None = None,
    key: str | None = None,
) -> int:
    """Leave an import for the loop, with a card that shows its progress where the person spoke.

    An unknown campaign is refused unless `create`; `by_account` makes it one that writes to companies. A `key` (at
    most 100 characters) that came before is the same wish told twice and changes nothing. Returns the import's id.
    """
    if not text and not file_url:
        raise Refused("There is nothing to import; drop a CSV file here or paste its lines.", field="text")
    if text and len(text) > LARGEST:
        raise Refused(too_large(), field="text")
    target = await campaign_for(ctx, who, campaign, create=create, by_account=by_account)
    async with ctx.db.begin() as conn:
        values = {
            "workspace_id": who.workspace_id, "campaign_id": target.id if target else None,
            "campaign_name": target.name if target else "", "file_name": file_name[:200],
            "file_url": file_url or "", "file": text, "asked_by": who.user_id, "channel": who.channel,
            "created_at": ctx.now(), "key": key,
        }  # fmt: skip
        import_id = await imports.add(conn, values)
        if who.channel:
            await cards.want(conn, who.workspace_id, "import", import_id, who.channel)
    return import_id


async def campaign_for(
    ctx: Context, who: Who, name: str | None, *, create: bool, by_account: bool = False
) -> Campaign | None:
    """The campaign of that name, created if that was asked for; None when none was named.

    Raises Refused for one that writes to people where one that writes to companies was asked for.
    """
    if not name or not name.strip():
        return None
    async with ctx.db.read() as conn:
        found = await campaign_rows.named(conn, who.workspace_id, name)
    if found is not None:
        if by_account and not found.by_account:
            raise Refused(
                f"“{found.name}” writes to people, not to companies. Name another.", field="campaign"
            )
        return found
    if create:
        return await campaigns.create(ctx, who, campaigns.NewCampaign(name=name, by_account=by_account))
    return await campaigns.named(ctx, who, name)


def too_large() -> str:
    return f"The file is larger than {LARGEST // 1_000_000} MB; split it."


async def suppress(ctx: Context, who: Who, address: str, cause: str = "") -> str:
    """Never write to this mailbox or number again, from any campaign, and cancel what was about to leave.

    Returns the sentence to say. Raises Refused, field "email" or "phone", for what is no address.
    """
    email = addresses.phone(address)[0] if addressees.is_number(address) else addresses.email_address(address)
    key = email if addressees.is_number(address) else addresses.identity_key(email)
    why = cleaning.clean(cause, 32) or "asked"
    if why in (
        *merging.OF_AN_ADDRESS,
        *_STOPS,
    ):  # typed by a person, it is no mark of ours: those hold for less
        why = f"asked: {why}"
    async with ctx.db.begin() as conn:
        new, stopped = await block(conn, who.workspace_id, [key], cause=why, by=who.user_id, now=ctx.now())
    if not new:
        return f"{email} was on the suppression list already; it stays there."
    cancelled = f" {stopped} pending message{'s' * (stopped != 1)} cancelled." if stopped else ""
    return f"{email} is suppressed: nothing will be sent to it any more.{cancelled}"


async def opt_out(
    conn: AsyncConnection,
    workspace_id: str,
    contact_id: int,
    *,
    cause: str = OPT_OUT,
    by: str,
    now: datetime,
    channel: str = "",
) -> int:
    """A recipient said no: suppress their mailbox, and their number if they said it there or have nothing else.

    Returns how many pending messages this cancelled. Somebody without an address leaves every campaign all the same.
    """
    mailbox = await contacts.block_key(conn, workspace_id, contact_id)
    found = await contacts.get(conn, workspace_id, contact_id)
    numbers = {found.phone, found.whatsapp} - {""} if found is not None else set()
    by_phone = not mailbox or channels.known(channel).by_phone
    keys = [*([mailbox] if mailbox else []), *(sorted(numbers) if by_phone else [])]
    if keys:
        return (await block(conn, workspace_id, keys, cause=cause, by=by, now=now, own=True))[1]
    return await _stop(conn, workspace_id, [contact_id], cause=cause, by=by, now=now)


async def block_number(
    conn: AsyncConnection, workspace_id: str, number: str, *, cause: str, by: str, now: datetime
) -> None:
    """No more texts and calls to this number, for a cause that leaves their mailbox alone (storage.facts.OF_NUMBER).
    Who has no other address leaves every campaign."""
    await contacts.suppress(conn, workspace_id, [number], cause=cause, by=by, now=now)
    behind = await contacts.behind(conn, workspace_id, [number])
    await accounts.look_again(conn, workspace_id, behind, now=now)
    for found in await contacts.lock(conn, behind):
        calls = [name for name in channels.to_people() if channels.known(name).by_phone]
        await _cancel(conn, workspace_id, [found.id], rows.c.channel.in_(calls), cause=cause, by=by, now=now)
        if not any(facts.address_of(found, name) for name in channels.to_people() if name not in calls):
            await _stop(conn, workspace_id, [found.id], cause=cause, by=by, now=now)


async def block(
    conn: AsyncConnection, workspace_id: str, keys: Sequence[str],
    *, cause: str, by: str, now: datetime, own: bool = False,
) -> tuple[int, int]:  # fmt: skip
    """Put identity keys on the list and stop everything pending to whoever is behind them.

    Of people with several records that became one, every address: they said no, and not their mailbox. No START takes
    back what another cause than a STOP stands for by then. `own`: they said no themselves, which counts for more than
    that an address of theirs was dead.

    Returns (keys that are new on the list, messages cancelled).
    """
    people = await contacts.behind(conn, workspace_id, keys)
    if people and cause not in merging.OF_AN_ADDRESS:
        keys = sorted({*keys, *await merged.keys_of(conn, workspace_id, people)})
    new = await contacts.suppress(conn, workspace_id, keys, cause=cause, by=by, now=now)
    if cause not in merging.OF_AN_ADDRESS:
        weaker: tuple[str, ...] = _STOPS[1:] if cause == facts.STOPPED else _STOPS
        if own:  # a dead address holds no other channel back; a START brings no dead mailbox back
            weaker = facts.OF_NUMBER if cause == facts.STOPPED else (*merging.OF_AN_ADDRESS, facts.STOPPED)
        await suppressions.strengthen(conn, workspace_id, keys, cause=cause, by=by, over=weaker, now=now)
    stopped = await _stop(conn, workspace_id, people, cause=cause, by=by, now=now) if people else 0
    return new, stopped


async def _refuse_suppressed(conn: AsyncConnection, workspace_id: str, ready: newcomers.Ready) -> None:
    found = await contacts.suppressed(conn, ((workspace_id, key) for key in ready.keys))
    for (_, key), cause in sorted(found.items()):
        if cause not in facts.OF_NUMBER:
            own = ("phone", key) if addressees.is_number(key) else ("email", ready.values["email"])
            raise Refused(f"{own[1]} is on the suppression list ({cause}) and cannot be added.", field=own[0])


async def _stop(
    conn: AsyncConnection, workspace_id: str, people: Sequence[int], *, cause: str, by: str, now: datetime
) -> int:
    """Cancel everything pending to these contacts, everywhere in the workspace."""
    await contacts.lock(conn, people)
    count = await _cancel(conn, workspace_id, people, true(), cause=cause, by=by, now=now)
    await contacts.stop_enrolments(conn, workspace_id, people, reason=f"suppressed: {cause}", now=now)
    await accounts.look_again(conn, workspace_id, people, now=now)
    for contact_id in people:
        await _note(conn, workspace_id, contact_id, "suppress", actor=by, now=now, detail=cause)
    return count


async def _cancel(
    conn: AsyncConnection, workspace_id: str, people: Sequence[int], which: ColumnElement[bool], *,
    cause: str, by: str, now: datetime,
) -> int:  # fmt: skip
    count = 0
    while True:
        moved = await messages.move_where(
            conn, Event.CANCEL, rows.c.contact_id.in_(list(people)) & which, workspace_id=workspace_id,
            actor=by, now=now, values={"note": f"suppressed: {cause}", "due_at": None},
        )  # fmt: skip
        count += len(moved)
        if len(moved) < messages.CHUNK:
            return count


async def _note(
    conn: AsyncConnection, workspace_id: str, contact_id: int, event: str, *, actor: str, now: datetime,
    detail: str = "",
) -> None:  # fmt: skip
    await marks.note(conn, workspace_id, "contact", contact_id, event, actor=actor, now=now, detail=detail)
