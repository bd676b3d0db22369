"""Inserts new messages, many in one statement. Moves none of them: that is storage.messages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Select,
    Text,
    bindparam,
    cast,
    column,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import messages as message_rows
from storage.tables import messages, timeline


async def add(
    conn: AsyncConnection, rows: Sequence[Mapping[str, Any]], *, actor: str, now: datetime
) -> list[int]:
    """As storage.messages.add, for many: on PostgreSQL all rows are one parameter, a JSON list.

    A parameter for each value costs psycopg and the server more than the rows do (python -m benchmarks.planning).
    """
    if not rows:
        return []
    if conn.dialect.name != "postgresql":
        return await message_rows.add(conn, rows, actor=actor, now=now)
    given = json.dumps(list(rows), ensure_ascii=False, default=datetime.isoformat)
    result = await conn.execute(_insert(tuple(rows[0])), {"given": given, "actor": actor, "now": now})
    made = {(row.workspace_id, row.dedupe_key): row.id for row in result.all()}
    return [made[row["workspace_id"], row["dedupe_key"]] for row in rows]


@lru_cache(maxsize=16)
def _insert(names: tuple[str, ...]) -> Select[Any]:
    """The messages, and of what was made the timeline: the new rows are not read again for it."""
    c, t = messages.c, timeline.c
    given = (
        func.json_to_recordset(cast(bindparam("given", type_=Text), JSON))
        .table_valued(*(column(name, c[name].type) for name in names), name="given")
        .render_derived(with_types=True)
    )
    made = (
        insert(messages)
        .from_select(names, select(given), include_defaults=False)
        .returning(c.id, c.workspace_id, c.dedupe_key, c.note)
        .cte("made")
    )
    line: dict[Column[Any], ColumnElement[Any]] = {
        t.workspace_id: made.c.workspace_id, t.entity: literal("message"), t.entity_id: made.c.id,
        t.event: literal("plan"), t.actor: bindparam("actor", type_=t.actor.type),
        t.at: bindparam("now", type_=t.at.type), t.detail: made.c.note,
    }  # fmt: skip
    told = (
        insert(timeline).from_select(list(line), select(*line.values()), include_defaults=False).cte("told")
    )
    return select(made.c.id, made.c.workspace_id, made.c.dedupe_key).add_cte(told)
