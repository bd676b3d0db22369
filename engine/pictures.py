"""Pictures of posts: given by a person, fetched and cleaned by a loop, and approved together with the words.

A picture, other words for it, or none any more are a new revision each, which needs its own approval.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import approve, images
from engine.approve import Ref
from engine.context import Context, Who
from engine.errors import Refused
from engine.images import Clean
from engine.imports import Fetch
from engine.rules import pictures as rules
from storage import cards, facts, marks, messages, pictures, troubles
from storage.facts import Situation
from storage.lifecycle import State
from storage.model import attached
from storage.model.attached import Attached
from storage.pictures import Given

LEASE = timedelta(seconds=120)
PATIENCE = 60.0
"""Seconds in which Slack hands over five megabytes."""
GIVEN_UP_AFTER = timedelta(minutes=10)
"""So long a file that Slack does not hand over is asked for again; while it waits nobody can approve the post."""
DECIDED = (
    "The post was decided meanwhile, so its picture was not taken. Take the decision back and add it again."
)


@dataclass(frozen=True, slots=True)
class File:
    """A file as Slack describes it; nothing of that is believed before it was read."""

    id: str
    url: str
    media_type: str
    size: int


async def add(ctx: Context, who: Who, ref: Ref, file: File, alt: str) -> None:
    """Leave a file for the loop; the card follows. Raises Refused beside the field."""
    words = _described(alt)
    async with ctx.db.begin() as conn:
        case = await _undecided(conn, who, ref)
        network = case.feed.network if case.feed else ""
        if why := rules.accepted(network, file.media_type, file.size):
            raise Refused(why, field="file")
        if file.size > images.LARGEST:
            raise Refused(images.too_large(), field="file")
        values = {
            "workspace_id": who.workspace_id, "message_id": ref.id, "file_id": file.id, "file_url": file.url,
            "alt": words, "added_by": who.user_id, "created_at": ctx.now(),
        }  # fmt: skip
        await pictures.add(conn, values)
        await marks.stale(conn, "message", [ref.id])
    ctx.db.wake()


async def describe(ctx: Context, who: Who, ref: Ref, alt: str) -> None:
    """Other words for the picture that is there. Raises Refused beside the field."""
    words = _described(alt)
    async with ctx.db.begin() as conn:
        case = await _undecided(conn, who, ref)
        found = attached.of(case.message)
        if found is None:
            raise Refused("Choose a picture first.", field="file")
        if words != found.alt:
            other = replace(found, alt=words)
            await _revise(ctx, conn, who, case, other, "The picture's alt text was changed.")


async def remove(ctx: Context, who: Who, ref: Ref) -> None:
    """The words alone from now on. Raises Refused."""
    async with ctx.db.begin() as conn:
        case = await _undecided(conn, who, ref)
        if attached.of(case.message) is None:
            raise Refused("This post has no picture any more.")
        await _revise(ctx, conn, who, case, None, "The picture was removed.")
        await pictures.drop(conn, who.workspace_id, ref.id)


async def claim(ctx: Context) -> list[Given]:
    """One file that waits, or whose worker died: two would be held in memory at once."""
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        return await pictures.lease(
            conn, me=ctx.me, machine_now=machine_now, until=machine_now + LEASE, limit=1
        )


async def work(ctx: Context, claimed: Sequence[Given], *, fetch: Fetch) -> None:
    """Fetch, clean and attach each file. One that cannot be taken says why on the card of its post."""
    for row in claimed:
        try:
            clean = await asyncio.to_thread(images.cleaned, await _fetched(row, fetch))
            await _attach(ctx, row, clean)
        except Refused as refusal:
            await _fail(ctx, row, refusal.sentence)
        except Exception as error:
            passes = isinstance(error, OSError) and ctx.now() - row.created_at < GIVEN_UP_AFTER
            if not (passes or troubles.is_unavailable(error)):
                await _fail(ctx, row, "The picture could not be read; add it again.")
            raise


async def _fetched(row: Given, fetch: Fetch) -> bytes:
    data = bytearray()
    async with asyncio.timeout(PATIENCE):
        async for part in fetch(row.workspace_id, row.file_url):
            data += part
            if len(data) > images.LARGEST:
                raise Refused(images.too_large())
    return bytes(data)


async def _attach(ctx: Context, row: Given, clean: Clean) -> None:
    """The picture joins the words as they are now, if nobody has decided about them."""
    who = Who(row.workspace_id, row.added_by)
    found = Attached(
        row.id, clean.digest, row.alt, clean.media_type, len(clean.content), clean.width, clean.height
    )
    values = {
        "state": pictures.KEPT, "content": clean.content, "media_type": found.media_type, "digest": found.digest,
        "size": found.size, "width": found.width, "height": found.height,
    }  # fmt: skip
    async with ctx.db.begin() as conn:
        case = await _case(conn, who, row.message_id)
        if case.message.state != State.DRAFTED:
            raise Refused(DECIDED)
        network = case.feed.network if case.feed else ""
        if why := rules.accepted(network, found.media_type, found.size, found.width, found.height):
            raise Refused(why)
        if not await pictures.record(conn, row.id, me=ctx.me, values=values):
            return
        await _revise(ctx, conn, who, case, found, "A picture was added.")
        await pictures.drop(conn, who.workspace_id, row.message_id, before=row.id)
        for channel in await pictures.places(conn, who.workspace_id, row.message_id):
            parent = ("message", row.message_id)
            await cards.want(conn, who.workspace_id, "picture", row.id, channel, parent=parent)


async def _fail(ctx: Context, row: Given, why: str) -> None:
    async with ctx.db.begin() as conn:
        values = {"state": pictures.FAILED, "error": why}
        if await pictures.record(conn, row.id, me=ctx.me, values=values):
            await marks.stale(conn, "message", [row.message_id])


async def _revise(
    ctx: Context, conn: AsyncConnection, who: Who, case: Situation, found: Attached | None, why: str
) -> None:
    """A link without a preview of its own joins the words: the picture takes the preview's place."""
    row = case.message
    options = {name: value for name, value in row.options.items() if name != "picture"}
    link, body = str(options.get("link") or ""), row.body
    if found is not None:
        options |= found.options
        if rules.beside(row.channel, link, body) is not None:
            body, why = f"{body.rstrip()}\n\n{link}", f"{why} Its link stands in the text now."
    await approve.revise(
        ctx, conn, who, case, subject=row.subject, body=body, why=why, options=options, event="picture"
    )


def _described(alt: str) -> str:
    words = " ".join(alt.split())
    if not words:
        raise Refused("Say in a sentence what the picture shows, for people who do not see it.", field="alt")
    if why := rules.described(words):
        raise Refused(why, field="alt")
    return words


async def _undecided(conn: AsyncConnection, who: Who, ref: Ref) -> Situation:
    case = await _case(conn, who, ref.id)
    row = case.message
    if row.state in (State.APPROVED, State.SCHEDULED):
        raise Refused("This post is approved as it is. Take the approval back first.")
    if row.state != State.DRAFTED:
        raise Refused(f"This post is {row.state} by now; nothing was changed.")
    if row.options.get("out"):  # the picture belongs to the first post, which is not posted again
        raise Refused("The thread has begun on X, so its picture stays as it is.")
    if row.revision != ref.revision:
        raise Refused("The post has changed since this card was drawn. Look at the new one first.")
    return case


async def _case(conn: AsyncConnection, who: Who, message_id: int) -> Situation:
    row = await messages.get(conn, who.workspace_id, message_id)
    if row is None or row.feed_id is None:
        raise Refused("That post no longer exists.")
    return (await facts.gather(conn, [row]))[0]
