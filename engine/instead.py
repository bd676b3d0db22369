"""Instead: after a message failed for good, the next channel that may be used (F4). It is proposed; a person asks for it.

What they ask for is a new message that replaces the old one: drafted for its channel, approved like all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context, Who
from engine.errors import Refused
from engine.plan import reach, sequence
from engine.rules import ladder
from engine.rules.ladder import Choice
from storage import campaigns, caps, facts, marks, messages, sequences
from storage.facts import DEAD_MAILBOX, OF_NUMBER, Situation
from storage.lifecycle import State
from storage.model import CampaignStatus

_TAKEN = "Another message has taken its place; nothing was changed."


async def proposals(
    ctx: Context, conn: AsyncConnection, cases: Sequence[Situation]
) -> Mapping[int, Mapping[str, str]]:
    """message → the channel its card proposes and why, for touches that failed; nothing where none is allowed."""
    touches = [case for case in cases if case.contact is not None and case.campaign is not None]
    ways = await reach.of(ctx, conn, [case.contact for case in touches if case.contact])
    found = {case.message.id: _choice(case, ways) for case in touches}
    return {
        id_: {"channel": choice.channel, "reason": choice.reason}
        for id_, choice in found.items()
        if choice.channel
    }


async def choose(ctx: Context, who: Who, message_id: int) -> None:
    """Plan the replacement on the channel that is allowed now. Raises Refused; a second press changes nothing."""
    try:
        async with ctx.db.begin() as conn:
            case = await _failed(conn, who, message_id)
            choice = _choice(case, await reach.of(ctx, conn, [case.contact] if case.contact else []))
            if not choice.channel:
                raise Refused(f"No other channel may be used for them. {choice.reason}")
            await _replace(ctx, conn, who, case, choice)
    except IntegrityError:
        raise Refused(_TAKEN) from None


async def _replace(ctx: Context, conn: AsyncConnection, who: Who, case: Situation, choice: Choice) -> None:
    row, now = case.message, ctx.now()
    await sequence.reopen(ctx, conn, row, actor=who.user_id)
    if row.enrolment_id is not None:
        closed = [f"suppressed: {cause}" for cause in (DEAD_MAILBOX, *OF_NUMBER)]
        await sequences.revive(conn, who.workspace_id, row.enrolment_id, closed)
    kept = {name: row.options[name] for name in ("answers", "channel") if name in row.options}
    sender = await caps.sender_for(conn, who.workspace_id, choice.channel, case.campaign)
    new = {
        "workspace_id": row.workspace_id, "campaign_id": row.campaign_id, "enrolment_id": row.enrolment_id,
        "strategy_id": row.strategy_id, "brand_id": row.brand_id, "sender_id": sender.id if sender else None,
        "step": row.step, "contact_id": row.contact_id, "channel": choice.channel, "fallbacks": (),
        "options": kept | reach.told(choice), "state": State.PLANNED, "due_at": now, "replaces": row.id,
        "dedupe_key": row.dedupe_key, "created_at": now,
    }  # fmt: skip
    (made,) = await messages.add(conn, [new], actor=who.user_id, now=now)
    await marks.note(
        conn, who.workspace_id, "message", row.id, "replace", actor=who.user_id, now=now,
        detail=f"message {made} by {choice.channel}",
    )  # fmt: skip
    await marks.stale(conn, "message", [row.id])


async def _failed(conn: AsyncConnection, who: Who, message_id: int) -> Situation:
    """The failed touch, its contact locked. Raises Refused."""
    row = await messages.get(conn, who.workspace_id, message_id)
    if row is None:
        raise Refused("That message no longer exists.")
    (case,) = await facts.gather(conn, [row], lock=True)
    row = await messages.get(conn, who.workspace_id, message_id)
    if row is None or row.state != State.FAILED:
        raise Refused(f"This message is {row.state if row else 'gone'}; there is nothing to replace.")
    if case.contact is None or case.campaign is None:
        raise Refused("A post has only its page.")
    if case.campaign.status is CampaignStatus.CANCELLED:
        raise Refused("The campaign was cancelled.")
    if await campaigns.approved(conn, who.workspace_id, case.campaign.id) is None:
        raise Refused("The campaign has no approved strategy.")
    return case


def _choice(case: Situation, ways: reach.Reach) -> Choice:
    assert case.contact is not None
    assert case.campaign is not None
    rungs = ladder.parse(policy.read(case.settings).ladder)
    return ladder.choose(
        case.contact, case.message.step, case.campaign.channels, ways.ways(case.contact),
        rungs=rungs, leave_out=case.message.channel, past=ways.past(case.contact),
    )  # fmt: skip
