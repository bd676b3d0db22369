"""Brings a database's schema up to date, and says whether it is."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from storage.db import normalise

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 7_265_001
"""Advisory lock under which PostgreSQL migrates: two releases at once wait for each other."""


def upgrade(url: str) -> None:
    """Run every pending migration in one transaction. Raises ValueError for rows that break a foreign key."""
    with _engine(normalise(url)).connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.execute(text("PRAGMA foreign_keys=OFF"))
        else:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        connection.commit()
        command.upgrade(_config(connection), "head")
        if sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).all()):
            connection.rollback()
            raise ValueError(f"{len(broken)} rows point at rows that do not exist; restore the backup")
        connection.commit()
        if not sqlite:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
            connection.commit()


def is_current(url: str) -> bool:
    """Whether no migration is pending. Raises sqlalchemy's OperationalError when the database cannot be reached."""
    with _engine(normalise(url)).connect() as connection:
        return at_head(connection)


def has_pages(url: str) -> bool:
    """Whether any brand's page has a token of its own: posts can leave without one in the environment."""
    with _engine(normalise(url)).connect() as connection:
        return bool(connection.execute(text("SELECT 1 FROM feeds WHERE sealed_token <> '' LIMIT 1")).first())


def at_head(connection: Connection) -> bool:
    """The same over a connection that is open already; it only reads."""
    return MigrationContext.configure(connection).get_current_revision() == _head()


@lru_cache(maxsize=1)
def _head() -> str | None:
    """The newest revision this program knows. Its files do not change while it runs."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def _engine(url: URL) -> Engine:
    sync = url.set(drivername="sqlite") if url.get_backend_name() == "sqlite" else url
    timeout = {"timeout": 10} if sync.get_backend_name() == "sqlite" else {"connect_timeout": 5}
    return create_engine(sync, connect_args=timeout, poolclass=NullPool)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
