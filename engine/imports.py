"""Lists of people into contacts: from Slack by a loop that survives a kill, from the command line in one go.

What a person asks for in Slack is left as a row by engine.contacts. Both roads take the lines through
engine.intake; neither lifts a suppression.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import IO, Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import contacts, intake
from engine.context import Context, Who
from engine.errors import Refused
from storage import imports, marks, troubles
from storage.imports import Import

LEASE = timedelta(seconds=120)

Fetch = Callable[[str, str], AsyncIterator[bytes]]
"""(workspace id, file address) → the file. Raises Refused when it cannot be had."""


async def run_file(
    ctx: Context,
    who: Who,
    stream: IO[bytes],
    *,
    campaign: str | None,
    create: bool = False,
    by_account: bool = False,
    file_name: str = "",
    progress: Callable[[intake.Tally], None] | None = None,
) -> intake.Tally:
    """Import an open file at once, for the command line; `progress` is told the counts after every chunk.

    `create` and `by_account` are as for engine.contacts.start_import. Raises Refused for an unknown campaign and a file
    that cannot be read, which then makes no campaign; what was taken in before stays.
    """
    chunks = intake.chunks(stream, file_name or "a file")
    chunk = await anext(chunks, None)
    target = await contacts.campaign_for(ctx, who, campaign, create=create, by_account=by_account)
    job = intake.Job(who.workspace_id, target.id if target else None, who.user_id)
    tally = intake.Tally()
    count = 0
    while chunk is not None:
        async with ctx.db.begin() as conn:
            tally = await intake.take_in(ctx, conn, job, chunk, tally)
        if progress is not None:
            progress(tally)
        count += 1
        await intake.breathe(ctx, count)
        chunk = await anext(chunks, None)
    return tally


async def claim(ctx: Context) -> list[Import]:
    """One import that waits, or whose worker died."""
    async with ctx.db.begin() as conn:
        machine_now = await ctx.db.machine_now(conn)
        return await imports.lease(conn, me=ctx.me, machine_now=machine_now, until=machine_now + LEASE)


async def work(ctx: Context, claimed: Sequence[Import], *, fetch: Fetch) -> None:
    """Take each claimed file in. A file that cannot be read ends its import with the reason on the card."""
    for row in claimed:
        try:
            with tempfile.TemporaryFile() as stream:
                await _spool(row, fetch, stream)
                await _take(ctx, row, stream)
            await _end(ctx, row, imports.DONE)
        except _Lost:
            continue
        except Refused as refusal:
            await _end(ctx, row, imports.FAILED, refusal.sentence)
        except Exception as error:
            if not (isinstance(error, OSError) or troubles.is_unavailable(error)):
                await _end(ctx, row, imports.FAILED, "Something broke; the lines counted here are stored.")
            raise


class _Lost(Exception):
    """Another worker holds the import by now."""


async def _take(ctx: Context, row: Import, stream: IO[bytes]) -> None:
    job = intake.Job(row.workspace_id, row.campaign_id, row.asked_by)
    tally = intake.Tally(row.line, row.added, row.duplicate, row.invalid, row.opted_out, tuple(row.problems))
    count = 0
    async for chunk in intake.chunks(stream, row.file_name or "pasted text", after=row.line):
        async with ctx.db.begin() as conn:
            until = await ctx.db.machine_now(conn) + LEASE
            await _progress(conn, ctx, row, {"lease_until": until})
            tally = await intake.take_in(ctx, conn, job, chunk, tally)
            await _progress(conn, ctx, row, tally.columns())
        count += 1
        await intake.breathe(ctx, count)


async def _progress(conn: AsyncConnection, ctx: Context, row: Import, values: dict[str, Any]) -> None:
    if not await imports.record(conn, row.id, me=ctx.me, values=values):
        raise _Lost
    await marks.stale(conn, "import", [row.id])


async def _end(ctx: Context, row: Import, state: str, error: str = "") -> None:
    """The file itself is forgotten: its people are contacts now, or were refused."""
    values = {"state": state, "error": error, "file": None, "leased_by": None, "lease_until": None}
    async with ctx.db.begin() as conn:
        if await imports.record(conn, row.id, me=ctx.me, values=values):
            await marks.stale(conn, "import", [row.id])


async def _spool(row: Import, fetch: Fetch, stream: IO[bytes]) -> None:
    if row.file is not None:
        stream.write(row.file)
    else:
        size = 0
        async for part in fetch(row.workspace_id, row.file_url):
            size += len(part)
            if size > contacts.LARGEST:
                raise Refused(contacts.too_large())
            stream.write(part)
    stream.seek(0)
