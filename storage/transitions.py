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


async def locked(
    conn: AsyncConnection, event: Event, rows: Sequence[Change], guard: Mapping[str, str]
) -> dict[int, tuple[int | None, int | None]]:
    """Lock the rows in id order and keep those the event is legal for: id → (campaign, enrolment)."""
    statement = _lock(event, tuple(guard))
    result = await conn.execute(statement, {"ids": [row.id for row in rows], **prefixed(guard)})
    wanted = {row.id: (row.revision, row.attempts) for row in rows}
    return {
        id_: (campaign, enrolment)
        for id_, revision, attempts, campaign, enrolment in result.all()
        if wanted[id_][0] in (None, revision) and wanted[id_][1] in (None, attempts)
    }


async def write(conn: AsyncConnection, event: Event, rows: Sequence[Change], shared: dict[str, Any]) -> None:
    own = tuple(rows[0].values)
    if not own:
        await conn.execute(
            shared_update(event, tuple(shared)), {**prefixed(shared), "ids": [row.id for row in rows]}
        )
        return
    if conn.dialect.name == "postgresql":
        await conn.execute(_bulk_update(event, tuple(shared), own), _columnwise(rows, own) | prefixed(shared))
        return
    base = prefixed(shared)
    await conn.execute(
        _row_update(event, tuple(shared) + own),
        [{**base, **prefixed(row.values), "row_id": row.id} for row in rows],
    )


def _columnwise(rows: Sequence[Change], names: tuple[str, ...]) -> dict[str, Any]:
    """Each column's values as one array parameter; JSON travels as text."""
    found: dict[str, Any] = {"a_id": [row.id for row in rows]}
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
            *(c[name] == bindparam(f"v_{name}") for name in guard),
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
def _bulk_update(event: Event, shared: tuple[str, ...], own: tuple[str, ...]) -> Update:
    """One statement for all rows, their own values unnested from arrays: a third of the cost of one by one."""
    parts = [func.unnest(bindparam("a_id", type_=ARRAY(BigInteger))).label("id")]
    for name in own:
        item = Text() if _is_json(name) else messages.c[name].type
        parts.append(func.unnest(bindparam(f"a_{name}", type_=ARRAY(item))).label(name))
    given = select(*parts).subquery("given")
    values = {name: cast(given.c[name], JSON) if _is_json(name) else given.c[name] for name in own}
    return _set(event, shared).values(values).where(messages.c.id == given.c.id)


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
