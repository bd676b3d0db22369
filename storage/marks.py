"""What every change of a message leaves behind: a timeline entry, stale cards, a sequence to look at again.

Called by storage.messages inside its transaction; other writers use `note` and `stale` for their own nouns.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, String, Update, and_, bindparam, insert, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import among
from storage.lifecycle import Event
from storage.tables import bulk_drafts, bulks, calendar_posts, cards, enrolments, messages, timeline
from storage.workspaces import insert_new

_QUIET = frozenset({Event.CLAIM})
"""Events too short-lived to draw or to tell: what became of the claim follows within seconds, always."""

_RECOUNTED = frozenset(
    {
        Event.DRAFT,
        Event.REVISE,
        Event.APPROVE,
        Event.UNDO,
        Event.REJECT,
        Event.SKIP,
        Event.REWRITE,
        Event.DEFER,
        Event.CANCEL,
    }
)
"""Events that may change how many drafts of a step or a week wait."""
_LEFT = frozenset({Event.SENT, Event.FAIL, Event.LOSE, Event.BLOCK})
"""Events after which an approval of many has less to take back."""
_REWORDED = frozenset({Event.DRAFT, Event.REVISE, Event.UNDO})
"""Events after which a draft may have words that nobody counted."""


class Place(NamedTuple):
    """Where a message belongs: what else its change touches."""

    message: int
    campaign: int | None
    enrolment: int | None
    contact: int | None
    step: int


PLACE = [messages.c[name] for name in ("id", "campaign_id", "enrolment_id", "contact_id", "step")]


async def after(
    conn: AsyncConnection, event: Event, moved: Sequence[Place], *, actor: str, now: datetime, over: bool
) -> None:
    """`over` says that the sequences of what moved must be looked at."""
    ids = [place.message for place in moved]
    campaigns, enrolled = _named(moved, "campaign"), _named(moved, "enrolment")
    posts = any(place.campaign is None for place in moved)
    if event not in _QUIET:
        await timeline_from_messages(conn, ids, event, actor=actor, now=now)
        drawn = {"ids": ids, "campaigns": campaigns, "contacts": _named(moved, "contact")}
        await conn.execute(_STALE_AROUND, drawn)
        if posts:
            await conn.execute(_STALE_CALENDARS, {"ids": ids})
    if event in _REWORDED:
        await join_bulks(conn, ids)
    if event in _LEFT and campaigns:
        await conn.execute(_LEFT_STEPS, {"campaigns": campaigns, "steps": _named(moved, "step")})
    if event in _LEFT and posts:
        await conn.execute(_LEFT_WEEKS, {"ids": ids})
    if event in _RECOUNTED:
        await _recount(conn, ids, campaigns, posts=posts)
        if enrolled:
            await conn.execute(_STALE_ACCOUNTS, {"ids": enrolled})
    if over and enrolled:
        await conn.execute(_LOOK_AGAIN, {"ids": enrolled, "now": now})


async def stale(conn: AsyncConnection, kind: str, ids: Sequence[int]) -> None:
    """Every card of these entities wants to be drawn again. A card that does not exist is no error."""
    await conn.execute(_STALE, {"of_kind": kind, "ids": list(ids)})


async def note(
    conn: AsyncConnection,
    workspace_id: str,
    entity: str,
    entity_id: int,
    event: str,
    *,
    actor: str,
    now: datetime,
    detail: str = "",
) -> None:
    """Append one line to an entity's timeline. `actor` is a Slack user id or the name of a loop."""
    await conn.execute(
        insert(timeline),
        {
            "workspace_id": workspace_id,
            "entity": entity,
            "entity_id": entity_id,
            "event": event,
            "actor": actor,
            "at": now,
            "detail": detail,
        },
    )


async def last_person(conn: AsyncConnection, workspace_id: str, entity: str, entity_id: int) -> str | None:
    """The Slack user who acted last on an entity; None when only loops did."""
    result = await conn.execute(
        select(timeline.c.actor)
        .where(
            timeline.c.workspace_id == workspace_id,
            timeline.c.entity == entity,
            timeline.c.entity_id == entity_id,
            timeline.c.actor.like("U%") | timeline.c.actor.like("W%"),
        )
        .order_by(timeline.c.id.desc())
        .limit(1)
    )
    found = result.scalar_one_or_none()
    return str(found) if found else None


async def timeline_from_messages(
    conn: AsyncConnection, ids: Sequence[int], event: str, *, actor: str, now: datetime
) -> None:
    """One entry per message, in one statement; the row's note is the detail."""
    await conn.execute(_TIMELINE, {"ids": list(ids), "event": str(event), "actor": actor, "now": now})


async def _recount(
    conn: AsyncConnection, ids: Sequence[int], campaigns: Sequence[int], *, posts: bool
) -> None:
    """What decides many drafts at once counts them anew."""
    if campaigns:
        await conn.execute(_RECOUNT_STEPS, {"campaigns": list(campaigns)})
    if posts:
        await conn.execute(_RECOUNT_WEEKS, {"ids": list(ids)})


