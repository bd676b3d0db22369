"""A scheduled post with an approved picture, on a page that does not take pictures at first: it leaves once, with it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
import seeding
from channels import facebook_server
from channels.facebook_server import PAGE, TOKEN, FacebookServer, Trouble
from seeding import Clock
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine import deliver
from engine.channels import facebook
from engine.context import Context
from engine.deliver import Lane, lookup
from engine.rules import similarity
from storage import pictures as picture_rows
from storage.lifecycle import State
from storage.model.attached import Attached
from storage.tables import messages as rows
from storage.tables import pictures

WORDS = "We open on Monday in Springfield."
OCTETS = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
DIGEST = hashlib.sha256(OCTETS).hexdigest()


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
        approved = similarity.words_hash("", WORDS, "facebook", PAGE, DIGEST, "A door")
        await seeding.posts(conn, "facebook", PAGE, ctx.now(), WORDS, approved_hash=approved)
        await _attach(conn, ctx)


async def _attach(conn: AsyncConnection, ctx: Context) -> None:
    message = await conn.scalar(select(rows.c.id))
    kept = insert(pictures).values(
        workspace_id="T1", message_id=message, state="kept", file_id="F1", file_url="", alt="A door",
        media_type="image/png", content=OCTETS, digest=DIGEST, size=len(OCTETS), width=9, height=9,
        added_by="U1OLIVIA", created_at=ctx.now(),
    )  # fmt: skip
    (id_,) = (await conn.execute(kept)).inserted_primary_key
    found = Attached(id_, DIGEST, "A door", "image/png", len(OCTETS), 9, 9)
    await conn.execute(update(rows).values(options=found.options))


@pytest.mark.parametrize("trouble", [Trouble(cut=True), Trouble(fail=503), Trouble(refuse=2)])
async def test_a_picture_that_does_not_arrive_holds_its_post_back_and_leaves_no_doubt(
    ctx: Context,
    clock: Clock,
    server: FacebookServer,
    channel: facebook.Facebook,
    post: None,
    trouble: Trouble,
) -> None:
    lane = Lane(channel)
    server.photo_trouble = trouble
    for minute in range(40):
        while await lane.turn(ctx):
            pass
        assert not await lookup.claim(ctx)
        if minute == 0:
            assert server.posts == []
            server.photo_trouble = Trouble()
        clock.forward(minutes=1)
    async with ctx.db.read() as conn:
        row = (await conn.execute(select(rows))).one()

    (stands,) = server.posts
    assert (row.state, row.provider_id) == (State.SENT, stands["id"])
    shown = server.received[-1].json["attached_media"][0]["media_fbid"]
    assert (server.photos[shown]["source"], server.photos[shown]["alt_text_custom"]) == (OCTETS, "A door")
    assert [got.path.rsplit("/", 1)[-1] for got in server.received] == ["photos", "photos", "feed"]


async def test_a_picture_that_takes_long_to_read_leaves_with_the_next_claim(
    ctx: Context,
    server: FacebookServer,
    channel: facebook.Facebook,
    post: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A send begins in the first half of its lease, or not at all."""
    lane, octets = Lane(channel), picture_rows.content

    async def slowly(conn: AsyncConnection, workspace_id: str, picture_id: int) -> bytes | None:
        await asyncio.sleep(0.6)
        return await octets(conn, workspace_id, picture_id)

    monkeypatch.setattr(deliver, "LEASE", timedelta(seconds=1))
    with monkeypatch.context() as slow:
        slow.setattr(picture_rows, "content", slowly)
        await lane.turn(ctx)
    assert server.received == []
    while await lane.turn(ctx):
        pass
    async with ctx.db.read() as conn:
        assert (await conn.execute(select(rows.c.state, rows.c.attempts))).one() == (State.SENT, 2)
    assert len(server.posts) == 1
