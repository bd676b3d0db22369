"""A digest's figures: counted by storage.figures, compared with the time before, put into words that are numbers.

Outreach is every message to a person that left, on whatever channel; posts are counted apart. Rates look at the
messages sent in the period: reply rate is the contacts who answered one of them over the contacts sent to, opens and
clicks are over delivered, engagement of posts is over impressions. A day and a week are counted by the same code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import charts, replies
from engine.rules import timing
from storage import digests, measurements, retentions
from storage import figures as rows
from storage.digests import Digest
from storage.measurements import Sum
from storage.model.figures import Period, Slice

DAYS = 7
SMALL = 30
"""With fewer sends than this a rate says little, and the digest says so."""
NOT_AVAILABLE = "not available"


@dataclass(frozen=True, slots=True)
class Named:
    """A campaign's, a brand's or a feed's figures. Only feeds have a `network`."""

    id: int
    name: str
    figures: Slice
    network: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """All numbers of one digest. `outreach` is the whole of which `channels` are the parts; None there holds replies
    that answer no message. People are counted once in the whole, and once in each channel that reached them.

    `reply_seconds` is the median time from send to reply, None without replies. `days` are what the chart draws,
    `measured` what networks counted about each feed's posts, `by_brand` about each brand's. `waiting` drafts and
    `undecided` replies are those of the moment of counting.
    """

    day: str
    is_week: bool
    outreach: Slice
    before: Slice
    channels: Mapping[str | None, Slice]
    campaigns: tuple[Named, ...]
    brands: tuple[Named, ...]
    feeds: tuple[Named, ...]
    reply_seconds: float | None
    waiting: int
    unsure: int
    stopped: tuple[tuple[str, str], ...]
    days: tuple[charts.Day, ...]
    undecided: int = 0
    removed: int = 0
    measured: Mapping[int, Sum] = field(default_factory=dict)
    by_brand: Mapping[int, Sum] = field(default_factory=dict)

    @property
    def posts(self) -> Slice:
        """All feeds together."""
        return Slice(
            sent=sum(feed.figures.sent for feed in self.feeds),
            failed=sum(feed.figures.failed for feed in self.feeds),
            reactions=sum(feed.figures.reactions for feed in self.feeds),
        )

    def as_json(self) -> dict[str, Any]:
        """What the digest keeps and its card shows. Rates are words such as "12.5 %"."""
        return {
            "day": self.day,
            "week": self.is_week,
            "outreach": {**_json(self.outreach), "median_reply": _span(self.reply_seconds)},
            "posts": _post_json(self.posts, self.measured.values()),
            "change": _change(self.outreach, self.before),
            "channels": [{"channel": name or "", **_json(part)} for name, part in _sorted(self.channels)],
            "campaigns": [{"id": row.id, "name": row.name, **_json(row.figures)} for row in self.campaigns],
            "brands": [_named_posts(row, self.by_brand) for row in self.brands],
            "feeds": [{**_named_posts(row, self.measured), "network": row.network} for row in self.feeds],
            "waiting": self.waiting,
            "replies": self.undecided,
            "failures": self.outreach.failed + self.posts.failed,
            "alerts": [f"{channel} has stopped: {reason}" for channel, reason in self.stopped],
            "notes": self.notes(),
            "days": [{**asdict(day), "day": day.day.isoformat()} for day in self.days],
            "alt": charts.alt_text(self.days, is_week=self.is_week),
        }

    def notes(self) -> list[str]:
        """What a reader must know to read the numbers right."""
        whole, found = self.outreach, []
        if self.unsure:
            found.append(f"{_count(self.unsure, 'message')} may already have gone out: say so on the card.")
        if 0 < whole.sent < SMALL:
            found.append(f"Small sample: with {_count(whole.sent, 'message')} sent, rates say little.")
        if whole.replied > whole.answered:
            found.append(
                "Some replies answer messages sent earlier, or none; the reply rate leaves those out."
            )
        if whole.opened_by_machines or whole.clicked_by_machines:
            found.append(
                f"Machines opened {_count(whole.opened_by_machines, 'message')} and clicked in "
                f"{whole.clicked_by_machines}; these are not counted as people."
            )
        if self.removed:
            found.append(f"{_count(self.removed, 'event')} past their time were removed.")
        return found


async def count(conn: AsyncConnection, row: Digest) -> Figures:
    """Every figure of one digest, from raw rows. Where there is no page, nothing is asked about posts."""
    period, earlier = _period(row, row.starts_at, row.ends_at), _before(row)
    outreach, before = await _whole(conn, period), await _whole(conn, earlier)
    waiting = await digests.waiting(conn, row.workspace_id)
    times = await rows.reply_times(conn, period, rows.TO_PEOPLE)
    feeds = await digests.feed_names(conn, row.workspace_id)
    return Figures(
        day=_label(row),
        is_week=row.is_week,
        outreach=outreach,
        before=before,
        channels=await rows.slices(conn, period, rows.CHANNEL, rows.TO_PEOPLE),
        campaigns=_named(
            await rows.slices(conn, period, rows.CAMPAIGN, rows.TO_PEOPLE),
            await digests.campaign_names(conn, row.workspace_id),
        ),
        brands=_named(
            await _posts(conn, period, rows.BRAND) if feeds else {},
            await digests.brand_names(conn, row.workspace_id) if feeds else {},
        ),
        feeds=tuple(
            replace(feed, network=feeds[feed.id][1])
            for feed in _named(
                await _posts(conn, period, rows.FEED) if feeds else {},
                {id_: name for id_, (name, _) in feeds.items()},
            )
        ),
        reply_seconds=median(times) if times else None,
        waiting=waiting["drafted"],
        unsure=waiting["unsure"],
        undecided=waiting["replies"],
        stopped=tuple(await digests.stopped_senders(conn, row.workspace_id)),
        days=await _days(conn, row, {period: outreach, earlier: before}, posts=bool(feeds)),
        measured=await _measured(conn, period, rows.FEED) if feeds else {},
        by_brand=await _measured(conn, period, rows.BRAND) if feeds else {},
        removed=await retentions.removed(conn, row.workspace_id, row.starts_at, row.ends_at),
    )


