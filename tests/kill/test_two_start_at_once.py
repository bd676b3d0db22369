"""Processes that start in the same moment on a new database make each sender and each feed once."""

from __future__ import annotations

import asyncio

import pytest
from ledger import Ledger
from nursery import Nursery
from sqlalchemy import select

from storage.tables import feeds, senders


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_four_workers_that_start_at_once_make_one_sender_per_channel(
    nursery: Nursery, ledger: Ledger
) -> None:
    nursery.env |= {"MAIL_FROM": "new@acme.example"}
    workers = [await nursery.spawn("worker") for _ in range(4)]
    await asyncio.gather(*(worker.has_said("started") for worker in workers))
    async with ledger.db.read() as conn:
        made = (await conn.execute(select(senders.c.channel, senders.c.address))).all()
        assert len((await conn.execute(select(feeds.c.id))).all()) == 1
    channels = ["call", "email", "email", "linkedin", "linkedin_dm"]  # the first worker had another MAIL_FROM
    assert sorted(row.channel for row in made) == channels
    assert len(made) == len(set(made))
