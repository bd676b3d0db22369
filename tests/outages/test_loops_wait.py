"""Loops wait for the database and go on by themselves; what was sent meanwhile is written down and never sent twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import seeding
from cluster import started
from proxy import Proxy
from scene import Wire, due, on_postgres, states, until
from sqlalchemy import text, update
from structlog.testing import LogCapture

from bot import worker
from bot.clock import Ticking
from bot.readiness import Readiness
from bot.worker import LOOPS, Worker
from engine.channels import Envelope, Receipt
from engine.context import Context
from engine.deliver import Lane
from storage import migrate, troubles
from storage.db import Database
from storage.tables import contacts, messages, senders


async def no_file(workspace_id: str, url: str) -> AsyncIterator[bytes]:
    yield b""


async def fails(lane: Lane, ctx: Context) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which of the driver's it is says troubles.cause
        await lane.turn(ctx)
    assert troubles.cause(caught.value) == troubles.AWAY


async def expire_leases(ctx: Context) -> None:
    async with ctx.db.begin() as conn:
        past = await ctx.db.machine_now(conn) - timedelta(seconds=1)
        await conn.execute(update(messages).values(lease_until=past))


async def another_worker(ctx: Context) -> list[str]:
    """What a healthy worker, with its own way to the database, would send now."""
    lane, healthy = Lane(wire := Wire()), replace(ctx, me="healthy")
    await dict(LOOPS)["recover"](healthy)
    while await lane.turn(healthy):
        pass
    return wire.sent


def test_a_pause_grows_to_half_a_minute_and_no_two_are_alike() -> None:
    for failures in range(1, 2000, 7):
        pauses = [worker.pause_after(failures) for _ in range(20)]
        longest = min(30.0, 0.5 * 2.0 ** min(failures, 50))
        assert all(longest / 2 <= pause <= longest for pause in pauses)
        assert len(set(pauses)) > 1


@on_postgres
async def test_the_loops_go_on_by_themselves_and_the_log_stays_short(
    ctx: Context, away: Context, proxy: Proxy, logged: LogCapture
) -> None:
    wire = Wire()
    running = Worker(replace(away, channels={"email": wire}), fetch=no_file)
    task, ticking = asyncio.create_task(running.run()), Ticking(away)
    await due(ctx, 1)
    await until(lambda: all_are(ctx, "sent", 1))
    await proxy.refuse()
    await until(lambda: said_by(logged, "loop_waits", 2 * len(running._loops)))
    async with ctx.db.begin() as conn:
        found = await seeding.people(conn, "T1", 5, ctx.now(), first=1)
        await seeding.touches(conn, "T1", 1, found, ctx.now())
    await proxy.accept_again()
    await until(lambda: all_are(ctx, "sent", 6), within=worker.LONGEST_PAUSE)
    await until(lambda: said_by(logged, "loop_resumed", 1))
    running.stop()
    await asyncio.gather(task, ticking.stop())
    assert max(Counter(wire.sent).values()) == 1
    assert not [entry for entry in logged.entries if "exc_info" in entry or entry["log_level"] == "error"]
    waits = [(entry["loop"], entry["times"]) for entry in logged.entries if entry["event"] == "loop_waits"]
    assert len(waits) == len(set(waits))  # one line per failure


async def all_are(ctx: Context, state: str, count: int) -> bool:
    return await states(ctx) == [state] * count


async def said_by(logged: LogCapture, event: str, times: int) -> bool:
    return len([entry for entry in logged.entries if entry["event"] == event]) >= times


async def test_a_clock_that_cannot_tick_says_so_in_a_line_and_ticks_soon(
    ctx: Context, logged: LogCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.clock.AGAIN", 0.05)
    await due(ctx, 1, created_at=ctx.now() - timedelta(days=1))
    async with ctx.db.begin() as conn:
        await conn.execute(text("ALTER TABLE digests RENAME TO elsewhere"))
    ticking = Ticking(ctx)
    await until(lambda: said_by(logged, "tick_failed", 2))
    async with ctx.db.begin() as conn:
        await conn.execute(text("ALTER TABLE elsewhere RENAME TO digests"))
    await until(lambda: a_digest(ctx))
    await ticking.stop()


async def a_digest(ctx: Context) -> bool:
    async with ctx.db.read() as conn:
        return bool((await conn.execute(text("SELECT count(*) FROM digests"))).scalar_one())


@on_postgres
async def test_what_was_sent_while_it_was_away_is_written_first(
    ctx: Context, away: Context, proxy: Proxy
) -> None:
    await due(ctx, 3)
    lane = Lane(wire := Wire(during=proxy.refuse))
    assert await lane.turn(away)
    for _ in range(3):
        await fails(lane, away)
        assert await another_worker(ctx) == []
        assert await states(ctx) == ["sending"] * 3
    await proxy.accept_again()
    while await lane.turn(away):
        pass
    assert (len(wire.sent), len(set(wire.sent)), await states(ctx)) == (3, 3, ["sent"] * 3)


@on_postgres
async def test_when_it_comes_back_after_the_lease_a_person_is_asked_until_the_late_result_settles_it(
    ctx: Context, away: Context, proxy: Proxy
) -> None:
    await due(ctx, 2)
    lane = Lane(wire := Wire(during=proxy.refuse))
    await lane.turn(away)
    await fails(lane, away)
    await expire_leases(ctx)
    assert await another_worker(ctx) == []
    assert await states(ctx) == ["unsure"] * 2
    await proxy.accept_again()
    while await lane.turn(away):
        pass
    assert await states(ctx) == ["sent"] * 2
    assert await another_worker(ctx) == []
    assert (len(wire.sent), len(set(wire.sent))) == (2, 2)


@on_postgres
async def test_a_record_whose_commit_was_not_confirmed_is_written_again_and_counts_once(
    ctx: Context, away: Context, proxy: Proxy
) -> None:
    await due(ctx, 2)
    lane = Lane(wire := Wire())
    await lane.turn(away)
    proxy.lose = b"COMMIT"
    with pytest.raises(Exception) as caught:  # noqa: PT011
        await lane.flush(away)
    assert troubles.cause(caught.value) == troubles.AWAY
    assert await states(ctx) == ["sent"] * 2  # it was stored; only the answer was lost
    while await lane.turn(away):
        pass
    async with ctx.db.read() as conn:
        used = (await conn.execute(senders.select())).one().used
        told = (await conn.execute(text("SELECT count(*) FROM timeline WHERE event = 'sent'"))).scalar_one()
        met = {row.status for row in await conn.execute(contacts.select())}
    assert (used, told, met, len(wire.sent)) == (2, 2, {"contacted"}, 2)


@on_postgres
async def test_a_claim_whose_commit_was_not_confirmed_sends_nothing_and_asks(
    ctx: Context, away: Context, proxy: Proxy
) -> None:
    await due(away, 2)
    lane = Lane(wire := Wire())
    proxy.lose = b"COMMIT"
    await fails(lane, away)
    assert await states(ctx) == ["sending"] * 2
    while await lane.turn(away):
        pass
    await expire_leases(ctx)
    assert await another_worker(ctx) == []
    assert (wire.sent, await states(ctx)) == ([], ["unsure"] * 2)


@on_postgres
async def test_connections_that_died_in_the_pool_cost_no_transaction(
    ctx: Context, away: Context, proxy: Proxy
) -> None:
    async def five_at_once() -> None:
        async def one() -> None:
            async with away.db.begin() as conn:
                await conn.execute(text("SELECT pg_sleep(0.05)"))

        await asyncio.gather(*(one() for _ in range(5)))

    await five_at_once()
    opened = proxy.accepted
    await five_at_once()
    assert proxy.accepted == opened
    async with ctx.db.begin() as conn:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        await conn.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))
    await until(lambda: nobody_else(ctx, others))
    await five_at_once()
    assert opened < proxy.accepted <= opened + 10


async def nobody_else(ctx: Context, others: str) -> bool:
    async with ctx.db.read() as conn:
        return not (await conn.execute(text(f"SELECT count(*) {others}"))).scalar_one()


class Patient(Wire):
    """Takes a moment for each, so that a restart meets sends, claims and records alike."""

    async def send(self, envelope: Envelope) -> Receipt:
        await asyncio.sleep(0.05)
        return await super().send(envelope)


@on_postgres
async def test_a_postgresql_that_crashes_and_restarts_under_load(ctx: Context, logged: LogCapture) -> None:
    """A real one, three times: each message leaves at most once, and none is forgotten."""
    with started() as cluster:
        migrate.upgrade(cluster.url)
        db = Database(cluster.url)
        await seeding.add_workspace(db, "T1")
        wire = Patient()
        there = replace(ctx, db=db, channels={"email": wire})
        await due(there, 600)
        running, readiness = Worker(there, fetch=no_file), Readiness(db)
        task = asyncio.create_task(running.run())
        for n in range(3):
            await until(lambda n=n: has_sent(wire, 100 * n + 30))  # type: ignore[misc]
            restarting = asyncio.create_task(cluster.crash_and_start())
            seen = set()
            while not restarting.done():
                seen.add(await readiness.why_not())
                await asyncio.sleep(0.02)
            await restarting
            assert "away" in seen
            assert await readiness.why_not() == ""
        await until(lambda: has_sent(wire, 400), within=worker.LONGEST_PAUSE)
        running.stop()
        await task
        found = await states(there)
        await db.close()
    assert max(Counter(wire.sent).values()) == 1
    left = Counter(found)
    assert left["sent"] == len(wire.sent)
    assert set(left) <= {
        "sent",
        "scheduled",
        "sending",
    }  # sending: claimed by a commit nobody confirmed, not sent
    assert not [entry for entry in logged.entries if "exc_info" in entry]


async def has_sent(wire: Wire, count: int) -> bool:
    return len(wire.sent) >= count
