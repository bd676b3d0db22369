"""How a measurement is told: figures with their ratio and target, medians with their spread. Measures nothing."""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report. `ratio` says against what; `holds` is None where there is no target."""

    what: str
    value: str
    ratio: str = ""
    target: str = ""
    holds: bool | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part's figures; `notes` are lines printed below them as they are."""

    title: str
    command: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()


HEADINGS = ("what", "median (lowest to highest)", "ratio", "target", "holds")


def against(
    what: str, values: Sequence[float], unit: str, *, at_least: float = 0, below: float = 0, ratio: str = ""
) -> Figure:
    """A figure of several runs, judged by its median against a target in the same unit, if one is given."""
    middle, value = statistics.median(values), f"{spread(values)} {unit}".strip()
    if at_least:
        return Figure(
            what, value, ratio or f"{middle / at_least:.2f} × target", f"≥ {_short(at_least)} {unit}".strip(),
            middle >= at_least,
        )  # fmt: skip
    if below:
        return Figure(
            what,
            value,
            ratio or f"{middle / below:.2f} × target",
            f"< {_short(below)} {unit}",
            middle < below,
        )
    return Figure(what, value, ratio)


def spread(values: Sequence[float]) -> str:
    """The median, and how far the runs lay apart."""
    middle = _short(statistics.median(values))
    return middle if len(values) < 2 else f"{middle} ({_short(min(values))} to {_short(max(values))})"


def percentiles(values: Sequence[float]) -> str:
    """Median and the slowest of a hundred; with fewer than a hundred values the slowest."""
    ordered = sorted(values)
    return f"p50 {_short(statistics.median(ordered))}, p99 {_short(p99(ordered))}"


def p99(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * 0.99) - 1)]


def counted(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"


def show(part: Part) -> None:
    print("\n" + "\n".join(lines(part)))


def lines(part: Part) -> list[str]:
    """The table of one part under its title and command, with its notes."""
    rows = [(f.what, f.value, f.ratio, f.target, _word(f.holds)) for f in part.figures]
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    table = [
        ("  " + "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip()
        for row in (HEADINGS, *rows)
    ]
    return [f"{part.title}  ·  {part.command}", "", *table, *(f"    {note}" for note in part.notes)]


def outcome(parts: Sequence[Part]) -> list[str]:
    """How many targets hold, and every one that does not with what was wanted and seen."""
    figures = [figure for part in parts for figure in part.figures]
    missed = [figure for figure in figures if figure.holds is False]
    held = sum(figure.holds is True for figure in figures)
    head = f"{counted(held, 'target holds', 'targets hold')}, {len(missed)} do not{':' if missed else '.'}"
    return [head, *([""] if missed else []), *(_missed(figure) for figure in missed)]


def _missed(figure: Figure) -> str:
    return f"- {figure.what.strip()}: wanted {figure.target}, seen {figure.value} ({figure.ratio})"


def alone(measure: Callable[[bool], Part]) -> None:
    """The command line of one part: `--quick` for a rough look."""
    show(measure(quick()))


def quick() -> bool:
    """Whether the command line says --quick. Ends the program at any other word."""
    wrong = [word for word in sys.argv[1:] if word != "--quick"]
    if wrong:
        sys.exit(f"{wrong[0]} is not known here; the only option is --quick.")
    return "--quick" in sys.argv


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _word(holds: bool | None) -> str:
    return "" if holds is None else "yes" if holds else "NO"
