"""Every part in turn, each in a process of its own so that none inherits another's memory or caches."""

from __future__ import annotations

import multiprocessing
import os
import platform
from concurrent.futures import ProcessPoolExecutor

from benchmarks import deliver, drafts, importing, report, slash, smtp

PARTS = (deliver, smtp, slash, importing, drafts)


def main() -> None:
    quick = report.quick()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {_load()}")
    if not os.environ.get("TEST_DATABASE_URL"):
        print("TEST_DATABASE_URL names no PostgreSQL: SQLite alone is measured.")
    spawn = multiprocessing.get_context("spawn")
    found = []
    for part in PARTS:
        with ProcessPoolExecutor(max_workers=1, mp_context=spawn) as fresh:
            found.append(fresh.submit(part.measure, quick).result())
        report.show(found[-1])
    figures = [figure for part in found for figure in part.figures]
    missed = [figure for figure in figures if figure.holds is False]
    print(
        f"\n{sum(figure.holds is True for figure in figures)} targets hold, {len(missed)} do not. {_load()}"
    )
    for figure in missed:
        print(f"  {figure.what}: {figure.value}, wanted {figure.target}")


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    main()
