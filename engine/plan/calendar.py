"""A brand's social calendar: asked for, decided about, and on approval one planned row per day and network.

A calendar takes effect when it is approved; the unsent posts of those it overlaps are cancelled in that transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import brands
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import branding, calendar, timing
from storage import brands as brand_rows
from storage import calendars, cards, marks, messages, new_messages
from storage.calendars import Calendar, CalendarState, PlannedPost
from storage.lifecycle import Event, State
from storage.model import Brand, Feed, Message, Sender, channels

DAYS = 30
DRAFTED_BEFORE = timedelta(days=4)
"""A week's drafts are written this long before its Monday, at nine: in time to be read, late enough to be of today."""
REPLACED = "A newer calendar took its place."


@dataclass(frozen=True, slots=True)
class Wanted:
    """`starts_on` None is tomorrow in the brand's zone. `networks` empty is all of them."""

    brand: str = ""
    days: int = DAYS
    starts_on: date | None = None
    networks: tuple[str, ...] = ()


async def ask(ctx: Context, who: Who, wanted: Wanted) -> Calendar:
    """Leave a row for a new calendar; its card follows where the person spoke. Raises Refused."""
    brand = await brands.chosen(ctx, who, wanted.brand)
    zone = brand.zone or "UTC"
    tomorrow = timing.local_date(ctx.now(), zone) + timedelta(days=1)
    starts_on = wanted.starts_on or tomorrow
    _check(wanted, starts_on, tomorrow - timedelta(days=1))
    if not who.channel:
        raise Refused("Ask for a calendar in a channel: its card appears there.")
    async with ctx.db.begin() as conn:
        known = await calendars.of_brand(conn, who.workspace_id, brand.id)
        if any(one.state == CalendarState.DRAFT for one in known):
            raise Refused(
                f"A calendar for “{brand.name}” already waits for a decision; approve or reject it first."
            )
        calendar_id = await calendars.add(
            conn,
            {
                "workspace_id": who.workspace_id, "brand_id": brand.id, "starts_on": starts_on.isoformat(),
                "days": wanted.days, "networks": wanted.networks or channels.feeds(), "channel": who.channel,
                "asked_by": who.user_id, "created_at": ctx.now(),
            },
        )  # fmt: skip
        await cards.want(conn, who.workspace_id, "calendar", calendar_id, who.channel)
        await _note(ctx, conn, who, calendar_id, "ask")
        found = await calendars.get(conn, who.workspace_id, calendar_id)
    assert found is not None
    return found


async def approve(ctx: Context, who: Who, calendar_id: int) -> None:
    """It takes effect: a planned row for each of its posts; what it overlaps is cancelled. Raises Refused."""
    async with ctx.db.begin() as conn:
        found = await _undecided(conn, who, calendar_id)
        brand = await brand_rows.get(conn, who.workspace_id, found.brand_id, lock=True)
        assert brand is not None
        for old in await calendars.of_brand(conn, who.workspace_id, brand.id):
            if old.state == CalendarState.APPROVED and overlap(old, found):
                await _supersede(ctx, conn, who, old, found)
        planned = await calendars.posts(conn, who.workspace_id, calendars.of(found.id))
        fresh = await _free(ctx, conn, brand, planned)
        if not fresh:
            raise Refused("Every day of this calendar has passed or is taken; ask for a new one.")
        await _insert(ctx, conn, who, found, brand, fresh)
        await _decide(ctx, conn, who, found, CalendarState.APPROVED)
    ctx.db.wake()


async def reject(ctx: Context, who: Who, calendar_id: int, reason: str) -> None:
    """With a reason, which the next calendar of the brand is told."""
    if not reason.strip():
        raise Refused("Say in a few words why: the next calendar uses it.", field="reason")
    async with ctx.db.begin() as conn:
        found = await _undecided(conn, who, calendar_id)
        await _decide(ctx, conn, who, found, CalendarState.REJECTED, reason.strip()[:3000])