async def join_bulks(conn: AsyncConnection, ids: Sequence[int]) -> None:
    """Those of these messages that are drafts belong to the bulk of their step or week, where there is one."""
    await conn.execute(insert_new(conn, bulk_drafts).from_select(_JOINING, _JOIN), {"ids": list(ids)})


def _named(moved: Sequence[Place], what: str) -> list[int]:
    return sorted({found for place in moved if (found := getattr(place, what)) is not None})


_TIMELINE = insert(timeline).from_select(
    ["workspace_id", "entity", "entity_id", "event", "actor", "at", "detail"],
    select(
        messages.c.workspace_id,
        literal_column("'message'"),
        messages.c.id,
        bindparam("event", type_=String()),
        bindparam("actor", type_=String()),
        bindparam("now", type_=timeline.c.at.type),
        messages.c.note,
    ).where(among(messages.c.id, "ids")),
)

_STALE = (
    update(cards)
    .where(cards.c.kind == bindparam("of_kind"), among(cards.c.entity_id, "ids"))
    .values(wanted=cards.c.wanted + 1)
)

_AROUND = (
    select(cards.c.id)
    .where(
        or_(
            *(
                and_(cards.c.kind == literal_column(f"'{kind}'"), among(cards.c.entity_id, given))
                for kind, given in (
                    ("message", "ids"),
                    ("task", "ids"),
                    ("campaign", "campaigns"),
                    ("contact", "contacts"),
                )
            )
        )
    )
    .order_by(cards.c.id)
    .with_for_update(key_share=True)
    .cte("around")
)
_STALE_AROUND = update(cards).where(cards.c.id == _AROUND.c.id).values(wanted=cards.c.wanted + 1)
"""A contact's card shows their next touch and what was sent to them. Locked by id: others mark the same campaign's."""

_STALE_ACCOUNTS = (
    update(cards)
    .where(cards.c.kind == literal_column("'account'"), among(cards.c.entity_id, "ids"))
    .values(wanted=cards.c.wanted + 1)
)
"""An account's card has its enrolment's id."""

_STALE_CALENDARS = (
    update(cards)
    .where(
        cards.c.kind == literal_column("'calendar'"),
        cards.c.entity_id.in_(
            select(calendar_posts.c.calendar_id).where(among(calendar_posts.c.message_id, "ids"))
        ),
    )
    .values(wanted=cards.c.wanted + 1)
)
"""A calendar's card shows what became of each of its posts."""

_LOOK_AGAIN = (
    update(enrolments)
    .where(
        among(enrolments.c.id, "ids"),
        enrolments.c.state == literal_column("'active'"),
    )
    .values(next_at=bindparam("now", type_=enrolments.c.next_at.type))
)

_JOINING = ["workspace_id", "bulk_id", "message_id", "revision", "since"]

_TOGETHER = messages.join(
    bulks,
    and_(bulks.c.campaign_id == messages.c.campaign_id, bulks.c.step == messages.c.step)
    | and_(
        bulks.c.campaign_id.is_(None),
        messages.c.feed_id.is_not(None),
        bulks.c.brand_id == messages.c.brand_id,
        messages.c.slot_at >= bulks.c.starts_at,
        messages.c.slot_at < bulks.c.ends_at,
    ),
)

_JOIN = (
    select(bulks.c.workspace_id, bulks.c.id, messages.c.id, messages.c.revision, literal_column("0"))
    .select_from(_TOGETHER)
    .where(among(messages.c.id, "ids"), messages.c.state == literal_column("'drafted'"))
)
"""An answer to a reply may join too; nobody counts it, as it is decided on its own."""


def _left(which: Select[Any]) -> Update:
    return (
        update(cards)
        .where(cards.c.kind == literal_column("'bulk'"), cards.c.entity_id.in_(which))
        .values(wanted=cards.c.wanted + 1)
    )


_LEFT_STEPS = _left(
    select(bulks.c.id).where(among(bulks.c.campaign_id, "campaigns"), among(bulks.c.step, "steps"))
)
_LEFT_WEEKS = _left(select(bulks.c.id).select_from(_TOGETHER).where(among(messages.c.id, "ids")).distinct())

_RECOUNT_STEPS = (
    update(bulks).where(among(bulks.c.campaign_id, "campaigns")).values(wanted=bulks.c.wanted + 1)
)

_RECOUNT_WEEKS = (
    update(bulks)
    .where(
        bulks.c.campaign_id.is_(None),
        bulks.c.brand_id.in_(
            select(messages.c.brand_id).where(among(messages.c.id, "ids"), messages.c.feed_id.is_not(None))
        ),
    )
    .values(wanted=bulks.c.wanted + 1)
)
