"""A run a person asked for: push a campaign's next contacts, or a day's posts, on now; or only say what would be.

Skips no gate. The counts are read from the rows themselves, so they equal what the provider was given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import days, draft, policy
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import gates
from engine.rules.gates import Kind
from engine.writing.rules import TemplateWriter
from storage import campaigns, cards, facts, marks, messages, runs, senders
from storage.facts import Situation
from storage.lifecycle import PENDING, Event, State
from storage.messages import Change
from storage.model import CampaignStatus, Sender
from storage.runs import Run
from storage.tables import messages as rows

LEASE = timedelta(seconds=60)
LOOK_AGAIN = timedelta(milliseconds=500)
SKIPPED = (State.SKIPPED, State.REJECTED, State.CANCELLED, State.BLOCKED)
SHOWN = 20


async def start(ctx: Context, who: Who, campaign_id: int, *, batch: int = 10, dry: bool = False) -> int:
    """Leave a run; its card shows processed, sent, failed and skipped. Raises Refused for a campaign at rest."""
    async with ctx.db.begin() as conn:
        campaign = await campaigns.get(conn, who.workspace_id, campaign_id)
        if campaign is None:
            raise Refused("That campaign no longer exists.")
        if await campaigns.approved(conn, who.workspace_id, campaign_id) is None:
            raise Refused(f"“{campaign.name}” has no approved strategy yet. Ask for one with /outreach plan.")
        if not dry and campaign.status not in (CampaignStatus.ACTIVE, CampaignStatus.COMPLETED):
            raise Refused(f"“{campaign.name}” is {campaign.status}; resume it before you run it.")
        run_id = await runs.add(
            conn,
            {
                "workspace_id": who.workspace_id, "campaign_id": campaign_id, "batch": batch, "dry": dry,
                "asked_by": who.user_id, "channel": who.channel, "created_at": ctx.now(),
            },
        )  # fmt: skip
        await cards.want(conn, who.workspace_id, "run", run_id, who.channel, parent=("campaign", campaign_id))
    return run_id


async def start_day(
    ctx: Context, who: Who, day: date, *, brand_id: int | None = None, dry: bool = False
) -> int:
    """Leave a run of a day's posts; its card follows where the person spoke. Raises Refused outside a channel."""
    if not who.channel:
        raise Refused("Ask for a run in a channel: its card appears there.")
    async with ctx.db.begin() as conn:
        run_id = await runs.add(
            conn,
            {
                "workspace_id": who.workspace_id, "brand_id": brand_id, "day": day.isoformat(), "batch": 0, "dry": dry,
                "asked_by": who.user_id, "channel": who.channel, "created_at": ctx.now(),
            },
        )  # fmt: skip
        await cards.want(conn, who.workspace_id, "run", run_id, who.channel)
    return run_id


async def turn(ctx: Context) -> bool:
    """Look at the open runs once. False while they only wait for other loops."""
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        found = await runs.lease(conn, me=ctx.me, machine_now=machine_now, until=machine_now + LEASE)
    moved = [await _look(ctx, run) for run in found]
    return any(moved)


async def _look(ctx: Context, run: Run) -> bool:
    if run.campaign_id is None:
        return await _look_at_day(ctx, run)
    async with ctx.db.begin() as conn:
        campaign = await campaigns.get(conn, run.workspace_id, run.campaign_id)
        assert campaign is not None
        waits = campaign.unsettled and campaign.status is CampaignStatus.ACTIVE
        report = dict(run.report or {})
        begun = "chosen" in report or waits
        if not begun:
            report["chosen"] = await _choose(ctx, conn, run)
        cases = await _cases(conn, run, report.get("chosen", []))
        done = not waits and (run.dry or all(_settled(case, ctx.now()) for case in cases))
        report |= await _preview(ctx, cases) if run.dry else _count(cases)
        await _write(ctx, conn, run, report, done=done)
    return done or not begun


async def _look_at_day(ctx: Context, run: Run) -> bool:
    """A day's posts: those without words get them now; nothing leaves before its time, nothing a second time."""
    async with ctx.db.begin() as conn:
        posts = await days.of(ctx, conn, run.workspace_id, date.fromisoformat(run.day or ""), run.brand_id)
        report = dict(run.report or {})
        begun = "chosen" in report
        report["chosen"] = [row.id for row, _ in posts]
        if not begun and not run.dry:
            early = [Change(row.id, {"due_at": ctx.now()}) for row, _ in posts if row.state == State.PLANNED]
            await messages.move(conn, Event.HOLD, early, actor=run.asked_by, now=ctx.now())
        cases = await facts.gather(conn, [row for row, _ in posts]) if posts else []
        done = run.dry or (begun and all(_settled(case, ctx.now()) for case in cases))
        report |= await _preview(ctx, cases) if run.dry else _count(cases)
        await _write(ctx, conn, run, report, done=done)
    return done or not begun


