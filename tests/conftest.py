"""What most tests stand on: an empty migrated database of either kind, a workspace, and a clock that tests set."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
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
from storage import engines, migrate
from storage.db import Database, normalise
from storage.tables import metadata

POSTGRES = os.environ.get("TEST_DATABASE_URL", "")
ROUGH = ("kill", "outages", "operations")
"""Folders of tests that kill processes, cut connections and restore: they leave nothing to anybody."""
LITTLE = 1_000_000
"""Octets that a database may hold to be used again, deleted rows included."""
LONG = ("kill", "journeys")
"""Folders of the longest tests."""
NO_POSTGRES = "TEST_DATABASE_URL names no PostgreSQL to test on"

hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: what begins last ends last, while the other workers have nothing left to do."""
    items.sort(key=lambda item: LONG.index(name) if (name := item.path.parent.name) in LONG else len(LONG))


@pytest.fixture(scope="session", autouse=True)
def plain_tracebacks() -> None:
    """Drawn ones print every local value, which takes longer than a connection may take to come about."""
    shape = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], shape])


@pytest.fixture(autouse=True)
def fair_weather(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no outage, and no power is cut; the tests of outages have the product's own limits."""
    if request.path.parent.name != "outages":
        monkeypatch.setattr(engines, "WAIT", 20.0)
        monkeypatch.setattr(engines, "CONNECT", 20)
        monkeypatch.setattr(engines, "SYNCHRONOUS", "OFF")


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
    """Empty databases that a test gave back. To make and drop one takes twenty times as long as to empty it."""
    shelf: list[str] = []
    yield shelf
    for name in shelf:
        _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of an empty migrated file of the test's own, where nothing depends on the database."""
    path = tmp_path / "overture.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty migrated database; on PostgreSQL a copy of a template, emptied afterwards.

    Tests that may change more than rows get a new one, which is dropped.
    """
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    template, shelf = request.getfixturevalue("postgres_template"), request.getfixturevalue("postgres_shelf")
    rough = request.path.parent.name in ROUGH
    if shelf and not rough:
        name = shelf.pop()
    else:
        name = f"overture_test_{uuid.uuid4().hex[:10]}"
        _administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        _administer(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    yield _beside(name)
    if not rough and _empty(name):
        shelf.append(name)
    else:
        _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


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


def _empty(name: str) -> bool:
    """No rows, and ids begin at 1 again. Whoever is still connected is cut off. False where much was left behind.

    Rows are deleted: to truncate makes a file of every table and index anew, which takes thirty times as long.
    """
    address = make_url(POSTGRES).set(drivername="postgresql", database=name)
    with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        found = conn.execute(
            "SELECT relname, pg_relation_size(oid) FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"
        )
        sizes = dict(found.fetchall())
        if sum(sizes.values()) > LITTLE:
            return False
        with conn.transaction():
            for table in reversed(metadata.sorted_tables):
                if table.name in sizes:
                    conn.execute(f'DELETE FROM "{table.name}"'.encode())
            conn.execute(
                "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences"
                " WHERE last_value IS NOT NULL"
            )
    return True


def _administer(statement: str) -> None:
    engine = create_engine(normalise(POSTGRES), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as conn:
        conn.execute(text(statement))
