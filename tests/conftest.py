"""What most tests stand on: an empty migrated database of either kind, a workspace, and a clock that tests set."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import structlog
from seeding import Clock, add_workspace
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from engine.context import Context, Who
from engine.rules.links import Signer
from engine.writing.rules import TemplateWriter
from storage import migrate
from storage.db import Database, normalise

POSTGRES = os.environ.get("TEST_DATABASE_URL", "")
ROUGH = ("kill", "outages", "operations")
"""Folders of tests that kill processes, cut connections and restore: they leave nothing to anybody."""
NO_POSTGRES = "TEST_DATABASE_URL names no PostgreSQL to test on"


@pytest.fixture(scope="session", autouse=True)
def plain_tracebacks() -> None:
    """Drawn ones print every local value, which takes longer than a connection may take to come about."""
    shape = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], shape])


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    if not POSTGRES:
        pytest.skip(NO_POSTGRES)
    name = f"overture_template_{uuid.uuid4().hex[:10]}"
    _administer(f'CREATE DATABASE "{name}"')
    migrate.upgrade(_beside(name))
    yield name
    _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def postgres_shelf(postgres_template: str) -> Iterator[list[str]]:
    """Empty databases that a test gave back. To make and drop one takes ten times as long as to empty it."""
    shelf: list[str] = []
    yield shelf
    for name in shelf:
        _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty migrated database; on PostgreSQL a copy of a template, emptied afterwards.

    Tests that may change more than rows get a new one, which is dropped.
    """
    if request.param == "sqlite":
        path = tmp_path / "overture.db"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        yield f"sqlite:///{path}"
        return
    template, shelf = request.getfixturevalue("postgres_template"), request.getfixturevalue("postgres_shelf")
    rough = request.path.parent.name in ROUGH
    if shelf and not rough:
        name = shelf.pop()
    else:
        name = f"overture_test_{uuid.uuid4().hex[:10]}"
        _administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield _beside(name)
    if rough:
        _administer(f'DROP DATABASE "{name}" WITH (FORCE)')
    else:
        _empty(name)
        shelf.append(name)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def workspace(db: Database) -> str:
    return await add_workspace(db, "T1")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ctx(db: Database, workspace: str, clock: Clock) -> Context:
    return Context(
        db=db,
        now=clock,
        writer=TemplateWriter(),
        channels={},
        unavailable={},
        signer=Signer((b"k" * 32,)),
        public_url="https://overture.example",
        me="test",
    )


@pytest.fixture
def olivia() -> Who:
    """The installer, speaking in the growth channel."""
    return Who("T1", "U1OLIVIA", channel="C1GROWTH", is_admin=True)


@pytest.fixture
def amara() -> Who:
    return Who("T1", "U2AMARA", channel="C1GROWTH")


def _beside(name: str) -> str:
    return make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)


def _empty(name: str) -> None:
    """No rows, and ids begin at 1 again. Whoever is still connected is cut off."""
    address = make_url(POSTGRES).set(drivername="postgresql", database=name)
    with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        filled = conn.execute(
            "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0"
        ).fetchall()
        if filled:
            tables = ", ".join(row[0] for row in filled)
            conn.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE".encode())


def _administer(statement: str) -> None:
    engine = create_engine(normalise(POSTGRES), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as conn:
        conn.execute(text(statement))
