"""Account campaigns as people handle them: open one with a lead, change its order, approve it (H1, H5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import approve, campaigns, companies, contacts, plan
from engine.campaigns import NewCampaign
from engine.contacts import NewContact
from engine.context import Context, Who
from engine.errors import Refused
from engine.plan import accounts as account_plans
from engine.plan import pausing, reach, sequence
from engine.rules import addresses
from storage import accounts, facts, marks, members, messages, sequences
from storage import campaigns as campaign_rows
from storage import contacts as people
from storage.model import Campaign, CampaignStatus, Contact, StrategyState
from storage.model.accounts import AccountEnrolment, Member
from storage.tables import messages as rows

STRUCK = "They were struck from the order."
CHANGED = "The order changed since this card was drawn. Look at the new one first."


@dataclass(frozen=True, slots=True)
class Opened:
    """What became of a lead: their campaign, their company's enrolment, and whether that is new."""

    campaign: Campaign
    enrolment_id: int
    company: str
    was_new: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What an account's card showed when it was pressed: its order's revision, the strategy, the drafts."""

    enrolment_id: int
    revision: int
    strategy_id: int | None = None
    drafts: Sequence[approve.Ref] = ()


async def open_with(
    ctx: Context, who: Who, lead: NewContact, new: NewCampaign, *, campaign: str = "", top_down: bool = False
) -> Opened:
    """One lead opens an account campaign, or joins the named one. A lead who is not on record is added first.

    Steps 1 to 3 go to the lead, with `top_down` to the highest title. Raises Refused: no company, nobody reachable.
    """
    found = await _lead(ctx, who, lead)
    if found.account_id is None:
        said = (
            f'{found.name} belongs to no company, and an account campaign needs one. Add it with company:"…".'
        )
        raise Refused(said, field="company")
    chosen = await campaigns.named(ctx, who, campaign) if campaign else None
    _must_be_by_account(chosen)
    if chosen is None:
        new = replace(new, channels=campaigns.check_channels(ctx, who, new.channels))
    company = await _reachable(ctx, who, found, chosen.channels if chosen else new.channels)
    if chosen is None:
        chosen = await campaigns.create(ctx, who, replace(new, name=new.name or company, by_account=True))
        await plan.ask(ctx, who, chosen.id)
    async with ctx.db.begin() as conn:
        made = await companies.enrol(
            ctx, conn, who.user_id, chosen, [found.id], lead=None if top_down else found.id, whole=True
        )
    ((enrolment_id, was_new),) = made
    return Opened(chosen, enrolment_id, company, was_new)


async def strike(ctx: Context, who: Who, shown: Shown, contact_id: int) -> str:
    """Nothing more goes to this person from the account's sequence; who was struck is put back. Returns a sentence."""
    async with ctx.db.begin() as conn:
        enrolment = await _enrolment(conn, who, shown)
        member = await _member(conn, enrolment, contact_id)
        contact = await people.get(conn, who.workspace_id, contact_id)
        struck = not member.struck_by
        if struck:
            theirs = rows.c.contact_id == contact_id
            await account_plans.give_back(ctx, conn, enrolment, theirs, actor=who.user_id, note=STRUCK)
        await members.change(conn, enrolment.id, contact_id, struck_by=who.user_id if struck else None)
        await account_plans.hand_over(ctx, conn, enrolment, actor=who.user_id)
        await _changed(ctx, conn, who, shown, "strike" if struck else "put_back", str(contact_id))
    name = contact.name if contact else "This person"
    if struck:
        return f"{name} is struck: nothing goes to them from this sequence."
    return f"{name} is back in the order."


async def reorder(ctx: Context, who: Who, shown: Shown, order: Sequence[int], lead: int) -> None:
    """People in this order; who is not named follows behind as before. A touch that is decided stays whose it is.

    Raises Refused beside "place_2" and so on.
    """
    async with ctx.db.begin() as conn:
        enrolment = await _enrolment(conn, who, shown)
        known = [one.contact_id for one in (await members.of(conn, [enrolment.id]))[enrolment.id]]
        for at, id_ in enumerate(order):
            if id_ not in known or id_ in order[:at]:
                raise Refused("Each person stands in the order once.", field=f"place_{at + 1}")
        if lead not in known:
            raise Refused("Choose who is the primary lead.", field="lead")
        for position, id_ in enumerate([*order, *(id_ for id_ in known if id_ not in order)], 1):
            await members.change(conn, enrolment.id, id_, position=position, is_primary=id_ == lead)
        await account_plans.hand_over(ctx, conn, enrolment, actor=who.user_id)
        await _changed(ctx, conn, who, shown, "reorder", "")


