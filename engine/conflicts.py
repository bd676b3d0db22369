"""What a person knows that stands against writing to somebody: it holds everything to them until it is decided."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import addressees, holds
from engine.context import Context, Who
from engine.errors import Refused
from engine.plan import pausing
from storage import accounts, cards, conflicts, contacts, marks
from storage.model.accounts import AccountEnrolment

HELD = "A conflict is open; a person decides what happens next."
CLOSED = "A person closed it after a conflict."


async def report(ctx: Context, who: Who, *, contact: str, text: str) -> int:
    """Everything pending to them waits; a card asks Resume or Close. Returns its id."""
    if not text.strip():
        raise Refused("Say what you know, in a sentence.", field="text")
    async with ctx.db.begin() as conn:
        found = await addressees.named(conn, who, contact)
        companies = await accounts.open_of(conn, who.workspace_id, [found.id])
        company = companies[0] if companies else None
        conflict_id = await conflicts.add(
            conn, who.workspace_id, contact_id=found.id, text=text.strip(), recorded_by=who.user_id, now=ctx.now(),
            enrolment_id=company.id if company else None,
        )  # fmt: skip
        await holds.hold(ctx, conn, who, found.id, HELD)
        if company is not None:
            await pausing.pause(ctx, conn, company)
        await cards.want(conn, who.workspace_id, "conflict", conflict_id, who.channel)
        await marks.note(
            conn, who.workspace_id, "contact", found.id, "conflict", actor=who.user_id, now=ctx.now(), detail=text
        )  # fmt: skip
    return conflict_id


async def decide(ctx: Context, who: Who, conflict_id: int, decision: str) -> None:
    """ "resume" lets what was held go on, unless something else holds it; "close" ends every sequence of theirs.

    What stopped a company's sequence lets that go on, or ends it.
    """
    async with ctx.db.begin() as conn:
        seen = await conflicts.get(conn, who.workspace_id, conflict_id)
        if seen is None:
            raise Refused("That conflict no longer exists.")
        (contact,) = await contacts.lock(conn, [seen.contact_id])
        found = await conflicts.get(conn, who.workspace_id, conflict_id, lock=True)
        assert found is not None, "a conflict is never deleted while its contact is locked"
        if found.decided_by:
            raise Refused(f"<@{found.decided_by}> already decided: {found.decision}.")
        await conflicts.decide(conn, who.workspace_id, conflict_id, decision=decision, by=who.user_id)
        company = await accounts.enrolment(conn, who.workspace_id, found.enrolment_id or 0)
        if decision == "close" and found.kind == conflicts.REPORTED:
            await holds.stop(ctx, conn, who, contact.id, CLOSED)
        if company is not None:
            await _company(ctx, conn, who, company, decision)
        await holds.release(ctx, conn, who, contact)
        await marks.note(
            conn, who.workspace_id, "contact", contact.id, "decide", actor=who.user_id, now=ctx.now(),
            detail=f"conflict: {decision}",
        )  # fmt: skip
        await marks.stale(conn, "conflict", [conflict_id])


async def _company(
    ctx: Context, conn: AsyncConnection, who: Who, company: AccountEnrolment, decision: str
) -> None:
    if decision == "close":
        await pausing.close(ctx, conn, who, company, CLOSED)
    else:
        await pausing.resume(ctx, conn, who, company)
    await marks.note(
        conn, who.workspace_id, "account", company.id, decision, actor=who.user_id, now=ctx.now()
    )
