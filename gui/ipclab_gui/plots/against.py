"""What a series was at each value of another one: its median, and from its lowest to its highest. GUI thread only."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt

from ipclab.quantity import SPACE, measured, spell_number, thousands
from ipclab.records import Series
from ipclab.statistics import Summary
from ipclab_gui import theme
from ipclab_gui.plots._canvas import Axis, Snapped
from ipclab_gui.plots._legend import Entry
from ipclab_gui.plots._plot import Plot
from ipclab_gui.plots._run_data import RunData, plural, said
from ipclab_gui.plots._ticks import Range, Unit, calm_values, fitting, log_ticks, tick_strings
from ipclab_gui.plots._time_plot import csv_line
from ipclab_gui.pyramid import Floats

AT_ONCE = 32_768  # samples a frame: under 5 ms
FEW = 4_096  # samples whose median is exact, else the histogram's: within 0.4 %
NEAR = 24  # px round the pointer in which a place is looked for
DOT = 7  # px: a median
ENVELOPE = 0.42  # the share of a curve's colour in the lines from lowest to highest


@dataclass(slots=True)
class Curve:
    """What one process recorded.

    Attributes:
        places: figures of the samples at each value of the other series.
        seen: how many samples are in them.
    """

    ident: int
    color: int
    entry: Entry
    median: pg.PlotDataItem
    span: pg.PlotCurveItem
    places: dict[float, Summary] = field(default_factory=dict)
    seen: int = 0

    @property
    def shown(self) -> bool:
        """Tell whether the legend shows it."""
        return self.entry.isChecked()


class AgainstPlot(Plot):
    """A series against the one that says at what each sample was measured: both axes are logarithmic.

    What a process recorded last of the other one before a sample is what the sample belongs to. Samples that are not
    above zero are left out; zero itself, of the other one, stands an octave below the smallest value.
    """

    ORDER = 5
    SHARE = 6

    def __init__(self, group: tuple[Series, ...], data: RunData) -> None:
        self.series = group[0]
        assert self.series.against is not None
        self.other = self.series.against
        super().__init__(group, data, title=f"{self.series.name} against {self.other.name}")
        self.log = True
        self.curves: dict[int, Curve] = {}
        self._drawn: object = None
        self._pin: tuple[Curve, float] | None = None  # the place on which the keyboard's crosshair stands
        self.canvas.snap = self._snap
        self.canvas.step_wanted.connect(self._step)
        self.canvas.setAccessibleName(self.title.text())
        self.add_tool("fit", "Show all", "0").clicked.connect(self.show_all)
        self.add_copies()

    @classmethod
    def draws(cls, group: tuple[Series, ...], curves: int) -> bool:  # noqa: ARG003  # every kind is asked the same
        """Draw series that belong to another one."""
        return len(group) == 1 and group[0].against is not None

    def select(self, selection: Range | None) -> None:
        """Nothing is selected here: what is counted is the whole run."""

    def set_log(self, log: bool) -> None:
        """Both axes are logarithmic, always."""

    # ----------------------------------------------------------------------------------------------------- data

    def _take(self) -> None:
        """Count what has been recorded since; while the run goes on only so much as a frame has time for."""
        for ident, buffer in self.data.buffers.of(self.series.name).items():
            steps = self.data.buffers.of(self.other.name).get(ident)
            if steps is None:
                continue
            curve = self.curves.get(ident) or self._added(ident)
            while True:
                first = max(0, curve.seen - buffer.gone)
                # While the run goes on a value may be under way that is newer than the newest: what follows it waits.
                stop = min(buffer.place(steps.ends) if self.data.running else len(buffer), first + AT_ONCE)
                if stop <= first:
                    break
                times, values = buffer.samples(first, stop)
                self._count(
                    curve, *steps.samples(max(0, steps.place(times[0], after=True) - 1), len(steps)), times, values
                )
                curve.seen = buffer.gone + stop
                if self.data.running:
                    break

    @staticmethod
    def _count(curve: Curve, since: Floats, values_of_other: Floats, times: Floats, values: Floats) -> None:
        index = np.searchsorted(since, times, side="right") - 1
        known = (index >= 0) & (values > 0)
        at, values = values_of_other[index[known]], values[known]
        for place in np.unique(at[at >= 0]).tolist():
            curve.places.setdefault(place, Summary()).add(values[at == place])

    def _added(self, ident: int) -> Curve:
        number = len(self.curves)
        median = pg.PlotDataItem(symbol="o", symbolSize=theme.px(DOT), skipFiniteCheck=True)
        span = pg.PlotCurveItem(skipFiniteCheck=True)
        self.canvas.area.addItem(span, ignoreBounds=True)
        self.canvas.area.addItem(median, ignoreBounds=True)
        entry = self.legend.add(Entry(self.data.process(ident), number, dash=number))
        entry.toggled.connect(lambda _on: self.redraw_now())
        self.curves[ident] = Curve(ident, number, entry, median, span)
        self.recolor()
        return self.curves[ident]

    def recolor(self) -> None:
        """Give the curves the colours that hold now."""
        for curve in self.curves.values():
            color = theme.series_color(curve.color)
            pen = pg.mkPen(color, width=2)
            if pattern := theme.series_dash(curve.color):
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                pen.setDashPattern(pattern)
            curve.median.setPen(pen)
            curve.median.setSymbolBrush(color)
            curve.median.setSymbolPen(None)
            curve.span.setPen(pg.mkPen(theme.series_tint(curve.color, ENVELOPE), width=2))

    # -------------------------------------------------------------------------------------------------- drawing

    def _x(self, place: float) -> float:
        """Return where a value of the other series stands."""
        if place > 0:
            return math.log10(place)
        smallest = min((one for curve in self.curves.values() for one in curve.places if one > 0), default=2.0)
        return math.log10(smallest / 2)

    def full_ranges(self) -> tuple[Range, Range] | None:
        """Return the data coordinates that show all, hidden curves too."""
        self._take()
        places = [self._x(place) for curve in self.curves.values() for place in curve.places]
        if not places:
            return None
        summaries = [one for curve in self.curves.values() for one in curve.places.values()]
        room = 0.04 * max(max(places) - min(places), 0.5)
        lowest, highest = min(one.lo for one in summaries), max(one.hi for one in summaries)
        return (min(places) - room, max(places) + room), calm_values(lowest, highest, log=True)

    def draw(self) -> None:
        """Hand medians and extremes to their items, where anything has changed."""
        state = [(curve.seen, curve.shown) for curve in self.curves.values()]
        if state == self._drawn:
            return
        self._drawn = state
        for curve in self.curves.values():
            curve.median.setVisible(curve.shown)
            curve.span.setVisible(curve.shown)
            there = sorted(curve.places.items())
            x = np.array([self._x(place) for place, _ in there])
            curve.median.setData(x, np.log10([median(one) for _, one in there]))
            ends = np.log10([[one.lo, one.hi] for _, one in there])
            curve.span.setData(x.repeat(2), ends.ravel(), connect="pairs", skipFiniteCheck=True)

    def axes(self) -> tuple[Axis, Axis]:
        """Return values of the other series, and of this one."""
        (begin, end), (low, high) = self.canvas.x_range, self.canvas.y_range
        wide = max(2, min(12, int(self.canvas.frame.width() / theme.px(64))))
        tall = max(2, min(9, int(self.canvas.frame.height() / theme.px(26))))
        values = log_ticks(10**low, 10**high, tall)
        unit = fitting(self.series.unit, 10**low, 10**high)
        self.say_unit(f"{unit.name}, median and from lowest to highest; both axes logarithmic")
        places = ticks(self.other.unit, 10**begin, 10**end, wide)
        across = Axis([math.log10(place) for place in places], spelled(places, self.other.unit))
        if any(0.0 in curve.places for curve in self.curves.values()):
            zero = self._x(0.0)
            numbers = [one for one in zip(across.places, across.texts, strict=True) if one[0] > zero + 0.01]
            across = Axis(*zip((zero, spell_number(0, self.other.unit)), *numbers, strict=True))
        return across, Axis([math.log10(value) for value in values], tick_strings(values, unit))

    def say_values(self) -> None:
        """Say the medians in words, for whoever cannot see them."""
        for curve in self.curves.values():
            curve.entry.say("", self.data.process(curve.ident))
        parts = []
        for curve in self.curves.values():
            all_of_them = (f"{self._at(place)} {measured(median(one), self.series.unit)}"
                           for place, one in sorted(curve.places.items()))  # fmt: skip
            parts.append(f"{self.data.process(curve.ident)}: {', '.join(all_of_them)}")
        self.canvas.setAccessibleDescription("; ".join(parts))

    def _at(self, place: float) -> str:
        return spell_number(place, "B") if self.other.unit == "B" else said(place, self.other.unit)

    # ------------------------------------------------------------------------------------------------ crosshair

    def _snap(self, pointer: QPointF) -> Snapped | None:
        """Return the place nearest to the pointer."""
        best: tuple[float, Curve, float] | None = None
        for curve in self.curves.values():
            for place, summary in curve.places.items() if curve.shown else ():
                gap = self.canvas.to_pixel(self._x(place), math.log10(median(summary))) - pointer
                if best is None or math.hypot(gap.x(), gap.y()) < best[0]:
                    best = (math.hypot(gap.x(), gap.y()), curve, place)
        return None if best is None or best[0] > theme.px(NEAR) else self._snapped(best[1], best[2])

    def _snapped(self, curve: Curve, place: float) -> Snapped:
        summary = curve.places[place]
        middle, unit = median(summary), self.series.unit
        lines = (measured(middle, unit), f"at {self._at(place)}", self.data.process(curve.ident),
                 f"{measured(summary.lo, unit)} to {measured(summary.hi, unit)}",
                 f"{thousands(summary.n)} {plural(self.series.name)}")  # fmt: skip
        return Snapped(self._x(place), math.log10(middle), lines, curve.color)

    def _step(self, direction: int) -> None:
        """Move the keyboard's crosshair to the next or previous place, of one curve after the other; 0: away."""
        there = [(curve, place) for curve in self.curves.values() if curve.shown for place in sorted(curve.places)]
        if direction == 0 or not there:
            self._pin = self.canvas.pinned = None
        else:
            number = there.index(self._pin) + direction if self._pin in there else 0
            self._pin = there[min(max(number, 0), len(there) - 1)]
            self.canvas.pinned = self._snapped(*self._pin)
            self.canvas.setAccessibleDescription(", ".join(self.canvas.pinned.lines))
        self.canvas.viewport().update()

    # ------------------------------------------------------------------------------------------------------ CSV

    def rows(self) -> Iterator[tuple[float, str]]:
        """Yield a line for each process and value of the other series; values in base units."""
        unit, other = (f" ({one})" if one else "" for one in (self.series.unit, self.other.unit))
        name = self.series.name
        yield 0.0, csv_line("process", f"{self.other.name}{other}", "n", f"lowest {name}{unit}", f"median {name}{unit}",
                            f"highest {name}{unit}")  # fmt: skip
        lines = (
            csv_line(self.data.process(curve.ident), f"{place:.9g}", str(one.n),
                     *(f"{value:.9g}" for value in (one.lo, median(one), one.hi)))
            for curve in self.curves.values() for place, one in sorted(curve.places.items())
        )  # fmt: skip
        yield 1.0, "".join(lines)


def median(summary: Summary) -> float:
    """Return the median: of many samples as the histogram has it."""
    return (summary.quantiles((0.5,)) if summary.n <= FEW else summary.estimates((0.5,)))[0]


def ticks(unit: str, lo: float, hi: float, most: int) -> list[float]:
    """Return at most `most` round values in [lo, hi], both positive: of bytes powers of two."""
    if unit != "B":
        return log_ticks(lo, hi, most)
    first, last = math.ceil(math.log2(lo) - 1e-9), math.floor(math.log2(hi) + 1e-9)
    return [2.0**power for power in range(first, last + 1, max(1, math.ceil((last - first + 1) / most)))]


def spelled(values: list[float], unit: str) -> list[str]:
    """Return what stands under lines at these values, with the unit."""
    if unit == "B":
        return [spell_number(value, unit) for value in values]
    return [f"{text}{SPACE}{unit}".rstrip() for text in tick_strings(values, Unit(unit))]
