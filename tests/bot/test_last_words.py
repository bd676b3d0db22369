"""The end of a worker: every lane writes down what it sent, whatever happens to another one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.worker import Worker
from engine import deliver
from engine.channels import Limits
from engine.context import Context


async def _no_file(workspace_id: str, url: str) -> AsyncIterator[bytes]:
    yield b""


async def test_a_lane_that_cannot_write_keeps_no_other_from_it(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []

    async def flush(lane: Any, _: Context) -> None:
        flushed.append(lane.channel)
        if lane.channel is first:
            raise OSError("the database is away")

    class Named:
        def __init__(self, name: str) -> None:
            self.name, self.limits = name, Limits()

    first, second = Named("email"), Named("linkedin")
    monkeypatch.setattr(deliver.Lane, "flush", flush)
    worker = Worker(ctx, fetch=_no_file)
    worker._loops = [("idle", _nothing)]
    worker._lanes = [deliver.Lane(first), deliver.Lane(second)]  # type: ignore[arg-type]
    worker.stop()
    await asyncio.wait_for(worker.run(), 5)
    assert flushed == [first, second]


async def _nothing(_: Context) -> bool:
    return False
