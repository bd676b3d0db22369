"""Every migration runs over a database with data in it, one by one: rows, due times and cards survive, and work goes on.

A migration that is added is tried here without another edit.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rows_of_0001 as past
import seeding
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from seeding import Clock
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool
from wires import Wire

from engine.context import Context
from engine.deliver import Lane
from engine.rules.links import Signer
from engine.writing.rules import TemplateWriter
from storage import migrate, numbering
from storage.db import Database, normalise
from storage.tables import metadata

SCRIPTS = Path(migrate.__file__).parent / "migrations"
STEPS = [script.revision for script in reversed(list(ScriptDirectory(str(SCRIPTS)).walk_revisions()))]
REWRITTEN = {("workspaces", "settings")}
"""Columns that a migration may fill with something else, and says why; all others keep what they held."""


@pytest.fixture(params=["sqlite", "postgresql"])
def blank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes addresses of databases with no table in them, dropped afterwards."""
    made: list[str] = []
    if request.param == "postgresql":
        request.getfixturevalue("postgres_template")  # says so where there is none to test on

    def make() -> str:
        made.append(f"overture_blank_{uuid.uuid4().hex[:10]}")
        if request.param == "sqlite":
            return f"sqlite:///{tmp_path}/{made[-1]}.db"
        _administer(f'CREATE DATABASE "{made[-1]}"')
        server = make_url(os.environ["TEST_DATABASE_URL"])
        return server.set(database=made[-1]).render_as_string(hide_password=False)

    yield make
    if request.param == "postgresql":
        for name in made:
            _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_the_migrations_are_one_line_in_the_order_of_their_numbers() -> None:
    assert [int(step) for step in STEPS] == list(range(1, len(STEPS) + 1))


def test_rows_times_and_cards_survive_every_step_and_the_end_is_what_the_tables_say(
    blank: Callable[[], str],
) -> None:
    url = blank()
    with connected(url) as conn:
        upgrade(conn, STEPS[0])
        fill(conn)
        before = contents(conn)
        assert [table for table, rows in before.items() if not rows] == []
        for step in STEPS[1:]:
            upgrade(conn, step)
            assert lost(before, contents(conn)) == [], f"after {step}"
            assert broken_references(conn) == [], f"after {step}"
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
        migrated = drawing(conn)
    with connected(blank()) as conn:
        metadata.create_all(conn)
        assert migrated == drawing(conn)


async def test_after_all_of_them_at_once_the_due_message_leaves_once(
    blank: Callable[[], str], clock: Clock
) -> None:
    url = blank()
    with connected(url) as conn:
        upgrade(conn, STEPS[0])
        fill(conn)
        before = contents(conn)
    assert not migrate.is_current(url)
    migrate.upgrade(url)
    assert migrate.is_current(url)
    with connected(url) as conn:
        assert lost(before, contents(conn)) == []
    db, wire = Database(url), Wire()
    ctx = Context(
        db=db, now=clock, writer=TemplateWriter(), channels={"email": wire}, unavailable={},
        signer=Signer((b"k" * 32,)), public_url="https://overture.example", me="one",
    )  # fmt: skip
    try:
        await asyncio.gather(*(until_idle(replace(ctx, me=me), wire) for me in ("one", "two")))
    finally:
        await db.close()
    assert [(envelope.to, envelope.subject) for envelope in wire.sent] == [
        (past.ADDRESSES[past.DUE - 1], past.SUBJECT)
    ]


async def test_messages_of_a_restored_backup_are_counted_on_over_the_steps_after_it(
    blank: Callable[[], str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = blank()
    with connected(url) as conn:
        upgrade(conn, "0030")
    monkeypatch.setattr(numbering, "COUNTED", ("messages",))
    numbering.leave_gap(url)
    migrate.upgrade(url)
    db = Database(url)
    await seeding.add_workspace(db, "T1")
    async with db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", clock())
        found = await seeding.people(conn, "T1", 1, clock())
        made = await seeding.touches(conn, "T1", campaign, found, clock())
    await db.close()
    assert min(made) > numbering.GAP


# --- moving


def upgrade(conn: Connection, step: str) -> None:
    """As storage.migrate does it, but no further than `step`."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = conn
    command.upgrade(config, step)
    conn.commit()


def fill(conn: Connection) -> None:
    for table, rows in past.ROWS.items():
        for row in rows:
            names, places = ", ".join(f'"{name}"' for name in row), ", ".join(f":{name}" for name in row)
            conn.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), row)
        if conn.dialect.name == "postgresql" and "id" in rows[0] and isinstance(rows[0]["id"], int):
            counter = f"pg_get_serial_sequence('{table}', 'id')"
            conn.execute(text(f"SELECT setval({counter}, (SELECT max(id) FROM {table}))"))
    conn.commit()


async def until_idle(ctx: Context, wire: Wire) -> None:
    lane = Lane(wire)
    while await lane.turn(ctx):
        pass


# --- looking


Contents = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


def contents(conn: Connection) -> Contents:
    """table → primary key → what the row holds, as the driver reads it."""
    found: Contents = {}
    for table in inspect(conn).get_table_names():
        keys = inspect(conn).get_pk_constraint(table)["constrained_columns"]
        if table != "alembic_version":
            rows = conn.execute(text(f"SELECT * FROM {table}")).mappings().all()
            found[table] = {tuple(row[key] for key in keys): dict(row) for row in rows}
    return found


def lost(before: Contents, after: Contents) -> list[str]:
    """Every row and every value that is no longer what it was. A column or table that was dropped is not looked for."""
    return [
        f"{table} {key} {column}"
        for table, rows in before.items()
        if table in after
        for key, row in rows.items()
        for column, value in row.items()
        if (table, column) not in REWRITTEN and _changed(after[table].get(key), column, value)
    ]


def _changed(row: dict[str, Any] | None, column: str, value: Any) -> bool:
    return row is None or (column in row and row[column] != value)


def broken_references(conn: Connection) -> list[Any]:
    """PostgreSQL checks them at every statement; SQLite only where it is asked."""
    if conn.dialect.name == "postgresql":
        return []
    return list(conn.execute(text("PRAGMA foreign_key_check")).all())


def drawing(conn: Connection) -> dict[str, Any]:
    """What autogenerate does not compare on both: checks, partial indexes, defaults, the columns' types."""
    seen = inspect(conn)
    return {
        table: {
            "columns": sorted(
                (one["name"], str(one["type"]), one["nullable"], _plain(one.get("default")))
                for one in seen.get_columns(table)
            ),
            "indexes": sorted(_plain(one) for one in seen.get_indexes(table)),
            "unique": sorted(_plain(one) for one in seen.get_unique_constraints(table)),
            "checks": sorted(_plain(one) for one in seen.get_check_constraints(table)),
            "references": sorted(_plain(one) for one in seen.get_foreign_keys(table)),
            "key": _plain(seen.get_pk_constraint(table)),
        }
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


def _plain(found: Any) -> str:
    """One spelling of it: SQLite hands back a condition as it was typed."""
    if isinstance(found, dict):
        return repr(sorted((key, _plain(value)) for key, value in found.items() if value is not None))
    return " ".join(str(found).strip("()").split())


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """One connection with its references unchecked on SQLite, as migrations need it."""
    address = normalise(url)
    if address.get_backend_name() == "sqlite":
        address = address.set(drivername="sqlite")
    with create_engine(address, poolclass=NullPool).connect() as conn:
        yield conn
        conn.commit()


def _administer(statement: str) -> None:
    server = normalise(os.environ["TEST_DATABASE_URL"])
    with create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect() as conn:
        conn.execute(text(statement))
