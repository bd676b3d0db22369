"""A second, empty database beside the one that a test writes to."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from storage.db import normalise


@pytest.fixture
def elsewhere(database_url: str, tmp_path: Path) -> Iterator[str]:
    """Where a backup is put back: a file that does not exist yet, or an empty database of the same kind."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/restored.db"
        return
    name = f"overture_restored_{uuid.uuid4().hex[:10]}"
    _administer(f'CREATE DATABASE "{name}"')
    yield make_url(database_url).set(database=name).render_as_string(hide_password=False)
    _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


def _administer(statement: str) -> None:
    url = normalise(os.environ["TEST_DATABASE_URL"])
    with create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect() as conn:
        conn.execute(text(statement))
