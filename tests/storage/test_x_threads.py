"""A thread on X that breaks off anywhere: every post of it stands there once, in order, or a person knows which do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import seeding
import wires
from channels import x_server
from channels.x_server import ACCOUNT, TOKEN, Trouble, XServer
from seeding import Clock
from sqlalchemy import select, update

from engine import approve, pictures
from engine.channels import x
from engine.context import Context, Who
from engine.deliver import Lane, people, recover
from engine.errors import Refused
from handlers.actions import Ref
from storage.lifecycle import State
from storage.model import Message
from storage.tables import messages as rows

PARTS = ["What did you count last week?", "We counted empty miles.", "Count yours: https://acme.example/demo"]
WORDS = "\n---\n".join(PARTS)


@pytest.fixture(scope="module")
def listening() -> Iterator[XServer]:
    with x_server.serving() as state:
        yield state


@pytest.fixture
def server(listening: XServer) -> XServer:
    """It takes the same words twice, so that only we keep a post from being repeated."""
    listening.clear()
    listening.lax = True
    return listening


@pytest.fixture
async def channel(ctx: Context, server: XServer) -> AsyncIterator[x.X]:
    opened = x.X(TOKEN, api_url=server.url)
    ctx.channels["x"] = opened  # type: ignore[index]
    yield opened
    await opened.close()


@pytest.fixture
async def thread(ctx: Context) -> int:
    async with ctx.db.begin() as conn:
        (made,) = await seeding.posts(conn, "x", ACCOUNT, ctx.now(), WORDS, dedupe_key="slot")
    return made


async def pass_time(ctx: Context, clock: Clock, channel: x.X, minutes: int) -> Message:
    """Deliver and look up minute by minute; the row as it is then."""
    await wires.pass_time(ctx, clock, channel, minutes)
    return await the_row(ctx)


async def the_row(ctx: Context) -> Message:
    async with ctx.db.read() as conn:
        found: Any = (await conn.execute(select(*(rows.c[name] for name in Message.__slots__)))).one()
    return Message(*found)


def stands_once_in_order(server: XServer) -> bool:
    """Each post of the thread once, each a reply to the one before."""
    chain = ["", *(post["id"] for post in server.posts)]
    return server.texts == PARTS and [post["after"] for post in server.posts] == chain[:-1]


@pytest.mark.parametrize(
    ("number", "trouble"),
    [(1, Trouble(503)), (1, Trouble(cut=True)), (2, Trouble(fail=500))],
)
async def test_it_says_what_is_out_and_goes_on_by_itself_after_that(
    ctx: Context, clock: Clock, server: XServer, channel: x.X, thread: int, number: int, trouble: Trouble
) -> None:
    server.troubles = [None] * number + [trouble]
    begun = await pass_time(ctx, clock, channel, 1)
    assert (begun.state, len(begun.out)) == (State.UNSURE, number)
    assert "Of 3 posts of the thread X has only 1" in begun.note
    row = await pass_time(ctx, clock, channel, 30)

    assert stands_once_in_order(server)
    assert (row.state, row.provider_id) == (State.SENT, server.posts[0]["id"])


@pytest.mark.parametrize("blind", [False, True])
async def test_a_person_may_send_again_at_once_and_the_first_is_not_repeated(
    ctx: Context, clock: Clock, server: XServer, channel: x.X, thread: int, olivia: Who, blind: bool
) -> None:
    server.troubles = [None, Trouble(503)]
    await pass_time(ctx, clock, channel, 1)
    server.blind = blind
    await people.send_again(ctx, olivia, thread)
    row = await pass_time(ctx, clock, channel, 3)

    assert stands_once_in_order(server)
    assert (row.state, row.provider_id) == (State.SENT, server.posts[0]["id"])


async def test_what_x_stopped_listing_is_neither_repeated_nor_forgotten(
    ctx: Context, clock: Clock, server: XServer, channel: x.X, thread: int
) -> None:
    server.troubles, server.blind = [None, Trouble(503)], True
    row = await pass_time(ctx, clock, channel, 120)

    assert server.texts == PARTS[:1]
    assert (row.state, row.due_at) == (State.UNSURE, None)
    assert "has only 1: https://x.com" in row.note


async def test_a_post_that_x_never_takes_leaves_the_thread_to_a_person(
    ctx: Context, clock: Clock, server: XServer, channel: x.X, thread: int
) -> None:
    server.troubles = [None, *[Trouble(400)] * 9]
    row = await pass_time(ctx, clock, channel, 120)

    assert server.texts == PARTS[:1]
    assert (row.state, row.due_at, len(row.out)) == (State.UNSURE, None, 1)
    assert "The thread stopped after post 1, which is out. The time of this post has passed." in row.note


async def test_a_worker_that_dies_between_two_posts_leaves_one_that_goes_on(
    ctx: Context, clock: Clock, server: XServer, channel: x.X, thread: int
) -> None:
    await Lane(channel)._claim(ctx)
    server.add(PARTS[0], datetime.now(UTC))
    async with ctx.db.begin() as conn:
        past = await ctx.db.machine_now(conn) - timedelta(seconds=1)
        await conn.execute(update(rows).values(lease_until=past))
    await recover.turn(ctx)
    looked = await pass_time(ctx, clock, channel, 2)
    assert (looked.state, len(looked.out)) == (State.UNSURE, 1)
    assert "has only 1" in looked.note
    row = await pass_time(ctx, clock, channel, 30)

    assert stands_once_in_order(server)
    assert row.state == State.SENT


async def test_a_thread_that_has_begun_takes_no_other_picture(
    ctx: Context, clock: Clock, server: XServer, channel: x.X, thread: int, olivia: Who
) -> None:
    """What is out is not posted again: it would leave without the picture that was approved."""
    server.troubles = [None, Trouble(503)]
    await pass_time(ctx, clock, channel, 1)
    await people.send_again(ctx, olivia, thread)
    await approve.undo(ctx, olivia, Ref(thread, 1))
    await approve.edit(ctx, olivia, Ref(thread, 1), subject="", body=f"{WORDS} now")
    file = pictures.File("F1", "https://files.slack.com/F1", "image/png", 900)
    with pytest.raises(Refused, match="has begun"):
        await pictures.add(ctx, olivia, Ref(thread, 2), file, "A van")
