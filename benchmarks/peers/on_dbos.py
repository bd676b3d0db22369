"""DBOS on PostgreSQL: asynchronous workflows on one queue, which is looked at as often as DBOS lets it."""

from __future__ import annotations

import asyncio
import logging
import time

import sqlalchemy
from dbos import DBOS, DBOSConfig

from benchmarks import peers

work = peers.Work()
POLL = 0.001
LEFT = sqlalchemy.text("SELECT count(*) FROM dbos.workflow_status WHERE status <> 'SUCCESS'")


@DBOS.workflow()
async def job() -> None:
    await work.run()


async def main() -> None:
    logging.disable(logging.CRITICAL)
    role, address, count, work.milliseconds = peers.arguments()
    address = address.replace("postgresql+psycopg:", "postgresql:")
    config: DBOSConfig = {
        "name": "bench", "system_database_url": address, "sys_db_pool_size": 20, "run_admin_server": False,
        "application_version": "1", "executor_id": str(time.monotonic()),
    }  # fmt: skip
    DBOS(config=config)
    if role == "fill":
        DBOS.listen_queues([])
    else:
        await asyncio.to_thread(peers.wait_for_go)
    DBOS.launch()
    await DBOS.register_queue_async("jobs", worker_concurrency=peers.AT_ONCE, polling_interval_sec=POLL)
    await (fill(count) if role == "fill" else until_empty(address))
    DBOS.destroy()


async def fill(count: int) -> None:
    for _ in range(count):
        await DBOS.enqueue_workflow_async("jobs", job)


async def until_empty(address: str) -> None:
    with sqlalchemy.create_engine(address.replace("postgresql:", "postgresql+psycopg:")).connect() as conn:
        conn = conn.execution_options(isolation_level="AUTOCOMMIT")
        while await asyncio.to_thread(conn.scalar, LEFT):
            await asyncio.sleep(0.02)
    peers.tell(work.began, time.monotonic())


if __name__ == "__main__":
    asyncio.run(main())
