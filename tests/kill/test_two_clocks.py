"""Two clocks and two workers: one digest for the day, one post per slot, whoever dies meanwhile."""

from __future__ import annotations

import pytest
from ledger import CHANNEL, Ledger
from nursery import Nursery
from outside import World
from settling import everything_has_left, until

from storage.lifecycle import State


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_clocks_make_one_digest_and_one_post_per_slot(
    nursery: Nursery, world: World, ledger: Ledger
) -> None:
    await ledger.slots(12)
    clocks = [await nursery.spawn("clock") for _ in range(2)]
    workers = [await nursery.spawn("worker") for _ in range(2)]
    for clock in clocks:
        await clock.has_said("started")
        await clock.kill()
        clocks.append(await nursery.spawn("clock"))
        if len(clocks) == 6:
            break
    await until(ledger.states, lambda states: states[State.SENT] == 12, "posts are missing")
    await until(ledger.digests, bool, "the digest is missing")
    await until(ledger.draw, lambda stale: stale == 0, "cards are still to be drawn")
    assert len(await ledger.digests()) == 1
    said = world.bot_messages(CHANNEL)
    assert sum("Digest of" in str(message.get("blocks")) for message in said) == 1, said
    assert set(world.posts.values()) == {1}
    assert len(world.posts) == 12
    assert sum("Post for" in str(message.get("text")) for message in said) == 12, said
    assert [await one.stop(within=25) for one in workers] == [0, 0]
    await everything_has_left(ledger)
