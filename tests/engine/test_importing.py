"""Files of people become contacts once, whatever is in them and whenever the worker dies."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import wires
from sqlalchemy import func, select, update

from engine import contacts, imports, intake
from engine.context import Context, Who
from engine.errors import Refused
from storage import campaigns, workspaces
from storage import imports as rows
from storage.tables import campaigns as campaign_table
from storage.tables import cards, enrolments, suppressions
from storage.tables import contacts as contact_table
from storage.tables import imports as import_table

SAMPLE = Path(__file__).parents[2] / "samples" / "contacts.csv"


@pytest.fixture
async def launch(ctx: Context, workspace: str) -> int:
    async with ctx.db.begin() as conn:
        brand = await workspaces.default_brand(conn, workspace)
        assert brand is not None
        values = {
            "workspace_id": workspace, "brand_id": brand.id, "name": "Launch", "channels": ("email",),
            "autonomy": "review", "status": "draft", "owner_id": "U1", "channel_id": "C1GROWTH",
            "created_at": ctx.now(),
        }  # fmt: skip
        return (await campaigns.add(conn, values)).id


async def no_file(workspace_id: str, url: str) -> AsyncIterator[bytes]:
    raise AssertionError("nothing should be fetched")
    yield b""


async def count(ctx: Context, table: Any) -> int:
    async with ctx.db.read() as conn:
        return int(await conn.scalar(select(func.count()).select_from(table)) or 0)


async def run(ctx: Context, fetch: imports.Fetch = no_file) -> None:
    while claimed := await imports.claim(ctx):
        await imports.work(ctx, claimed, fetch=fetch)


async def found(ctx: Context, import_id: int) -> rows.Import:
    async with ctx.db.read() as conn:
        row = await rows.get(conn, "T1", import_id)
    assert row is not None
    return row


async def test_the_sample_reports_added_duplicate_and_invalid_by_line(
    ctx: Context, olivia: Who, launch: int
) -> None:
    import_id = await contacts.start_import(
        ctx, olivia, campaign="launch", file_name="contacts.csv", text=SAMPLE.read_bytes()
    )
    await run(ctx)
    row = await found(ctx, import_id)
    assert (row.state, row.added, row.duplicate, row.invalid, row.opted_out) == ("done", 11, 1, 1, 1)
    assert [problem["line"] for problem in row.problems] == [14, 15]
    assert await count(ctx, enrolments) == 11
    assert await count(ctx, suppressions) == 1
    assert row.file is None
    assert await count(ctx, cards) == 1


async def test_a_second_import_adds_nothing(ctx: Context, olivia: Who, launch: int) -> None:
    with SAMPLE.open("rb") as first, SAMPLE.open("rb") as second:
        await imports.run_file(ctx, olivia, first, campaign="Launch")
        again = await imports.run_file(ctx, olivia, second, campaign="Launch")
    assert (again.added, again.duplicate, again.invalid, again.opted_out) == (0, 12, 1, 1)
    assert await count(ctx, contact_table) == await count(ctx, enrolments) == 11


async def test_facts_name_the_file_they_came_from(ctx: Context, olivia: Who) -> None:
    with SAMPLE.open("rb") as stream:
        await imports.run_file(ctx, olivia, stream, campaign=None, file_name="contacts.csv")
    async with ctx.db.read() as conn:
        facts = await conn.scalar(
            select(contact_table.c.facts).where(contact_table.c.email_key == "ana.duarte@brightlane.example")
        )
    assert facts["recent_news"] == {
        "value": "opened a second distribution centre in Baltimore",
        "source": "contacts.csv",
    }


async def test_an_unknown_campaign_is_refused_and_named_beside_the_nearest(
    ctx: Context, olivia: Who, launch: int
) -> None:
    with pytest.raises(Refused, match="Launch"):
        await contacts.start_import(ctx, olivia, campaign="Lunch", text=b"Email\na@x.example\n")
    assert await count(ctx, import_table) == 0


async def test_an_opt_out_in_a_file_suppresses_and_a_later_file_does_not_lift_it(
    ctx: Context, olivia: Who, launch: int
) -> None:
    said_no = b"Email,Unsubscribed from all email\na.na@gmail.com,true\n"
    said_nothing = b"Email,Unsubscribed from all email\nana@gmail.com,false\n"
    await imports.run_file(ctx, olivia, io.BytesIO(said_no), campaign="Launch")
    tally = await imports.run_file(ctx, olivia, io.BytesIO(said_nothing), campaign="Launch")
    assert (tally.added, tally.invalid, tally.opted_out) == (0, 0, 1)
    assert "suppression list" in tally.problems[0]["reason"]
    assert await count(ctx, contact_table) == await count(ctx, enrolments) == 0


async def test_a_kill_between_chunks_resumes_without_counting_twice(
    ctx: Context, olivia: Who, launch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(f"person{n}@x.example\n" for n in range(2 * intake.CHUNK + 10))
    import_id = await contacts.start_import(ctx, olivia, campaign="Launch", text=f"Email\n{lines}".encode())

    class Killed(BaseException):
        pass

    async def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(intake, "breathe", killed)
        with pytest.raises(Killed):
            await run(ctx)
    assert (await found(ctx, import_id)).added == intake.CHUNK
    await run(ctx)
    assert (await found(ctx, import_id)).added == intake.CHUNK  # the dead worker's lease still stands
    async with ctx.db.begin() as conn:
        past = datetime.now(UTC) - timedelta(seconds=1)
        await conn.execute(update(import_table).values(lease_until=past))
    await run(ctx)
    row = await found(ctx, import_id)
    assert (row.state, row.added, row.duplicate) == ("done", 2 * intake.CHUNK + 10, 0)
    assert await count(ctx, enrolments) == 2 * intake.CHUNK + 10


@pytest.mark.parametrize(
    "data",
    [b"", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\xff\xfe", b"Name,Company\nAna,Acme\n", b"Email\n"],
    ids=["empty", "binary", "no column that reaches anybody", "no rows"],
)
async def test_a_file_that_is_no_list_of_people_ends_with_one_sentence(
    ctx: Context, olivia: Who, data: bytes
) -> None:
    async def fetch(workspace_id: str, url: str) -> AsyncIterator[bytes]:
        yield data

    import_id = await contacts.start_import(ctx, olivia, campaign=None, file_url="https://files.slack.com/x")
    await run(ctx, fetch)
    row = await found(ctx, import_id)
    assert row.state == "failed"
    assert row.error.endswith(".")
    assert await imports.claim(ctx) == []


async def test_a_file_that_is_too_large_is_cut_off_while_it_arrives(
    ctx: Context, olivia: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contacts, "LARGEST", 1_000)

    async def fetch(workspace_id: str, url: str) -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 600
        raise AssertionError("read on after the limit")

    import_id = await contacts.start_import(ctx, olivia, campaign=None, file_url="https://files.slack.com/x")
    await run(ctx, fetch)
    assert "larger" in (await found(ctx, import_id)).error


async def test_hostile_cells_do_no_harm(ctx: Context, olivia: Who) -> None:
    rows_ = (
        "Email,First Name,Company,Note\n"
        'ana@x.example,"=HYPERLINK(""http://evil"")",+Acme,<!channel> & \u202eevil\n'
        "nul@x.example,A\x00na,Acme,\n"
        f"ben@x.example,Ben,Acme,{'x' * 1_000_000}\n"
        "cleo@x.example,Cleo,Acme,fine\n"
    )
    tally = await imports.run_file(ctx, olivia, io.BytesIO(rows_.encode()), campaign=None)
    assert (tally.added, tally.invalid) == (2, 2)
    async with ctx.db.read() as conn:
        ana = (
            await conn.execute(select(contact_table).where(contact_table.c.email_key == "ana@x.example"))
        ).one()
    assert not ana.first_name.startswith("=")
    assert ana.company == "Acme"
    assert "\u202e" not in str(ana.facts)


@pytest.mark.parametrize(
    "said", [b"", b"Email,Name\n", b"Name,Company\nAna,Acme\n", b"\x89PNG\r\n\x1a\n\x00"]
)
async def test_a_file_that_cannot_be_read_makes_no_campaign(ctx: Context, olivia: Who, said: bytes) -> None:
    ctx = replace(ctx, channels={"email": wires.Wire()})
    with pytest.raises(Refused):
        await imports.run_file(ctx, olivia, io.BytesIO(said), campaign="Autumn", create=True)
    assert await count(ctx, campaign_table) == 0
    tally = await imports.run_file(
        ctx, olivia, io.BytesIO(b"Email\na@b.example"), campaign="Autumn", create=True
    )
    assert (tally.added, await count(ctx, campaign_table)) == (1, 1)


async def test_memory_stays_flat_however_long_the_file_is(ctx: Context, olivia: Who) -> None:
    if not ctx.db.is_sqlite:
        return  # the lines take the same way; once is enough

    async def peak(lines: int) -> int:
        tracemalloc.start()
        await imports.run_file(ctx, olivia, _Endless(lines), campaign=None)  # type: ignore[arg-type]
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    await peak(1_000)
    short, long = await peak(1_000), await peak(8_000)
    assert long < short + 2_000_000


class _Endless(io.RawIOBase):
    """A file that is made while it is read."""

    def __init__(self, lines: int) -> None:
        self._parts = self._lines(lines)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            self._left = next(self._parts, b"")
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size

    def _lines(self, lines: int) -> Iterator[bytes]:
        yield b"Email,First Name,Company\n"
        for n in range(lines):
            yield f"person{n}of{lines}@x{n % 300}.example,Ana,\n".encode()
