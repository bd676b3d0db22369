"""`overture import` of a long list beside a short one: memory stays flat, and how many lines a second go in."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import seeding

from benchmarks import databases, processes, report
from benchmarks.deliver import NOW
from storage.db import Database

FEW = 1_000
ROOM = 30
"""MB that the long list may take beyond the short one (product A3)."""
HEADER = "First Name,Last Name,Email,Phone,Company,Title,City,Country,Time Zone,Industry,Employees,Recent News,Tech Stack\n"
LINE = (
    "Ana{n},Duarte,ana{n}@brightlane{m}.example,+1 202 555 {p:04d},Brightlane Logistics {m},VP Operations,Washington,"
    'United States,America/New_York,Logistics,420,opened a second distribution centre in Baltimore,"NetSuite, Looker"\n'
)


def measure(quick: bool) -> report.Part:
    many, runs = (10_000, 1) if quick else (100_000, 1)
    figures = [
        figure
        for kind in filter(databases.exists, databases.KINDS)
        for figure in _figures(
            kind, many, [(_imported(kind, FEW), _imported(kind, many)) for _ in range(runs)]
        )
    ]
    return report.Part("Import from the command line", "python -m benchmarks.importing", tuple(figures))


def _figures(
    kind: str, many: int, runs: list[tuple[tuple[float, float], tuple[float, float]]]
) -> list[report.Figure]:
    """Of each run the (peak MB, seconds) of the short list and of the long one."""
    short, long = [few[0] for few, _ in runs], [lot[0] for _, lot in runs]
    more = [after - before for before, after in zip(short, long, strict=True)]
    rates = [(many - FEW) / (lot[1] - few[1]) for few, lot in runs]
    ratio = f"{median(long) / median(short):.2f} × {FEW:,} lines"
    return [
        report.against(f"peak memory, {FEW:,} lines, {kind}", short, "MB"),
        report.against(f"peak memory, {many:,} lines, {kind}", long, "MB", ratio=ratio),
        report.against(f"    the difference, {kind}", more, "MB", below=ROOM),
        report.against(f"whole command, {many:,} lines, {kind}", [lot[1] for _, lot in runs], "s"),
        report.against(f"    beyond the first {FEW:,}, {kind}", rates, "lines/s"),
    ]


def _imported(kind: str, lines: int) -> tuple[float, float]:
    """(peak MB, seconds) of one import into an empty database, the start of the command included."""
    with databases.fresh(kind) as url, TemporaryDirectory() as folder:
        asyncio.run(_campaign(url))
        path = Path(folder) / "people.csv"
        _write(path, lines)
        began = time.perf_counter()
        command = ("-m", "bot", "import", str(path), "--campaign", "Spring")
        peak, said = processes.peak(*command, folder=Path(folder), environment={"DATABASE_URL": url})
        taken = time.perf_counter() - began
        assert f"{lines} added, 0 duplicate, 0 invalid" in said, said[-500:]
        return peak, taken


def _write(path: Path, lines: int) -> None:
    with path.open("w") as file:
        file.write(HEADER)
        for n in range(lines):
            file.write(LINE.format(n=n, m=n // 20, p=n % 10_000))


async def _campaign(url: str) -> None:
    db = Database(url)
    await seeding.add_workspace(db, "T1")
    async with db.begin() as conn:
        await seeding.campaign(conn, "T1", NOW)
    await db.close()


if __name__ == "__main__":
    report.alone(measure)
