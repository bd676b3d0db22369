"""What a longer backlog costs: the turns of a worker that has 1,000 due of ever more scheduled, and its memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from statistics import median
from typing import Any

import uvloop

from benchmarks import backlog, databases, deliver, processes, report

SIZES = (1_000, 10_000, 100_000, 1_000_000)
SAME = 1.5
"""A turn may cost this much more beside the longest backlog: noise and a colder cache, but no growth."""
FLAT = 10
"""MB that a worker may hold more after the last message than after the first 2,000."""
BATCH = 100
WARM = 20


def measure(quick: bool) -> report.Part:
    figures: list[report.Figure] = []
    sizes = SIZES[:3] if quick else SIZES
    for kind in filter(databases.exists, databases.KINDS):
        figures += _growth(kind, {size: _drained(kind, size) for size in sizes})
        figures.append(_memory(kind, 5_000 if quick else 20_000))
    return report.Part(
        "Growth: 1,000 due of ever more scheduled", "python -m benchmarks.growth", tuple(figures),
        (
            f"A turn claims {BATCH} messages, fewer where they take long, sends them to nobody, records the {BATCH} before.",
            "A turn that finds nothing due is what an idle worker costs once a second.",
        ),
    )  # fmt: skip


def _drained(kind: str, size: int) -> dict[str, Any]:
    with databases.fresh(kind) as url:
        uvloop.run(backlog.seeded(url, size))
        rounds = min(backlog.ROUNDS, size // backlog.DUE)
        found = _worker(url, rounds)
    sent = found["sent"]
    assert sent == rounds * backlog.DUE, f"{sent} messages of {size} left, not {rounds * backlog.DUE}"
    return found


def _growth(kind: str, found: dict[int, dict[str, Any]]) -> Iterator[report.Figure]:
    least = min(found)
    last = max(found)
    for name, what in (("turns", "a turn"), ("empty", "    a turn with nothing due")):
        first = median(_times(found[least][name]))
        for size, one in found.items():
            times = median(_times(one[name])) / first
            value = f"{report.percentiles(_times(one[name]))} ms"
            asked = (f"≤ {SAME:g} × {least:,}", times <= SAME) if size == last else ("", None)
            yield report.Figure(
                f"{what}, {size:,} scheduled, {kind}", value, f"{times:.2f} × {least:,}", *asked
            )
    more = found[last]["peak"] - found[least]["peak"]
    yield report.against(f"    peak memory, {last:,} beside {least:,}, {kind}", [more], "MB more", below=FLAT)


def _memory(kind: str, count: int) -> report.Figure:
    with databases.fresh(kind) as url:
        uvloop.run(_filled(url, count))
        turns = _worker(url, 1)["turns"]
    more = turns[-1][1] - turns[WARM][1]
    what = f"memory held after {count:,} sent, beside {WARM * BATCH:,}, {kind}"
    return report.against(what, [more], "MB more", below=FLAT)


def _times(turns: list[Any]) -> list[float]:
    """Of turns as (milliseconds, memory) or milliseconds alone."""
    return [turn[0] if isinstance(turn, list) else turn for turn in turns]


def _worker(url: str, times: int) -> dict[str, Any]:
    with processes.running("-m", "benchmarks.draining", url, str(times)) as child:
        found: dict[str, Any] = json.loads(processes.said(child))
    return found


async def _filled(url: str, count: int) -> None:
    ctx = await deliver.prepared(url, count)
    await ctx.db.close()


if __name__ == "__main__":
    report.alone(measure)