async def _write(
    ctx: Context, conn: AsyncConnection, run: Run, report: dict[str, Any], *, done: bool
) -> None:
    look_again = None if done else await ctx.db.machine_now(conn) + LOOK_AGAIN
    await runs.write(conn, run, report=report, state="done" if done else "open", look_again=look_again)
    if report != run.report or done:
        await marks.stale(conn, "run", [run.id])


async def _choose(ctx: Context, conn: AsyncConnection, run: Run) -> list[int]:
    """The next contacts: what is due first, the oldest before the others; later touches whose words are not due yet
    are none."""
    pending = await runs.pending(conn, run, ctx.now())
    if not run.dry:
        again = [row for row in pending if row.due_at and row.state in (State.PLANNED, State.APPROVED)]
        changes = [Change(row.id, {"due_at": min(row.due_at or ctx.now(), ctx.now())}) for row in again]
        await messages.move(conn, Event.HOLD, changes, actor=run.asked_by, now=ctx.now())
    return [row.id for row in pending]


async def _cases(conn: AsyncConnection, run: Run, ids: Sequence[int]) -> list[Situation]:
    if not ids:
        return []
    found = await messages.find(conn, run.workspace_id, rows.c.id.in_(list(ids)), limit=run.batch)
    return await facts.gather(conn, found)


def _settled(case: Situation, now: datetime) -> bool:
    """Whether nothing more happens to it by itself right now."""
    row = case.message
    if row.state == State.SENDING:
        return False
    if row.state == State.SCHEDULED and case.sender is not None and not _may_send(case.sender, now):
        return True
    return row.state not in PENDING or row.state == State.DRAFTED or row.due_at is None or row.due_at > now


def _may_send(sender: Sender, now: datetime) -> bool:
    """Whether its channel takes anything now: a stop, a pause or a full day is told, not waited for."""
    return not sender.stopped and senders.room(sender, now) != 0 and (sender.not_before or now) <= now


def _count(cases: Sequence[Situation]) -> dict[str, Any]:
    states = Counter(case.message.state for case in cases)
    waiting = [case for case in cases if case.message.state in PENDING]
    named = [case for case in cases if case.message.state in (State.FAILED, State.BLOCKED, State.UNSURE)]
    return {
        "processed": len(cases),
        "sent": states[State.SENT],
        "failed": states[State.FAILED],
        "skipped": sum(states[state] for state in SKIPPED),
        "unsure": states[State.UNSURE],
        "waiting": len(waiting),
        "named": [_line(case, case.message.note) for case in (named + waiting)[:SHOWN]],
    }


async def _preview(ctx: Context, cases: Sequence[Situation]) -> dict[str, Any]:
    """What would be sent, by the template writer where there are no words yet. Asks no provider."""
    offline = replace(ctx, writer=TemplateWriter())
    lines = []
    for case in cases[:SHOWN]:
        if case.message.state not in PENDING:
            lines.append(_line(case, ": ".join(filter(None, (case.message.state, case.message.note)))))
            continue
        words = await _subject(offline, case)
        gate, verdict = gates.decide(case, policy.read(case.settings), ctx.now())
        held = "" if verdict.kind is Kind.PASS or gate == "approval" else verdict.reason
        lines.append(_line(case, "; ".join(part for part in (words, held or _stage(case)) if part)))
    return {"processed": len(cases), "sent": 0, "failed": 0, "skipped": 0, "preview": lines}


async def _subject(ctx: Context, case: Situation) -> str:
    if case.message.state != State.PLANNED:
        return case.message.subject or f"“{case.message.body[:60]}”"
    preview = await draft.preview(ctx, case)
    return f"“{preview}”" if preview else ""


def _stage(case: Situation) -> str:
    return {
        State.PLANNED: "needs a draft and an approval",
        State.DRAFTED: "waits for approval",
        State.APPROVED: "approved; gets its hour next",
        State.SCHEDULED: "approved and scheduled",
    }.get(State(case.message.state), "")


def _line(case: Situation, what: str) -> dict[str, str]:
    who = case.contact.name if case.contact else case.feed.name if case.feed else ""
    return {"who": who, "channel": case.message.channel, "what": what or case.message.state}
