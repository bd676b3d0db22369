"""dramatiq on Redis: one worker a process with as many threads as jobs at once. The address ends in #namespace."""

from __future__ import annotations

import time

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from benchmarks import peers

work = peers.Work()
POLL = 0.005


def main() -> None:
    role, address, count, work.milliseconds = peers.arguments()
    url, _, namespace = address.partition("#")
    broker = RedisBroker(url=url, namespace=namespace)
    dramatiq.set_broker(broker)
    job = dramatiq.actor(work.run_in_thread, actor_name="job", broker=broker)
    if role == "fill":
        for _ in range(count):
            job.send()
    elif role == "work":
        until_empty(broker)
    else:
        for key in broker.client.scan_iter(f"{namespace}*"):
            broker.client.delete(key)


def until_empty(broker: RedisBroker) -> None:
    """Empty means acknowledged: a message leaves the queue's hash with its acknowledgement."""
    worker = dramatiq.Worker(broker, worker_threads=peers.AT_ONCE)
    peers.wait_for_go()
    worker.start()
    while broker.do_qsize("default"):
        time.sleep(POLL)
    ended = time.monotonic()
    worker.stop()
    peers.tell(work.began, ended)


if __name__ == "__main__":
    main()