async def show(ctx: Context, who: Who, name: str) -> Calendar:
    """The card of a brand's newest calendar, where the person spoke. Raises Refused when it has none."""
    brand = await brands.chosen(ctx, who, name)
    async with ctx.db.begin() as conn:
        known = await calendars.of_brand(conn, who.workspace_id, brand.id)
        if not known:
            raise Refused(f"“{brand.name}” has no calendar yet. Ask for one with /social plan.")
        place = who.channel or known[0].channel
        card = await cards.find(conn, who.workspace_id, "calendar", known[0].id, place)
        if card is not None:
            await cards.post_anew(conn, card)
        else:
            await cards.want(conn, who.workspace_id, "calendar", known[0].id, place)
    return known[0]


async def turn_to(ctx: Context, who: Who, calendar_id: int, week: int) -> None:
    """Show another week on the card."""
    async with ctx.db.begin() as conn:
        found = await _calendar(conn, who, calendar_id)
        shown = max(1, min(week, await calendars.last_week(conn, who.workspace_id, found.id)))
        await calendars.change(conn, who.workspace_id, found.id, week=shown)
        await marks.stale(conn, "calendar", [found.id])


async def open_post(ctx: Context, who: Who, message_id: int) -> None:
    """The card of one post, in the thread of its calendar."""
    async with ctx.db.begin() as conn:
        row = await messages.get(conn, who.workspace_id, message_id)
        post = await calendars.post_of(conn, message_id) if row else None
        if row is None or post is None:
            raise Refused("That post no longer exists.")
        found = await _calendar(conn, who, post.calendar_id)
        parent = ("calendar", found.id)
        await cards.want(conn, who.workspace_id, "message", row.id, found.channel, parent=parent)


async def moved(conn: AsyncConnection, row: Message, slot_at: datetime) -> None:
    """A person gave a post another time: its calendar's card shows it there, on the page of that week."""
    post = await calendars.post_of(conn, row.id)
    found = await calendars.get(conn, row.workspace_id, post.calendar_id) if post else None
    brand = await brand_rows.get(conn, row.workspace_id, row.brand_id)
    if post is None or found is None or brand is None:
        return
    day = timing.local_date(slot_at, brand.zone or "UTC")
    week = calendar.week_of(date.fromisoformat(found.starts_on), day)
    await calendars.place(conn, post, slot_at, max(week, 1))


def overlap(one: Calendar, other: Calendar) -> bool:
    """Whether two calendars share a day."""
    first, second = (date.fromisoformat(found.starts_on) for found in (one, other))
    return first < second + timedelta(days=other.days) and second < first + timedelta(days=one.days)


# --- taking effect


async def _supersede(ctx: Context, conn: AsyncConnection, who: Who, old: Calendar, new: Calendar) -> None:
    """All that the old one has not sent is cancelled; what is going out at this moment goes out."""
    unsent = calendars.of_calendar(old.id)
    while True:
        cancelled = await messages.move_where(
            conn, Event.CANCEL, unsent, workspace_id=who.workspace_id, actor=who.user_id, now=ctx.now(),
            values={"note": REPLACED, "due_at": None},
        )  # fmt: skip
        if len(cancelled) < messages.CHUNK:
            break
    await _decide(ctx, conn, who, old, CalendarState.SUPERSEDED, f"by calendar {new.id}")


async def _free(
    ctx: Context, conn: AsyncConnection, brand: Brand, planned: Sequence[PlannedPost]
) -> list[PlannedPost]:
    """Those whose time is still to come, on days on which the network has no post of the brand's yet."""
    coming = [post for post in planned if post.slot_at > ctx.now()]
    if not coming:
        return []
    zone = brand.zone or "UTC"
    start = timing.slot_on(date.fromisoformat(coming[0].day), time(0), zone)
    end = timing.slot_on(date.fromisoformat(coming[-1].day) + timedelta(days=1), time(0), zone)
    found = await calendars.occupied(conn, brand.workspace_id, brand.id, start, end)
    taken = {(network, timing.local_date(at, zone).isoformat()) for network, at in found if at}
    return [post for post in coming if (post.network, post.day) not in taken]


