"""Graceful stop: two workers are replaced one after the other under load. Each message leaves once, none is in doubt."""

from __future__ import annotations

from collections import Counter

import pytest
from ledger import Ledger
from nursery import Nursery
from outside import World
from settling import everything_has_left, until

from bot import worker
from engine import deliver
from storage.lifecycle import State

GONE = 25.0
"""Seconds from SIGTERM to the end: what platforms give before they kill."""


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_rolling_deploy_of_two_workers_sends_everything_once_and_leaves_nothing_unsure(
    nursery: Nursery, world: World, ledger: Ledger
) -> None:
    world.delay = (0.02, 0.05)
    await ledger.mails(900)
    before = [await nursery.spawn("worker") for _ in range(2)]
    await until(lambda: _arrived(world), lambda count: count > 100, "mails did not begin to leave")
    for old in before:
        assert await old.stop(within=GONE) == 0, old.said()
        assert await ledger.in_flight(old.pid, old.name) == set()
        assert (await ledger.states())[State.SCHEDULED] > 0, "there must be load while it stops"
        await nursery.spawn("worker")
        seen = world.mails.total()
        await until(lambda: _arrived(world), lambda count, seen=seen: count > seen + 50, "nothing leaves")
    await everything_has_left(ledger)
    rows = await ledger.rows()
    assert Counter((row.state, row.tries, row.note) for row in rows) == {(State.SENT, 0, ""): 900}
    assert Counter(row.email for row in rows) == world.mails


async def test_a_stopping_worker_has_time_for_what_is_on_the_wire() -> None:
    assert deliver.SEND_LIMIT < worker.FINISH < GONE
    assert deliver.LEASE.total_seconds() / 2 > deliver.SEND_LIMIT


async def _arrived(world: World) -> int:
    return world.mails.total()
