"""How a move is written: lock the rows, keep those it is legal for, write them. Called by storage.messages alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    Subquery,
    Text,
    Update,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import Ids, among
from storage.lifecycle import OVER, TRANSITIONS, Event, sources
from storage.marks import PLACE, Place
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


async def carry_out(
    conn: AsyncConnection,
    event: Event,
    rows: Sequence[Change],
    guard: Mapping[str, str],
    shared: Mapping[str, Any],
) -> list[Place]:
    """Lock the rows in id order, write those the event is legal for, and return them, in one statement."""
    own, held = tuple(rows[0].values), {f"g_{name}": value for name, value in guard.items()}
    if conn.dialect.name == "postgresql":
        statement, given = _locked_update(event, tuple(guard), tuple(shared), own), _columnwise(rows, own)
    else:
        statement, given = _update(event, tuple(guard), tuple(shared), own), _rowwise(rows, own, conn.dialect)
    result = await conn.execute(statement, given | held | prefixed(shared))
    return [Place(*row) for row in result.all()]


def _columnwise(rows: Sequence[Change], names: tuple[str, ...]) -> dict[str, Any]:
    """For PostgreSQL: each column's values as one array parameter; JSON travels as text."""
    found: dict[str, Any] = {
        "ids": [row.id for row in rows],
        "seen_revision": [row.revision for row in rows],
        "seen_attempts": [row.attempts for row in rows],
    }
    for name in names:
        values = [row.values[name] for row in rows]
        found[f"a_{name}"] = [json.dumps(value) for value in values] if _is_json(name) else values
    return found


def _rowwise(rows: Sequence[Change], names: tuple[str, ...], dialect: Dialect) -> dict[str, Any]:
    """For SQLite: all rows as one JSON list, each value as its column keeps it."""
    bound = [(name, _processor(name, dialect)) for name in names]
    given = [
        (row.id, row.revision, row.attempts, *(keep(row.values[name]) for name, keep in bound))
        for row in rows
    ]
    return {"given": json.dumps(given, ensure_ascii=False)}


@lru_cache(maxsize=256)
def _processor(name: str, dialect: Dialect) -> Callable[[Any], Any]:
    return messages.c[name].type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def _is_json(name: str) -> bool:
    return isinstance(messages.c[name].type, JSON)


def prefixed(values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"v_{name}": value for name, value in values.items()}


def _may(event: Event, guard: tuple[str, ...]) -> list[ColumnElement[bool]]:
    c = messages.c
    return [c.state.in_(sources(event)), *(c[name] == bindparam(f"g_{name}") for name in guard)]


def _as_seen(given: Subquery, row: Any) -> list[ColumnElement[bool]]:
    """The row still has the revision and the attempt that were named; what was not named is not compared."""
    return [func.coalesce(given.c[name], row[name]) == row[name] for name in ("revision", "attempts")]


@lru_cache(maxsize=256)
def shared_update(event: Event, names: tuple[str, ...]) -> Update:
    return _set(event, names).where(among(messages.c.id, "ids"))


@lru_cache(maxsize=256)
def _update(event: Event, guard: tuple[str, ...], shared: tuple[str, ...], own: tuple[str, ...]) -> Update:
    """SQLite has one writer: nothing that a row is compared with can change before its transaction ends."""
    c, names = messages.c, ("id", "revision", "attempts", *(f"own_{name}" for name in own))
    row = func.json_each(bindparam("given", type_=Text)).table_valued("value", name="row")
    parts = [func.json_extract(row.c.value, literal_column(f"'$[{n}]'")) for n in range(len(names))]
    given = select(*(part.label(name) for part, name in zip(parts, names, strict=True))).subquery("given")
    return (
        _set(event, shared)
        .values({name: given.c[f"own_{name}"] for name in own})
        .where(c.id == given.c.id, *_may(event, guard), *_as_seen(given, c))
        .returning(*PLACE)
    )


@lru_cache(maxsize=256)
def _locked_update(
    event: Event, guard: tuple[str, ...], shared: tuple[str, ...], own: tuple[str, ...]
) -> Update:
    """Each row's own values unnested from arrays, joined with the rows that could be locked."""
    c = messages.c
    locked = (
        select(c.id, c.revision, c.attempts)
        .where(among(c.id, "ids"), *_may(event, guard))
        .order_by(c.id)
        .with_for_update(key_share=True)
        .cte("locked")
    )
    parts = [
        func.unnest(cast(bindparam(name, type_=Ids()), ARRAY(BigInteger))).label(label)
        for name, label in (("ids", "id"), ("seen_revision", "revision"), ("seen_attempts", "attempts"))
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
        .where(c.id == given.c.id, locked.c.id == given.c.id, *_as_seen(given, locked.c))
        .returning(*PLACE)
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
