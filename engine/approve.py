"""Approve: people decide about exact words. An approval binds to a revision, its words, and where they go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import background, checks, four_eyes, notices, policy, posts, review
from engine.context import Context, Who
from engine.errors import Refused
from engine.plan import sequence
from engine.policy import Policy
from engine.rules import similarity
from storage import facts, marks, messages, pictures, revisions
from storage.facts import Situation
from storage.lifecycle import Event, State, sources
from storage.messages import Change
from storage.model import Message, Revision, attached


class Ref(Protocol):
    """A message and the revision of it that the person saw."""

    @property
    def id(self) -> int: ...

    @property
    def revision(self) -> int: ...


UNAPPROVED = {
    "approved_revision": None,
    "approved_hash": "",
    "approved_by": None,
    "approved_at": None,
    "note": "",
}
LEASE = timedelta(seconds=30)
BATCH = 200
MOVED = "Nobody decided by its slot, so it moved to this one; after that it expires."
READING = "Its picture is still being read; look at the card again in a moment."
BODY, SUBJECT, REASON = 3000, 300, 500
"""Characters: what a Slack input holds, and far under RFC 5322's 998 a line."""


async def approve(ctx: Context, who: Who, ref: Ref) -> None:
    """Approve the revision that was seen. Raises Refused when it changed, was decided, or must not leave."""
    async with ctx.db.begin() as conn:
        case, rules = await _case(conn, who, ref)
        _must(case.message, Event.APPROVE, ref.revision)
        await four_eyes.check(conn, who, case, rules)
        reason = review.obstacle(case, rules, ctx.now()) or await _reading(conn, case)
        if reason:
            raise Refused(reason)
        await _move(ctx, conn, who, Event.APPROVE, ref, approval(ctx, case, who.user_id))


async def reject(ctx: Context, who: Who, ref: Ref, reason: str) -> None:
    """Reject with a reason, which the next draft is told. Can be undone until the deadline."""
    if not reason.strip():
        raise Refused("Say in a few words why: the next draft uses it.", field="reason")
    async with ctx.db.begin() as conn:
        case, _ = await _case(conn, who, ref)
        _must(case.message, Event.REJECT, ref.revision)
        await revisions.set_reason(conn, ref.id, ref.revision, reason.strip()[:3000])
        await _move(ctx, conn, who, Event.REJECT, ref, {"note": reason.strip()[:500]})


async def skip(ctx: Context, who: Who, ref: Ref) -> None:
    """Drop this touch; the sequence goes on."""
    async with ctx.db.begin() as conn:
        case, _ = await _case(conn, who, ref)
        _must(case.message, Event.SKIP, ref.revision)
        await _move(ctx, conn, who, Event.SKIP, ref, {"note": ""})


async def edit(ctx: Context, who: Who, ref: Ref, *, subject: str, body: str, why: str = "") -> None:
    """New words are a new revision, checked again; an approval of the old one no longer counts.

    What changed is kept word by word, with `why`, the person's reason.
    """
    _check_words(subject, body)
    async with ctx.db.begin() as conn:
        case, _ = await _case(conn, who, ref)
        _must(case.message, Event.REVISE, ref.revision)
        if (subject, body) == (case.message.subject, case.message.body):
            return
        if case.feed is not None:
            await posts.refuse_same(conn, case.feed.id, body, without=ref.id, field="body")
        await revise(ctx, conn, who, case, subject=subject, body=body, why=why.strip()[:REASON])


async def revise(
    ctx: Context,
    conn: AsyncConnection,
    who: Who,
    case: Situation,
    *,
    subject: str,
    body: str,
    why: str = "",
    options: Mapping[str, Any] | None = None,
    event: str = "edit",
) -> None:
    """A new revision of `case` in the caller's transaction, checked again. `options` are all its options, if they change.

    Raises Refused when somebody was faster.
    """
    row, known = case.message, (await background.known(conn, [case]))[case.message.id]
    checked = checks.of_edit(case, known, subject, body)
    found = checked.found
    values = {
        **UNAPPROVED, "subject": subject, "body": body, "revision": row.revision + 1,
        "due_at": review.deadline(case, policy.read(case.settings), ctx.now()),
        "content_hash": similarity.content_hash(body) if case.feed is not None else "",
        "options": {
            **(row.options if options is None else options),
            "sources": list(checked.sources),
            **({"edited": True} if (subject, body) != (row.subject, row.body) else {}),
        },
    }  # fmt: skip
    await _move(ctx, conn, who, Event.REVISE, row, values)
    changes = similarity.changed_words(row.subject, subject) + similarity.changed_words(row.body, body)
    revision = Revision(
        row.id, row.revision + 1, subject, body, who.user_id, "person", "",
        found.score, tuple(asdict(finding) for finding in found.findings), ctx.now(),
        tuple(asdict(change) for change in changes), why,
    )  # fmt: skip
    await revisions.add(conn, [revision])
    await marks.note(
        conn, who.workspace_id, "message", row.id, event, actor=who.user_id, now=ctx.now(),
        detail=similarity.told(changes, why),
    )  # fmt: skip


async def undo(ctx: Context, who: Who, ref: Ref) -> None:
    """Take a decision back: an approval until the sender has claimed the row, the others until the deadline."""
    async with ctx.db.begin() as conn:
        case, rules = await _case(conn, who, ref)
        row = case.message
        _must(row, Event.UNDO, ref.revision)
        if row.state in (State.REJECTED, State.SKIPPED) and row.due_at and row.due_at <= ctx.now():
            raise Refused("It is too late to undo this; use Write again.")
        values = UNAPPROVED | {"due_at": review.deadline(case, rules, ctx.now())}
        await _move(ctx, conn, who, Event.UNDO, ref, values)
        await sequence.reopen(ctx, conn, row, actor=who.user_id)


