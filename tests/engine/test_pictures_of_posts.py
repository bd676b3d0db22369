"""A picture from the file a person gave to the octets that leave: approved with the words, kept apart, forgotten in time."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import seeding
from PIL import Image
from seeding import Clock, add_workspace
from sqlalchemy import select, update

from engine import approve, pictures, policy
from engine.channels import Envelope, Limits, Receipt
from engine.context import Context, Who
from engine.deliver import Lane
from engine.errors import Refused
from engine.many import count
from engine.rules import gates
from handlers.actions import Ref
from storage import facts, messages, revisions
from storage import pictures as rows
from storage.lifecycle import State
from storage.model import Revision, attached
from storage.tables import messages as message_rows
from storage.tables import pictures as table

ALT = "A van beside a warehouse"
WORDS = "We open on Monday in Springfield, and the first ten people who come in get a coffee from us. #Springfield"
FILE = pictures.File("F1", "https://files.slack.com/F1", "image/png", 900)


def png(colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 32), colour).save(out, "PNG")
    return out.getvalue()


class Wire:
    """A network that takes everything and keeps it."""

    name = provider = "x"
    limits = Limits(concurrency=2)
    idempotent_for = timedelta()

    def __init__(self) -> None:
        self.sent: list[Envelope] = []

    async def send(self, envelope: Envelope) -> Receipt:
        self.sent.append(envelope)
        return Receipt(f"{len(self.sent)}")

    async def close(self) -> None: ...


@pytest.fixture
async def post(ctx: Context) -> int:
    """A drafted post on X, due in an hour."""
    async with ctx.db.begin() as conn:
        slot, link = ctx.now() + timedelta(hours=1), {"link": "https://acme.example/x"}
        (made,) = await seeding.posts(
            conn, "x", "@acme", slot, WORDS, state=State.DRAFTED, options=link, created_at=ctx.now()
        )
        return made


async def read(ctx: Context, data: bytes) -> None:
    async def fetch(workspace_id: str, url: str) -> AsyncIterator[bytes]:
        assert (workspace_id, url.startswith("https://files.slack.com/")) == ("T1", True)
        for at in range(0, len(data), 100_000):
            yield data[at : at + 100_000]

    while claimed := await pictures.claim(ctx):
        await pictures.work(ctx, claimed, fetch=fetch)


async def row_of(ctx: Context, id_: int) -> Any:
    async with ctx.db.read() as conn:
        found = await messages.get(conn, "T1", id_)
    assert found is not None
    return found


async def test_words_picture_and_alt_text_are_what_is_approved(ctx: Context, olivia: Who, post: int) -> None:
    await pictures.add(ctx, olivia, Ref(post, 1), FILE, f"  {ALT}\n")
    await pictures.add(ctx, olivia, Ref(post, 1), FILE, ALT)  # a repeated submit
    with pytest.raises(Refused, match="still being read"):
        await approve.approve(ctx, olivia, Ref(post, 1))
    await read(ctx, png())
    row = await row_of(ctx, post)
    found = attached.of(row)
    assert found is not None
    assert (row.revision, row.state, found.alt, found.width, found.height) == (2, "drafted", ALT, 64, 32)
    with pytest.raises(Refused, match="changed"):
        await approve.approve(ctx, olivia, Ref(post, 1))
    await approve.approve(ctx, olivia, Ref(post, 2))

    async with ctx.db.read() as conn:
        (case,) = await facts.gather(conn, [await row_of(ctx, post)])
    rules = policy.read(case.settings)
    assert gates.approved_revision(case, rules, ctx.now()).kind is gates.Kind.PASS
    for other in (replace(found, digest="0" * 64), replace(found, alt="A cat"), None):
        options = (
            {**case.message.options, "picture": None}
            if other is None
            else {**case.message.options, **other.options}
        )
        changed = replace(case, message=replace(case.message, options=options))
        verdict = gates.approved_revision(changed, rules, ctx.now())
        assert verdict.kind is gates.Kind.BLOCK
        assert "changed after they were approved" in verdict.reason

    for act in (
        pictures.add(ctx, olivia, Ref(post, 2), FILE, ALT),
        pictures.describe(ctx, olivia, Ref(post, 2), "A cat"),
        pictures.remove(ctx, olivia, Ref(post, 2)),
    ):
        with pytest.raises(Refused, match="Take the approval back first"):
            await act


async def test_a_post_that_was_approved_while_its_picture_was_read_leaves_as_it_was_approved(
    ctx: Context, olivia: Who, post: int
) -> None:
    await pictures.add(ctx, olivia, Ref(post, 1), FILE, ALT)
    async with ctx.db.begin() as conn:
        await conn.execute(update(message_rows).values(state=State.APPROVED))
    await read(ctx, png())
    row = await row_of(ctx, post)
    assert (row.revision, attached.of(row)) == (1, None)
    async with ctx.db.read() as conn:
        given = await rows.newest(conn, "T1", post)
        assert await rows.newest(conn, "T2", post) is None
    assert given is not None
    assert (given.state, given.error) == (rows.FAILED, pictures.DECIDED)


async def test_many_are_not_approved_while_the_picture_of_one_is_read(
    ctx: Context, olivia: Who, post: int
) -> None:
    good = Revision(post, 1, "", WORDS, "rules", "template", "", 100, (), ctx.now())
    async with ctx.db.begin() as conn:
        await revisions.add(conn, [good])
    told = []
    for file in (FILE, None):
        async with ctx.db.read() as conn:
            told.append(await count.judge(ctx, conn, await facts.gather(conn, [await row_of(ctx, post)])))
        if file is not None:
            await pictures.add(ctx, olivia, Ref(post, 1), file, ALT)
    assert told == [{post: ""}, {post: approve.READING}]


async def test_of_two_files_that_wait_the_one_given_last_stays(ctx: Context, olivia: Who, post: int) -> None:
    later = replace(FILE, id="F2", url="https://files.slack.com/F2")
    await pictures.add(ctx, olivia, Ref(post, 1), FILE, "The wrong van")
    await pictures.add(ctx, olivia, Ref(post, 1), later, ALT)
    await read(ctx, png())
    row = await row_of(ctx, post)
    found = attached.of(row)
    assert found is not None
    assert (row.revision, found.alt) == (3, ALT)
    async with ctx.db.read() as conn:
        kept = await conn.scalars(select(table.c.alt).where(table.c.content.is_not(None)))
        assert kept.all() == [ALT]


@pytest.mark.parametrize(
    ("file", "alt", "said", "field"),
    [
        (FILE, " \n ", "Say in a sentence", "alt"),
        (FILE, "word " * 201, "1,000 are possible", "alt"),
        (replace(FILE, media_type="text/html"), ALT, "X takes", "file"),
        (replace(FILE, size=5_000_001), ALT, "Make it smaller", "file"),
        (replace(FILE, size=0), ALT, "empty", "file"),
    ],
)
async def test_what_slack_says_of_a_file_is_enough_to_refuse_it(
    ctx: Context, olivia: Who, post: int, file: pictures.File, alt: str, said: str, field: str
) -> None:
    with pytest.raises(Refused, match=said) as refused:
        await pictures.add(ctx, olivia, Ref(post, 1), file, alt)
    assert refused.value.field == field
    elsewhere = replace(olivia, workspace_id=await add_workspace(ctx.db, "T2"))
    with pytest.raises(Refused, match="no longer exists"):
        await pictures.add(ctx, elsewhere, Ref(post, 1), FILE, ALT)


async def test_a_file_that_is_not_what_it_said_is_told_of_on_the_card(
    ctx: Context, olivia: Who, post: int
) -> None:
    for number, (data, said) in enumerate(((b"<html>", "neither"), (bytes(6_000_000), "larger than 5 MB"))):
        file = replace(FILE, id=f"F{number}", url=f"https://files.slack.com/F{number}")
        await pictures.add(ctx, olivia, Ref(post, 1), file, ALT)
        await read(ctx, data)
        async with ctx.db.read() as conn:
            given = await rows.newest(conn, "T1", post)
        assert given is not None
        assert said in given.error
    assert (await row_of(ctx, post)).revision == 1


async def test_a_file_that_slack_does_not_hand_over_is_asked_for_again_and_then_given_up(
    ctx: Context, olivia: Who, post: int, clock: Clock
) -> None:
    async def fetch(workspace_id: str, url: str) -> AsyncIterator[bytes]:
        raise ConnectionError
        yield b""

    await pictures.add(ctx, olivia, Ref(post, 1), FILE, ALT)
    for minutes, state in ((9, rows.WAITING), (2, rows.FAILED)):
        clock.forward(minutes=minutes)
        async with ctx.db.begin() as conn:
            await conn.execute(update(table).values(lease_until=None))
        with pytest.raises(ConnectionError):
            await pictures.work(ctx, await pictures.claim(ctx), fetch=fetch)
        async with ctx.db.read() as conn:
            given = await rows.newest(conn, "T1", post)
        assert given is not None
        assert given.state == state
    await approve.approve(ctx, olivia, Ref(post, 1))


async def test_the_octets_are_read_for_the_send_alone_and_leave_as_approved(
    ctx: Context, olivia: Who, post: int, clock: Clock
) -> None:
    wire = Wire()
    await pictures.add(ctx, olivia, Ref(post, 1), FILE, ALT)
    await read(ctx, png("navy"))
    await approve.approve(ctx, olivia, Ref(post, 2))
    async with ctx.db.begin() as conn:
        await conn.execute(update(message_rows).values(state=State.SCHEDULED, due_at=ctx.now()))
    await Lane(wire).turn(ctx)
    (envelope,) = wire.sent
    assert envelope.picture is not None
    assert (envelope.picture.alt, envelope.picture.media_type) == (ALT, "image/png")
    assert "link" not in envelope.options
    async with ctx.db.read() as conn:
        assert envelope.picture.content == (await conn.execute(select(table.c.content))).scalar_one()


async def test_a_picture_that_is_gone_or_another_one_keeps_the_post_from_leaving(
    ctx: Context, olivia: Who, post: int, clock: Clock
) -> None:
    wire = Wire()
    await pictures.add(ctx, olivia, Ref(post, 1), FILE, ALT)
    await read(ctx, png())
    await approve.approve(ctx, olivia, Ref(post, 2))
    async with ctx.db.begin() as conn:
        await conn.execute(update(message_rows).values(state=State.SCHEDULED, due_at=ctx.now()))
        await conn.execute(update(table).values(content=png("red")))
    lane = Lane(wire)
    while await lane.turn(ctx):
        pass
    row = await row_of(ctx, post)
    assert (row.state, wire.sent) == (State.FAILED, [])
    assert "picture is not kept any more" in row.note


async def test_another_picture_and_none_forget_the_octets_of_the_one_before(
    ctx: Context, olivia: Who, post: int
) -> None:
    for number in (1, 2):
        file = replace(FILE, id=f"F{number}", url=f"https://files.slack.com/F{number}")
        await pictures.add(ctx, olivia, Ref(post, number), file, ALT)
        await read(ctx, png())
    kept = select(table.c.file_id).where(table.c.content.is_not(None))
    async with ctx.db.read() as conn:
        assert (await conn.execute(kept)).scalars().all() == ["F2"]
    await pictures.describe(ctx, olivia, Ref(post, 3), "Another sentence")
    await pictures.remove(ctx, olivia, Ref(post, 4))
    async with ctx.db.read() as conn:
        assert (await conn.execute(kept)).scalars().all() == []
    assert attached.of(await row_of(ctx, post)) is None


async def test_pictures_of_posts_long_out_are_forgotten_and_no_others(
    ctx: Context, olivia: Who, post: int, clock: Clock
) -> None:
    await pictures.add(ctx, olivia, Ref(post, 1), FILE, ALT)
    await read(ctx, png())
    async with ctx.db.begin() as conn:
        assert await rows.clear(conn, "T1", ctx.now()) == 0
        await conn.execute(update(message_rows).values(state=State.SENT, sent_at=ctx.now()))
        assert await rows.clear(conn, "T2", ctx.now() + timedelta(days=1)) == 0
        assert await rows.clear(conn, "T1", ctx.now()) == 0
        assert await rows.clear(conn, "T1", ctx.now() + timedelta(days=1)) == 1
