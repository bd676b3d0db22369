"""What a draft rests on besides the recipient: the strategy in force, earlier touches, what came back. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.plan import sequence
from engine.rules import sequences
from engine.writing import Answering, Earlier, introducing
from storage import account_facts, revisions
from storage import sequences as sequence_rows
from storage.facts import Situation
from storage.model import CampaignStatus, Message, Step, Strategy
from storage.model.accounts import Engaged
from storage.sequences import Answered, Touch


@dataclass(frozen=True, slots=True)
class Known:
    """The strategy in force, why earlier words were rejected, the touches before, and what they answered since.

    `colleague`: somebody at their company who answered, and may be named in a first touch (H3).
    """

    strategy: Strategy | None
    rejections: tuple[str, ...] = ()
    history: tuple[Touch, ...] = ()
    reply: Answered | None = None
    colleague: Engaged | None = None

    def step_of(self, row: Message) -> Step:
        """The step of the strategy that a touch takes; an answer to a reply takes none, on no condition."""
        if row.answers is not None:
            return Step(row.step, row.channel, 0, "answer")
        steps = self.strategy.steps if self.strategy else ()
        plain = Step(row.step, row.channel, 0, "")
        found = next((step for step in steps if step.number == row.step), plain)
        return replace(found, purpose=sequences.purpose_key(found.purpose))


async def known(conn: AsyncConnection, cases: Sequence[Situation]) -> dict[int, Known]:
    claimed = [case.message for case in cases]
    plans = await strategies(conn, claimed)
    reasons = {row.id: await _rejections(conn, row) for row in claimed if row.revision}
    before = await sequence_rows.sent_before(conn, claimed)
    people = [
        row.contact_id for row in claimed if row.contact_id and (row.id in before or row.answers is not None)
    ]
    answers = await sequence_rows.last_replies(conn, people) if people else {}
    newcomers = [
        case.message
        for case in cases
        if case.account and case.message.id not in before and not case.message.answers
    ]
    engaged = (
        await account_facts.engaged(conn, [row.enrolment_id or 0 for row in newcomers]) if newcomers else {}
    )
    colleagues = {
        row.id: introducing.colleague(engaged.get(row.enrolment_id or 0, []), row.contact_id or 0)
        for row in newcomers
    }
    return {
        row.id: Known(
            plans.get(row.campaign_id or 0),
            reasons.get(row.id, ()),
            before.get(row.id, ()),
            _unanswered(row, before.get(row.id, ()), answers.get(row.contact_id or 0)),
            colleagues.get(row.id),
        )
        for row in claimed
    }


def _unanswered(row: Message, before: Sequence[Touch], reply: Answered | None) -> Answered | None:
    """What they wrote since the last touch; a draft after a reply answers that reply (C1)."""
    last = before[-1].sent_at if before else None
    if reply is None or (row.answers is None and (last is None or reply.at < last)):
        return None
    return reply


def unmet(case: Situation, known: Known) -> str:
    """Why this touch is left out; empty when it is wanted."""
    if case.campaign is not None and case.campaign.status is CampaignStatus.CANCELLED:
        return "The campaign was cancelled."
    condition = known.step_of(case.message).condition if case.feed is None else ""
    happened = set(known.history[-1].came_back) if known.history else set()
    if sequences.met(condition, happened):
        return ""
    return f"Left out: it was to go {sequences.CONDITIONS.get(condition, 'on an unknown condition')}."


def waits(case: Situation) -> str:
    """What became true while it was planned: a pause, or a reply that a person has not decided about."""
    held = case.contact is not None and case.contact.held_since is not None
    if held and (case.message.answers is None or case.disputed):
        return sequence.HELD
    paused = case.campaign is not None and case.campaign.status is CampaignStatus.PAUSED
    return sequence.PAUSED if paused else ""


def answering(known: Known) -> Answering | None:
    """What a draft answers, for a writer."""
    found = known.reply
    if found is None:
        return None
    reading = found.reading
    return Answering(
        found.text, str(found.klass), str(reading.get("day") or ""), str(reading.get("whom") or "")
    )


def history(known: Known) -> tuple[Earlier, ...]:
    steps = known.strategy.steps if known.strategy else ()
    purposes = {step.number: sequences.purpose_key(step.purpose) for step in steps}
    return tuple(
        Earlier(
            touch.step, purposes.get(touch.step, ""), touch.subject, touch.body,
            f"{touch.sent_at:%Y-%m-%d}" if touch.sent_at else "", touch.came_back,
        )
        for touch in known.history
    )  # fmt: skip


async def strategies(conn: AsyncConnection, rows: Sequence[Message]) -> dict[int, Strategy]:
    """campaign → the strategy in force: a row planned under an older one is written from today's."""
    wanted = sorted({row.campaign_id for row in rows if row.campaign_id})
    return await sequence_rows.strategies_in_force(conn, wanted) if wanted else {}


async def _rejections(conn: AsyncConnection, row: Message) -> tuple[str, ...]:
    return tuple(old.reason for old in await revisions.of_message(conn, row.id) if old.reason)
