"""A single social post: from what a person wants said to a planned row with its own time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import brands, feeds, posts
from engine.context import Context, Who
from engine.errors import Refused
from engine.plan import calendar
from engine.rules import branding, links, timing
from storage import brands as brand_rows
from storage import cards, messages
from storage.lifecycle import NOT_ALIVE, Event, State
from storage.messages import Change
from storage.model import Brand, Feed, channels
from storage.tables import messages as rows

DAYS_AHEAD = 60
TEXT = 3000


@dataclass(frozen=True, slots=True)
class Planned:
    """The message, its aware slot, the brand's zone, and why then; `why` is empty when a person named the time."""

    message_id: int
    slot: datetime
    zone: str
    why: str


@dataclass(frozen=True, slots=True)
class NewPost:
    """`on` and `at` are in the brand's zone; without them the next free slot of the network (E6) is taken.

    `thread`: two to six posts, on X alone.
    """

    text: str
    link: str = ""
    network: str = "linkedin"
    brand: str = ""
    on: date | None = None
    at: time | None = None
    thread: bool = False


async def plan(ctx: Context, who: Who, new: NewPost) -> Planned:
    """Leave a planned row; its draft card appears where it was asked for. Raises Refused."""
    _check(ctx, new)
    brand = await brands.chosen(ctx, who, new.brand)
    if why := await feeds.unavailable(ctx, who, brand, new.network):
        raise Refused(f"{_label(new)} is unavailable: {why}", field="network")
    async with ctx.db.begin() as conn:
        feed = (await brand_rows.feeds_of(conn, who.workspace_id, brand.id)).get(new.network)
        if feed is None or not feed.address:
            raise Refused(f"“{brand.name}” has no {_label(new)} page yet. Add it with /social brand.")
        sender = await brand_rows.sender_of(conn, feed)
        await posts.refuse_same(conn, feed.id, new.text, field="text")
        slot = await _slot(ctx, conn, new, brand, feed)
        why, thread = _why(ctx, new, brand), {"thread": True} if new.thread else {}
        row = {
            "workspace_id": who.workspace_id, "brand_id": brand.id, "feed_id": feed.id,
            "sender_id": sender.id if sender else None, "channel": new.network, "fallbacks": (),
            "options": {
                "topic": new.text.strip(), "link": new.link, "channel": who.channel, "by": who.user_id,
                "why_time": why, **thread,
            },
            "state": State.PLANNED, "due_at": ctx.now(), "slot_at": slot, "created_at": ctx.now(),
            "dedupe_key": _key(brand, feed, slot),
        }  # fmt: skip
        try:
            (message_id,) = await messages.add(conn, [row], actor=who.user_id, now=ctx.now())
        except IntegrityError:
            raise Refused("A post already has that time; choose another.", field="on") from None
        if who.channel:
            await cards.want(conn, who.workspace_id, "message", message_id, who.channel)
    return Planned(message_id, slot, brand.zone or "UTC", why)


async def new_time(
    ctx: Context, who: Who, message_id: int, on: date | None = None, at: time | None = None
) -> datetime:
    """A post that was missed gets another time, the next free one unless named, and is drafted and approved anew.

    Only a person moves a post (D6). Returns its slot. Raises Refused.
    """
    async with ctx.db.begin() as conn:
        row = await messages.get(conn, who.workspace_id, message_id)
        if row is None or row.feed_id is None:
            raise Refused("That post no longer exists.")
        if row.state != State.CANCELLED:
            raise Refused(f"This post is {row.state} by now; nothing was changed.")
        brand = await brand_rows.get(conn, who.workspace_id, row.brand_id)
        assert brand is not None
        feed = (await brand_rows.feeds_of(conn, who.workspace_id, brand.id))[row.channel]
        again = NewPost("", network=row.channel, on=on, at=at)
        slot = await _slot(ctx, conn, again, brand, feed)
        values = {
            "options": {**row.options, "why_time": _why(ctx, again, brand)},
            "slot_at": slot, "due_at": ctx.now(), "dedupe_key": _key(brand, feed, slot), "note": "",
            "approved_revision": None, "approved_hash": "", "approved_by": None, "approved_at": None,
        }  # fmt: skip
        try:
            moved = await messages.move(
                conn, Event.REWRITE, [Change(row.id, values, row.revision)],
                actor=who.user_id, now=ctx.now(), workspace_id=who.workspace_id,
            )  # fmt: skip
        except IntegrityError:
            raise Refused("A post already has that time; choose another.", field="on") from None
        if not moved:
            raise Refused("Someone else was faster; look at the card again.")
        await calendar.moved(conn, row, slot)
        if who.channel:
            await cards.want(conn, who.workspace_id, "message", row.id, who.channel)
    return slot


def _label(new: NewPost) -> str:
    return channels.known(new.network).label


def _why(ctx: Context, new: NewPost, brand: Brand) -> str:
    """Why the slot is what it is, and how to name another: empty where a person named it."""
    if new.on is not None or new.at is not None:
        return ""
    tomorrow = timing.local_date(ctx.now(), brand.zone or "UTC") + timedelta(days=1)
    return f"the first free slot; on:{tomorrow} at:15:00 names another"


def _check(ctx: Context, new: NewPost) -> None:
    if new.network not in channels.feeds():
        raise Refused(f"There is no network called “{new.network[:40]}”.", field="network")
    if new.thread and new.network != "x":
        raise Refused("Only X has threads: choose X, or no thread.", field="thread")
    if new.network not in ctx.channels:
        raise Refused(f"{_label(new)} is not set up here.", field="network")
    if not new.text.strip():
        raise Refused("Say what the post should be about.", field="text")
    if len(new.text) > TEXT:
        raise Refused(f"That is longer than {TEXT:,} characters; shorten it.", field="text")
    if new.link and links.links_in(new.link) != (new.link,):
        raise Refused("The link must be one full address, beginning with https://.", field="link")


async def _slot(ctx: Context, conn: AsyncConnection, new: NewPost, brand: Brand, feed: Feed) -> datetime:
    zone = brand.zone or "UTC"
    usual = branding.posting_time(brand.posting_times, new.network)
    if new.on is not None or new.at is not None:
        day = new.on or timing.local_date(ctx.now(), zone)
        slot = timing.slot_on(day, new.at or usual, zone)
        if slot <= ctx.now():
            raise Refused("That time has passed; choose a later one.", field="on")
        return slot
    slot = timing.next_post_slot(ctx.now(), new.network, zone, usual)
    for _ in range(DAYS_AHEAD):
        if not await _taken(conn, brand, feed, slot):
            return slot
        slot = timing.next_post_slot(slot + timedelta(minutes=1), new.network, zone, usual)
    raise Refused(f"Every slot of the next {DAYS_AHEAD} days is taken; name a day.", field="on")


async def _taken(conn: AsyncConnection, brand: Brand, feed: Feed, slot: datetime) -> bool:
    key = rows.c.dedupe_key == _key(brand, feed, slot)
    return bool(await messages.find(conn, brand.workspace_id, key, rows.c.state.not_in(NOT_ALIVE), limit=1))


def _key(brand: Brand, feed: Feed, slot: datetime) -> str:
    """Brand, network, date and slot: what makes a post unique."""
    local = slot.astimezone(ZoneInfo(brand.zone or "UTC"))
    return f"post:{brand.id}:{feed.network}:{local:%Y-%m-%d:%H%M}"
