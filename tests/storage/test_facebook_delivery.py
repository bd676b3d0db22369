"""A scheduled post, delivered to a Facebook page that fails in every way: it stands there once, or a person is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import seeding
import wires
from channels import facebook_server
from channels.facebook_server import PAGE, TOKEN, FacebookServer, Trouble
from seeding import Clock
from sqlalchemy import select

from engine.channels import facebook
from engine.context import Context
from storage.lifecycle import State
from storage.tables import messages as rows

WORDS = "We open on Monday in Springfield."


@pytest.fixture
def server(clock: Clock) -> Iterator[FacebookServer]:
    with facebook_server.serving() as state:
        state.now = clock
        yield state


@pytest.fixture
async def channel(ctx: Context, server: FacebookServer) -> AsyncIterator[facebook.Facebook]:
    opened = facebook.Facebook(TOKEN, api_url=server.url)
    ctx.channels["facebook"] = opened  # type: ignore[index]
    yield opened
    await opened.close()


@pytest.fixture
async def post(ctx: Context) -> None:
    async with ctx.db.begin() as conn:
        link = {"link": "https://acme.example/x"}
        await seeding.posts(conn, "facebook", PAGE, ctx.now(), WORDS, options=link, dedupe_key="slot")


async def pass_time(ctx: Context, clock: Clock, channel: facebook.Facebook, minutes: int) -> Any:
    """Deliver and look up minute by minute; the row as it is then."""
    await wires.pass_time(ctx, clock, channel, minutes)
    async with ctx.db.read() as conn:
        return (await conn.execute(select(rows))).one()


@pytest.mark.parametrize(
    "troubles",
    [
        [],
        [Trouble(cut=True)],
        [Trouble(fail=503)],
        [Trouble(refuse=2)],
        [Trouble(refuse=2), Trouble(cut=True)],
        [Trouble(refuse=506)],
    ],
)
async def test_a_post_stands_on_the_page_once(
    ctx: Context,
    clock: Clock,
    server: FacebookServer,
    channel: facebook.Facebook,
    post: None,
    troubles: list[Trouble],
) -> None:
    server.troubles, server.duplicates = troubles, False
    row = await pass_time(ctx, clock, channel, 50)

    (stands,) = server.posts
    assert (row.state, row.provider_id) == (State.SENT, stands["id"])
    assert row.options["url"] == stands["permalink_url"]
    assert stands["message"] == WORDS


async def test_a_page_that_cannot_be_read_leaves_the_post_to_a_person(
    ctx: Context, clock: Clock, server: FacebookServer, channel: facebook.Facebook, post: None
) -> None:
    server.troubles, server.list_fails = [Trouble(cut=True)], 10
    row = await pass_time(ctx, clock, channel, 90)

    assert (row.state, row.due_at, len(server.posts)) == (State.UNSURE, None, 1)
    assert len([got for got in server.received if got.method == "POST"]) == 1
