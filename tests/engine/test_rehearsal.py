"""A rehearsal foresees row for row what then comes when recipients are silent, changes nothing and reaches nobody."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import seeding
from seeding import Clock
from sqlalchemy import insert, select, update
from wires import Wire

from bot.worker import LOOPS, Worker
from engine import accounts, approve, campaigns, companies, plan, rehearse, tasks
from engine import contacts as new
from engine.contacts import NewContact
from engine.context import Context, Who
from engine.errors import Refused
from handlers.actions import Ref
from storage import campaigns as campaign_rows
from storage import rehearsals, upcoming
from storage import senders as sender_rows
from storage.db import Database
from storage.model.sending import WAITING
from storage.tables import contacts, enrolments, messages, metadata, senders, timeline

OWN = {"rehearsals", "cards", "timeline"}
"""Where a rehearsal itself stands: its row and its cards."""


alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what turns on nothing a database decides: the play itself is always on SQLite."""


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def desk(ctx: Context, wire: Wire) -> Context:
    return replace(ctx, channels={"email": wire})


async def nothing(workspace: str, url: str) -> AsyncIterator[bytes]:
    yield b""


def worker(ctx: Context) -> Worker:
    return Worker(ctx, fetch=nothing)


async def a_campaign(ctx: Context, name: str, people: list[int], **values: Any) -> int:
    """Not planned yet, with these people waiting in it."""
    async with ctx.db.begin() as conn:
        made = await seeding.campaign(conn, "T1", ctx.now(), name=name, status="draft", **values)
        rows = [
            {
                "workspace_id": "T1", "campaign_id": made, "contact_id": id_, "step": 0, "state": "waiting",
                "created_at": ctx.now(),
            }
            for id_ in people
        ]  # fmt: skip
        if rows:
            await conn.execute(insert(enrolments), rows)
    return made


async def some_people(ctx: Context, count: int) -> list[int]:
    """In three zones, one of them without an address, one already written to yesterday."""
    async with ctx.db.begin() as conn:
        ids = await seeding.people(conn, "T1", count, ctx.now())
        for n, zone in enumerate(("America/New_York", "Europe/Berlin", "Asia/Tokyo")):
            c = contacts.c
            await conn.execute(update(contacts).where(c.id % 3 == n, c.id.in_(ids)).values(zones=(zone,)))
        c = contacts.c
        await conn.execute(update(contacts).where(c.id == ids[3]).values(email="", email_key=None))
        yesterday = ctx.now() - timedelta(days=1)
        await conn.execute(update(contacts).where(c.id == ids[4]).values(touched_at=yesterday))
        await conn.execute(update(senders).values(cap=8, warm_from=2, warm_by=2))
    return ids


async def planned(ctx: Context, who: Who, campaign_id: int) -> None:
    strategy = await plan.ask(ctx, who, campaign_id)
    await worker(ctx).drain()
    await plan.approve(ctx, who, strategy)


async def rehearsed(ctx: Context, who: Who, campaign_id: int, days: int) -> tuple[Any, list[Any]]:
    made = await rehearse.start(ctx, who, campaign_id, days=days)
    await worker(ctx).drain()
    async with ctx.db.read() as conn:
        found = await rehearsals.get(conn, "T1", made)
        return found, await rehearsals.touches(conn, "T1", made)


async def lived(ctx: Context, clock: Clock, who: Who, days: int) -> None:
    """The days really pass: every draft is approved as soon as it is there, and nobody answers."""
    end, desk = clock.now + timedelta(days=days), worker(ctx)
    while clock.now < end:
        await desk.drain()
        while (drafts := await drafted(ctx)) or await offered(ctx):
            for id_, revision in drafts:
                await approve.approve(ctx, who, Ref(id_, revision))
            await desk.drain()
            for id_, revision in await offered(ctx):
                await tasks.done(ctx, who, Ref(id_, revision))
                await desk.drain()
        async with ctx.db.read() as conn:
            clock.now = await upcoming.first(conn, clock.now) or end


async def offered(ctx: Context) -> list[tuple[int, int]]:
    """The tasks that wait for a person."""
    c = messages.c
    async with ctx.db.read() as conn:
        found = await conn.execute(select(c.id, c.revision).where(c.state == "scheduled", c.note == WAITING))
        return [(row[0], row[1]) for row in found]


