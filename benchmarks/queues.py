"""Our claim and record beside job queues that do the same: nothing, or 20 ms of waiting, in one and two processes."""

from __future__ import annotations

import contextlib
import socket
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import median

import uvloop

from benchmarks import ROOT, databases, deliver, peers, processes, report

PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
REDIS = "redis://127.0.0.1:6379/0"
PLACES = {"procrastinate": databases.empty, "DBOS": databases.empty}
MODULES = {"procrastinate": "on_procrastinate", "dramatiq": "on_dramatiq", "DBOS": "on_dbos"}
COUNTS = {"procrastinate": 2_000, "dramatiq": 6_000, "DBOS": 1_000}
"""Jobs without waiting, each a few seconds of work. With waiting everybody has the same number."""
OURS = 6_000


@dataclass(frozen=True, slots=True)
class Run:
    """Jobs a second, and which part of the time each process waited because it found nothing to claim."""

    rate: float
    idle: tuple[float, ...] = ()


def measure(quick: bool) -> report.Part:
    if not databases.exists("postgresql"):
        why = report.Figure("claim + record", "not measured: TEST_DATABASE_URL names no PostgreSQL")
        return report.Part("Job queues", "python -m benchmarks.queues", (why,))
    figures: list[report.Figure] = []
    for milliseconds in (0, 20):
        for workers in (1, 2):
            figures += _compared(milliseconds, workers, quick)
    return report.Part("Job queues", "python -m benchmarks.queues", tuple(figures), NOTES)


NOTES = (
    f"{peers.AT_ONCE} jobs at once in each process; jobs are there before the clock starts; PostgreSQL, dramatiq on Redis.",
    "A job of ours is a whole message: facts, gates, contact, timeline, card and both moves. A peer's job is only a job.",
    '"waited": the part of the time in which a process found nothing it could claim, one number a process.',
)


def _compared(milliseconds: int, workers: int, quick: bool) -> Iterator[report.Figure]:
    """Ours with one sender and with one for each process, then every peer, with our rate as a ratio."""
    runs = 2 if not (quick or milliseconds) else 1
    about = f"{milliseconds} ms, {report.counted(workers, 'process', 'processes')}"
    best = 0.0
    for senders in dict.fromkeys((1, workers)):
        count = _count(OURS, milliseconds, workers, quick)
        found = [_ours(count, milliseconds, workers, senders) for _ in range(runs)]
        best = max(best, median(run.rate for run in found))
        ratio = _against_ceiling(median(run.rate for run in found), milliseconds, workers)
        waited = " / ".join(f"{part:.0%}" for part in found[-1].idle)
        name = f"Overture, {report.counted(senders, 'sender', 'senders')}, {about}"
        yield report.against(
            name, [run.rate for run in found], "jobs/s", ratio=f"{ratio}waited {waited}".strip()
        )
    for name in MODULES:
        missing = _missing(name)
        if missing:
            yield report.Figure(f"    {name}, {about}", missing)
            continue
        count = _count(COUNTS[name], milliseconds, workers, quick)
        rates = [_peer(name, count, milliseconds, workers).rate for _ in range(runs)]
        yield _figure(f"    {name}, {about}", rates, best)


def _figure(what: str, rates: list[float], ours: float) -> report.Figure:
    times = ours / median(rates)
    value = f"{report.spread(rates)} jobs/s"
    return report.Figure(what, value, f"ours {times:.2f} ×", "ours > 1 ×", times > 1)


def _against_ceiling(rate: float, milliseconds: int, workers: int) -> str:
    if not milliseconds:
        return ""
    ceiling = peers.AT_ONCE * workers * 1000 / milliseconds
    return f"{rate / ceiling:.2f} of the {ceiling:,.0f} possible, "


def _count(without_waiting: int, milliseconds: int, workers: int, quick: bool) -> int:
    """With waiting some seconds of it: one with --quick, else four."""
    if milliseconds:
        return 400 * workers * (1 if quick else 4)
    return without_waiting // 5 if quick else without_waiting


def _missing(name: str) -> str:
    if not PEERS_PYTHON.exists():
        return "not installed here; `make bench` installs it"
    if name == "dramatiq":
        try:
            socket.create_connection(("127.0.0.1", 6379), timeout=1).close()
        except OSError:
            return "no Redis at 127.0.0.1:6379"
    return ""


def _ours(count: int, milliseconds: int, workers: int, senders: int) -> Run:
    with databases.fresh("postgresql") as url:
        uvloop.run(_filled(url, count // senders, senders))
        return _timed([("-m", "benchmarks.lanes", url, str(milliseconds))] * workers, count)


async def _filled(url: str, count: int, senders: int) -> None:
    """Each sender belongs to a workspace of its own."""
    ctx = await deliver.prepared(url, count, senders)
    await ctx.db.close()


def _peer(name: str, count: int, milliseconds: int, workers: int) -> Run:
    program = str(PEERS_PYTHON)
    place: Callable[[], AbstractContextManager[str]] = PLACES.get(name, _redis)
    with place() as address:
        words = (address, str(count), str(milliseconds))
        module = f"benchmarks.peers.{MODULES[name]}"
        try:
            processes.done("-m", module, "fill", *words, program=program)
            return _timed([("-m", module, "work", *words)] * workers, count, program=program)
        finally:
            if name == "dramatiq":
                processes.done("-m", module, "clear", *words, program=program)


@contextlib.contextmanager
def _redis() -> Iterator[str]:
    yield f"{REDIS}#overture-bench-{uuid.uuid4().hex[:8]}"


def _timed(commands: list[tuple[str, ...]], count: int, program: str = sys.executable) -> Run:
    """Start all, let them go together: from the first job's beginning until the last is acknowledged."""
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(processes.running(*one, program=program)) for one in commands]
        for child in running:
            assert processes.said(child) == "ready"
        for child in running:
            processes.tell(child, "go")
        found = [[float(word) for word in processes.said(child).split()] for child in running]
    began, ended = min(one[0] for one in found if one[0]), max(one[1] for one in found)
    return Run(count / (ended - began), tuple(_idle(one[2:], began, ended) for one in found))


def _idle(waits: list[float], began: float, ended: float) -> float:
    """Of beginnings and ends in turn: the part of the whole time, without what came after it."""
    pairs = zip(waits[::2], waits[1::2], strict=True)
    return sum(max(0.0, min(until, ended) - since) for since, until in pairs) / (ended - began)


if __name__ == "__main__":
    report.alone(measure)