async def _insert(
    ctx: Context, conn: AsyncConnection, who: Who, found: Calendar, brand: Brand, posts: Sequence[PlannedPost]
) -> None:
    targets = branding.calls(brand.targets, brand.call_to_action)
    places: dict[str, tuple[Feed, Sender | None]] = {}
    for network in found.networks:
        feed = await brand_rows.ensure_feed(conn, who.workspace_id, brand.id, network)
        places[network] = feed, await brand_rows.sender_of(conn, feed)
    values = [
        _message(ctx, found, brand, post, *places[post.network], link=targets.get(post.call, ""))
        for post in posts
    ]
    ids: list[int] = []
    for at in range(0, len(values), messages.CHUNK):
        part = values[at : at + messages.CHUNK]
        ids += await new_messages.add(conn, part, actor=who.user_id, now=ctx.now())
    await calendars.link(conn, [(post.id, id_) for post, id_ in zip(posts, ids, strict=True)])


def _message(
    ctx: Context, found: Calendar, brand: Brand, post: PlannedPost, feed: Feed, sender: Sender | None, *, link: str
) -> dict[str, Any]:  # fmt: skip
    options = {"topic": post.topic, "link": link, "channel": found.channel, "calendar": found.id}
    if post.format == "picture":  # it takes the place of the link's preview, so the words hold the link
        options |= {"format": post.format, "link": ""}
    return {
        "workspace_id": found.workspace_id, "brand_id": brand.id, "feed_id": feed.id,
        "sender_id": sender.id if sender else None, "channel": post.network, "fallbacks": (),
        "options": options, "state": State.PLANNED, "due_at": drafted_at(ctx.now(), post, brand.zone or "UTC"),
        "slot_at": post.slot_at, "created_at": ctx.now(), "dedupe_key": _key(brand, post),
    }  # fmt: skip


def drafted_at(now: datetime, post: PlannedPost, zone: str) -> datetime:
    """When a planned post gets its words: with its whole week, or now."""
    day = date.fromisoformat(post.day)
    monday = day - timedelta(days=day.weekday())
    return max(now, timing.slot_on(monday - DRAFTED_BEFORE, time(9), zone))


def _key(brand: Brand, post: PlannedPost) -> str:
    """Brand, network, date and slot: what makes a post unique."""
    local = post.slot_at.astimezone(ZoneInfo(brand.zone or "UTC"))
    return f"post:{brand.id}:{post.network}:{local:%Y-%m-%d:%H%M}"


# --- shared


def _check(wanted: Wanted, starts_on: date, today: date) -> None:
    if not 1 <= wanted.days <= calendar.LONGEST:
        raise Refused(f"A calendar has 1 to {calendar.LONGEST} days, like 30d.", field="days")
    if starts_on < today:
        raise Refused("That day has passed; start today or later.", field="start")
    if starts_on > today + timedelta(days=calendar.LONGEST):
        raise Refused("That is more than a year ahead; start sooner.", field="start")
    unknown = [network for network in wanted.networks if network not in channels.feeds()]
    if unknown:
        known = ", ".join(channels.feeds())
        raise Refused(f"There is no network called “{unknown[0][:40]}”; there is {known}.", field="networks")


async def _calendar(conn: AsyncConnection, who: Who, calendar_id: int) -> Calendar:
    found = await calendars.get(conn, who.workspace_id, calendar_id, lock=True)
    if found is None:
        raise Refused("That calendar no longer exists.")
    return found


async def _undecided(conn: AsyncConnection, who: Who, calendar_id: int) -> Calendar:
    found = await _calendar(conn, who, calendar_id)
    if found.state != CalendarState.DRAFT:
        by = f" by <@{found.decided_by}>" if found.decided_by else ""
        raise Refused(f"This calendar was already {found.state}{by}.")
    if found.written_at is None:
        raise Refused("This calendar is still being written; try again in a moment.")
    return found


async def _decide(
    ctx: Context, conn: AsyncConnection, who: Who, found: Calendar, state: CalendarState, reason: str = ""
) -> None:
    await calendars.change(
        conn, who.workspace_id, found.id,
        state=state, reason=reason, decided_by=who.user_id, decided_at=ctx.now(),
    )  # fmt: skip
    await marks.stale(conn, "calendar", [found.id])
    await _note(ctx, conn, who, found.id, state)


async def _note(ctx: Context, conn: AsyncConnection, who: Who, calendar_id: int, event: str) -> None:
    await marks.note(conn, who.workspace_id, "calendar", calendar_id, event, actor=who.user_id, now=ctx.now())
