"""Many drafts decided at once (D4): one card for a step of a campaign or a week of posts, and one click for all that pass.

The click covers a count: exactly the revisions that were counted. It leaves a row; engine.many.apply approves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import approve as approving
from engine import four_eyes, notices, policy, review
from engine.approve import Ref
from engine.context import Context, Who
from engine.errors import Refused
from engine.policy import Policy
from engine.rules import many, timing
from storage import bulk_decisions, bulks, cards, facts, marks, messages
from storage.facts import Situation
from storage.lifecycle import Event
from storage.messages import Change
from storage.model import Bulk, BulkDecision, Contact, Feed, Message, attached
from storage.tables import messages as rows

AT_ONCE = 20
"""Cards that one press on Open one by one brings."""


@dataclass(frozen=True, slots=True)
class Group:
    """Drafts that belong together: a step of a campaign, or a brand's posts of one week in its zone."""

    key: str
    workspace_id: str
    campaign_id: int | None
    brand_id: int
    step: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """Drafts that must be opened before `passing` are approved together: each with its recipient's name."""

    passing: int
    drafts: tuple[tuple[str, Message], ...]


async def announce(ctx: Context, conn: AsyncConnection, cases: Sequence[Situation]) -> None:
    """Cards for new drafts: one for all of a group where more than a few wait, else one for each."""
    groups: dict[Group, list[Situation]] = {}
    for case in cases:
        found = group_of(case)
        if found is None:
            await notices.of_message(conn, case.message, case.campaign)
        else:
            groups.setdefault(found, []).append(case)
    for group, drafted in groups.items():
        over = policy.read(drafted[0].settings).bulk_over
        waiting = await bulks.waiting(conn, bulks.members(group), now=ctx.now(), at_most=over + 1)
        if waiting > over:
            await _together(ctx, conn, group, drafted)
        else:
            for case in drafted:
                await notices.of_message(conn, case.message, case.campaign)


def group_of(case: Situation) -> Group | None:
    """None for what is decided on its own: an answer to a reply, and what has no place for a card."""
    row, campaign = case.message, case.campaign
    if row.answers is not None or not _place(case):
        return None
    if campaign is not None and case.contact is not None:
        key = f"step:{campaign.id}:{row.step}"
        return Group(key, row.workspace_id, campaign.id, row.brand_id, row.step)
    if case.feed is None or row.slot_at is None:
        return None
    zone = case.brand.zone or policy.read(case.settings).zone
    day = timing.local_date(row.slot_at, zone)
    monday = day - timedelta(days=day.weekday())
    starts, ends = (_midnight(monday + timedelta(days=days), zone) for days in (0, 7))
    return Group(
        f"week:{row.brand_id}:{monday}", row.workspace_id, None, row.brand_id, starts_at=starts, ends_at=ends
    )


async def press(ctx: Context, who: Who, ref: Ref) -> Look | None:
    """Approve all that passed in count `ref.revision` of a bulk; or which drafts must be opened first.

    Raises Refused when somebody was first, nothing of it waits, or this person may not approve any of it.
    """
    async with ctx.db.begin() as conn:
        bulk, rules, passing = await _open(conn, who, ref)
        few = many.to_open(passing, over=rules.look_over, few=rules.look_at)
        if not few:
            await _decide(ctx, conn, who, bulk, ref, passing)
            return None
        chosen = await bulks.some(conn, bulks.passing(bulk, ref.revision), few, random=True)
        shown = await bulk_decisions.look(conn, bulk, ref.revision, who.user_id, chosen, ctx.now())
        await marks.note(
            conn, who.workspace_id, "bulk", bulk.id, "look", actor=who.user_id, now=ctx.now(),
            detail=f"count {ref.revision}: messages {', '.join(map(str, shown))}",
        )  # fmt: skip
        found = await messages.find(conn, who.workspace_id, rows.c.id.in_(shown))
        cases = await facts.gather(conn, found)
    return Look(passing, tuple((_name(case.contact, case.feed), case.message) for case in cases))


async def approve(ctx: Context, who: Who, ref: Ref) -> None:
    """The same once the drafts were opened. Raises Refused where they had to be and were not."""
    async with ctx.db.begin() as conn:
        bulk, rules, passing = await _open(conn, who, ref)
        must = many.to_open(passing, over=rules.look_over, few=rules.look_at)
        if must and not await bulk_decisions.looked(conn, bulk, ref.revision, who.user_id):
            raise Refused("Open a few of them first: press Approve all on the card again.")
        await _decide(ctx, conn, who, bulk, ref, passing)


