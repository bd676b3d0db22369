"""How a measurement is told: figures with their ratio and target, medians with their spread. Measures nothing."""

from __future__ import annotations

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


def show(part: Part) -> None:
    rows = [(f.what, f.value, f.ratio, f.target, _word(f.holds)) for f in part.figures]
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    print(f"\n{part.title}  ·  {part.command}\n")
    for row in (HEADINGS, *rows):
        print("  " + "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for note in part.notes:
        print(f"    {note}")


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
