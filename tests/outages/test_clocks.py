"""Clocks that are wrong, jump, or change to summer time: nothing leaves twice or outside its window, on either database.

On PostgreSQL the server's clock is set too: a function of the same name stands before PostgreSQL's own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import seeding
from scene import Wire, count, due, on_postgres, on_sqlite, states
from seeding import Clock
from sqlalchemy import text, update

from bot import clock as ticking
from bot.worker import LOOPS
from engine.context import Context
from engine.deliver import Lane
from storage import server_clock
from storage.db import Database
from storage.tables import contacts, digests, messages

BERLIN, NEW_YORK, CAIRO = "Europe/Berlin", "America/New_York", "Africa/Cairo"
HOUR, FIVE = timedelta(hours=1), timedelta(minutes=5)


def at(zone: str, *when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[misc,arg-type]


@dataclass
class Server:
    """The clock of a PostgreSQL, as all its clients are told it; nothing on SQLite, which has none."""

    db: Database

    async def set(self, moment: datetime) -> None:
        """It runs on from there."""
        if self.db.is_sqlite:
            return
        async with self.db.begin() as conn:
            await conn.exec_driver_sql(
                "CREATE OR REPLACE FUNCTION told.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS "
                f"$$ SELECT pg_catalog.clock_timestamp() + interval '{await self._ahead(moment)} seconds' $$"
            )

    async def _ahead(self, moment: datetime) -> float:
        async with self.db.read() as conn:
            real = (await conn.execute(text("SELECT pg_catalog.clock_timestamp()"))).scalar_one()
        return float((moment - real).total_seconds())


@pytest.fixture
async def server(db: Database) -> Server:
    if not db.is_sqlite:
        async with db.begin() as conn:
            await conn.exec_driver_sql("CREATE SCHEMA told")
            name = db.url.database
            await conn.exec_driver_sql(f'ALTER DATABASE "{name}" SET search_path = told, pg_catalog, public')
    return Server(db)


@dataclass
class Worker:
    """One process with a wall clock of its own, which may be wrong: `wall` may be set at any time."""

    ctx: Context
    wall: Clock
    lane: Lane
    sent: list[str]

    async def turns(self) -> int:
        """Until it has nothing to do; how many left."""
        before = len(self.sent)
        while await self.lane.turn(self.ctx):
            pass
        return len(self.sent) - before


@pytest.fixture
async def worker(ctx: Context, database_url: str) -> AsyncIterator[Callable[..., Worker]]:
    made: list[Database] = []

    def start(wall: datetime, wire: Wire | None = None) -> Worker:
        clock = Clock(wall)
        db = Database(database_url, wall=clock)
        made.append(db)
        wire = wire or Wire()
        return Worker(replace(ctx, db=db, now=db.now, me=f"worker-{len(made)}"), clock, Lane(wire), wire.sent)

    yield start
    for db in made:
        await db.close()


async def in_zone(ctx: Context, zone: str, people: int = 3, window: str = "09:00-18:00") -> None:
    """As many approved messages, long due, to people in one zone."""
    async with ctx.db.begin() as conn:
        long_ago = datetime(2026, 1, 5, tzinfo=UTC)
        campaign = await seeding.campaign(conn, "T1", long_ago, window=window)
        found = await seeding.people(conn, "T1", people, long_ago)
        await conn.execute(update(contacts).values(zones=(zone,)))
        await seeding.touches(conn, "T1", campaign, found, long_ago)


async def look_again(ctx: Context) -> None:
    """Held messages are looked at now, whenever they were put off to."""
    async with ctx.db.begin() as conn:
        await conn.execute(update(messages).values(due_at=datetime(2026, 1, 5, tzinfo=UTC)))


# --- a worker whose own clock is wrong


@on_postgres
@pytest.mark.parametrize("off", [FIVE, -FIVE, HOUR, -HOUR], ids=str)
@pytest.mark.parametrize(
    ("minutes", "leaves"), [((8, 58), False), ((9, 1), True), ((17, 58), True), ((18, 1), False)]
)
async def test_a_window_opens_and_closes_by_the_servers_clock(
    ctx: Context, server: Server, worker: Callable[..., Worker], off: timedelta,
    minutes: tuple[int, int], leaves: bool,
) -> None:  # fmt: skip
    await in_zone(ctx, BERLIN)
    moment = at(BERLIN, 2026, 11, 24, *minutes)
    await server.set(moment)
    assert await worker(moment + off).turns() == (3 if leaves else 0)
    assert await states(ctx) == (["sent"] * 3 if leaves else ["scheduled"] * 3)


@on_postgres
async def test_a_process_that_claims_nothing_knows_the_time_too_and_keeps_it_when_its_clock_jumps(
    ctx: Context, server: Server, worker: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = at(BERLIN, 2026, 11, 24, 12, 0)
    await server.set(moment)
    one = worker(moment - FIVE)
    assert one.ctx.now() == moment - FIVE  # nobody was asked yet
    async with one.ctx.db.read():
        assert timedelta() <= one.ctx.now() - moment < FIVE / 2
    one.wall.forward(hours=7)
    assert timedelta() <= one.ctx.now() - moment < FIVE / 2
    await server.set(moment + HOUR)  # the server's own clock was mended
    monkeypatch.setattr(server_clock, "REFRESH", 0.0)
    monkeypatch.setattr(server_clock, "FRESH", 0.0)
    async with one.ctx.db.begin():
        assert one.ctx.now() >= moment + HOUR


# --- a wall clock that jumps


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=str)
async def test_a_jump_between_claim_and_record_sends_nothing_again(
    ctx: Context, worker: Callable[..., Worker], jump: timedelta
) -> None:
    noon = at(BERLIN, 2026, 11, 24, 12, 0)
    await in_zone(ctx, BERLIN, window="always")

    async def jumps() -> None:
        one.wall.now += jump
        await dict(LOOPS)["recover"](other.ctx)  # and another process looks for lost leases meanwhile
        other.wall.now += jump
        assert await other.turns() == 0

    one, other = worker(noon, Wire(during=jumps)), worker(noon)
    assert await one.turns() == 3
    assert (await states(ctx), len(set(one.sent)), other.sent) == (["sent"] * 3, 3, [])


@on_postgres
@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=str)
async def test_a_lease_does_not_end_because_a_workers_clock_jumps(
    ctx: Context, worker: Callable[..., Worker], jump: timedelta
) -> None:
    await in_zone(ctx, BERLIN, window="always")
    seen: list[str] = []

    async def jumps() -> None:
        one.wall.now += jump
        await dict(LOOPS)["recover"](one.ctx)
        seen.extend(await states(ctx))

    one = worker(datetime.now(UTC), Wire(during=jumps))
    assert await one.turns() == 3
    assert seen == ["sending"] * 3


@pytest.mark.parametrize("first", [(12, 0), (8, 30), (17, 30), (18, 30)], ids=str)
@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=str)
async def test_a_jump_between_two_claims_sends_nothing_twice_and_nothing_outside(
    ctx: Context, worker: Callable[..., Worker], server: Server, first: tuple[int, int], jump: timedelta
) -> None:
    """SQLite's time is the wall clock of its one host; PostgreSQL's stands where it was, whatever the worker's does."""
    await in_zone(ctx, BERLIN)
    moment = at(BERLIN, 2026, 11, 24, *first)
    await server.set(moment)
    one = worker(moment)
    told = [moment, moment + jump if ctx.db.is_sqlite else moment]
    left = [await one.turns()]
    one.wall.now += jump
    await look_again(ctx)
    left.append(await one.turns())
    inside = [at(BERLIN, 2026, 11, 24, 9, 0) <= now < at(BERLIN, 2026, 11, 24, 18, 0) for now in told]
    assert left == [3 if inside[0] else 0, 3 if inside[1] and not inside[0] else 0]
    assert len(one.sent) == len(set(one.sent))