async def undo(ctx: Context, who: Who, ref: Ref) -> tuple[int, int]:
    """Take back what the approval of count `ref.revision` approved and no sender has claimed: how many, how many remain.

    At most a thousand at once. Raises Refused when nothing of it can be taken back.
    """
    async with ctx.db.begin() as conn:
        bulk = await _bulk(conn, who, ref.id)
        made = await bulk_decisions.about(conn, bulk, ref.revision)
        if made is None or made.state == "open":
            raise Refused("That approval is not carried out yet; the card will tell.")
        standing = bulk_decisions.standing(bulk, made)
        ids = await bulks.some(conn, standing, messages.CHUNK)
        found = await messages.find(conn, who.workspace_id, rows.c.id.in_(ids)) if ids else []
        if not found:
            raise Refused("Nothing of it can be taken back any more.")
        changes = [_taken_back(ctx, case) for case in await facts.gather(conn, found)]
        moved = await messages.move(
            conn, Event.UNDO, changes, actor=who.user_id, now=ctx.now(), workspace_id=who.workspace_id
        )
        detail = f"count {made.number}: {len(moved)} taken back"
        await marks.note(
            conn, who.workspace_id, "bulk", bulk.id, "undo", actor=who.user_id, now=ctx.now(), detail=detail
        )
        return len(moved), await bulks.size(conn, standing)


async def one_by_one(ctx: Context, who: Who, bulk_id: int) -> tuple[int, int]:
    """Cards of their own for the next drafts that have none: how many come, and how many still have none after."""
    async with ctx.db.begin() as conn:
        bulk = await _bulk(conn, who, bulk_id)
        found = await bulks.without_card(conn, bulk, limit=500)
        parent = ("campaign", bulk.campaign_id) if bulk.campaign_id else ("bulk", bulk.id)
        for id_ in found[:AT_ONCE]:
            await cards.want(conn, who.workspace_id, "message", id_, bulk.channel, parent=parent)
    return len(found[:AT_ONCE]), len(found[AT_ONCE:])


async def _together(ctx: Context, conn: AsyncConnection, group: Group, drafted: Sequence[Situation]) -> None:
    values = {name: getattr(group, name) for name in Group.__slots__}
    values |= {"channel": _place(drafted[0]), "created_at": ctx.now()}
    bulk_id = await bulks.ensure(conn, values, [case.message.id for case in drafted])
    parent = ("campaign", group.campaign_id) if group.campaign_id else None
    await cards.want(conn, group.workspace_id, "bulk", bulk_id, values["channel"], parent=parent)
    for case in drafted:
        if attached.is_missing(case.message):  # it asks by a card of its own
            own = ("bulk", bulk_id)
            await cards.want(
                conn, group.workspace_id, "message", case.message.id, values["channel"], parent=own
            )


def _place(case: Situation) -> str:
    return case.campaign.channel_id if case.campaign else str(case.message.options.get("channel", ""))


async def _open(conn: AsyncConnection, who: Who, ref: Ref) -> tuple[Bulk, Policy, int]:
    """The bulk, the rules, and how many the click covers. Raises Refused when it covers nothing this person may approve."""
    bulk = await _bulk(conn, who, ref.id)
    _refuse_second(await bulk_decisions.about(conn, bulk, ref.revision))
    newest = await bulk_decisions.about(conn, bulk)
    if newest is not None and newest.state == "open":
        raise Refused(f"What <@{newest.decided_by}> approved is being carried out; the card will tell.")
    found = bulks.passing(bulk, ref.revision)
    passing = await bulks.size(conn, found)
    if not passing:
        raise Refused("Nothing of what this button counted waits for a decision any more.")
    rules = await policy.of(conn, who.workspace_id)
    await four_eyes.check_any(conn, who, rules, await bulks.some(conn, found, four_eyes.AT_MOST), passing)
    return bulk, rules, passing


async def _decide(ctx: Context, conn: AsyncConnection, who: Who, bulk: Bulk, ref: Ref, passing: int) -> None:
    if not await bulk_decisions.decide(
        conn, bulk, ref.revision, by=who.user_id, covered=passing, now=ctx.now()
    ):
        _refuse_second(await bulk_decisions.about(conn, bulk, ref.revision))
    await marks.stale(conn, "bulk", [bulk.id])


def _refuse_second(made: BulkDecision | None) -> None:
    if made is not None:
        raise Refused(f"<@{made.decided_by}> has already approved these; nothing was changed.")


async def _bulk(conn: AsyncConnection, who: Who, bulk_id: int) -> Bulk:
    bulk = await bulks.get(conn, who.workspace_id, bulk_id)
    if bulk is None:
        raise Refused("That card is about nothing any more.")
    return bulk


def _taken_back(ctx: Context, case: Situation) -> Change:
    due_at = review.deadline(case, policy.read(case.settings), ctx.now())
    return Change(case.message.id, approving.UNAPPROVED | {"due_at": due_at}, case.message.revision)


def _name(contact: Contact | None, feed: Feed | None) -> str:
    return contact.name if contact else feed.name or feed.network if feed else ""


def _midnight(day: date, zone: str) -> datetime:
    return timing.slot_on(day, time(0), zone)
