"""A fresh migrated database of either kind, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import tempfile
import uuid
from collections.abc import Iterator

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from storage import migrate
from storage.db import normalise

KINDS = ("sqlite", "postgresql")


def exists(kind: str) -> bool:
    """SQLite always does; PostgreSQL where TEST_DATABASE_URL names one."""
    return kind == "sqlite" or bool(os.environ.get("TEST_DATABASE_URL"))


@contextlib.contextmanager
def fresh(kind: str) -> Iterator[str]:
    """The address of one that `exists`."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/bench.db"
            migrate.upgrade(url)
            yield url
        return
    with empty() as url:
        migrate.upgrade(url)
        yield url


@contextlib.contextmanager
def empty() -> Iterator[str]:
    """A PostgreSQL database with nothing in it; there must be a TEST_DATABASE_URL."""
    server = os.environ["TEST_DATABASE_URL"]
    name = f"overture_bench_{uuid.uuid4().hex[:8]}"
    _administer(server, f'CREATE DATABASE "{name}"')
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _administer(server: str, statement: str) -> None:
    engine = create_engine(normalise(server), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as conn:
        conn.execute(text(statement))
