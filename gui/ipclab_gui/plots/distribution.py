"""How often each value was seen: a histogram with its percentiles, or the percentiles themselves as a curve."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt

from ipclab.quantity import measured, thousands
from ipclab.records import Series
from ipclab.statistics import Summary
from ipclab_gui import theme
from ipclab_gui.plots._canvas import Axis, Snapped, Upright
from ipclab_gui.plots._plot import Plot
from ipclab_gui.plots._run_data import RunData, plural
from ipclab_gui.plots._ticks import Range, Unit, fitting, log_ticks, spell, tick_strings
from ipclab_gui.plots._time_plot import csv_line
from ipclab_gui.pyramid import Floats

BINS = 120  # about so many over the range of the values
NINES = ((0.5, "50 %"), (0.9, "90 %"), (0.99, "99 %"), (0.999, "99.9 %"), (0.9999, "99.99 %"), (0.99999, "99.999 %"))
FLOOR = math.log10(0.7)  # where a bin without samples lies


class DistributionPlot(Plot):
    """The histogram of a series that has one: bins and counts are logarithmic."""

    ORDER = 15
    SHARE = 3

    def __init__(self, group: tuple[Series, ...], data: RunData) -> None:
        super().__init__(group, data, title="Distribution", headroom=14)
        self.series = group[0]
        self.percentiles = False
        self._edges: Floats = np.empty(0)
        self._counts: Floats = np.empty(0)
        self._drawn_n = -1
        self._binned_n = 0
        self._range: Range | None = None
        self._steps = pg.PlotCurveItem(skipFiniteCheck=True)
        self._steps.setFillLevel(FLOOR - 1)
        self.canvas.area.addItem(self._steps, ignoreBounds=True)
        self._curve = pg.PlotCurveItem(skipFiniteCheck=True)
        self.canvas.area.addItem(self._curve, ignoreBounds=True)
        self.canvas.setAccessibleName(f"Distribution of {plural(self.series.name)}")
        self.canvas.snap = self._snap
        self.legend.hide()
        button = self.add_tool("percentiles", "Percentiles", text=True, toggle=True)
        button.toggled.connect(self.show_percentiles)
        self.add_copies()
        self.recolor()

    @classmethod
    def draws(cls, group: tuple[Series, ...], curves: int) -> bool:  # noqa: ARG003  # every kind is asked the same
        """Draw series for which a histogram makes sense."""
        return len(group) == 1 and group[0].distribution

    @property
    def summary(self) -> Summary | None:
        """The figures of the series; None where there are none, or none above zero."""
        found = self.data.summary(self.series.name)
        return found if found is not None and found.n and found.hi > 0 else None

    def recolor(self) -> None:
        """Give the steps the colours that hold now."""
        self._steps.setPen(pg.mkPen(theme.series_color(0), width=1))
        self._steps.setBrush(pg.mkBrush(theme.series_tint(0)))
        self._curve.setPen(pg.mkPen(theme.series_color(0), width=2))

    def show_percentiles(self, on: bool) -> None:
        """Show the value below which each share of the samples lies, or the histogram."""
        self.percentiles = on
        self._range = None
        self._view_x = self._view_y = None
        self._drawn_n = -1
        self.select(None)
        self.redraw_now()

    def select(self, selection: Range | None) -> None:
        """Nothing is selected here: what is counted is the whole run."""

    def set_log(self, log: bool) -> None:
        """Both axes are logarithmic, always."""

    # ------------------------------------------------------------------------------------------------- drawing

    def _values_range(self, summary: Summary) -> Range:
        """Return log10 of the values that are shown, with room; it changes rarely."""
        low = max(summary.lo, float(summary.histogram.bins()[0][0]))
        need = (math.log10(low) - 0.02, math.log10(summary.hi) + 0.02)
        if self._range is None or need[0] < self._range[0] or need[1] > self._range[1]:
            room = 0.04 * max(need[1] - need[0], 0.25)
            self._range = (need[0] - 2 * room, need[1] + room)
        return self._range

    def full_ranges(self) -> tuple[Range, Range] | None:
        """Return all values by all counts, in log10; or all nines by all values."""
        summary = self.summary
        if summary is None:
            return None
        values = self._values_range(summary)
        if self.percentiles:
            return (0.0, max(2.0, math.ceil(math.log10(summary.n) * 2) / 2)), values
        self._bin(summary)
        top = math.log10(max(10.0, float(self._counts.max())))
        return values, (FLOOR, math.ceil(top * 2) / 2 + 0.1)

    def draw(self) -> None:
        """Bin what there is, where it has grown."""
        summary = self.summary
        if summary is None or summary.n == self._drawn_n:
            return
        self._drawn_n = summary.n
        self._steps.setVisible(not self.percentiles)
        self._curve.setVisible(self.percentiles)
        if self.percentiles:
            nines = np.linspace(0.0, math.log10(summary.n) if summary.n > 1 else 0.1, 200)
            values = summary.estimates((1 - 10**-nines).tolist())
            self._curve.setData(nines, np.log10(np.maximum(values, 1e-300)), skipFiniteCheck=True)
            return
        heights = np.where(self._counts > 0, np.log10(np.maximum(self._counts, 1)), FLOOR - 1)
        edges = np.concatenate((self._edges[:1], self._edges, self._edges[-1:]))  # it begins and ends on the floor
        heights = np.concatenate(([FLOOR - 1], heights, [FLOOR - 1]))
        self._steps.setData(np.log10(edges), heights, stepMode="center", skipFiniteCheck=True)

    def _bin(self, summary: Summary) -> None:
        """Count the samples into the bins that are drawn and saved, where more have come."""
        if summary.n == self._binned_n:
            return
        self._binned_n = summary.n
        octaves = max(math.log2(summary.hi / max(summary.lo, summary.hi * 1e-9)), 0.5)
        per_octave = int(min(64, max(2, 1 << round(math.log2(BINS / octaves)))))
        self._edges, counts = summary.histogram.bins(per_octave)
        self._counts = counts.astype(np.float64)

    def _unit(self) -> Unit:
        low, high = self.canvas.y_range if self.percentiles else self.canvas.x_range
        return fitting(self.series.unit, 10**low, 10**high)

    def axes(self) -> tuple[Axis, Axis]:
        """Return values and counts, or shares and values."""
        unit, frame = self._unit(), self.canvas.frame
        low, high = self.canvas.y_range if self.percentiles else self.canvas.x_range
        tall = max(2, min(9, int(frame.height() / 20)))
        if self.percentiles:
            values = log_ticks(10**low, 10**high, tall)
            self.say_unit(f"{unit.name}, below which a share of all lies")
            shares = [(-math.log10(1 - share), text) for share, text in NINES]
            shares = [one for one in shares if self.canvas.x_range[0] <= one[0] <= self.canvas.x_range[1]]
            return Axis(*zip(*shares, strict=True)), Axis(_logs(values), tick_strings(values, unit))
        values = log_ticks(10**low, 10**high, 9)
        counts = log_ticks(10 ** self.canvas.y_range[0], 10 ** self.canvas.y_range[1], tall)
        if counts and (len(counts) > 5 or counts[-1] / counts[0] > 1000):
            counts = [count for count in counts if math.log10(count) % 1 < 0.01 or math.log10(count) % 1 > 0.99]
        self.say_unit(f"{plural(self.series.name)} per bin, {unit.name}, logarithmic")
        return Axis(_logs(values), tick_strings(values, unit)), Axis(_logs(counts), [spell(count) for count in counts])

    def say_values(self) -> None:
        """Name the percentiles over the histogram."""
        summary = self.summary
        if summary is None:
            return
        shares = (0.5, 0.99, 0.999)
        quick = self.data.running and summary.n > 65_536
        named = dict(
            zip(("p50", "p99", "p99.9"), summary.estimates(shares) if quick else summary.quantiles(shares), strict=True)
        )
        named["max"] = summary.hi
        unit = self._unit()
        self.canvas.uprights = [] if self.percentiles else [
            Upright(
                math.log10(value),
                f"{name}  {measured(value / unit.factor, '')}",
                Qt.PenStyle.SolidLine if name == "p50" else Qt.PenStyle.DashLine,
                strong=True,
            )
            for name, value in named.items()
            if value > 0
        ]  # fmt: skip
        said = ", ".join(f"{name} {measured(value, self.series.unit)}" for name, value in named.items())
        self.canvas.setAccessibleDescription(f"{thousands(summary.n)} {plural(self.series.name)}: {said}")

    def _snap(self, pointer: QPointF) -> Snapped | None:
        """Return the bin under the pointer, or the percentile."""
        summary = self.summary
        x, _y = self.canvas.to_data(pointer)
        if summary is None:
            return None
        if self.percentiles:
            share = 1 - 10 ** -max(x, 0.0)
            (value,) = summary.estimates((share,))
            if value <= 0 or x > math.log10(summary.n):
                return None
            beyond = round(summary.n * (1 - share))
            said = (measured(value, self.series.unit), f"{share * 100:.6g} % lie below", f"{thousands(beyond)} above")
            return Snapped(x, math.log10(value), said)
        index = int(np.searchsorted(np.log10(self._edges), x)) - 1 if len(self._edges) else -1
        if not 0 <= index < len(self._counts):
            return None
        low, high, count = float(self._edges[index]), float(self._edges[index + 1]), int(self._counts[index])
        lines = (
            thousands(count),
            f"{measured(low, self.series.unit)} to {measured(high, self.series.unit)}",
            f"{measured(100 * count / summary.n, '')} % of all",
        )
        return Snapped((math.log10(low) + math.log10(high)) / 2, math.log10(count) if count else FLOOR, lines)

    def rows(self) -> Iterator[tuple[float, str]]:
        """Yield the bins: from, below, count; values in base units."""
        unit = f" ({self.series.unit})" if self.series.unit else ""
        if self.summary is not None:
            self._bin(self.summary)
        yield 0.0, csv_line(f"from{unit}", f"below{unit}", plural(self.series.name))
        bins = zip(self._edges.tolist(), self._edges[1:].tolist(), self._counts.tolist(), strict=False)
        yield 1.0, "".join(f"{low:.9g},{high:.9g},{count:.0f}\n" for low, high, count in bins)


def _logs(values: list[float]) -> list[float]:
    return [math.log10(value) for value in values]
