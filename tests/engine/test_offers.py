"""Tasks that wait for people: within the caps of their sender, one for each contact, counted on the day they are done."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Sequence

import pytest
import seeding
from seeding import BODY, Clock
from sqlalchemy import select, update

from engine import schedule, tasks
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import similarity
from handlers.actions import Ref
from storage import contacts, messages, senders
from storage.lifecycle import State
from storage.model import Message, Sender
from storage.tables import contacts as people
from storage.tables import messages as rows
from storage.tables import senders as hands
from storage.tables import timeline

CAP, FIRST_DAY, MORE = 4, 2, 1


async def due(ctx: Context, count: int, *, cap: int | None = CAP, campaigns: int = 1) -> list[int]:
    """Approved LinkedIn touches that are due now, to `count` people, in each of some campaigns."""
    ids: list[int] = []
    async with ctx.db.begin() as conn:
        sender = await senders.ensure(
            conn, "T1", "linkedin_dm", address="", cap=cap, warm_from=FIRST_DAY if cap else None, warm_by=MORE
        )
        found = await seeding.people(conn, "T1", count, ctx.now())
        for person in found:
            url = f"https://www.linkedin.com/in/ada{person}"
            await conn.execute(update(people).where(people.c.id == person).values(linkedin_url=url))
        for n in range(campaigns):
            campaign = await seeding.campaign(conn, "T1", ctx.now(), name=f"Spring {n}")
            made = await seeding.touches(
                conn, "T1", campaign, found, ctx.now(), sender_id=sender, channel="linkedin_dm", subject=""
            )
            for id_, person in zip(made, found, strict=True):
                url = f"https://www.linkedin.com/in/ada{person}"
                approved = similarity.words_hash("", BODY, "linkedin_dm", url)
                await conn.execute(update(rows).where(rows.c.id == id_).values(approved_hash=approved))
            ids += made
    return ids


async def drained(ctx: Context) -> None:
    """Both loops that look at due tasks, until neither has anything to do."""
    while await tasks.turn(ctx) or await schedule.turn(ctx):
        pass


async def found(ctx: Context, ids: Sequence[int]) -> list[Message]:
    async with ctx.db.read() as conn:
        return await messages.find(conn, "T1", rows.c.id.in_(ids))


async def offered(ctx: Context, ids: Sequence[int]) -> list[int]:
    return [row.id for row in await found(ctx, ids) if row.is_offered]


async def sender_of(ctx: Context) -> Sender:
    async with ctx.db.read() as conn:
        row = await conn.execute(select(hands.c.id).where(hands.c.channel == "linkedin_dm"))
        sender = await senders.get(conn, "T1", row.scalar_one())
    assert sender is not None
    return sender


async def test_no_more_are_offered_in_a_day_than_the_warm_up_allows(
    ctx: Context, olivia: Who, clock: Clock
) -> None:
    ids = await due(ctx, 5)
    await drained(ctx)
    first = await offered(ctx, ids)
    assert len(first) == FIRST_DAY
    put_off = [row for row in await found(ctx, ids) if not row.is_offered]
    assert {row.state for row in put_off} == {State.SCHEDULED}
    assert all("taken" in row.note and row.due_at > clock() for row in put_off if row.due_at)
    await tasks.done(ctx, olivia, Ref(first[0], 1))
    clock.forward(days=1)
    await drained(ctx)
    assert (await sender_of(ctx)).warm_days == 1
    assert len(await offered(ctx, ids)) <= FIRST_DAY + MORE, (
        "what waits since yesterday has its place in today"
    )
    for _ in range(5):
        for id_ in await offered(ctx, ids):
            with contextlib.suppress(Refused):
                await tasks.done(ctx, olivia, Ref(id_, 1))
        clock.forward(days=1)
        await drained(ctx)
    days = Counter(row.sent_at.date() for row in await found(ctx, ids) if row.sent_at)
    assert days.total() == 5
    assert max(days.values()) <= FIRST_DAY + MORE


async def test_a_day_on_which_nothing_was_done_warms_nothing_up(ctx: Context, clock: Clock) -> None:
    ids = await due(ctx, 6)
    await drained(ctx)
    clock.forward(days=1)
    await drained(ctx)
    assert len(await offered(ctx, ids)) > FIRST_DAY
    assert (await sender_of(ctx)).warm_days == 0


async def test_what_was_offered_earlier_counts_on_the_day_it_is_done(
    ctx: Context, olivia: Who, clock: Clock
) -> None:
    ids = await due(ctx, 4)
    await drained(ctx)
    old = await offered(ctx, ids)
    clock.forward(days=1)
    await drained(ctx)
    (new,) = [id_ for id_ in await offered(ctx, ids) if id_ not in old]
    await tasks.done(ctx, olivia, Ref(old[0], 1))
    with pytest.raises(Refused, match="2 of 2 today are taken"):
        await tasks.done(ctx, olivia, Ref(old[1], 1))
    assert old[1] in await offered(ctx, ids), "it waits on"
    await tasks.skip(ctx, olivia, Ref(new, 1))
    await tasks.done(ctx, olivia, Ref(old[1], 1))
    assert [row.state for row in await found(ctx, [*old, new])] == [State.SENT, State.SENT, State.SKIPPED]


async def test_a_contact_is_asked_for_once_at_a_time(ctx: Context, olivia: Who, clock: Clock) -> None:
    ids = await due(ctx, 1, cap=None, campaigns=2)
    await drained(ctx)
    first, second = await found(ctx, ids)
    assert (first.is_offered, second.is_offered) == (True, False)
    assert second.note == tasks.ANOTHER
    await tasks.done(ctx, olivia, Ref(first.id, 1))
    clock.forward(days=1)
    await drained(ctx)
    assert not await offered(ctx, ids), "two days lie between two touches"
    clock.forward(days=1)
    await drained(ctx)
    assert await offered(ctx, ids) == [second.id]


async def test_two_people_do_a_task_once(ctx: Context, olivia: Who, amara: Who) -> None:
    ids = await due(ctx, 1, cap=None)
    await drained(ctx)
    told = await asyncio.gather(
        *(tasks.done(ctx, who, Ref(ids[0], 1)) for who in (olivia, amara)), return_exceptions=True
    )
    assert [type(one) for one in told if one is not None] == [Refused]
    (row,) = await found(ctx, ids)
    assert (row.state, row.provider_id, row.sent_at) == (State.SENT, "", ctx.now())
    async with ctx.db.read() as conn:
        person = await contacts.get(conn, "T1", row.contact_id or 0)
    assert person is not None
    assert (person.status, person.touched_at) == ("contacted", ctx.now())


@pytest.mark.parametrize(
    ("values", "state", "says"),
    [
        ({"held_since": seeding.Clock().now}, State.APPROVED, "waits for a person's decision"),
        ({"refused_channels": ("linkedin_dm",)}, State.BLOCKED, "do not want to be reached by LinkedIn"),
        ({"linkedin_url": "https://www.linkedin.com/in/eve"}, State.BLOCKED, "address changed"),
        ({"touched_at": seeding.Clock().now}, State.SCHEDULED, "less than 48 hours ago"),
    ],
)
async def test_done_asks_every_gate_again(
    ctx: Context, olivia: Who, values: dict[str, object], state: State, says: str
) -> None:
    ids = await due(ctx, 1)
    await drained(ctx)
    assert await offered(ctx, ids) == ids
    async with ctx.db.begin() as conn:
        await conn.execute(update(people).values(**values))
    with pytest.raises(Refused, match=says):
        await tasks.done(ctx, olivia, Ref(ids[0], 1))
    (row,) = await found(ctx, ids)
    assert (row.state, row.sent_at, row.is_offered) == (state, None, False)


async def test_a_task_is_dropped_after_three_reminders(ctx: Context, clock: Clock) -> None:
    ids = await due(ctx, 1)
    seen = []
    for _ in range(8):  # from a Tuesday: Saturday and Sunday pass in silence
        await drained(ctx)
        (row,) = await found(ctx, ids)
        seen.append(row.state)
        clock.forward(days=1)
    assert seen == [State.SCHEDULED] * 6 + [State.SKIPPED] * 2
    assert row.note == tasks.GIVEN_UP
    async with ctx.db.read() as conn:
        told = await conn.scalars(select(timeline.c.detail).where(timeline.c.entity == "contact"))
        assert [line.partition(", ")[2] for line in told] == [f"touch 1. {tasks.GIVEN_UP}"]
