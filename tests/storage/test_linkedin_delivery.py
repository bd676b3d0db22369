"""A scheduled post, delivered to a LinkedIn page that falls silent: it stands there once, or a person is asked at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import seeding
import wires
from channels import linkedin_server
from channels.linkedin_server import PAGE, TOKEN, LinkedInServer, Trouble
from seeding import Clock
from sqlalchemy import select

from engine.channels import Limits, linkedin
from engine.channels.per_feed import PerFeed
from engine.context import Context
from engine.deliver import lookup
from storage.lifecycle import State
from storage.tables import cards
from storage.tables import messages as rows
from storage.tables import senders as sender_rows

WORDS = "We open (at last) on Monday in Springfield. #Springfield"
PERSON = "urn:li:person:aB-9"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def server(clock: Clock) -> Iterator[LinkedInServer]:
    with linkedin_server.serving() as state:
        state.now = clock
        yield state


@pytest.fixture
async def channel(ctx: Context, server: LinkedInServer) -> AsyncIterator[PerFeed]:
    """As every process opens it: over the page's own token."""

    async def token_of(feed: str) -> str:
        return TOKEN if feed else ""

    def make(token: str) -> linkedin.LinkedIn:
        return linkedin.LinkedIn(token, api_url=server.url)

    opened = PerFeed("linkedin", token_of, make, Limits(), None)
    ctx.channels["linkedin"] = opened  # type: ignore[index]
    yield opened
    await opened.close()


async def due(ctx: Context, page: str, *posts: str) -> None:
    async with ctx.db.begin() as conn:
        await seeding.posts(conn, "linkedin", page, ctx.now(), *posts, options={"channel": "C0POSTS"})


async def pass_time(ctx: Context, clock: Clock, channel: PerFeed, minutes: int) -> list[Any]:
    """Deliver and look up minute by minute; the rows as they are then."""
    await wires.pass_time(ctx, clock, channel, minutes)
    async with ctx.db.read() as conn:
        return list(await conn.execute(select(rows).order_by(rows.c.id)))


@pytest.mark.parametrize(
    "troubles",
    [[], [Trouble(cut=True)], [Trouble(refuse=503)], [Trouble(refuse=503), Trouble(cut=True)]],
)
async def test_a_post_stands_on_the_page_once(
    ctx: Context, clock: Clock, server: LinkedInServer, channel: PerFeed, troubles: list[Trouble]
) -> None:
    server.fate = lambda words: troubles.pop(0) if troubles else None
    await due(ctx, PAGE, WORDS)
    (row,) = await pass_time(ctx, clock, channel, 50)

    (stands,) = server.posts
    assert (row.state, row.provider_id) == (State.SENT, stands["id"])
    assert row.options["url"] == f"https://www.linkedin.com/feed/update/{stands['id']}"


@pytest.mark.parametrize(
    ("page", "listing", "said"),
    [
        (PAGE, Trouble(), "r_organization_social"),
        (PAGE, Trouble(refuse=400), "400"),
        (PAGE, Trouble(refuse=404), "404"),
        (PAGE, Trouble(refuse=405), "405"),
        (PERSON, Trouble(), "profile"),
    ],
)
async def test_where_linkedin_lists_nothing_a_person_is_asked_and_the_page_goes_on(
    ctx: Context,
    clock: Clock,
    server: LinkedInServer,
    channel: PerFeed,
    page: str,
    listing: Trouble,
    said: str,
) -> None:
    server.unseen, server.troubles["list"] = True, listing
    server.fate = lambda words: Trouble(cut=True) if words.startswith("We open") else None
    await due(ctx, page, WORDS)
    (silent,) = await pass_time(ctx, clock, channel, 1)
    assert silent.state == State.UNSURE
    async with ctx.db.read() as conn:
        asked = (await conn.execute(select(cards.c.entity_id).where(cards.c.kind == "message"))).scalars()
        assert silent.id in asked, "its card is wanted before the first look"

    (silent,) = await pass_time(ctx, clock, channel, 1)
    assert (silent.state, silent.due_at) == (State.UNSURE, None), "one look, and no other"
    assert said in silent.note
    assert TOKEN not in silent.note

    await due(ctx, page, "The soup of the day is leek.")
    silent, next_ = await pass_time(ctx, clock, channel, 20)
    assert (silent.state, next_.state) == (State.UNSURE, State.SENT)
    assert [post["commentary"].startswith("We open") for post in server.posts] == [True, False]
    assert server.steps.count("list") == (0 if page == PERSON else 1)
    async with ctx.db.read() as conn:
        kept = (await conn.execute(select(sender_rows.c.stopped, sender_rows.c.opened_at))).one()
        assert tuple(kept) == ("", None)


async def test_a_token_that_is_no_longer_accepted_is_asked_about_for_an_hour(
    ctx: Context, clock: Clock, server: LinkedInServer, channel: PerFeed
) -> None:
    server.fate, server.troubles["list"] = lambda words: Trouble(cut=True), Trouble(refuse=401)
    await due(ctx, PAGE, WORDS)
    (row,) = await pass_time(ctx, clock, channel, 90)

    assert (row.state, row.due_at, len(server.posts)) == (State.UNSURE, None, 1)
    assert server.steps.count("list") == lookup.TROUBLES
