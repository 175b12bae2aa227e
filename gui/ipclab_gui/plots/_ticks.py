"""Where the lines of a plot lie, what is written beside them, and ranges that grow in calm steps. Qt-free."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ipclab.quantity import DURATIONS, SIZES, SPACE, thousands

MOST = 9  # grid lines of one axis
NICE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)  # tops of linear axes
SPANS = (
    1.0,
    1.5,
    2.0,
    3.0,
    4.0,
    6.0,
    8.0,
    10.0,
)  # ends of the time axis while a run goes on; each holds the one before
LOGARITHMIC = ((1, 2, 5), (1, 5), (1,))  # what stands within a decade, the densest first
DENSE = (1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 8.0)  # for an axis of about one decade

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit with its prefix: what is shown is the value divided by `factor`."""

    name: str
    factor: float = 1.0


def fitting(unit: str, lo: float, hi: float) -> Unit:
    """Return the prefix in which values from `lo` to `hi` are read most easily."""
    if unit not in ("s", "B"):
        return Unit(unit)
    steps = [("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)]
    if unit == "B":
        steps = [(name, float(SIZES[name])) for name in ("GiB", "MiB", "KiB", "B")]
    low = lo if lo > 0 else hi / 10
    size = min(low * 1.001, hi) if hi < low * 1e4 else math.sqrt(low * hi)
    for name, factor in steps:
        if size >= factor or factor == steps[-1][1]:
            return Unit(name, factor)
    return Unit(unit)


def log_ticks(lo: float, hi: float, most: int = MOST) -> list[float]:
    """Return at most `most` round values in [lo, hi], both positive: 10, 20, 50, 100 ... or fewer of a decade."""
    first, last = math.floor(math.log10(lo)), math.ceil(math.log10(hi))
    wanted: tuple[Sequence[float], ...] = (DENSE, *LOGARITHMIC) if hi / lo < 30 else LOGARITHMIC
    for mantissas in wanted:
        found = [m * 10.0**power for power in range(first, last + 1) for m in mantissas]
        found = [value for value in found if lo * 0.9999 <= value <= hi * 1.0001]
        if len(found) <= most:
            return found if len(found) > 1 else linear_ticks(lo, hi, min(most, 5))  # within a part of a decade
    stride = math.ceil((last - first + 1) / most)
    return [10.0**power for power in range(first, last + 1, stride) if lo * 0.9999 <= 10.0**power <= hi * 1.0001]


def linear_ticks(lo: float, hi: float, most: int = MOST) -> list[float]:
    """Return at most `most` multiples of a round step in [lo, hi]."""
    if not hi > lo:
        return [lo]
    rough = (hi - lo) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10, 20) if (hi - lo) / (m * power) <= most - 0.999)
    first = math.ceil(lo / step - 1e-9)
    return [index * step for index in range(first, math.floor(hi / step + 1e-9) + 1)]


def spell(value: float, step: float = 0.0) -> str:
    """Return a value as an axis says it: groups of three, no more digits than `step` asks for (0: as many as count)."""
    if value == 0:
        return "0"
    if step > 0:
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        if digits < 12 and round(step, digits) != 0 and abs(round(step, digits) / step - 1) > 1e-6:
            digits += 1
        return f"{value:,.{digits}f}".replace(",", SPACE)
    return thousands(float(f"{value:.6g}")) if abs(value) >= 1e-4 else f"{value:.3g}"


def tick_strings(values: Sequence[float], unit: Unit) -> list[str]:
    """Return what stands beside lines at these values, without the unit."""
    shown = [value / unit.factor for value in values]
    steps = {round(b - a, 12) for a, b in pairwise(shown)}
    return [spell(value, min(steps) if len(steps) == 1 else 0.0) for value in shown]


def time_ticks(begin: float, end: float, most: int) -> tuple[list[float], list[str]]:
    """Return times in [begin, end] and what stands under them: "0 s", "1 s", or in ms or µs where the span is short."""
    values = linear_ticks(begin, end, most)
    step = values[1] - values[0] if len(values) > 1 else end - begin
    name = next((name for name, least in (("s", 0.0999), ("ms", 0.0999e-3), ("µs", 0.0999e-6)) if step >= least), "ns")
    factor = DURATIONS[name]
    return values, [f"{spell(value / factor, step / factor)}{SPACE}{name}" for value in values]


def moment(seconds: float, precision: float) -> str:
    """Return a moment of the run to a tenth of `precision` seconds: "1.6484 s"."""
    digits = min(9, max(1, 1 - math.floor(math.log10(max(precision, 1e-9)))))
    return f"{seconds:.{digits}f}{SPACE}s"


def calm_span(end: float) -> float:
    """Return the time at which an axis ends that shows all of a run that has come to `end`: 1, 1.5, 2, 3, 4, 6 ..."""
    return _above(max(end, 1.0), SPANS)


def calm_top(value: float) -> float:
    """Return a round value at or above a positive one."""
    return _above(value, NICE)


def _above(value: float, steps: Sequence[float]) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in steps if step * power >= value * (1 - 1e-9)), 10 * power)


def calm_values(lo: float, hi: float, *, log: bool) -> Range:
    """Return the range of an axis that shows values from `lo` to `hi`: in log10 with `log`, where `lo` is positive.

    It changes rarely while more values come, and has room above for marks. A linear axis has 0 on it.
    """
    lo, hi = max(lo, -1e300), min(hi, 1e300)  # an infinite sample has no place on any axis
    if log:
        bottom, top = math.log10(_below_log(lo)), math.log10(_above_log(hi))
        if top - bottom < 0.3:
            bottom, top = bottom - 0.2, top + 0.2
    else:
        top = calm_top(hi) if hi > 0 else 0.0
        bottom = -calm_top(-lo) if lo < 0 else 0.0
        if top == bottom:
            top = bottom + 1.0
    room = (top - bottom) * 0.03
    return bottom - (room if log or bottom < 0 else 0.0), top + room


def _below_log(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (8.0, 5.0, 3.0, 2.0, 1.0, 0.8) if step * power <= value * 0.98)


def _above_log(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1.2, 2.0, 3.0, 5.0, 10.0, 20.0) if step * power >= value * 1.02)
