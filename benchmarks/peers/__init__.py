"""Job queues that other people wrote, doing the same work. Run by benchmarks.queues with the peers' own environment.

Each program knows two words. `fill ADDRESS COUNT MS` puts the jobs in. `work ADDRESS COUNT MS` says "ready", waits
for a line, works until nothing is left, and prints when its first job began and when its last was acknowledged.
"""

from __future__ import annotations

import asyncio
import sys
import time

AT_ONCE = 8
"""Jobs in flight in one process: what a channel of ours does."""


class Work:
    """The job of everybody: nothing, or `milliseconds` of waiting. Remembers when the first one began."""

    began = 0.0
    milliseconds = 0

    def start(self) -> None:
        self.began = self.began or time.monotonic()

    async def run(self) -> None:
        self.start()
        if self.milliseconds:
            await asyncio.sleep(self.milliseconds / 1000)

    def run_in_thread(self) -> None:
        self.start()
        if self.milliseconds:
            time.sleep(self.milliseconds / 1000)


def arguments() -> tuple[str, str, int, int]:
    role, address, count, milliseconds = sys.argv[1:]
    return role, address, int(count), int(milliseconds)


def wait_for_go() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def tell(began: float, ended: float) -> None:
    """Both from time.monotonic, which all processes of a machine share; 0 for a process that got no job."""
    print(began, ended, flush=True)
