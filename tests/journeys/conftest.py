"""The office on both databases, and on SQLite alone for journeys that turn on nothing a database decides."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import office as offices
import pytest
import vl_convert
from office import Office, OpenOffice


@pytest.fixture(scope="session")
def picture() -> bytes:
    return vl_convert.vegalite_to_png({"mark": "bar", "data": {"values": [{"a": 1}]}})


@pytest.fixture(autouse=True)
def drawn_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every day that passes ends in a digest, whose picture takes longer than the day; two journeys look at theirs."""
    if request.path.stem not in ("test_numbers", "test_rehearse_by_command"):
        octets = request.getfixturevalue("picture")
        monkeypatch.setattr(vl_convert, "vegalite_to_png", lambda vl_spec, scale: octets)


@pytest.fixture
def open_office(database_url: str, tmp_path: Path) -> OpenOffice:
    """Opens the office as often as a journey wants, over the same files: `open_office(at=…, smtp_url=…)`."""
    return partial(offices.office, database_url, tmp_path)


@pytest.fixture
def open_small_office(sqlite_url: str, tmp_path: Path) -> OpenOffice:
    """The same on SQLite alone."""
    return partial(offices.office, sqlite_url, tmp_path)


@pytest.fixture
async def office_on_both(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """For journeys that are walked on both databases; the tests of storage and engine hold the rest on PostgreSQL."""
    async with offices.office(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def office(small_office: Office) -> Office:
    return small_office


@pytest.fixture
async def small_office(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with offices.office(sqlite_url, tmp_path) as opened:
        yield opened
