"""One process of the kill tests: `overture worker|web|clock|run` with short leases, and a place at which it dies.

python -m tests.kill.child [--at POINT:TIMES] worker    like `overture worker`; killed at its TIMES-th arrival there
python -m tests.kill.child nursery                      forks such processes, as tests/kill/nursery.py asks

Everything else is read from the environment by the product itself, exactly as an operator would set it.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import random
import signal
import sys
from datetime import timedelta
from typing import Any

from bot import app, reconciler
from bot.__main__ import cli
from engine import deliver, digest, faults

LEASE = timedelta(seconds=10)
"""Instead of the product's 60 and 120 seconds: what a dead process held is free again while the test waits."""


def main(words: list[str]) -> None:
    if words == ["nursery"]:
        nursery()
        return
    if words[0] == "--at":
        point, _, times = words[1].partition(":")
        faults.install(_dying(faults.Point(point), int(times)))
        words = words[2:]
    _hurry()
    cli(words)


def _hurry() -> None:
    """Shorter waits in the product's own proportions: a lease is over twice what it covers. Slack needs no pace."""
    deliver.LEASE, deliver.SEND_LIMIT = LEASE, LEASE.total_seconds() * 0.4
    digest.LEASE = LEASE
    reconciler.LEASE, reconciler.CALLS = LEASE, LEASE.total_seconds() * 0.4
    app.build = functools.partial(app.build, pace=timedelta())  # type: ignore[assignment]


def _dying(at: faults.Point, times: int) -> faults.Hook:
    left = times

    async def hook(name: faults.Point) -> None:
        nonlocal left
        left -= name is at
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    return hook


def nursery() -> None:
    """Read orders, one JSON line each, until the harness goes; say who was born and who is gone.

    A process is ready in a fifth of the time it takes to import everything again.
    """
    alive: set[int] = set()

    def gone(*_: Any) -> None:
        """Two ends at once interrupt each other: the inner call may have waited for what the outer one comes to."""
        for pid in tuple(alive):
            with contextlib.suppress(ChildProcessError):
                found, status = os.waitpid(pid, os.WNOHANG)
                if found:
                    alive.discard(pid)
                    _say(gone=pid, code=os.waitstatus_to_exitcode(status))

    signal.signal(signal.SIGCHLD, gone)
    for line in sys.stdin:
        order = json.loads(line)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        pid = os.fork()
        if pid == 0:
            _live(order)
        _say(born=pid)
        alive.add(pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


def _live(order: dict[str, Any]) -> None:
    """The new process: its own environment, log and signals; never returns."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        random.seed()
        os.environ.clear()
        os.environ.update(order["env"])
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), log, log)):
            os.dup2(file, number)
        main(order["words"])
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _say(**what: int) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])
