"""An installation that may be killed: a nursery, the world outside, and the ledger of a fresh database."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from ledger import Ledger
from nursery import Nursery, open_nursery
from outside import World, open_world

from storage.db import Database


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as found:
        yield found


@pytest.fixture
async def ledger(db: Database) -> Ledger:
    found = Ledger(db)
    await found.open()
    return found


@pytest.fixture
async def nursery(tmp_path: Path, database_url: str, world: World, ledger: Ledger) -> AsyncIterator[Nursery]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    env = kept | world.env | {"DATABASE_URL": database_url, "SECRET_KEY": "k" * 32}
    async with open_nursery(tmp_path, env) as found:
        yield found
