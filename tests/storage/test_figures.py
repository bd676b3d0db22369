"""Figures equal a recount over raw rows, and a partition sums to the whole, on both databases."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from seeding import add_workspace
from sqlalchemy import insert, select

from storage import figures, workspaces
from storage.db import Database
from storage.model import channels
from storage.model.figures import Period, Slice
from storage.tables import campaigns, contacts, engagements, feeds, messages, replies, timeline

START = datetime(2026, 11, 23, tzinfo=UTC)
END = START + timedelta(days=1)
GOOD, AUTOMATIC = ("interested", "question"), ("out_of_office", "bounce")
KINDS = (
    "delivered",
    "opened",
    "clicked",
    "hard_bounced",
    "soft_bounced",
    "unsubscribed",
    "converted",
    "liked",
)
ADDED_UP = tuple(name for name in asdict(Slice()) if name not in ("people", "answered"))
"""Everything but what counts people: one person may be in two groups."""
BY_DAY = ("sent", "bounced", "opened", "opened_by_machines", "clicked", "clicked_by_machines", "replied", "positive",
          "unsubscribed", "converted", "reactions")  # fmt: skip
"""What happens once, on one day. Rates look at what became of a day's messages until the period's end."""


@pytest.fixture
async def busy(db: Database, workspace: str) -> None:
    """Two workspaces with messages, engagements, replies and failures around and on the edges of the period."""
    await add_workspace(db, "T2")
    for n, owner in enumerate((workspace, "T2")):
        await _fill(db, owner, random.Random(n))


def period(start: datetime = START, end: datetime = END) -> Period:
    return Period("T1", start, end, GOOD, AUTOMATIC)


async def test_the_whole_equals_a_recount(db: Database, busy: None) -> None:
    async with db.read() as conn:
        counted = await figures.slices(conn, period())
    assert counted["all"] == await _recount(db, lambda message: True)
    assert all(value > 0 for value in asdict(counted["all"]).values())


@pytest.mark.parametrize("name", ["channel", "campaign_id", "feed_id"])
async def test_every_group_equals_a_recount_and_the_groups_sum_to_the_whole(
    db: Database, busy: None, name: str
) -> None:
    async with db.read() as conn:
        groups = await figures.slices(conn, period(), messages.c[name])
        whole = (await figures.slices(conn, period()))["all"]
    assert len(groups) > 1
    for key, part in groups.items():
        assert part == await _recount(db, lambda row, key=key: (row and row[name]) == key)
    for column in ADDED_UP:
        assert sum(getattr(part, column) for part in groups.values()) == getattr(whole, column)


async def test_seven_days_sum_to_the_week_and_the_week_equals_a_recount(db: Database, busy: None) -> None:
    monday = START - timedelta(days=2)
    edges = [monday + timedelta(days=n) for n in range(8)]
    async with db.read() as conn:
        week = (await figures.slices(conn, period(monday, edges[-1])))["all"]
        days = [
            (await figures.slices(conn, period(start, end), only=figures.DRAWN)).get("all", Slice())
            for start, end in pairwise(edges)
        ]
    assert week == await _recount(db, lambda message: True, monday, edges[-1])
    for name in BY_DAY:
        told = [getattr(day, name) for day in days]
        assert sum(told) == getattr(week, name) > max(told), name


async def test_messages_to_people_and_posts_are_all_there_is(db: Database, busy: None) -> None:
    async with db.read() as conn:
        whole, people, posts = [
            (await figures.slices(conn, period(), where=where))["all"]
            for where in (None, figures.TO_PEOPLE, figures.POSTS)
        ]
        parts = await figures.slices(conn, period(), figures.CHANNEL, figures.TO_PEOPLE)
    assert people == await _recount(db, lambda row: row is None or row["feed_id"] is None)
    assert set(parts) == {"email", "sms", None}
    for column in ADDED_UP:
        assert getattr(people, column) + getattr(posts, column) == getattr(whole, column)
        assert sum(getattr(part, column) for part in parts.values()) == getattr(people, column)


async def test_a_filter_filters(db: Database, busy: None) -> None:
    async with db.read() as conn:
        counted = await figures.slices(conn, period(), where=figures.CHANNEL == "email")
    assert counted["all"] == await _recount(db, lambda row: bool(row) and row["channel"] == "email")


async def test_reply_times_count_from_the_send(db: Database, busy: None) -> None:
    async with db.read() as conn:
        times = await figures.reply_times(conn, period())
        sent = {row.id: row.sent_at for row in await conn.execute(select(messages))}
        found = [row for row in await conn.execute(select(replies)) if _is_reply(row)]
    told = [
        (row.created_at - sent[row.message_id]).total_seconds() for row in found if sent.get(row.message_id)
    ]
    assert sorted(times) == sorted(told)
    assert times


@pytest.mark.parametrize(
    ("part", "rate"), [(Slice(), 0.0), (Slice(people=8, answered=1), 0.125), (Slice(answered=3), 0.0)]
)
def test_without_sends_the_rate_is_zero(part: Slice, rate: float) -> None:
    assert part.reply_rate == rate


async def _recount(
    db: Database, wanted: Callable[[Any], bool], start: datetime = START, end: datetime = END
) -> Slice:
    """The same figures, in plain Python over all rows."""
    async with db.read() as conn:
        tables = {
            table.name: [dict(row._mapping) for row in await conn.execute(select(table))]
            for table in (messages, engagements, replies, timeline)
        }
    mine = [row for row in tables["messages"] if row["workspace_id"] == "T1" and wanted(row)]
    by_id = {row["id"]: row for row in mine}
    sent = {row["id"]: row for row in mine if row["state"] == "sent" and start <= row["sent_at"] < end}
    seen = [row for row in tables["engagements"] if row["message_id"] in by_id]

    def happened(kinds: Sequence[str], human: bool | None = None) -> set[int]:
        """Messages to which it happened first in the period."""
        first: dict[int, datetime] = {}
        for row in seen:
            if row["kind"] in kinds and human in (None, row["human"]):
                first[row["message_id"]] = min(row["at"], first.get(row["message_id"], row["at"]))
        return {id_ for id_, at in first.items() if start <= at < end}

    def became(kinds: Sequence[str], human: bool | None = None) -> set[int]:
        return {
            row["message_id"]
            for row in seen
            if row["kind"] in kinds
            and row["message_id"] in sent
            and row["at"] < end
            and human in (None, row["human"])
        }

    silent = {id_ for id_, row in sent.items() if row["channel"] not in channels.reporting()}
    bounced = ("hard_bounced", "soft_bounced")
    human = [
        row for row in tables["replies"] if row["workspace_id"] == "T1" and row["klass"] not in AUTOMATIC
    ]
    answers = [
        row
        for row in human
        if start <= row["created_at"] < end
        and (row["message_id"] in by_id or (not row["message_id"] and wanted(None)))
    ]
    return Slice(
        sent=len(sent),
        delivered=len(silent - became(bounced)) + len(became(("delivered",)) - silent),
        bounced=len(happened(bounced)),
        failed=len(
            {row["entity_id"] for row in tables["timeline"]
             if row["event"] == "fail" and row["entity_id"] in by_id and start <= row["at"] < end}
        ),
        opened=len(happened(("opened",), True)),
        opened_by_machines=len(happened(("opened",), False)),
        clicked=len(happened(("clicked",), True)),
        clicked_by_machines=len(happened(("clicked",), False)),
        replied=len(answers),
        positive=sum(row["klass"] in GOOD for row in answers),
        unsubscribed=len(happened(("unsubscribed",))),
        converted=len(happened(("converted",))),
        reactions=sum(
            row["kind"] in figures.REACTIONS and start <= row["at"] < end for row in seen
        ),
        people=len({row["contact_id"] for row in sent.values() if row["contact_id"]}),
        answered=len(
            {row["contact_id"] for row in human if row["message_id"] in sent and row["created_at"] < end}
        ),
        read=len(became(("opened",), True)),
        followed=len(became(("clicked",), True)),
    )  # fmt: skip


def _is_reply(row: Any) -> bool:
    return row.workspace_id == "T1" and row.klass not in AUTOMATIC and START <= row.created_at < END


def _when(dice: random.Random) -> datetime:
    """Mostly in the period, sometimes around it, often exactly on its edges."""
    edges = (START, END, START - timedelta(microseconds=1), END - timedelta(microseconds=1))
    return dice.choice([*edges, *(START + timedelta(minutes=dice.randint(-900, 2300)) for _ in range(12))])


async def _fill(db: Database, owner: str, dice: random.Random) -> None:
    async with db.begin() as conn:
        brand = await workspaces.default_brand(conn, owner)
        assert brand is not None
        mine = {"workspace_id": owner, "created_at": START}
        launch = {
            **mine, "brand_id": brand.id, "channels": ("email",), "autonomy": "review", "status": "active",
            "owner_id": "U1", "channel_id": "C1",
        }  # fmt: skip
        launches = [{**launch, "name": name, "name_key": name} for name in ("a", "b")]
        campaign_ids = list(await conn.scalars(insert(campaigns).returning(campaigns.c.id), launches))
        people = [{**mine, "status": "new", "zones": (), "facts": {}, "guessed": False} for _ in range(12)]
        contact_ids = list(await conn.scalars(insert(contacts).returning(contacts.c.id), people))
        pages = [{"workspace_id": owner, "brand_id": brand.id, "network": name} for name in ("linkedin", "x")]
        feed_ids = list(await conn.scalars(insert(feeds).returning(feeds.c.id), pages))
        await conn.execute(insert(messages), [
            {
                **mine, "brand_id": brand.id, "fallbacks": (), "options": {}, "dedupe_key": f"k{n}",
                "state": "failed" if n % 4 == 0 else "unsure" if n % 7 == 3 else "sent",
                "sent_at": _when(dice) if n % 4 else None,
                "campaign_id": None if n % 5 == 0 else dice.choice(campaign_ids),
                "contact_id": None if n % 5 == 0 else dice.choice(contact_ids),
                "feed_id": dice.choice(feed_ids) if n % 5 == 0 else None,
                "channel": "linkedin" if n % 5 == 0 else dice.choice(("email", "email", "sms")),
            }
            for n in range(80)
        ])  # fmt: skip
        found = await conn.execute(
            select(messages.c.id, messages.c.contact_id, messages.c.state).where(
                messages.c.workspace_id == owner
            )
        )
        rows = found.all()
        for table, made in (
            (engagements, [_engagement(dice, owner, dice.choice(rows), n) for n in range(400)]),
            (
                replies,
                [_reply(dice, owner, dice.choice([r for r in rows if r.contact_id]), n) for n in range(50)],
            ),
            (timeline, [_failure(dice, owner, row.id) for row in rows if row.state == "failed"] * 2),
        ):
            await conn.execute(insert(table), made)


def _engagement(dice: random.Random, owner: str, row: Any, n: int) -> dict[str, Any]:
    return {
        "workspace_id": owner, "message_id": row.id, "contact_id": row.contact_id, "kind": dice.choice(KINDS),
        "at": _when(dice), "human": dice.random() < 0.6, "dedupe_key": f"e{n}", "detail": {},
    }  # fmt: skip


def _reply(dice: random.Random, owner: str, row: Any, n: int) -> dict[str, Any]:
    return {
        "workspace_id": owner, "contact_id": row.contact_id, "message_id": row.id if n % 6 else None,
        "text": "…", "klass": dice.choice((*GOOD, *AUTOMATIC, "negative", "neutral")), "recorded_by": "U1",
        "created_at": _when(dice),
    }  # fmt: skip


def _failure(dice: random.Random, owner: str, message_id: int) -> dict[str, Any]:
    return {
        "workspace_id": owner, "entity": "message", "entity_id": message_id, "event": "fail",
        "actor": "deliver", "at": _when(dice),
    }  # fmt: skip
