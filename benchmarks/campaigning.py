"""Many active campaigns with all their people, touches, words and cards, as a workspace has them after weeks."""

from __future__ import annotations

from datetime import timedelta

import seeding
from sqlalchemy import bindparam, case, insert, literal, null, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.deliver import NOW, analysed, context
from engine.rules import similarity
from storage.lifecycle import State
from storage.tables import cards, contacts, enrolments, messages, revisions

PEOPLE = 10
TOUCHES = 20
DRAFTED, SCHEDULED, PLANNED = 18, 19, 20
"""Steps in these states; those before were sent, one a day, the last one three days ago."""
MINUTES = 50
"""The scheduled ones become due spread over so many minutes, so that as many claims can be measured."""


async def seeded(url: str, count: int) -> None:
    db = context(url).db
    await seeding.add_workspace(db, "T1")
    for first in range(0, count, 100):
        async with db.begin() as conn:
            for n in range(first, min(count, first + 100)):
                await _campaign(conn, n)
    for step in range(1, TOUCHES + 1):  # each by itself: the product cuts off a transaction that takes long
        async with db.begin() as conn:
            await _touches(conn, step)
    async with db.begin() as conn:
        await _approve(conn)
        await _cards(conn)
        touched = literal(NOW - timedelta(days=3), contacts.c.touched_at.type)
        await conn.execute(update(contacts).values(touched_at=touched, status="contacted"))
    await analysed(db)
    await db.close()


async def _campaign(conn: AsyncConnection, n: int) -> None:
    """With its people enrolled, and one message of theirs to copy."""
    made = await seeding.campaign(conn, "T1", NOW - timedelta(days=30), name=f"Spring {n}")
    people = await _people(conn, n)
    await conn.execute(
        insert(enrolments),
        [
            {
                "workspace_id": "T1", "campaign_id": made, "contact_id": id_, "step": SCHEDULED, "state": "active",
                "created_at": NOW,
            }
            for id_ in people
        ],
    )  # fmt: skip
    if n == 0:
        await seeding.touches(conn, "T1", made, people[:1], NOW, step=0, state=State.CANCELLED)


async def _people(conn: AsyncConnection, n: int) -> list[int]:
    rows = [
        {
            "workspace_id": "T1", "first_name": f"Ada{k}", "email": f"ada{n}.{k}@lovelace.example",
            "email_key": f"ada{n}.{k}@lovelace.example", "block_key": f"ada{n}.{k}@lovelace.example",
            "zones": (), "facts": {}, "status": "new", "created_at": NOW,
        }
        for k in range(PEOPLE)
    ]  # fmt: skip
    found = await conn.execute(insert(contacts).returning(contacts.c.id), rows)
    return [row.id for row in found]


async def _touches(conn: AsyncConnection, step: int) -> None:
    """This touch of every enrolment, as a copy of the one there is, with its words."""
    c, e, at = messages.c, enrolments.c, messages.c.due_at.type
    state = {DRAFTED: State.DRAFTED, SCHEDULED: State.SCHEDULED, PLANNED: State.PLANNED}.get(step, State.SENT)
    begin = NOW if state is State.SCHEDULED else NOW + timedelta(days=5)
    due = [(e.contact_id % MINUTES == m, literal(begin + timedelta(minutes=m), at)) for m in range(MINUTES)]
    sent = literal(NOW - timedelta(days=20 - step), at)
    differing = {
        "campaign_id": e.campaign_id, "enrolment_id": e.id, "contact_id": e.contact_id, "step": literal(step),
        "state": literal(str(state)), "sent_at": sent if state is State.SENT else null(),
        "due_at": null() if state is State.SENT else case(*due),
        "dedupe_key": e.id.cast(contacts.c.email.type) + f":{step}",
    }  # fmt: skip
    names = [name for name in c.keys() if name != "id"]  # noqa: SIM118
    chosen = select(*(differing.get(name, c[name]).label(name) for name in names))
    source = chosen.select_from(messages.join(enrolments, true())).where(c.step == 0).order_by(e.id)
    await conn.execute(insert(messages).from_select(names, source))
    if state is not State.PLANNED:
        await _words(conn, step)


async def _approve(conn: AsyncConnection) -> None:
    """What is scheduled was approved in these words, for this address: a hash each, which no database makes."""
    c = messages.c
    found = await conn.execute(
        select(c.id, contacts.c.email)
        .join(contacts, contacts.c.id == c.contact_id)
        .where(c.state == "scheduled")
    )
    rows = [
        {"which": row.id, "hash": similarity.words_hash(seeding.SUBJECT, seeding.BODY, "email", row.email)}
        for row in found
    ]
    decided = {"approved_revision": 1, "approved_by": "U1OLIVIA", "approved_hash": bindparam("hash")}
    await conn.execute(update(messages).where(c.id == bindparam("which")).values(decided), rows)


async def _words(conn: AsyncConnection, step: int) -> None:
    c = messages.c
    written = select(
        c.id, c.revision, c.subject, c.body, literal("template"), literal("template"), literal(""), literal(90),
        literal([], revisions.c.findings.type), c.created_at,
    ).where(c.step == step)  # fmt: skip
    names = [
        "message_id", "revision", "subject", "body", "author", "source", "reason", "score", "findings", "created_at",
    ]  # fmt: skip
    await conn.execute(insert(revisions).from_select(names, written))


async def _cards(conn: AsyncConnection) -> None:
    """A card of every draft and of every campaign."""
    c, e, names = messages.c, enrolments.c, ["workspace_id", "kind", "entity_id", "channel"]
    drafts = select(c.workspace_id, literal("message"), c.id, literal("C1GROWTH")).where(c.step == DRAFTED)
    await conn.execute(insert(cards).from_select(names, drafts))
    every = select(e.workspace_id, literal("campaign"), e.campaign_id, literal("C1GROWTH")).distinct()
    await conn.execute(insert(cards).from_select(names, every))
