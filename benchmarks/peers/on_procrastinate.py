"""procrastinate on PostgreSQL: one asynchronous worker a process, jobs deferred in batches."""

from __future__ import annotations

import asyncio
import logging
import time

import procrastinate
import uvloop

from benchmarks import peers

work = peers.Work()
CHUNK = 1_000


def app_on(address: str) -> procrastinate.App:
    connector = procrastinate.PsycopgConnector(conninfo=address, min_size=2, max_size=peers.AT_ONCE + 2)
    app = procrastinate.App(connector=connector)
    app.task(name="job")(work.run)
    return app


async def fill(app: procrastinate.App, count: int) -> None:
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        for first in range(0, count, CHUNK):
            jobs = [{} for _ in range(min(CHUNK, count - first))]
            await app.configure_task("job").batch_defer_async(*jobs)


async def until_empty(app: procrastinate.App) -> None:
    async with app.open_async():
        await asyncio.to_thread(peers.wait_for_go)
        await app.run_worker_async(
            wait=False, concurrency=peers.AT_ONCE, listen_notify=False, install_signal_handlers=False
        )
    peers.tell(work.began, time.monotonic())


def main() -> None:
    logging.disable(logging.CRITICAL)
    role, address, count, work.milliseconds = peers.arguments()
    app = app_on(address)
    uvloop.run(fill(app, count) if role == "fill" else until_empty(app))


if __name__ == "__main__":
    main()