async def _whole(conn: AsyncConnection, period: Period, only: Sequence[str] = ()) -> Slice:
    return (await rows.slices(conn, period, where=rows.TO_PEOPLE, only=only)).get("all", Slice())


async def _posts(conn: AsyncConnection, period: Period, by: rows.Group) -> dict[Any, Slice]:
    return await rows.slices(conn, period, by, rows.POSTS, only=rows.OF_POSTS)


async def _measured(conn: AsyncConnection, period: Period, by: rows.Group = rows.CHANNEL) -> dict[Any, Sum]:
    return await measurements.sums(conn, period.workspace_id, period.start, period.end, by=by)


def _named(parts: Mapping[Any, Slice], names: Mapping[int, str]) -> tuple[Named, ...]:
    return tuple(Named(id_, names[id_], part) for id_, part in _sorted(parts) if id_ in names)


async def _days(
    conn: AsyncConnection, row: Digest, known: Mapping[Period, Slice], *, posts: bool
) -> tuple[charts.Day, ...]:
    """The last seven local days up to the digest's end, one count each unless it is `known`; of posts if there may be."""
    last = timing.local_date(row.ends_at - timedelta(microseconds=1), row.zone)
    found = []
    for day in (last - timedelta(days=back) for back in reversed(range(DAYS))):
        start, end = _midnight(day, row.zone), _midnight(day + timedelta(days=1), row.zone)
        period = _period(row, start, min(end, row.ends_at))
        part = known.get(period) or await _whole(conn, period, rows.DRAWN)
        told = (await _measured(conn, period)).values() if posts else ()
        seen = [one.impressions for one in told if one.impressions is not None]
        found.append(
            charts.Day(
                day, part.sent, part.opened, part.replied,
                sum(one.posts for one in told), sum(seen) if seen else None,
            )
        )  # fmt: skip
    return tuple(found)


def _period(row: Digest, start: datetime, end: datetime) -> Period:
    return Period(row.workspace_id, start, end, replies.POSITIVE, replies.AUTOMATIC)


def _before(row: Digest) -> Period:
    """As many local days before, so that a day of 25 hours is compared with a whole day."""
    first = timing.local_date(row.starts_at, row.zone)
    last = timing.local_date(row.ends_at - timedelta(microseconds=1), row.zone)
    days = (last - first).days + 1
    return _period(row, _midnight(first - timedelta(days=days), row.zone), row.starts_at)


def _midnight(day: date, zone: str) -> datetime:
    return timing.slot_on(day, time(), zone)


def _label(row: Digest) -> str:
    first = timing.local_date(row.starts_at, row.zone)
    last = timing.local_date(row.ends_at - timedelta(microseconds=1), row.zone)
    if first == last:
        return _date(first)
    return f"{first:%a} {first.day} {first:%b} to {_date(last)}"


def _date(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def _sorted(parts: Mapping[Any, Slice]) -> Sequence[tuple[Any, Slice]]:
    return sorted(parts.items(), key=lambda part: (-part[1].sent, str(part[0])))


def _json(part: Slice) -> dict[str, Any]:
    rates = {name: percent(getattr(part, name)) for name in ("reply_rate", "open_rate", "click_rate")}
    return {**asdict(part), **rates}


def _named_posts(row: Named, measured: Mapping[int, Sum]) -> dict[str, Any]:
    told = [measured[row.id]] if row.id in measured else []
    return {"id": row.id, "name": row.name, **_post_json(row.figures, told)}


def _post_json(part: Slice, measured: Iterable[Sum]) -> dict[str, Any]:
    """Networks report impressions only to those who may read them: not available is no zero."""
    told = list(measured)
    counted = {
        name: [value for one in told if (value := getattr(one, name)) is not None]
        for name in ("impressions", "engagements")
    }
    known = {name: sum(values) if values else NOT_AVAILABLE for name, values in counted.items()}
    if known["engagements"] == NOT_AVAILABLE and part.reactions:
        known["engagements"] = part.reactions
    return {"sent": part.sent, "failed": part.failed, **known, "engagement_rate": _engagement_rate(told)}


def _engagement_rate(told: Iterable[Sum]) -> str:
    """Engagements over impressions, of the posts whose network tells both."""
    both = [(one.engagements, one.impressions) for one in told]
    counted = [(some, seen) for some, seen in both if some is not None and seen]
    if not counted:
        return NOT_AVAILABLE
    return percent(sum(some for some, _ in counted) / sum(seen for _, seen in counted))


def _change(now: Slice, before: Slice) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: getattr(now, name) - getattr(before, name)
        for name in ("sent", "delivered", "failed", "opened", "clicked", "replied", "positive", "converted")
    }
    return {**found, "reply_rate": f"(before: {percent(before.reply_rate)})"}


def percent(rate: float) -> str:
    """0.125 → "12.5 %"; whole numbers without a decimal."""
    return f"{rate * 100:.1f} %".replace(".0 %", " %")


def _span(seconds: float | None) -> str:
    if seconds is None:
        return NOT_AVAILABLE
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    days, left = divmod(hours, 24)
    if days:
        return f"{days} d {left} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"
