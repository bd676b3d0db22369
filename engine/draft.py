"""Draft: planned rows get words, a score, a card and a deadline. Automatic ones that pass are approved here."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import approve, autonomy, background, checks, many, notices, policy, posts, remind, review
from engine.background import Known
from engine.context import Context
from engine.rules import briefs, similarity
from engine.rules.quality import Assessment
from engine.writing import DraftRequest, Words, introducing
from engine.writing.templates import MissingVariable
from storage import facts, messages, revisions
from storage.facts import Situation
from storage.lifecycle import Event, State
from storage.messages import Change
from storage.model import Message, Revision

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=120)
AT_ONCE = 40
REWRITES = 2
PATIENCE = 10.0
"""Seconds after which a draft is not written again: with the writer's own 30 it stays far under half the lease."""
_OF_OLD_WORDS = ("moved", "signal", "continues", "edited")
"""Options that do not hold for new words."""
_RE = re.compile(r"^(?:\s*re\s*:)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Drafted:
    """A row and its new words, or the sentence why there are none; `again`: a person rejected earlier ones."""

    case: Situation
    words: Words | None
    found: Assessment | None
    problem: str = ""
    strategy_id: int | None = None
    rests_on: Mapping[str, str] = field(default_factory=dict)
    sources: Sequence[Mapping[str, Any]] = ()
    again: bool = False


async def claim(ctx: Context) -> list[Message]:
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        return await messages.lease(
            conn, State.PLANNED, me=ctx.me, now=ctx.now(), machine_now=machine_now,
            until=machine_now + LEASE, limit=ctx.writer.batch,
        )  # fmt: skip


async def work(ctx: Context, claimed: Sequence[Message]) -> None:
    """Write outside any transaction, record in one; a post that says the same as another is recorded alone."""
    async with ctx.db.read() as conn:
        cases = await facts.gather(conn, claimed)
        known = await background.known(conn, cases)
        about = await posts.known(ctx, conn, cases)
    cases = await _wanted(ctx, cases, known)
    free = asyncio.Semaphore(AT_ONCE)

    async def one(case: Situation) -> Drafted:
        async with free:
            return await _write(ctx, case, known[case.message.id], about.get(case.message.id))

    drafted = await asyncio.gather(*(one(case) for case in cases))
    touches = [draft for draft in drafted if draft.case.feed is None]
    async with ctx.db.begin() as conn:
        await _record(ctx, conn, touches)
    for post in drafted:
        if post.case.feed is not None:
            await _record_post(ctx, post)


async def preview(ctx: Context, case: Situation) -> str:
    """The subject a planned message would get now, or the sentence why it would get none. Records nothing."""
    async with ctx.db.read() as conn:
        known = await background.known(conn, [case])
        about = await posts.known(ctx, conn, [case])
    drafted = await _write(ctx, case, known[case.message.id], about.get(case.message.id))
    return drafted.words.subject or drafted.words.body[:60] if drafted.words else drafted.problem


async def _wanted(ctx: Context, cases: Sequence[Situation], known: Mapping[int, Known]) -> list[Situation]:
    """Without those whose step's condition does not hold, and those that no longer run or wait for a person."""
    dropped = [(case.message.id, background.unmet(case, known[case.message.id])) for case in cases]
    waiting = [(case.message.id, background.waits(case)) for case in cases]
    if not any(why for _, why in (*dropped, *waiting)):
        return list(cases)
    async with ctx.db.begin() as conn:
        for event, pairs in ((Event.CANCEL, dropped), (Event.PARK, waiting)):
            changes = [Change(id_, {"note": why}) for id_, why in pairs if why]
            await messages.move(
                conn, event, changes, actor="draft", now=ctx.now(), values={"due_at": None}, leased_by=ctx.me
            )
    gone = {id_ for id_, why in (*dropped, *waiting) if why}
    return [case for case in cases if case.message.id not in gone]


# --- writing


async def _write(ctx: Context, case: Situation, known: Known, post: posts.Known | None) -> Drafted:
    """Write, check, and write again at most twice while the score is under 80 (C4), or a post says nothing new (C9)."""
    improve: tuple[str, ...] = ()
    best: Drafted | None = None
    began = time.monotonic()
    for _ in range(1 + REWRITES):
        try:
            words = await _ask(ctx, case, known, post, improve)
        except MissingVariable as missing:
            return Drafted(case, None, None, str(missing))
        except Exception:
            log.exception("draft_failed", message_id=case.message.id)
            return Drafted(case, None, None, "The draft could not be written; press Write again.")
        checked = checks.of_draft(case, known, words)
        found = checked.found
        same = posts.first_like(words.body, post.said) if post else None
        slow = time.monotonic() - began > PATIENCE
        if same is not None:
            improve = (str(posts.Duplicate(same)),)
            if slow:
                break
            continue
        if best is None or best.found is None or found.score > best.found.score:
            strategy_id = known.strategy.id if known.strategy else None
            best = Drafted(
                case, words, found, strategy_id=strategy_id, rests_on=posts.made_from(post) if post else {},
                sources=checked.sources, again=bool(known.rejections),
            )  # fmt: skip
        if found.score >= review.GOOD or (post is not None and words.source == "template") or slow:
            break
        improve = tuple(finding.sentence for finding in found.findings)
    return best or Drafted(case, None, None, improve[0])


async def _ask(
    ctx: Context, case: Situation, known: Known, post: posts.Known | None, improve: tuple[str, ...]
) -> Words:
    if post is not None:
        return await ctx.writer.post(posts.request(case, post, improve))
    voice = briefs.voice(case.brand, case.campaign, case.sender)
    assert case.campaign is not None
    assert case.contact is not None
    words = await ctx.writer.draft(
        DraftRequest(
            brief=briefs.of(case.campaign),
            voice=voice,
            angle=known.strategy.angle if known.strategy else "",
            pillars=known.strategy.pillars if known.strategy else (),
            step=known.step_of(case.message),
            channel=case.message.channel,
            person=briefs.person(case.contact),
            improve=improve,
            rejections=known.rejections,
            history=background.history(known),
            reply=known.reply.text if known.reply else "",
            answering=background.answering(known),
            own_angle=case.campaign.own_angles,
            purpose=_purpose(case, known),
            workspace_language=policy.read(case.settings).language,
        )
    )
    words = introducing.put_in(
        words, known.colleague, case.message.channel, review.language(case), voice.dont
    )
    mails = [touch.subject for touch in known.history if touch.channel == "email"] if case.thread else []
    return replace(words, subject=_threaded(mails[0])) if mails else words


def _purpose(case: Situation, known: Known) -> str:
    """What reaches somebody first introduces us, whichever touch of the sequence it is; else the step says it."""
    if case.message.answers is not None:
        return ""
    if not known.history:
        return "call"
    last = max((step.number for step in known.strategy.steps), default=0) if known.strategy else 0
    return "question" if case.account and case.message.step > last else ""  # one more, after a silence


def _threaded(subject: str) -> str:
    """A follow-up stays in the mail thread, under the first mail's subject."""
    bare = _RE.sub("", subject).strip()
    return f"Re: {bare}"[: approve.SUBJECT] if bare else "Re:"


# --- recording


async def _record(ctx: Context, conn: AsyncConnection, drafted: Sequence[Drafted]) -> None:
    now = ctx.now()
    written = [draft for draft in drafted if draft.words is not None]
    written = await _still_planned(ctx, conn, written)
    unwritten = [Change(d.case.message.id, {"note": d.problem}) for d in drafted if d.words is None]
    stopped = {"due_at": None}
    await messages.move(
        conn, Event.BLOCK, unwritten, actor="draft", now=now, values=stopped, leased_by=ctx.me
    )
    changes = [Change(draft.case.message.id, _values(draft, now)) for draft in written]
    moved = await messages.move(conn, Event.DRAFT, changes, actor="draft", now=now, leased_by=ctx.me)
    kept = [draft for draft in written if draft.case.message.id in moved]
    await revisions.add(conn, [_revision(draft, now) for draft in kept])
    automatic = await autonomy.automatically(ctx, conn, [(d.case, d.found) for d in kept if d.found])
    await many.announce(ctx, conn, [draft.case for draft in kept if draft.case.message.id not in automatic])
    for draft in drafted:
        if draft.words is None:
            await notices.of_message(conn, draft.case.message, draft.case.campaign)


async def _still_planned(ctx: Context, conn: AsyncConnection, written: Sequence[Drafted]) -> list[Drafted]:
    """Words from a strategy that gave way while they were written are dropped; the row is written again."""
    now_in_force = await background.strategies(conn, [draft.case.message for draft in written])
    ids = {campaign: strategy.id for campaign, strategy in now_in_force.items()}
    outdated = [d for d in written if d.strategy_id != ids.get(d.case.message.campaign_id or 0)]
    again = [Change(draft.case.message.id) for draft in outdated]
    await messages.move(conn, Event.HOLD, again, actor="draft", now=ctx.now(), leased_by=ctx.me)
    return [draft for draft in written if draft not in outdated]


async def _record_post(ctx: Context, post: Drafted) -> None:
    try:
        async with ctx.db.begin() as conn:
            if post.words is not None and post.case.feed is not None:
                id_ = post.case.message.id
                await posts.refuse_same(conn, post.case.feed.id, post.words.body, without=id_)
            await _record(ctx, conn, [post])
    except (posts.Duplicate, IntegrityError) as error:
        same = (
            str(error)
            if isinstance(error, posts.Duplicate)
            else "The same post already exists for this page."
        )
        async with ctx.db.begin() as conn:
            await _record(ctx, conn, [Drafted(post.case, None, None, same)])


def _values(draft: Drafted, now: datetime) -> dict[str, Any]:
    words, case = draft.words, draft.case
    assert words is not None
    rules = policy.read(case.settings)
    slot_at = review.slot(case, rules, now)
    deadline = review.deadline(replace(case, message=replace(case.message, slot_at=slot_at)), rules, now)
    made = {"source": words.source, "template": words.template, "used": list(words.used), "hint": words.note}
    made |= {"locale": words.locale} if words.locale else {}
    made |= {"angle": words.angle} if words.angle else {}
    made |= draft.rests_on
    weak = draft.found is not None and draft.found.score < review.GOOD
    checked: dict[str, Any] = {"sources": list(draft.sources), "weak": weak}
    return {
        "subject": words.subject,
        "body": words.body,
        "strategy_id": draft.strategy_id,
        "revision": case.message.revision + 1,
        "content_hash": similarity.content_hash(words.body) if case.feed is not None else "",
        "options": {
            **{k: v for k, v in case.message.options.items() if k not in _OF_OLD_WORDS},
            **made,
            **checked,
            **({"rejected": True} if draft.again else {}),
        },
        "due_at": deadline,
        "slot_at": slot_at,
        "reminded": remind.given(deadline - now),
        "note": "",
    }


def _revision(draft: Drafted, now: datetime) -> Revision:
    words, found = draft.words, draft.found
    assert words is not None
    assert found is not None
    return Revision(
        message_id=draft.case.message.id,
        revision=draft.case.message.revision + 1,
        subject=words.subject,
        body=words.body,
        author=words.source,
        source=words.template or words.source,
        reason="",
        score=found.score,
        findings=tuple(asdict(finding) for finding in found.findings),
        created_at=now,
    )