async def drafted(ctx: Context) -> list[tuple[int, int]]:
    c = messages.c
    async with ctx.db.read() as conn:
        found = await conn.execute(select(c.id, c.revision).where(c.state == "drafted").order_by(c.id))
        return [(row[0], row[1]) for row in found]


async def sent(ctx: Context, campaign_id: int) -> list[tuple[int, int, str, datetime]]:
    c = messages.c
    async with ctx.db.read() as conn:
        found = await conn.execute(
            select(c.contact_id, c.step, c.channel, c.sent_at)
            .where(c.campaign_id == campaign_id, c.state == "sent")
            .order_by(c.sent_at, c.contact_id, c.step)
        )
        return [(row[0], row[1], row[2], row[3]) for row in found]


def foreseen(touches: list[Any]) -> list[tuple[int, int, str, datetime]]:
    rows = [
        (t["contact"], t["step"], t["channel"], datetime.fromisoformat(t["at"]))
        for t in touches
        if t["state"] == "sent"
    ]
    return sorted(rows, key=lambda row: (row[3], row[0], row[1]))


async def dumped(db: Database) -> dict[str, str]:
    """A fingerprint of every table's rows, but for those in which the rehearsal itself stands."""
    async with db.read() as conn:
        found = {}
        for table in metadata.sorted_tables:
            if table.name not in OWN:
                rows = sorted(repr(tuple(row)) for row in await conn.execute(select(table)))
                found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        entries = select(timeline).where(timeline.c.entity != "rehearsal")
        found["timeline"] = repr(sorted(repr(tuple(row)) for row in await conn.execute(entries)))
        return found


async def test_it_equals_row_for_row_what_comes_with_silent_recipients(
    desk: Context, clock: Clock, olivia: Who, wire: Wire
) -> None:
    people = await some_people(desk, 6)
    spring = await a_campaign(desk, "Spring", people, window="09:00-18:00")
    summer = await a_campaign(desk, "Summer", people[4:], window="09:00-18:00", touches=3)
    await planned(desk, olivia, summer)
    await planned(desk, olivia, spring)
    found, touches = await rehearsed(desk, olivia, spring, 8)
    assert wire.sent == []
    assert found.state == "done"
    await lived(desk, clock, olivia, 8)
    came = await sent(desk, spring)
    assert foreseen(touches) == came
    assert len(came) == found.report["sent"] > 8
    assert any(touch["why"] for touch in touches), "caps and the 48 hours stood in the way"
    await rehearse.compare(desk, olivia, found.id)
    async with desk.db.read() as conn:
        compared = (await rehearsals.get(conn, "T1", found.id)).compared  # type: ignore[union-attr]
    assert (compared["same"], compared["moved"], compared["missing"], compared["unplanned"]) == (
        len(came), 0, 0, 0,
    )  # fmt: skip
    assert sum(day["planned"] for day in compared["days"]) == sum(day["real"] for day in compared["days"])


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch, desk: Context) -> list[Any]:
    """Connections that were asked for. PostgreSQL's own are let through: the copy is read from there."""
    asked: list[Any] = []
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if desk.db.is_sqlite:
            asked.append(address)
            raise OSError("no connection may be opened")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect)
    return asked


async def test_the_database_is_unchanged_and_nobody_is_reached(
    desk: Context, olivia: Who, wire: Wire, sealed: list[Any]
) -> None:
    people = await some_people(desk, 6)
    asked = await a_campaign(desk, "Asked", people[2:])
    running = await a_campaign(desk, "Running", people[:2], touches=2)
    await planned(desk, olivia, running)
    await plan.ask(desk, olivia, asked)
    await worker(desk).drain()
    before = await dumped(desk.db)
    for campaign_id, source in ((asked, "rules"), (running, "")):
        found, touches = await rehearsed(desk, olivia, campaign_id, 20)
        assert found.state == "done", found.error
        assert foreseen(touches)
        assert found.report["plan"] == source
    assert await dumped(desk.db) == before
    assert (wire.sent, sealed) == ([], [])