async def approve_all(ctx: Context, who: Who, shown: Shown) -> list[str]:
    """Approve the order, the strategy with its channels and angle, and the drafts, all as the card showed them (H5).

    Returns a sentence for each draft that was left out. Later drafts get cards of their own.
    """
    async with ctx.db.read() as conn:
        enrolment = await _enrolment(conn, who, shown)
        plans = await campaign_rows.strategies_of(conn, who.workspace_id, enrolment.campaign_id)
    newest = plans[0] if plans else None
    if newest is not None and newest.state is StrategyState.DRAFT:
        if newest.id != shown.strategy_id:
            raise Refused("The strategy changed since this card was drawn. Look at the new one first.")
        await plan.approve(ctx, who, newest.id)
    async with ctx.db.begin() as conn:
        enrolment = await _enrolment(conn, who, shown)
        free = ~messages.is_held() & ~sequences.is_paused() & ~sequences.account_waits()
        await members.approve(conn, enrolment.id, who.user_id)
        await sequence.bring_back(
            conn, who.workspace_id, pausing.mine(enrolment) & free, actor=who.user_id, now=ctx.now()
        )
        await _changed(ctx, conn, who, shown, "approve", f"order {shown.revision}", grows=False)
    left_out = []
    for ref in shown.drafts:
        try:
            await approve.approve(ctx, who, ref)
        except Refused as refusal:
            left_out.append(refusal.sentence)
    return left_out


async def order_of(
    ctx: Context, who: Who, enrolment_id: int
) -> tuple[AccountEnrolment, list[tuple[Member, Contact]]]:
    """The people of an account in their order, for the form that changes it."""
    async with ctx.db.read() as conn:
        found = await accounts.enrolment(conn, who.workspace_id, enrolment_id)
        if found is None:
            raise Refused("That account's sequence no longer exists.")
        known = (await members.of(conn, [found.id])).get(found.id, [])
        persons = await facts.people(conn, [member.contact_id for member in known])
    return found, [(member, persons[member.contact_id]) for member in known]


# --- shared


async def _lead(ctx: Context, who: Who, lead: NewContact) -> Contact:
    """The contact with this address; somebody who is not on record is added."""
    key = addresses.merge_key(addresses.email_address(lead.email))
    async with ctx.db.read() as conn:
        found = await people.by_key(conn, who.workspace_id, key)
    if found is None or any((lead.company, lead.title, lead.first_name)):
        added = await contacts.add(ctx, who, lead)
        async with ctx.db.read() as conn:
            found = await people.get(conn, who.workspace_id, added.contact_id)
    assert found is not None, "who was added exists"
    return found


async def _reachable(ctx: Context, who: Who, lead: Contact, channels: Sequence[str]) -> str:
    """The name of the company. Raises Refused when nobody there can be reached by any of these channels."""
    async with ctx.db.read() as conn:
        account = await accounts.get(conn, who.workspace_id, lead.account_id or 0)
        assert account is not None, "a contact's account is never deleted"
        theirs = await accounts.people(conn, who.workspace_id, account.id)
        ways = await reach.of(ctx, conn, theirs)
    for person in theirs:
        barred = ways.barred.get(person.id, {})
        if any(facts.address_of(person, name) and name not in barred for name in channels):
            return account.name
    by = ", ".join(channels)
    raise Refused(
        f"Nobody at {account.name} can be reached by {by}: there is no address, or it is suppressed.",
        field="contact",
    )


def _must_be_by_account(chosen: Campaign | None) -> None:
    if chosen is None:
        return
    if not chosen.by_account:
        raise Refused(
            f"“{chosen.name}” writes to people one by one; choose an account campaign.", field="campaign"
        )
    if chosen.status is CampaignStatus.CANCELLED:
        raise Refused(f"“{chosen.name}” is cancelled.", field="campaign")


async def _enrolment(conn: AsyncConnection, who: Who, shown: Shown) -> AccountEnrolment:
    found = await accounts.enrolment(conn, who.workspace_id, shown.enrolment_id)
    if found is None:
        raise Refused("That account's sequence no longer exists.")
    if found.revision != shown.revision:
        raise Refused(CHANGED)
    return found


async def _member(conn: AsyncConnection, enrolment: AccountEnrolment, contact_id: int) -> Member:
    known = (await members.of(conn, [enrolment.id])).get(enrolment.id, [])
    found = next((member for member in known if member.contact_id == contact_id), None)
    if found is None:
        raise Refused("This person is not in the order of this account.")
    return found


async def _changed(
    ctx: Context,
    conn: AsyncConnection,
    who: Who,
    shown: Shown,
    event: str,
    detail: str,
    *,
    grows: bool = True,
) -> None:
    """The order moves on from what was seen, or somebody else was faster. A running sequence is looked at."""
    if not await accounts.decided(
        conn, who.workspace_id, shown.enrolment_id, shown.revision, grows=grows, now=ctx.now()
    ):
        raise Refused(CHANGED)
    await marks.note(
        conn,
        who.workspace_id,
        "account",
        shown.enrolment_id,
        event,
        actor=who.user_id,
        now=ctx.now(),
        detail=detail,
    )
    await marks.stale(conn, "account", [shown.enrolment_id])
