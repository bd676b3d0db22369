"""Claims use their index on both databases: their cost must not grow with the backlog."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import seeding
from seeding import Clock
from sqlalchemy import ColumnElement, Table, case, event, insert, literal, literal_column, null, select, true
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from storage import (
    accounts,
    breakers,
    campaigns,
    caps,
    digests,
    figures,
    messages,
    proposals,
    senders,
    sequences,
    slack_channels,
    views,
)
from storage import contacts as people
from storage.db import Database
from storage.lifecycle import State
from storage.model.figures import Period
from storage.tables import campaigns as campaign_rows
from storage.tables import cards, contacts, enrolments, strategies, timeline
from storage.tables import messages as message_rows

MANY = 20_000
"""Messages; enough for the planner to prefer reading a whole table where an index does not fit."""
SOME = 4_000
"""Cards, people and their enrolments. Of campaigns and strategies a tenth of it."""

Claim = Callable[[AsyncConnection, datetime], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Case:
    """A claim, the index it must read, and the column by which it reads only a part of that index.

    No column: the index itself holds only what waits.
    """

    claim: Claim
    index: str
    column: str = ""


def lease(state: State) -> Claim:
    def claim(conn: AsyncConnection, now: datetime) -> Awaitable[object]:
        until = now + timedelta(minutes=1)
        return messages.lease(conn, state, me="me", now=now, machine_now=now, until=until, limit=100)

    return claim


def taken(claim: Callable[..., Awaitable[object]], **more: Any) -> Claim:
    return lambda conn, now: claim(conn, me="me", machine_now=now, until=now + timedelta(minutes=1), **more)


CLAIMS: Mapping[str, Case] = {
    "planned": Case(lease(State.PLANNED), "ix_messages_planned_due", "due_at"),
    "drafted": Case(lease(State.DRAFTED), "ix_messages_drafted_due", "due_at"),
    "approved": Case(lease(State.APPROVED), "ix_messages_approved_due", "due_at"),
    "unsure": Case(lease(State.UNSURE), "ix_messages_unsure_due", "due_at"),
    "a sender": Case(
        lambda conn, now: senders.claim(conn, "email", now=now, machine_now=now),
        "ix_messages_scheduled_due", "due_at",
    ),
    "due of a sender": Case(
        lambda conn, now: messages.due_for(conn, 1, now=now, limit=100), "ix_messages_scheduled_due", "due_at"
    ),
    "a full sender": Case(caps.exhausted, "ix_messages_scheduled_due", "due_at"),
    "a silent page": Case(
        lambda conn, now: breakers.silent_page(conn, machine_now=now, before=now),
        "ix_messages_scheduled_due", "due_at",
    ),
    "booked of a sender": Case(lambda conn, now: caps.booked(conn, 1), "ix_messages_scheduled_due", "sender_id"),
    "lost on the wire": Case(
        lambda conn, now: messages.expired_sends(conn, machine_now=now), "ix_messages_sending_lease", "lease_until"
    ),
    "a Slack channel": Case(taken(slack_channels.lease), "ix_cards_stale"),
    "stale cards": Case(
        lambda conn, now: slack_channels.stale_in(conn, "T1", "C1GROWTH", machine_now=now, limit=40),
        "ix_cards_stale", "workspace_id",
    ),
    "reminders": Case(
        lambda conn, now: messages.remind(
            conn, message_rows.c.campaign_id, now=now, before=now + timedelta(days=1), until=now + timedelta(days=2), count=1
        ),
        "ix_messages_drafted_due", "due_at",
    ),
    "reminders of posts": Case(
        lambda conn, now: messages.remind(
            conn, message_rows.c.feed_id, now=now, before=now + timedelta(days=1), until=now + timedelta(days=2), count=1
        ),
        "ix_messages_drafted_due", "due_at",
    ),
    "settle": Case(taken(campaigns.lease_unsettled), "ix_campaigns_unsettled"),
    "advance": Case(
        lambda conn, now: campaigns.due_enrolments(conn, now=now, limit=1_000), "ix_enrolments_next", "next_at"
    ),
    "companies": Case(lambda conn, now: accounts.running(conn), "ix_enrolments_companies"),
    "silent companies": Case(
        lambda conn, now: proposals.silent(conn, now=now, limit=1_000), "ix_enrolments_silent", "next_at"
    ),
    "not begun": Case(lambda conn, now: campaigns.waiting(conn, 1, 1_000), "ix_enrolments_waiting", "campaign_id"),
    "counts of a campaign": Case(
        lambda conn, now: campaigns.counts(conn, "T1", 2), "ix_messages_campaign", "campaign_id"
    ),
    "counts at home": Case(lambda conn, now: views.home(conn, "T1"), "ix_messages_campaign", "campaign_id"),
    "tasks at home": Case(lambda conn, now: views.home(conn, "T1"), "ix_messages_offered"),
    "failures of a day": Case(
        lambda conn, now: figures.slices(conn, Period("T1", now, now, (), ()), only=("failed",)),
        "ix_timeline_failed",
    ),
    "drafts of a digest": Case(lambda conn, now: digests.waiting(conn, "T1"), "ix_messages_drafted_due"),
    "mails of a thread": Case(
        lambda conn, now: conn.execute(sequences._MAILED, {"contacts": [7]}),
        "ix_messages_thread", "contact_id",
    ),
    "who has a number": Case(lambda conn, now: people.reached(conn, "+49151123"), "ix_contacts_phone", "phone"),
    "who shares a number": Case(
        lambda conn, now: people.behind(conn, "T1", ["+49151123"]), "ix_contacts_whatsapp", "whatsapp"
    ),
    "drafts at home": Case(lambda conn, now: views.home(conn, "T1"), "ix_messages_drafted_due"),
    "unwritten strategies": Case(taken(campaigns.lease_unwritten, limit=5), "ix_strategies_unwritten"),
}  # fmt: skip


async def test_every_claim_reads_only_what_waits_beside_a_long_backlog(
    db: Database, workspace: str, clock: Clock
) -> None:
    await a_long_backlog(db, workspace, clock())
    wrong = {}
    for name, case_ in CLAIMS.items():
        plan = await planned(db, lambda conn, claim=case_.claim: claim(conn, clock()))
        used = [line for line in plan if case_.index in line or "Index Cond" in line]
        if not any(case_.index in line for line in used) or case_.column not in " ".join(used):
            wrong[name] = plan
    assert wrong == {}


async def planned(db: Database, work: Callable[[AsyncConnection], Awaitable[object]]) -> list[str]:
    """The plans of all statements that `work` really sent, with the values it sent, line by line."""
    sent: list[tuple[str, Any]] = []

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if statement.split()[0] in {"SELECT", "UPDATE", "WITH"}:
            sent.append((statement, parameters))

    engine = db._writer.sync_engine
    async with db.begin() as conn:
        event.listen(engine, "before_cursor_execute", note)
        await work(conn)
        event.remove(engine, "before_cursor_execute", note)
        word, column = ("EXPLAIN QUERY PLAN", 3) if db.is_sqlite else ("EXPLAIN", 0)
        plans = [await conn.exec_driver_sql(f"{word} {statement}", values) for statement, values in sent]
        return [str(row[column]) for plan in plans for row in plan]


async def a_long_backlog(db: Database, workspace: str, now: datetime) -> None:
    """A few rows of everything that is due, and thousands that are not or that are over."""
    async with db.begin() as conn:
        campaign = await seeding.campaign(conn, workspace, now)
        people = await seeding.people(conn, workspace, 6, now)
        states = (State.PLANNED, State.DRAFTED, State.APPROVED, State.SCHEDULED, State.SENDING, State.UNSURE)
        for person, state in zip(people, states, strict=True):
            found = await seeding.touches(
                conn, workspace, campaign, [person], now, state=state, with_cards=state is State.DRAFTED
            )
        await _messages(conn, found[0], now, states)
        await _people(conn, people[0], campaign, now)
        await _campaigns(conn, campaign, now)
        await _cards(conn)
    await _analysed(db)


async def _analysed(db: Database) -> None:
    """PostgreSQL also learns, as in the background of any database in use, which pages an index can answer for."""
    if db.is_sqlite:
        async with db.begin() as conn:
            await conn.exec_driver_sql("ANALYZE")
        return
    engine = create_async_engine(db._writer.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with engine.connect() as conn:
        await conn.exec_driver_sql("VACUUM ANALYZE")


async def _messages(conn: AsyncConnection, template: int, now: datetime, states: tuple[State, ...]) -> None:
    c, n = message_rows.c, literal_column("n")
    later = literal(now + timedelta(days=30), c.due_at.type)
    state = case(*((n % 9 == at, str(state)) for at, state in enumerate(states)), else_="sent")
    differing = {
        "state": state, "due_at": case((n % 9 < len(states), later), else_=null()), "lease_until": later,
        "dedupe_key": literal("copy ") + n.cast(c.note.type),
    }  # fmt: skip
    await copied(conn, message_rows, template, MANY, differing)
    told = (c.workspace_id, literal("message"), c.id, literal("deliver"), literal("deliver"), c.created_at)
    names = ["workspace_id", "entity", "entity_id", "event", "actor", "at"]
    await conn.execute(insert(timeline).from_select(names, select(*told)))


async def _people(conn: AsyncConnection, template: int, campaign: int, now: datetime) -> None:
    c, e, n = contacts.c, enrolments.c, literal_column("n")
    key, number = (literal(begins) + n.cast(c.first_name.type) for begins in ("copy ", "+49151"))
    numbers = {"phone": number, "whatsapp": number}
    await copied(conn, contacts, template, SOME, {"email": key, "email_key": key, "block_key": key} | numbers)
    next_at = case((c.id % 2 == 0, literal(now + timedelta(days=30), e.next_at.type)), else_=null())
    new = select(
        c.workspace_id, literal(campaign), c.id, literal(1), literal("active"), next_at, c.created_at
    ).where(c.email.like("copy %"))
    names = ["workspace_id", "campaign_id", "contact_id", "step", "state", "next_at", "created_at"]
    await conn.execute(insert(enrolments).from_select(names, new))


async def _campaigns(conn: AsyncConnection, template: int, now: datetime) -> None:
    """All settled and all with a strategy that was written long ago."""
    name = literal("copy ") + literal_column("n").cast(campaign_rows.c.name.type)
    await copied(conn, campaign_rows, template, SOME // 10, {"name": name, "name_key": name})
    values = {"workspace_id": "T1", "campaign_id": template, "asked_by": "U1OLIVIA", "created_at": now}
    strategy = await campaigns.add_strategy(conn, {**values, "written_at": now, "state": "superseded"})
    await copied(conn, strategies, strategy, SOME // 10, {})


async def _cards(conn: AsyncConnection) -> None:
    """All drawn, but for the one that was there."""
    number = literal(1_000_000) + literal_column("n")
    first = (await conn.execute(select(cards.c.id))).scalar_one()
    await copied(conn, cards, first, SOME, {"entity_id": number, "drawn": literal(1)})


async def copied(
    conn: AsyncConnection, table: Table, row_id: int, count: int, differing: Mapping[str, ColumnElement[Any]]
) -> None:
    """`count` copies of a row, numbered by `n`, with values of their own in `differing`."""
    first = select(literal_column("1").label("n")).cte("numbers", recursive=True)
    numbers = first.union_all(select(first.c.n + 1).where(first.c.n < count))
    names = [name for name in table.c.keys() if name != "id"]  # noqa: SIM118
    chosen = select(*(differing.get(name, table.c[name]).label(name) for name in names))
    source = chosen.select_from(table.join(numbers, true())).where(table.c.id == row_id)
    await conn.execute(insert(table).from_select(names, source))