@alone
async def test_what_would_be_held_is_told_with_its_reason(desk: Context, olivia: Who) -> None:
    people = await some_people(desk, 6)
    made = await a_campaign(desk, "Spring", people, window="09:00-18:00", touches=1, must_not_say="booking")
    async with desk.db.begin() as conn:
        await conn.execute(update(contacts).where(contacts.c.id == people[5]).values(held_since=desk.now()))
    found, touches = await rehearsed(desk, olivia, made, 10)
    why = {touch["contact"]: (touch["state"], touch["why"]) for touch in touches}
    assert why[people[5]] == ("held", "They replied; a person decides what happens next.")
    assert people[3] not in why
    assert found.report["stopped"] == 1
    told = [reason["why"] for reason in found.report["reasons"]]
    assert any("no e-mail address" in reason for reason in told)


@alone
async def test_a_campaign_at_rest_is_not_rehearsed_and_none_is_rehearsed_twice_at_once(
    desk: Context, olivia: Who
) -> None:
    people = await some_people(desk, 5)
    made = await a_campaign(desk, "Spring", people)
    await rehearse.start(desk, olivia, made)
    with pytest.raises(Refused, match="already"):
        await rehearse.start(desk, olivia, made)
    await worker(desk).drain()
    await planned(desk, olivia, made)
    await campaigns.pause(desk, olivia, made)
    with pytest.raises(Refused, match="paused"):
        await rehearse.start(desk, olivia, made)


@alone
async def test_one_that_a_killed_process_left_is_worked_out_by_the_next(desk: Context, olivia: Who) -> None:
    made = await a_campaign(desk, "Spring", await some_people(desk, 5))
    asked = await rehearse.start(desk, olivia, made, days=5)
    async with desk.db.begin() as conn:
        now = await desk.db.machine_now(conn)
        assert await rehearsals.lease(conn, me="gone", machine_now=now, until=now - timedelta(seconds=1))
    await worker(desk).drain()
    async with desk.db.read() as conn:
        found = await rehearsals.get(conn, "T1", asked)
    assert found is not None
    assert (found.state, found.reached) == ("done", 5)


@alone
async def test_the_one_sequence_of_a_company_is_foreseen_as_well(
    desk: Context, clock: Clock, olivia: Who
) -> None:
    names = (("Ada", "Director"), ("Grace", "CTO"), ("Alan", "VP of Sales"))
    people = [
        await new.add(desk, olivia, NewContact(f"{name}@acme.example", name, company="Acme", title=title))
        for name, title in names
    ]
    ids = [found.contact_id for found in people]
    made = await a_campaign(desk, "Acme", [], by_account=True, touches=5)
    async with desk.db.begin() as conn:
        found = (await campaign_rows.by_ids(conn, [made]))[made]
        await companies.enrol(desk, conn, olivia.user_id, found, ids[:1], lead=ids[0], whole=True)
    strategy = await plan.ask(desk, olivia, made)
    await worker(desk).drain()
    _, touches = await rehearsed(desk, olivia, made, 30)
    await plan.approve(desk, olivia, strategy)
    await worker(desk).drain()
    async with desk.db.read() as conn:
        for enrolment_id, revision in await rehearsals.orders(conn, "T1"):
            await accounts.approve_all(desk, olivia, accounts.Shown(enrolment_id, revision))
    await lived(desk, clock, olivia, 30)
    came = await sent(desk, made)
    assert foreseen(touches) == came
    assert [one[0] for one in came[:4]] == [ids[0], ids[0], ids[0], ids[1]]


@alone
async def test_tasks_count_as_done_when_they_are_offered(desk: Context, clock: Clock, olivia: Who) -> None:
    people = await some_people(desk, 5)
    async with desk.db.begin() as conn:
        for id_ in people:
            values = {"phone": f"+4930123456{id_:02}", "zones": ("Europe/Berlin",)}
            await conn.execute(update(contacts).where(contacts.c.id == id_).values(**values))
        await sender_rows.ensure(conn, "T1", "call", address="by hand", cap=2)
    made = await a_campaign(desk, "Calls", people, channels=("call",), touches=2, window="09:00-18:00")
    await planned(desk, olivia, made)
    _, touches = await rehearsed(desk, olivia, made, 8)
    await lived(desk, clock, olivia, 8)
    came = await sent(desk, made)
    assert foreseen(touches) == came
    assert [one[2] for one in came] == ["call"] * 10


def test_every_loop_that_a_rehearsal_leaves_out_exists() -> None:
    assert {name for name, _ in LOOPS} >= rehearse.LEFT_OUT
