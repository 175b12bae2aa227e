"""How a benchmark prints what it measured: minimum, median, maximum, and ratios pair by pair."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def row(what: str, values: Sequence[float], unit: str) -> list[str]:
    """Return a line of the table: values of one thing, measured again and again."""
    least, middle, most = min(values), statistics.median(values), max(values)
    return [what, unit, f"{least:.4g}", f"{middle:.4g}", f"{most:.4g}", str(len(values))]


def ratio(what: str, above: Sequence[float], below: Sequence[float]) -> list[str]:
    """Return a line of ratios, taken pair by pair; and, last, the ratio of the two minima."""
    pairs = [a / b for a, b in zip(above, below, strict=True)]
    return [*row(what, pairs, "x"), f"{min(above) / min(below):.4g}"]


def show(title: str, rows: Sequence[list[str]]) -> None:
    """Print a table."""
    head = ["", "unit", "min", "median", "max", "n", "min/min"]
    lines = [head, *([*line, *[""] * (len(head) - len(line))] for line in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    print(title)
    for line in lines:
        first, *rest = (
            cell.ljust(w) if i < 2 else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        )
        print("  " + "  ".join([first, *rest]).rstrip())
