"""How a move is written: lock the rows, keep those it is legal for, write them. Called by storage.messages alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Select,
    Text,
    Update,
    bindparam,
    cast,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import among
from storage.lifecycle import OVER, TRANSITIONS, Event, sources
from storage.tables import messages


@dataclass(frozen=True, slots=True)
class Change:
    """One row to move. `values` are columns of this row alone; all rows of a move name the same ones.

    `revision` is the one the person saw; `attempts` names the send whose outcome this is.
    """

    id: int
    values: Mapping[str, Any] = field(default_factory=dict)
    revision: int | None = None
    attempts: int | None = None


Places = dict[int, tuple[int | None, int | None]]
"""Messages with their campaign and enrolment."""


async def carry_out(
    conn: AsyncConnection,
    event: Event,
    rows: Sequence[Change],
    guard: Mapping[str, str],
    shared: Mapping[str, Any],
) -> Places:
    """Lock the rows in id order, write those the event is legal for, and return them."""
    own, held = tuple(rows[0].values), {f"g_{name}": value for name, value in guard.items()}
    if conn.dialect.name == "postgresql":
        statement = _locked_update(event, tuple(guard), tuple(shared), own)
        result = await conn.execute(statement, _columnwise(rows, own) | held | prefixed(shared))
        return {id_: (campaign, enrolment) for id_, campaign, enrolment in result.all()}
    moved = await _legal(conn, event, rows, tuple(guard), held)
    chosen = [row for row in rows if row.id in moved]
    if chosen and own:
        base = prefixed(shared)
        values = [{**base, **prefixed(row.values), "row_id": row.id} for row in chosen]
        await conn.execute(_row_update(event, (*shared, *own)), values)
    elif chosen:
        await conn.execute(shared_update(event, tuple(shared)), {**prefixed(shared), "ids": list(moved)})
    return moved


async def _legal(
    conn: AsyncConnection,
    event: Event,
    rows: Sequence[Change],
    guard: tuple[str, ...],
    held: Mapping[str, str],
) -> Places:
    """SQLite has one writer: nothing read in its transaction can change before it ends."""
    result = await conn.execute(_lock(event, guard), {"ids": [row.id for row in rows], **held})
    wanted = {row.id: (row.revision, row.attempts) for row in rows}
    return {
        id_: (campaign, enrolment)
        for id_, revision, attempts, campaign, enrolment in result.all()
        if wanted[id_][0] in (None, revision) and wanted[id_][1] in (None, attempts)
    }


def _columnwise(rows: Sequence[Change], names: tuple[str, ...]) -> dict[str, Any]:
    """Each column's values as one array parameter; JSON travels as text."""
    found: dict[str, Any] = {
        "ids": [row.id for row in rows],
        "seen_revision": [row.revision for row in rows],
        "seen_attempts": [row.attempts for row in rows],
    }
    for name in names:
        values = [row.values[name] for row in rows]
        found[f"a_{name}"] = [json.dumps(value) for value in values] if _is_json(name) else values
    return found


def _is_json(name: str) -> bool:
    return isinstance(messages.c[name].type, JSON)


def prefixed(values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"v_{name}": value for name, value in values.items()}


@lru_cache(maxsize=256)
def _lock(event: Event, guard: tuple[str, ...]) -> Select[Any]:
    c = messages.c
    return (
        select(c.id, c.revision, c.attempts, c.campaign_id, c.enrolment_id)
        .where(
            among(c.id, "ids"),
            c.state.in_(sources(event)),
            *(c[name] == bindparam(f"g_{name}") for name in guard),
        )
        .order_by(c.id)
        .with_for_update()
    )


@lru_cache(maxsize=256)
def shared_update(event: Event, names: tuple[str, ...]) -> Update:
    return _set(event, names).where(among(messages.c.id, "ids"))


@lru_cache(maxsize=256)
def _row_update(event: Event, names: tuple[str, ...]) -> Update:
    return _set(event, names).where(messages.c.id == bindparam("row_id"))


@lru_cache(maxsize=256)
def _locked_update(
    event: Event, guard: tuple[str, ...], shared: tuple[str, ...], own: tuple[str, ...]
) -> Update:
    """One statement for lock, check and write, each row's own values unnested from arrays."""
    c = messages.c
    locked = _lock(event, guard).cte("locked")
    parts = [
        func.unnest(bindparam("ids", type_=ARRAY(BigInteger))).label("id"),
        func.unnest(bindparam("seen_revision", type_=ARRAY(BigInteger))).label("revision"),
        func.unnest(bindparam("seen_attempts", type_=ARRAY(BigInteger))).label("attempts"),
    ]
    for name in own:
        item = Text() if _is_json(name) else c[name].type
        parts.append(func.unnest(bindparam(f"a_{name}", type_=ARRAY(item))).label(f"own_{name}"))
    given = select(*parts).subquery("given")
    values = {
        name: cast(given.c[f"own_{name}"], JSON) if _is_json(name) else given.c[f"own_{name}"] for name in own
    }
    return (
        _set(event, shared)
        .values(values)
        .where(
            c.id == given.c.id,
            locked.c.id == given.c.id,
            func.coalesce(given.c.revision, locked.c.revision) == locked.c.revision,
            func.coalesce(given.c.attempts, locked.c.attempts) == locked.c.attempts,
        )
        .returning(c.id, c.campaign_id, c.enrolment_id)
    )


def _set(event: Event, names: tuple[str, ...]) -> Update:
    values: dict[str, Any] = {"leased_by": None, "lease_until": None}
    target = set(TRANSITIONS[event].values())
    if len(target) == 1:
        values["state"] = literal(str(target.pop()))
    if event is Event.CLAIM:
        values["attempts"] = messages.c.attempts + 1
    values |= {name: bindparam(f"v_{name}", type_=messages.c[name].type) for name in names}
    return update(messages).values(values)


def is_over(event: Event) -> bool:
    """Whether the sequence must be looked at again after this event."""
    return bool(set(TRANSITIONS[event].values()) & set(OVER))
