"""Processes are killed at every named point and at any moment: what the world received is what the database says."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from ledger import Ledger
from nursery import Nursery
from outside import World
from settling import everything_has_left, until
from sqlalchemy import select
from storm import Storm, free_port

from storage.lifecycle import State
from storage.tables import suppressions


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_of_everything_are_killed_anywhere_and_nothing_is_lost_or_sent_twice(
    nursery: Nursery, world: World, ledger: Ledger
) -> None:
    storm = Storm(nursery, ledger, seed=2026, world=world)
    ports = [free_port(), free_port()]
    lives = storm.lives(each=3, at_random=12)
    await ledger.mails(400)
    async with storm.work_and_visitors(*ports):
        await asyncio.gather(
            storm.place("worker", lives[::2]),
            storm.place("worker", lives[1::2]),
            *(storm.place("clock", [""] * 4, pause=2) for _ in range(2)),
            *(storm.place("web", [""] * 4, pause=2, PORT=str(port)) for port in ports),
        )
    await ledger.mails(max(1, 2_000 - ledger.seeded))
    await everything_has_left(ledger)
    rows = await agree(storm, world, ledger)
    assert len(rows) >= 2_000
    assert storm.kills.total() >= 50
    await every_doubt_has_its_card(world, ledger, rows)
    assert len(await ledger.digests()) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_one_process_on_sqlite_is_killed_anywhere_and_nothing_is_lost_or_sent_twice(
    nursery: Nursery, world: World, ledger: Ledger
) -> None:
    storm = Storm(nursery, ledger, seed=7, world=world)
    port = free_port()
    await ledger.mails(100)
    async with storm.work_and_visitors(port):
        await storm.place("run", storm.lives(each=1, at_random=3), PORT=str(port))
    await everything_has_left(ledger)
    rows = await agree(storm, world, ledger)
    await every_doubt_has_its_card(world, ledger, rows)
    assert len(await ledger.digests()) == 1


async def agree(storm: Storm, world: World, ledger: Ledger) -> list[Any]:
    """Both books say the same, message by message; returns the rows."""
    rows = await ledger.rows()
    states = Counter(row.state for row in rows)
    print(f"{len(rows)} messages, {storm.kills.total()} kills {dict(storm.kills)}, {dict(states)}")
    assert set(states) <= {State.SENT, State.UNSURE}
    for channel, received, name in (("email", world.mails, "email"), ("linkedin", world.posts, "body")):
        mine = [row for row in rows if row.channel == channel]
        assert {what: count for what, count in received.items() if count > 1} == {}, "sent twice"
        sent = {getattr(row, name) for row in mine if row.state == State.SENT}
        doubtful = {getattr(row, name) for row in mine if row.state == State.UNSURE}
        assert sent - set(received) == set(), "said to be sent, and never arrived"
        assert set(received) - sent - doubtful == set(), "arrived, and nobody knows"
    assert set(world.ids.values()) == {1}
    assert {row.provider_id for row in rows if row.channel == "email" and row.state == State.SENT} <= set(
        world.ids
    )
    assert {row.id for row in rows if row.state == State.UNSURE} <= storm.in_flight
    async with ledger.db.read() as conn:
        refused = set((await conn.execute(select(suppressions.c.key))).scalars())
    assert {row.block_key for row in rows if row.email in storm.opted_out} <= refused
    assert storm.opted_out
    return rows


async def every_doubt_has_its_card(world: World, ledger: Ledger, rows: list[Any]) -> None:
    await until(ledger.draw, lambda stale: stale == 0, "cards are still to be drawn")
    cards = await ledger.cards()
    shown = {message["ts"]: message for message in world.slack.store.messages("C0GROWTH")}
    unsure = [row for row in rows if row.state == State.UNSURE]
    assert unsure
    for row in unsure:
        blocks = shown[cards[row.id].ts]["blocks"]
        pressed = {
            (part["text"]["text"], part["value"])
            for block in blocks
            if block["type"] == "actions"
            for part in block["elements"]
        }
        ref = f"{row.id}.{row.revision}"
        assert pressed == {("It was sent", ref), ("Send again", ref), ("Why", ref)}
