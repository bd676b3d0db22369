"""Figures of posts for a span of days, by network: how many went out, what networks counted, and the span before.

Every figure is a sum of the latest counts of those posts; where no network told any, it is None and never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta

from engine import brands
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import timing
from storage import cards, measurements, sheets
from storage.measurements import COUNTS, Sum
from storage.model import channels
from storage.sheets import Cell
from storage.tables import messages as rows

_NONE = Sum(0, 0, *(None for _ in COUNTS))
DAYS = 30
LONGEST = 400


@dataclass(frozen=True, slots=True)
class Wanted:
    """Days are local to the brand, both included. Empty `networks` and `metrics` mean all; an empty `brand` every one."""

    first: date | None = None
    last: date | None = None
    networks: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    brand: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """By network, now and in as many days before. `brand` is its name, empty for all together."""

    first: date
    last: date
    zone: str
    brand: str
    metrics: tuple[str, ...]
    now: Mapping[str, Sum]
    before: Mapping[str, Sum]

    @property
    def total(self) -> Sum:
        return _total(self.now)

    @property
    def total_before(self) -> Sum:
        return _total(self.before)


async def sheet(ctx: Context, who: Who, wanted: Wanted) -> Figures:
    """The same figures, left as a table where the person spoke, unless no post went out. Raises what `figures` raises."""
    found = await figures(ctx, who, wanted)
    if not found.now:
        return found
    days = f"{found.first.isoformat()} to {found.last.isoformat()}"
    async with ctx.db.begin() as conn:
        sheet_id = await sheets.add(
            conn, who.workspace_id, title=f"Posts of {found.brand or 'every brand'}, {days}",
            name=f"posts-{days.replace(' ', '-')}", head=_head(found), rows=_rows(found), asked_by=who.user_id,
            channel=who.channel, now=ctx.now(),
        )  # fmt: skip
        await cards.want(conn, who.workspace_id, "sheet", sheet_id, who.channel)
    return found


def _head(found: Figures) -> list[str]:
    told = ["posts", "posts told about", *found.metrics]
    return ["brand", "network", "from", "to", "zone", *told, *(f"{name} before" for name in told)]


def _rows(found: Figures) -> list[list[Cell]]:
    """One a network that posted now or in as many days before, and all together where there are several."""
    networks = sorted({*found.now, *found.before})
    parts = [(name, found.now.get(name, _NONE), found.before.get(name, _NONE)) for name in networks]
    if len(parts) > 1:
        parts.append(("all", found.total, found.total_before))
    about = [found.first.isoformat(), found.last.isoformat(), found.zone]
    return [
        [found.brand or "every brand", name, *about, *_told(now, found), *_told(before, found)]
        for name, now, before in parts
    ]


def _told(part: Sum, found: Figures) -> list[Cell]:
    return [part.posts, part.told, *(getattr(part, metric) for metric in found.metrics)]


async def figures(ctx: Context, who: Who, wanted: Wanted) -> Figures:
    """Raises Refused for an unknown network, metric or brand, or days in the wrong order."""
    _check(wanted)
    brand = await brands.chosen(ctx, who, wanted.brand)
    zone = brand.zone or "UTC"
    last = wanted.last or timing.local_date(ctx.now(), zone)
    first = wanted.first or last - timedelta(days=DAYS - 1)
    if not first <= last < first + timedelta(days=LONGEST):
        raise Refused(f"“from” is a day before “to”, at most {LONGEST} days.", field="from")
    days = timedelta(days=(last - first).days + 1)
    mine = (rows.c.brand_id == brand.id,) if wanted.brand else ()
    where = (*mine, *((rows.c.channel.in_(wanted.networks),) if wanted.networks else ()))
    start, end = (timing.slot_on(day, time(0), zone) for day in (first, last + timedelta(days=1)))
    earlier = timing.slot_on(first - days, time(0), zone)
    async with ctx.db.read() as conn:
        now = await measurements.sums(conn, who.workspace_id, start, end, where=where)
        before = await measurements.sums(conn, who.workspace_id, earlier, start, where=where)
    name = brand.name if wanted.brand else ""
    return Figures(first, last, zone, name, wanted.metrics or COUNTS, now, before)


def _check(wanted: Wanted) -> None:
    for network in wanted.networks:
        if network not in channels.feeds():
            known = ", ".join(channels.feeds())
            raise Refused(f"There is no network called “{network[:40]}”; there is {known}.", field="networks")
    for metric in wanted.metrics:
        if metric not in COUNTS:
            known = ", ".join(COUNTS)
            raise Refused(f"There is no metric called “{metric[:40]}”; there is {known}.", field="metrics")


def _total(parts: Mapping[str, Sum]) -> Sum:
    def summed(name: str) -> int | None:
        told = [value for part in parts.values() if (value := getattr(part, name)) is not None]
        return sum(told) if told else None

    posts = sum(part.posts for part in parts.values())
    told = sum(part.told for part in parts.values())
    return Sum(posts, told, *(summed(name) for name in COUNTS))
