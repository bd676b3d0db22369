"""What people and loops do beside many active campaigns: how long each operation takes, and the memory they add."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import uvloop

from benchmarks import campaigning, databases, operating, processes, report

FEW = 10
COUNTS = (100, 1_000)
TARGET = 100.0
"""Milliseconds, 99 of 100 calls (product K8)."""
ROOM = 5.0
"""MB for each hundred campaigns (product K8)."""


def measure(quick: bool) -> report.Part:
    figures: list[report.Figure] = []
    counts = COUNTS[:1] if quick else COUNTS
    for kind in filter(databases.exists, databases.KINDS):
        found = {count: _operated(kind, count) for count in (FEW, *counts)}
        for count in counts:
            figures += _times(kind, count, found)
        for count in counts:
            more = (found[count]["peak"] - found[FEW]["peak"]) / (count - FEW) * 100
            what = f"memory, {count:,} beside {FEW} campaigns, {kind}"
            figures.append(report.against(what, [more], "MB per 100", below=ROOM))
    return report.Part(
        "Operations beside active campaigns", "python -m benchmarks.operations", tuple(figures),
        (
            f"{campaigning.PEOPLE} people a campaign, {campaigning.TOUCHES} touches each, all in one workspace; "
            "one operation at a time, no network but the database's",
            "p99 of fewer than a hundred calls is the slowest call; claim and record: one turn of the delivery lane",
            "a digest's picture is drawn in a thread of the digest's loop, after the count: no operation waits for it",
        ),
    )  # fmt: skip


def _times(kind: str, count: int, found: dict[int, dict[str, Any]]) -> Iterator[report.Figure]:
    """The ratio compares the slowest of a hundred with the same beside few campaigns."""
    for name, taken in found[count]["times"].items():
        slowest = report.p99(taken)
        asked = (f"p99 < {TARGET:g} ms", slowest < TARGET) if name != operating.PICTURE else ("", None)
        few = report.p99(found[FEW]["times"][name])
        yield report.Figure(
            f"{name}, {count:,} campaigns, {kind}", f"{report.percentiles(taken)} ms, n {len(taken)}",
            f"{slowest / few:.2f} × {FEW}", *asked,
        )  # fmt: skip


def _operated(kind: str, count: int) -> dict[str, Any]:
    with databases.fresh(kind) as url:
        uvloop.run(campaigning.seeded(url, count))
        with processes.running("-m", "benchmarks.operating", url, str(count)) as child:
            found: dict[str, Any] = json.loads(processes.said(child))
    return found


if __name__ == "__main__":
    report.alone(measure)
