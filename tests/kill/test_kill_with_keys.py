"""A provider that keeps idempotency keys: whatever dies, each message arrives once and nobody has to be asked."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from channels import resend_server
from ledger import Ledger
from nursery import Nursery
from settling import everything_has_left
from storm import Storm

from engine.faults import Point
from storage.lifecycle import State


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_over_resend_what_died_on_the_way_is_repeated_under_its_key_and_nothing_is_unsure(
    nursery: Nursery, ledger: Ledger
) -> None:
    with resend_server.serving() as server:
        server.usual = resend_server.Trouble(before=0.005, after=0.005)
        nursery.env |= {"RESEND_API_KEY": resend_server.KEY, "RESEND_API_URL": server.url}
        storm = Storm(nursery, ledger=ledger, seed=11)
        storm.slots = 0
        lives = storm.lives(each=2, at_random=4)
        await ledger.mails(100)
        async with storm.work_and_visitors():
            await asyncio.gather(storm.place("worker", lives[::2]), storm.place("worker", lives[1::2]))
        await everything_has_left(ledger)
        mails = Counter(mail.body["to"][0].rpartition("<")[2].rstrip(">") for mail in server.mails.values())
        keys = Counter(mail.key for mail in server.received)
    rows = await ledger.rows()
    print(f"{len(rows)} messages, {storm.kills.total()} kills, {keys.total() - len(keys)} repeated")
    assert {row.state for row in rows} == {State.SENT}
    assert mails == Counter(row.email for row in rows)
    assert {row.provider_id for row in rows} == set(server.mails)
    assert len(keys) == len(rows), "a repeated message has the key it had"
    assert keys.total() > len(keys), "something was repeated"
    assert storm.kills.total() == 2 * len(Point) + 4
