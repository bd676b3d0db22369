"""Every part in turn, each in a process of its own so that none inherits another's memory or caches.

`--write FILE` puts what was seen between the two marks in that file and leaves the rest of it alone.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import (
    calendars,
    deliver,
    drafts,
    growth,
    importing,
    machine,
    operations,
    planning,
    posting,
    queues,
    rehearsing,
    report,
    slash,
    smtp,
)

PARTS = (
    queues,
    smtp,
    growth,
    operations,
    planning,
    rehearsing,
    slash,
    deliver,
    importing,
    drafts,
    posting,
    calendars,
)
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def main() -> None:
    asked = _asked()
    began, load = time.monotonic(), machine.load()
    print("\n".join(machine.described()))
    if not os.environ.get("TEST_DATABASE_URL"):
        print("TEST_DATABASE_URL names no PostgreSQL: SQLite alone is measured, and no job queue.")
    spawn = multiprocessing.get_context("spawn")
    found: list[report.Part] = []
    for part in PARTS:
        with ProcessPoolExecutor(max_workers=1, mp_context=spawn) as fresh:
            found.append(fresh.submit(part.measure, asked.quick).result())
        report.show(found[-1])
    minutes = (time.monotonic() - began) / 60
    conditions = (
        f"{minutes:.0f} minutes; load {load} before, {machine.load()} after, the measurement included"
    )
    print("\n".join(["", conditions, *report.outcome(found)]))
    if asked.write:
        kind = "A rough look (`--quick`)" if asked.quick else "A full run"
        head = f"{kind} on {datetime.now(UTC):%Y-%m-%d}, {conditions}."
        _write(asked.write, [head, "", *(f"- {line}" for line in machine.described())], found)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough look in a few minutes")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="put the tables into this file, between its marks"
    )
    asked = parser.parse_args()
    if asked.write and (text := asked.write.read_text()).count(BEGIN) * text.count(END) != 1:
        parser.error(f"{asked.write} must hold {BEGIN} and {END} once each")
    return asked


def _write(path: Path, head: list[str], found: list[report.Part]) -> None:
    before, _, rest = path.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    tables = [line for part in found for line in ("```", *report.lines(part), "```", "")]
    body = "\n".join([*head, "", *tables, *report.outcome(found)])
    path.write_text(f"{before}{BEGIN}\n\n{body}\n\n{END}{after}")
    print(f"Written to {path}.")


if __name__ == "__main__":
    main()