async def rewrite(ctx: Context, who: Who, ref: Ref) -> None:
    """Ask for new words, after a rejection, an expiry, or a draft that could not be written."""
    async with ctx.db.begin() as conn:
        case, _ = await _case(conn, who, ref)
        _must(case.message, Event.REWRITE, ref.revision)
        if case.feed is not None and case.message.slot_at and case.message.slot_at <= ctx.now():
            raise Refused("The time of this post has passed. Make a new one with /social post.")
        await _move(ctx, conn, who, Event.REWRITE, ref, UNAPPROVED | {"due_at": ctx.now()})
        await sequence.reopen(ctx, conn, case.message, actor=who.user_id)


async def words(ctx: Context, who: Who, message_id: int) -> Message:
    async with ctx.db.read() as conn:
        row = await messages.get(conn, who.workspace_id, message_id)
    if row is None:
        raise Refused("That message no longer exists.")
    return row


def approval(ctx: Context, case: Situation, by: str) -> dict[str, Any]:
    """What an approval writes on a message: these words, for this address, by this person."""
    row = case.message
    return {
        "approved_revision": row.revision,
        "approved_hash": similarity.words_hash(
            row.subject, row.body, row.channel, case.address, *attached.seen(row)
        ),
        "approved_by": by,
        "approved_at": ctx.now(),
        "due_at": ctx.now(),
        "note": "",
    }


async def expire(ctx: Context) -> bool:
    """Silence means no: what nobody decided on is cancelled at its deadline, a later touch after one more slot (D6).

    One batch. A post that was missed says so on a card of its own.
    """
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        due = await messages.lease(
            conn, State.DRAFTED, me=ctx.me, now=ctx.now(), machine_now=machine_now,
            until=machine_now + LEASE, limit=BATCH,
        )  # fmt: skip
        deferred = await _deferred(conn, due, ctx.now())
        put_off = {change.id for change in deferred}
        changes = [
            Change(row.id, {"note": "missed" if row.feed_id else "expired"})
            for row in due
            if row.id not in put_off
        ]
        common: dict[str, Any] = {"actor": "approve", "now": ctx.now(), "leased_by": ctx.me}
        await messages.move(conn, Event.DEFER, deferred, **common)
        gone = await messages.move(conn, Event.CANCEL, changes, **common)
        await notices.of_messages(conn, [row for row in due if row.feed_id and row.id in gone])
    return bool(due)


async def _deferred(conn: AsyncConnection, due: Sequence[Message], now: datetime) -> list[Change]:
    """Later touches that were not moved yet, with their one later slot."""
    first_time = [row for row in due if row.contact_id and row.step > 1 and not row.options.get("moved")]
    changes = []
    for case in await facts.gather(conn, first_time) if first_time else ():
        if not review.is_later(case):
            continue
        slot_at = review.later_slot(case, policy.read(case.settings), now)
        options = {**case.message.options, "moved": True}
        values = {"slot_at": slot_at, "due_at": slot_at, "options": options, "note": MOVED}
        changes.append(Change(case.message.id, values))
    return changes


async def _case(conn: AsyncConnection, who: Who, ref: Ref) -> tuple[Situation, Policy]:
    row = await messages.get(conn, who.workspace_id, ref.id)
    if row is None:
        raise Refused("That message no longer exists.")
    case = (await facts.gather(conn, [row]))[0]
    return case, policy.read(case.settings)


async def _reading(conn: AsyncConnection, case: Situation) -> str:
    """A picture that is on its way will change what is approved."""
    row = case.message
    given = await pictures.newest(conn, row.workspace_id, row.id) if case.feed is not None else None
    waits = given is not None and given.state == pictures.WAITING
    return READING if waits else ""


def _must(row: Message, event: Event, revision: int) -> None:
    """Say who was first, or that the words changed, before anything is tried."""
    if State(row.state) not in sources(event):
        mine = row.approved_by and row.approved_by.startswith(("U", "W"))
        by = f" by <@{row.approved_by}>" if mine else ""
        who = by if row.state == State.APPROVED else by and f", approved{by}"
        raise Refused(f"This message is already {row.state}{who}; nothing was changed.")
    if row.revision != revision:
        raise Refused("The words have changed since this card was drawn. Look at the new ones first.")


async def _move(
    ctx: Context, conn: AsyncConnection, who: Who, event: Event, ref: Ref, values: dict[str, Any]
) -> None:
    try:
        moved = await messages.move(
            conn, event, [Change(ref.id, values, ref.revision)],
            actor=who.user_id, now=ctx.now(), workspace_id=who.workspace_id,
        )  # fmt: skip
    except IntegrityError:
        raise Refused("There is already another message in its place; nothing was changed.") from None
    if not moved:
        now = await messages.get(conn, who.workspace_id, ref.id)
        if now is not None:
            _must(now, event, ref.revision)
        raise Refused("Someone else was faster; look at the card again.")


def _check_words(subject: str, body: str) -> None:
    if not body.strip():
        raise Refused("A message needs words.", field="body")
    if len(body) > BODY:
        raise Refused(f"That is longer than {BODY:,} characters; shorten it.", field="body")
    if len(subject) > SUBJECT or "\n" in subject or "\r" in subject:
        raise Refused(f"A subject is one line of at most {SUBJECT} characters.", field="subject")
