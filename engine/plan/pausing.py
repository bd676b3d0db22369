"""Pauses the sequence of a company when something speaks against writing there (H4): a conflict, a card, parked rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context, Who
from engine.plan import sequence
from engine.rules import accounts as rules_of
from storage import account_facts, accounts, campaigns, cards, conflicts, marks, messages, sequences
from storage.lifecycle import Event
from storage.messages import move_where
from storage.model import EnrolmentState
from storage.model.accounts import AccountEnrolment, Seen
from storage.tables import messages as rows

ACTOR = "accounts"
CHUNK = 500
WENT_ON = "They reacted; the sequence goes on with their colleagues."


async def of(
    ctx: Context, conn: AsyncConnection, found: Sequence[AccountEnrolment]
) -> dict[int, AccountEnrolment]:
    """Those that a conflict stops, by id; a new one gets its card. `park` must follow the commit."""
    ids = [one.id for one in found]
    seen, asked = await account_facts.since(conn, ids), await account_facts.undecided(conn, ids)
    stopped = {one.id: one for one in found if one.id in asked or seen.get(one.id)}
    for one in stopped.values():
        if one.id in asked:
            await marks.stale(conn, "conflict", [asked[one.id]])
        else:
            await _open(ctx, conn, one, seen[one.id])
    return stopped


async def sweep(conn: AsyncConnection, now: datetime) -> None:
    """Companies to whose people something happened that nobody told of are looked at."""
    ids = await accounts.running(conn)
    for at in range(0, len(ids), CHUNK):
        part = ids[at : at + CHUNK]
        asked = await account_facts.undecided(conn, part)
        seen = await account_facts.since(conn, part)
        await accounts.wake(conn, [id_ for id_ in seen if id_ not in asked], now=now)


async def park(ctx: Context, stopped: Mapping[int, AccountEnrolment]) -> None:
    """What is pending waits without a time. In a transaction that locks no sequence: messages are locked first."""
    for one in stopped.values():
        async with ctx.db.begin() as conn:
            await _park(ctx, conn, one)


async def pause(ctx: Context, conn: AsyncConnection, one: AccountEnrolment) -> None:
    """Park what is pending and mark the sequence paused, unless automatic pauses are off: then its step waits."""
    await _park(ctx, conn, one)
    if (await policy.of(conn, one.workspace_id)).auto_pause:
        await accounts.change(conn, one.workspace_id, one.id, paused_at=ctx.now())
    await marks.stale(conn, "account", [one.id])


async def resume(ctx: Context, conn: AsyncConnection, who: Who, one: AccountEnrolment) -> None:
    """What was pending goes on, later by as long as it waited; not to those whose own reply waits for a decision."""
    now, pending = ctx.now(), mine(one)
    await move_where(
        conn, Event.CANCEL, pending & messages.is_held(), workspace_id=one.workspace_id, actor=who.user_id, now=now,
        values={"due_at": None, "note": WENT_ON},
    )  # fmt: skip
    shift = now - one.paused_at if one.paused_at else timedelta()
    await sequence.bring_back(
        conn, one.workspace_id, pending & ~sequences.is_paused(), actor=who.user_id, now=now, shift=shift
    )
    await accounts.change(
        conn, one.workspace_id, one.id, paused_at=None, cleared_at=now, next_at=now if _runs(one) else None
    )
    await marks.stale(conn, "account", [one.id])


async def close(ctx: Context, conn: AsyncConnection, who: Who, one: AccountEnrolment, why: str) -> None:
    """End the sequence of this company: everything pending is cancelled."""
    await move_where(
        conn, Event.CANCEL, mine(one), workspace_id=one.workspace_id, actor=who.user_id, now=ctx.now(),
        values={"due_at": None, "note": why},
    )  # fmt: skip
    ended = {"state": EnrolmentState.STOPPED, "reason": why, "next_at": None, "paused_at": None}
    await accounts.change(conn, one.workspace_id, one.id, **ended, cleared_at=ctx.now())
    await sequence.complete(ctx, conn, [one.campaign_id])
    await marks.stale(conn, "account", [one.id])
    await marks.stale(conn, "campaign", [one.campaign_id])


async def _park(ctx: Context, conn: AsyncConnection, one: AccountEnrolment) -> None:
    note = rules_of.why_held(
        await _name(conn, one), (await account_facts.since(conn, [one.id])).get(one.id, [])
    )
    common: dict[str, Any] = {"workspace_id": one.workspace_id, "actor": ACTOR, "now": ctx.now()}
    held, pending = {"due_at": None, "note": note}, mine(one)
    await move_where(conn, Event.TAKE_BACK, pending, **common, values=held)
    await move_where(conn, Event.PARK, pending & rows.c.due_at.is_not(None), **common, values=held)


def _runs(one: AccountEnrolment) -> bool:
    return one.state is EnrolmentState.ACTIVE


def mine(one: AccountEnrolment) -> Any:
    """The messages of an account's sequence, found through its campaign; answers to replies are none of it."""
    same = (rows.c.campaign_id == one.campaign_id) & (rows.c.enrolment_id == one.id)
    return same & ~messages.is_answer()


async def _open(ctx: Context, conn: AsyncConnection, one: AccountEnrolment, seen: Sequence[Seen]) -> None:
    """The conflict and its card; with automatic pauses off the step waits and the card asks (H4)."""
    kind = rules_of.worst([other.kind for other in seen])
    cause = next(other for other in seen if other.kind == kind)
    text = rules_of.why_held(await _name(conn, one), seen)
    conflict_id = await conflicts.add(
        conn, one.workspace_id, contact_id=cause.contact_id, text=text, recorded_by=ACTOR, now=ctx.now(),
        enrolment_id=one.id, kind=kind,
    )  # fmt: skip
    if (await policy.of(conn, one.workspace_id)).auto_pause:
        await accounts.change(conn, one.workspace_id, one.id, paused_at=ctx.now())
    campaign = (await campaigns.by_ids(conn, [one.campaign_id]))[one.campaign_id]
    await cards.want(conn, one.workspace_id, "conflict", conflict_id, campaign.channel_id)
    await marks.note(
        conn, one.workspace_id, "account", one.id, "pause", actor=ACTOR, now=ctx.now(), detail=text
    )
    await marks.stale(conn, "account", [one.id])


async def _name(conn: AsyncConnection, one: AccountEnrolment) -> str:
    found = await accounts.get(conn, one.workspace_id, one.account_id)
    return found.name if found else "The company"