@on_sqlite
async def test_the_wall_clock_of_the_one_host_is_machine_time_on_sqlite(
    ctx: Context, worker: Callable[..., Worker]
) -> None:
    """A jump ahead ends leases early: what is on the wire is asked about, never sent again, and its answer counts."""
    await in_zone(ctx, BERLIN, window="always")
    seen: list[str] = []

    async def jumps() -> None:
        one.wall.now += HOUR
        await dict(LOOPS)["recover"](one.ctx)
        seen.extend(await states(ctx))

    one = worker(at(BERLIN, 2026, 11, 24, 12, 0), Wire(during=jumps))
    assert await one.turns() == 3
    assert (seen, await states(ctx), len(set(one.sent))) == (["unsure"] * 3, ["sent"] * 3, 3)


# --- summer time


@pytest.mark.parametrize(
    ("zone", "window", "shut", "open_"),
    [
        # Friday's last minute and Monday's first, the change between them, both ways
        (BERLIN, "09:00-18:00", ["2028-03-24T17:00Z", "2028-03-27T06:59Z"], ["2028-03-24T16:59Z", "2028-03-27T07:00Z"]),
        (BERLIN, "09:00-18:00", ["2026-10-23T16:00Z", "2026-10-26T07:59Z"], ["2026-10-23T15:59Z", "2026-10-26T08:00Z"]),
        (NEW_YORK, "09:00-18:00", ["2027-03-12T23:00Z", "2027-03-15T12:59Z"], ["2027-03-12T22:59Z", "2027-03-15T13:00Z"]),
        (NEW_YORK, "09:00-18:00", ["2026-10-30T22:00Z", "2026-11-02T13:59Z"], ["2026-10-30T21:59Z", "2026-11-02T14:00Z"]),
        # Cairo changes on working days: an opening that does not exist, a closing that comes twice
        (CAIRO, "00:30-09:00", ["2026-04-23T22:29Z", "2026-04-24T06:00Z"], ["2026-04-23T22:30Z", "2026-04-24T05:59Z"]),
        (CAIRO, "09:00-23:30", ["2026-10-29T20:30Z", "2026-10-29T21:15Z"], ["2026-10-29T20:29Z", "2026-10-30T07:00Z"]),
    ],
)  # fmt: skip
async def test_a_window_keeps_its_local_hours_over_a_change_of_time(
    ctx: Context, clock: Clock, zone: str, window: str, shut: list[str], open_: list[str]
) -> None:
    await in_zone(ctx, zone, people=2, window=window)
    lane = Lane(wire := Wire())
    for moment in sorted([*shut, *open_]):
        async with ctx.db.begin() as conn:  # one at a time is looked at
            await conn.execute(text("UPDATE messages SET due_at = NULL WHERE state = 'scheduled'"))
            waiting = text("SELECT min(id) FROM messages WHERE state = 'scheduled'")
            first = (await conn.execute(waiting)).scalar_one()
            past = datetime(2026, 1, 5, tzinfo=UTC)
            await conn.execute(update(messages).where(messages.c.id == first).values(due_at=past))
        clock.now = datetime.fromisoformat(moment)
        before = len(wire.sent)
        while await lane.turn(ctx):
            pass
        assert len(wire.sent) - before == (1 if moment in open_ else 0), moment
    assert await states(ctx) == ["sent"] * 2


# --- the digest


async def test_a_clock_that_jumps_back_over_nine_makes_no_second_digest(ctx: Context, clock: Clock) -> None:
    await due(ctx, 1, created_at=datetime(2026, 11, 20, tzinfo=UTC))
    made = []
    for minutes in [(8, 59), (9, 0), (8, 0), (8, 59), (9, 0), (10, 0), (9, 30), (8, 30), (9, 1)]:
        clock.now = datetime(2026, 11, 24, *minutes, tzinfo=UTC)
        await ticking.tick(ctx)
        made.append(await count(ctx, digests))
    assert made == [1, 2, 2, 2, 2, 2, 2, 2, 2], "that of the week, since Monday, and the day's"
