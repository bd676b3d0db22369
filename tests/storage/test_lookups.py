"""A provider that can be asked resolves an unknown outcome; what it cannot tell stays with a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import seeding
from seeding import Clock
from sqlalchemy import select, update
from wires import Wire, deliver

from engine import errors
from engine.channels import Envelope, Receipt
from engine.context import Context, Who
from engine.deliver import Lane, lookup, people, recover
from storage import upcoming
from storage.lifecycle import State
from storage.tables import cards, contacts, senders
from storage.tables import messages as rows

GONE = errors.Unknown("cut off")


class Asked(Wire):
    """Answers `find` from `knows`; the last answer stays."""

    provider = "asked"

    def __init__(self, knows: Sequence[Receipt | Exception | None], error: Exception | None = GONE) -> None:
        super().__init__(error)
        self.knows, self.looked = list(knows), 0

    async def find(self, envelope: Envelope) -> Receipt | None:
        self.looked += 1
        answer = self.knows.pop(0) if len(self.knows) > 1 else self.knows[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
async def message(ctx: Context) -> int:
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", ctx.now())
        found = await seeding.people(conn, "T1", 1, ctx.now())
        (id_,) = await seeding.touches(conn, "T1", campaign, found, ctx.now())
        return id_


async def pass_time(ctx: Context, clock: Clock, wire: Wire, minutes: int) -> None:
    ctx.channels["email"] = wire  # type: ignore[index]
    for _ in range(minutes):
        clock.forward(minutes=1)
        while claimed := await lookup.claim(ctx):
            await lookup.work(ctx, claimed)
        await deliver(ctx, wire)


async def row(ctx: Context) -> Any:
    async with ctx.db.read() as conn:
        return (await conn.execute(select(rows))).one()


@pytest.mark.parametrize("knows", [[Receipt("r1")], [None, Receipt("r1")], [None, None, Receipt("r1")]])
async def test_what_the_provider_has_is_sent(
    ctx: Context, clock: Clock, message: int, knows: list[Receipt | None]
) -> None:
    wire, looks = Asked(knows), len(knows)
    await deliver(ctx, wire)
    assert (await row(ctx)).state == State.UNSURE
    async with ctx.db.read() as conn:
        assert await upcoming.first(conn, ctx.now()) == (await row(ctx)).due_at, (
            "a stepped clock stops to look"
        )
    await pass_time(ctx, clock, wire, 30)
    found = await row(ctx)
    assert (found.state, found.provider_id, len(wire.sent), wire.looked) == (State.SENT, "r1", 1, looks)


async def test_what_it_never_had_is_sent_again_under_the_same_key(
    ctx: Context, clock: Clock, message: int
) -> None:
    wire = Asked([None])
    await deliver(ctx, wire)
    await pass_time(ctx, clock, wire, 10)
    assert len(wire.sent) == 1, "one look is not enough"
    wire.error = None
    await pass_time(ctx, clock, wire, 30)
    found = await row(ctx)
    assert (found.state, found.tries, wire.looked) == (State.SENT, 1, 3)
    assert len({envelope.key for envelope in wire.sent}) == 1
    async with ctx.db.read() as conn:
        assert (await conn.execute(select(senders.c.used))).scalar_one() == 1
        assert (await conn.execute(select(contacts.c.touched_at))).scalar_one() == found.sent_at


async def test_it_ends_as_failed_after_four_tries(ctx: Context, clock: Clock, message: int) -> None:
    wire = Asked([None])
    await deliver(ctx, wire)
    await pass_time(ctx, clock, wire, 120)
    assert ((await row(ctx)).state, len(wire.sent)) == (State.FAILED, 4)


@pytest.mark.parametrize(
    "trouble", [errors.Transient("busy"), errors.Misconfigured("no scope"), KeyError("bug")]
)
async def test_what_cannot_be_told_is_never_sent_again(
    ctx: Context, clock: Clock, message: int, trouble: Exception
) -> None:
    wire = Asked([trouble])
    await deliver(ctx, wire)
    await pass_time(ctx, clock, wire, 120)
    found = await row(ctx)
    assert (found.state, found.due_at, len(wire.sent)) == (State.UNSURE, None, 1)
    assert wire.looked == lookup.TROUBLES


async def test_where_nothing_is_ever_told_a_person_is_asked_after_one_look(
    ctx: Context, clock: Clock, message: int
) -> None:
    """The card stands since the silence; now it says why nobody else can tell. The sender goes on."""
    wire = Asked([errors.Unaskable("It lists nothing. Look there.")])
    await deliver(ctx, wire)
    await pass_time(ctx, clock, wire, 1)
    found = await row(ctx)
    assert (found.state, found.due_at, found.note) == (State.UNSURE, None, "It lists nothing. Look there.")
    async with ctx.db.read() as conn:
        kept = (await conn.execute(select(senders.c.stopped, senders.c.opened_at, senders.c.failures))).one()
        assert (kept.stopped, kept.opened_at, kept.failures) == ("", None, 1)
        assert (await conn.execute(select(cards.c.kind).where(cards.c.entity_id == message))).all()
    await pass_time(ctx, clock, wire, 30)
    assert (wire.looked, len(wire.sent)) == (1, 1)


async def test_only_the_provider_it_went_to_is_asked(ctx: Context, clock: Clock, message: int) -> None:
    await Lane(Wire())._claim(ctx)  # and the worker dies
    async with ctx.db.begin() as conn:
        past = await ctx.db.machine_now(conn) - timedelta(seconds=1)
        await conn.execute(update(rows).values(lease_until=past))
    other = Asked([None], error=None)
    ctx.channels["email"] = other  # type: ignore[index]
    await recover.turn(ctx)
    await pass_time(ctx, clock, other, 60)
    assert ((await row(ctx)).state, other.looked, other.sent) == (State.UNSURE, 0, [])


async def test_a_person_who_decides_first_is_not_overruled(
    ctx: Context, clock: Clock, message: int, olivia: Who
) -> None:
    wire = Asked([None])
    await deliver(ctx, wire)
    clock.forward(minutes=1)
    claimed = await lookup.claim(ctx)
    await people.confirm(ctx, olivia, message)
    ctx.channels["email"] = wire  # type: ignore[index]
    await lookup.work(ctx, claimed)
    await pass_time(ctx, clock, wire, 30)
    assert ((await row(ctx)).state, len(wire.sent)) == (State.SENT, 1)
