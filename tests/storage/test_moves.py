"""The one writer of state: what is legal moves once, whoever else tries."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest
import seeding
from seeding import Clock
from sqlalchemy import event as events
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from storage import breakers, facts, messages
from storage.db import Database
from storage.lifecycle import TRANSITIONS, Event, State
from storage.messages import Change
from storage.tables import campaigns, cards, engagements, enrolments, timeline
from storage.tables import messages as rows


async def states(db: Database) -> dict[int, str]:
    async with db.read() as conn:
        return {row.id: row.state for row in await conn.execute(select(rows.c.id, rows.c.state))}


async def seeded(db: Database, workspace: str, clock: Clock, count: int, **values: object) -> list[int]:
    async with db.begin() as conn:
        campaign = await seeding.campaign(conn, workspace, clock())
        people = await seeding.people(conn, workspace, count, clock())
        return await seeding.touches(conn, workspace, campaign, people, clock(), **values)  # type: ignore[arg-type]


async def test_new_messages_are_inserted_together_and_their_ids_come_in_the_order_given(
    db: Database, workspace: str, clock: Clock
) -> None:
    inserted = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        inserted.extend([statement] if statement.startswith("INSERT INTO messages") else [])

    events.listen(db._writer.sync_engine, "before_cursor_execute", note)
    async with db.begin() as conn:
        campaign = await seeding.campaign(conn, workspace, clock())
        people = list(reversed(await seeding.people(conn, workspace, 50, clock())))
        brand = (await conn.execute(select(campaigns.c.brand_id))).scalar_one()
        same = {
            "workspace_id": workspace, "campaign_id": campaign, "brand_id": brand, "channel": "email", "fallbacks": (),
            "options": {}, "state": "planned", "created_at": clock(),
        }  # fmt: skip
        new = [{**same, "contact_id": id_, "dedupe_key": f"first:{id_}"} for id_ in people]
        ids = await messages.add(conn, new, actor="plan", now=clock())
        known = {row.id: row.contact_id for row in await conn.execute(select(rows.c.id, rows.c.contact_id))}
    assert len(inserted) == 1
    assert [known[id_] for id_ in ids] == people


@pytest.mark.parametrize("event", list(Event))
async def test_an_event_moves_exactly_the_states_it_is_legal_for(
    db: Database, workspace: str, clock: Clock, event: Event
) -> None:
    async with db.begin() as conn:
        campaign = await seeding.campaign(conn, workspace, clock())
        people = await seeding.people(conn, workspace, len(State), clock())
        ids = {}
        for person, state in zip(people, State, strict=True):
            (ids[state],) = await seeding.touches(conn, workspace, campaign, [person], clock(), state=state)
        changes = [Change(id_) for id_ in ids.values()]
        moved = await messages.move(conn, event, changes, actor="U1", now=clock(), workspace_id=workspace)
    after = await states(db)
    assert moved == {ids[state] for state in TRANSITIONS[event]}
    assert after == {ids[state]: TRANSITIONS[event].get(state, state) for state in State}


async def test_a_move_leaves_a_timeline_entry_a_stale_card_and_a_sequence_to_look_at(
    db: Database, workspace: str, clock: Clock
) -> None:
    (one,) = await seeded(db, workspace, clock, 1, state=State.SENDING, with_cards=True)
    async with db.begin() as conn:
        await messages.move(
            conn,
            Event.SENT,
            [Change(one, {"provider_id": "p"})],
            actor="deliver",
            now=clock(),
            values={"note": "n"},
        )
        line = (await conn.execute(select(timeline).where(timeline.c.entity_id == one))).one()
        card = (await conn.execute(select(cards))).one()
        enrolment = (await conn.execute(select(enrolments))).one()
    assert (line.entity, line.event, line.actor, line.at, line.detail) == (
        "message", "sent", "deliver", clock(), "n",
    )  # fmt: skip
    assert (card.wanted, card.drawn) == (2, 0)
    assert enrolment.next_at == clock()


async def test_a_row_may_be_given_a_new_revision_and_another_count_of_attempts(
    db: Database, workspace: str, clock: Clock
) -> None:
    """What is written is not what must have been there: the two have the same names."""
    ids = await seeded(db, workspace, clock, 2, state=State.DRAFTED)
    changes = [Change(id_, {"revision": 2, "attempts": 5}, revision=1, attempts=0) for id_ in ids]
    async with db.begin() as conn:
        assert await messages.move(conn, Event.REVISE, changes, actor="U1", now=clock()) == set(ids)
        assert not await messages.move(conn, Event.REVISE, changes, actor="U1", now=clock())
        found = (await conn.execute(select(rows.c.revision, rows.c.attempts))).all()
    assert [tuple(row) for row in found] == [(2, 5), (2, 5)]


async def test_an_approval_of_an_old_revision_moves_nothing(
    db: Database, workspace: str, clock: Clock
) -> None:
    (one,) = await seeded(db, workspace, clock, 1, state=State.DRAFTED, revision=2)
    async with db.begin() as conn:
        old = await messages.move(conn, Event.APPROVE, [Change(one, revision=1)], actor="U1", now=clock())
        new = await messages.move(conn, Event.APPROVE, [Change(one, revision=2)], actor="U1", now=clock())
    assert (old, new) == (set(), {one})


async def test_another_workspace_moves_nothing(db: Database, workspace: str, clock: Clock) -> None:
    (one,) = await seeded(db, workspace, clock, 1)
    async with db.begin() as conn:
        moved = await messages.move(
            conn, Event.CANCEL, [Change(one)], actor="U1", now=clock(), workspace_id="T2"
        )
        everywhere = await messages.move_where(
            conn, Event.CANCEL, rows.c.id == one, workspace_id="T2", actor="U1", now=clock()
        )
    assert (moved, everywhere) == (set(), [])


async def test_two_people_at_once_give_one_decision(db: Database, workspace: str, clock: Clock) -> None:
    (one,) = await seeded(db, workspace, clock, 1, state=State.DRAFTED)

    async def decide(event: Event, actor: str) -> bool:
        async with db.begin() as conn:
            await asyncio.sleep(0.01)
            return bool(await messages.move(conn, event, [Change(one, revision=1)], actor=actor, now=clock()))

    decided = await asyncio.gather(
        decide(Event.APPROVE, "U1"), decide(Event.REJECT, "U2"), decide(Event.APPROVE, "U3")
    )
    assert sum(decided) == 1
    async with db.read() as conn:
        assert (await conn.execute(select(func.count()).select_from(timeline))).scalar_one() == 1


async def test_a_loops_hold_does_not_overwrite_a_persons_decision(
    db: Database, workspace: str, clock: Clock
) -> None:
    (one,) = await seeded(db, workspace, clock, 1, state=State.APPROVED)
    async with db.begin() as conn:
        at = await db.machine_now(conn)
        (leased,) = await messages.lease(
            conn,
            State.APPROVED,
            me="loop",
            now=clock(),
            machine_now=at,
            until=at + timedelta(minutes=1),
            limit=5,
        )
    later = clock() + timedelta(days=3)
    async with db.begin() as conn:  # a person reschedules while the loop works
        await messages.move(conn, Event.HOLD, [Change(one, {"due_at": later})], actor="U1", now=clock())
    async with db.begin() as conn:
        change = [Change(leased.id, {"due_at": clock()})]
        moved = await messages.move(
            conn, Event.SCHEDULE, change, actor="schedule", now=clock(), leased_by="loop"
        )
        row = await messages.get(conn, workspace, one)
    assert moved == set()
    assert row is not None
    assert (row.state, row.due_at) == (State.APPROVED, later)


async def test_a_leased_row_is_not_claimed_twice_until_its_lease_ends(
    db: Database, workspace: str, clock: Clock
) -> None:
    ids = await seeded(db, workspace, clock, 30, state=State.PLANNED)

    async def claim(me: str, ahead: timedelta = timedelta()) -> list[int]:
        async with db.begin() as conn:
            at = await db.machine_now(conn) + ahead
            until = at + timedelta(seconds=60)
            leased = await messages.lease(
                conn, State.PLANNED, me=me, now=clock(), machine_now=at, until=until, limit=20
            )
            return [row.id for row in leased]

    first, second = await asyncio.gather(claim("a"), claim("b"))
    assert sorted(first + second) == ids
    assert await claim("c") == []
    assert sorted(await claim("d", timedelta(seconds=61))) != []


async def test_a_second_message_in_the_same_place_is_impossible_until_the_first_gave_it_up(
    db: Database, workspace: str, clock: Clock
) -> None:
    (one,) = await seeded(db, workspace, clock, 1, state=State.DRAFTED)
    async with db.read() as conn:
        row = await messages.get(conn, workspace, one)
    assert row is not None
    assert row.campaign_id is not None
    assert row.contact_id is not None
    with pytest.raises(IntegrityError):
        async with db.begin() as conn:
            await seeding.touches(conn, workspace, row.campaign_id, [row.contact_id], clock())
    async with db.begin() as conn:
        await messages.move(conn, Event.REJECT, [Change(one)], actor="U1", now=clock())
        await seeding.touches(
            conn, workspace, row.campaign_id, [row.contact_id], clock(), state=State.DRAFTED
        )
    with pytest.raises(IntegrityError):
        async with db.begin() as conn:
            await messages.move(conn, Event.UNDO, [Change(one)], actor="U1", now=clock())


async def test_a_late_answer_counts_only_for_its_own_attempt(
    db: Database, workspace: str, clock: Clock
) -> None:
    (one,) = await seeded(db, workspace, clock, 1, state=State.UNSURE, attempts=2)
    async with db.begin() as conn:
        stale = await messages.move(conn, Event.SENT, [Change(one, attempts=1)], actor="deliver", now=clock())
        right = await messages.move(conn, Event.SENT, [Change(one, attempts=2)], actor="deliver", now=clock())
    assert (stale, right) == (set(), {one})


async def test_moves_that_mark_the_same_cards_never_wait_for_each_other_in_a_circle(
    db: Database, workspace: str, clock: Clock
) -> None:
    """Two campaigns to the same people: their cards are shared, and every move takes them in the same order."""
    async with db.begin() as conn:
        both = [await seeding.campaign(conn, workspace, clock(), name=name) for name in ("One", "Two")]
        people = await seeding.people(conn, workspace, 60, clock())
        touches = [
            await seeding.touches(conn, workspace, one, people, clock(), state=State.PLANNED) for one in both
        ]
        shown = [("campaign", id_) for id_ in both] + [("contact", id_) for id_ in people]
        card = {"workspace_id": workspace, "channel": "C1"}
        random.Random(2).shuffle(shown)
        await conn.execute(insert(cards), [{**card, "kind": kind, "entity_id": id_} for kind, id_ in shown])
    ids = [id_ for touch in touches for id_ in touch]

    async def worker(n: int) -> None:
        dice, mine = random.Random(n), ids[n::8]
        for _ in range(25):
            held = [Change(id_, {"note": "later"}) for id_ in dice.sample(mine, 10)]
            async with db.begin() as conn:
                assert len(await messages.move(conn, Event.HOLD, held, actor="test", now=clock())) == 10

    await asyncio.gather(*(worker(n) for n in range(8)))


async def test_a_transaction_that_fails_leaves_nothing(db: Database, workspace: str, clock: Clock) -> None:
    (one,) = await seeded(db, workspace, clock, 1, state=State.DRAFTED)
    with pytest.raises(RuntimeError):
        async with db.begin() as conn:
            await messages.move(conn, Event.APPROVE, [Change(one)], actor="U1", now=clock())
            raise RuntimeError
    assert await states(db) == {one: State.DRAFTED}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_fact_that_is_being_written_about_a_message_keeps_no_move_of_it_waiting(
    db: Database, workspace: str, clock: Clock
) -> None:
    """Else whoever clicks while their mail is recorded waits for its contact, and the record for the click."""
    (id_,) = await seeded(db, workspace, clock, 1)
    fact = {
        "workspace_id": workspace, "message_id": id_, "kind": "clicked", "at": clock(), "human": True,
        "dedupe_key": "k", "detail": {},
    }  # fmt: skip
    async with db.begin() as clicking:
        await clicking.execute(insert(engagements).values(fact))
        async with db.begin() as conn:  # within lock_timeout
            assert await messages.move(conn, Event.CLAIM, [Change(id_)], actor="deliver", now=clock()) == {
                id_
            }


async def test_what_a_claim_holds_does_not_keep_another_transaction_from_moving_a_message_twice(
    db: Database, workspace: str, clock: Clock
) -> None:
    """PostgreSQL checks the foreign keys of a row again when the transaction that wrote it writes it once more."""
    if db.is_sqlite:
        return  # one writer
    (id_,) = await seeded(db, workspace, clock, 1, state=State.DRAFTED)
    async with db.begin() as held, db.begin() as conn:
        assert (await breakers.lock(held, [(workspace, "email")]))[workspace, "email"]
        await facts.lock_contacts(held, list((await held.execute(select(rows.c.contact_id))).scalars()))
        approved = {"approved_revision": 1, "approved_hash": "h", "approved_by": "U1", "due_at": clock()}
        for event, values in ((Event.DEFER, {"due_at": clock()}), (Event.APPROVE, approved)):
            change = Change(id_, values)
            assert await messages.move(conn, event, [change], actor="test", now=clock()) == {id_}
