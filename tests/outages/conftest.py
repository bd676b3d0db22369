"""A PostgreSQL behind a proxy, and the same for a Context; what is on the wire; sentences in the log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
import structlog
from proxy import Proxy, before
from scene import Wire
from structlog.testing import LogCapture

from engine.context import Context
from storage.db import Database


@pytest.fixture
def ctx(ctx: Context) -> Context:
    """With a channel, so that there is something to write for."""
    return replace(ctx, channels={"email": Wire()})


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[Proxy]:
    """The way to this test's database; for tests that run on PostgreSQL only."""
    async with before(database_url) as made:
        yield made


@pytest.fixture
async def away(proxy: Proxy, ctx: Context) -> AsyncIterator[Context]:
    """The Context, with its database behind the proxy; `ctx` keeps the direct way."""
    database = Database(proxy.url)
    yield replace(ctx, db=database, me="behind")
    await database.close()


@pytest.fixture
def logged() -> Iterator[LogCapture]:
    """Every line that is logged while the test runs."""
    shape = structlog.get_config()
    capture = LogCapture()
    structlog.configure(processors=[capture], cache_logger_on_first_use=False)
    yield capture
    structlog.configure(**shape)
