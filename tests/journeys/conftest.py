"""The office on both databases, and on SQLite alone for journeys that turn on nothing a database decides."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import office as offices
import pytest
from office import Office, OpenOffice


@pytest.fixture
def open_office(database_url: str, tmp_path: Path) -> OpenOffice:
    """Opens the office as often as a journey wants, over the same files: `open_office(at=…, smtp_url=…)`."""
    return partial(offices.office, database_url, tmp_path)


@pytest.fixture
def open_small_office(sqlite_template: Path, tmp_path: Path) -> OpenOffice:
    """The same on SQLite alone."""
    path = tmp_path / "overture.db"
    path.write_bytes(sqlite_template.read_bytes())
    return partial(offices.office, f"sqlite:///{path}", tmp_path)


@pytest.fixture
async def office_on_both(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """For journeys that are walked on both databases; the tests of storage and engine hold the rest on PostgreSQL."""
    async with offices.office(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def office(small_office: Office) -> Office:
    return small_office


@pytest.fixture
async def small_office(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Office]:
    path = tmp_path / "overture.db"
    path.write_bytes(sqlite_template.read_bytes())
    async with offices.office(f"sqlite:///{path}", tmp_path) as opened:
        yield opened
